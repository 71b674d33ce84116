use super::{sent, until_closed};
use crate::support::{Database, ProcessOffice, TestOffice, unique};
use licentia::body_limits::BodyLimits;
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

/// What of an upload comes, in bytes, before it stops.
const SENT: usize = 7_900_000;

/// An office whose clients have little time for their bodies.
fn impatient() -> TestOffice {
    TestOffice::start_with(Database::Sqlite, |settings| {
        settings.body_limits = Some(BodyLimits {
            grace: Duration::from_millis(300),
            bytes_per_second: 1000,
            whole: Duration::from_secs(2),
            whole_upload: Duration::from_secs(2),
        });
    })
}

fn half_sent(path: &str, kind: &str, length: usize, token: &str) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
    );
    head.into_bytes()
}

#[test]
fn a_body_that_stops_is_answered_408_and_its_connection_closed() {
    let office = impatient();
    let token = office.token(licentia::app::Role::Sales);
    let json = half_sent("/api/v1/customers", "application/json", 1000, &token);
    let answer = until_closed(sent(&office.url(), &[&json[..], b"{\"name\": "].concat())).unwrap();
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("body-too-slow"), "{answer}");
    let form = half_sent("/offline", "multipart/form-data; boundary=b", 1_000_000, "");
    let part =
        b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n\x89PNG";
    let answer = until_closed(sent(&office.url(), &[&form[..], part].concat())).unwrap();
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    // What nobody reads holds nothing either.
    let unread = half_sent("/no-such-page", "text/plain", 1_000_000, "");
    until_closed(sent(&office.url(), &[&unread[..], b"abc"].concat())).unwrap();
}

#[test]
fn a_body_that_trickles_is_ended_by_the_least_rate() {
    let office = impatient();
    let token = office.token(licentia::app::Role::Sales);
    let head = half_sent("/api/v1/customers", "application/json", 60_000, &token);
    let mut stream = sent(&office.url(), &head);
    let mut writing = stream.try_clone().unwrap();
    std::thread::spawn(move || {
        while writing.write_all(b" ").is_ok() {
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    let mut answer = [0; 12];
    std::io::Read::read_exact(&mut stream, &mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 408");
}

#[test]
fn a_body_that_comes_in_time_in_parts_is_taken() {
    let office = impatient();
    let token = office.token(licentia::app::Role::Sales);
    let body = crate::support::romashka().to_string();
    let head = half_sent("/api/v1/customers", "application/json", body.len(), &token);
    let head = String::from_utf8(head).unwrap().replace("Host: x", "Host: x\r\nConnection: close");
    let mut stream = sent(&office.url(), head.as_bytes());
    for part in body.as_bytes().chunks(body.len() / 3 + 1) {
        std::thread::sleep(Duration::from_millis(100));
        stream.write_all(part).unwrap();
    }
    let answer = until_closed(stream).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
}

#[test]
fn half_sent_uploads_of_one_address_hold_little_memory_and_others_are_answered() {
    let office =
        ProcessOffice::start_with(Database::Sqlite, &[("trusted_proxies", "127.0.0.1".to_owned())]);
    let form = half_sent("/offline", "multipart/form-data; boundary=b", 8_000_000, "");
    let form = String::from_utf8(form).unwrap();
    let form = form.replace("Host: x", "Host: x\r\nX-Forwarded-For: 198.51.100.1");
    let part = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n";
    let start = [form.as_bytes(), part.as_bytes(), b"\x89PNG\r\n\x1a\n"].concat();
    let held: Vec<TcpStream> = std::thread::scope(|scope| {
        let uploads: Vec<_> = (0..60)
            .map(|_| {
                scope.spawn(|| {
                    let mut stream = sent(&office.server.url, &start);
                    stream.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
                    // The server reads those that have a permit; the others wait.
                    let _ = stream.write_all(&vec![7; SENT]);
                    stream
                })
            })
            .collect();
        uploads.into_iter().map(|upload| upload.join().unwrap()).collect()
    });
    let most = office.server.most_memory_kib();
    assert!(most < 200 * 1024, "{most} KiB for {} uploads", held.len());
    let reply = office.server.api.hand_in_form(
        &[("request", None, unique("x").as_bytes())],
        &[("x-forwarded-for", "198.51.100.2")],
    );
    assert_eq!(reply.status, 422, "another address hands in meanwhile");
}
