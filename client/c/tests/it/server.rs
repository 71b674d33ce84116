//! The calls that ask the license office, against one that gives the replies it was handed.

use crate::boundary::{answer, c, close, opened};
use crate::support::Site;
use licentia_client_c::*;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

#[test]
fn the_calls_that_ask_the_office_answer_what_it_said() {
    let site = Site::new();
    let license = site.license();
    let with_license = format!(r#"{{"license":"{license}"}}"#);
    let problem = r#"{"code":"emergency-already-used","title":"No.","request_id":"req_1"}"#;
    let (url, office) = office(vec![
        (201, with_license.clone()),
        (200, license),
        (200, with_license),
        (409, problem.to_owned()),
        (204, String::new()),
        (204, String::new()),
    ]);
    let installation = opened(&site);
    let [url, roots] = [url, serde_json::to_string(&site.roots()).unwrap()].map(c);
    let [key, name, version] = [c"AAAA", c"pbx-1", c"5.1"].map(|text| text.as_ptr());

    // SAFETY: the installation is open, the strings live, the answer's place is a variable's.
    let (code, activated) = answer(|answer| unsafe {
        licentia_activate(installation, url.as_ptr(), roots.as_ptr(), key, name, version, answer)
    });
    assert_eq!((code, &activated["license"]["seq"]), (0, &Value::from(1)), "{activated}");
    // SAFETY: as above.
    let (code, updated) = answer(|answer| unsafe { licentia_update(installation, answer) });
    assert_eq!((code, &updated["changed"]), (0, &Value::Bool(false)), "{updated}");
    // SAFETY: as above.
    let (code, active) = answer(|answer| unsafe { licentia_emergency(installation, 10, answer) });
    assert_eq!((code, &active["granted"]), (0, &Value::Bool(false)), "{active}");
    // SAFETY: as above.
    let (code, used) = answer(|answer| unsafe { licentia_emergency(installation, 10, answer) });
    assert_eq!(code, LICENTIA_REFUSED);
    assert_eq!(used["error"]["code"], "emergency-already-used", "{used}");
    assert_eq!(used["error"]["request_id"], "req_1", "{used}");
    // SAFETY: as above.
    let (code, usage) = answer(|answer| unsafe { licentia_usage(installation, 3, 2, 1, answer) });
    assert_eq!((code, &usage["usage"]["emergency_accounts"]), (0, &Value::from(2)), "{usage}");
    // SAFETY: as above.
    let (code, released) = answer(|answer| unsafe { licentia_release(installation, answer) });
    assert_eq!((code, &released["released"]), (0, &Value::Bool(true)), "{released}");
    close(installation);

    let asked = ["POST", "GET", "POST", "POST", "POST", "POST"];
    assert_eq!(office.join().unwrap(), asked);
}

/// An office that gives these replies, one a call, and then says by what methods it was asked.
fn office(replies: Vec<(u16, String)>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serve = move || {
        let mut methods = vec![];
        for (status, body) in replies {
            let (mut stream, _) = listener.accept().unwrap();
            methods.push(read(&mut stream));
            let length = body.len();
            let head = format!("HTTP/1.1 {status} Some\r\nConnection: close\r\n");
            // A 204 has no length (RFC 9110, section 8.6).
            let length =
                if status == 204 { String::new() } else { format!("Content-Length: {length}\r\n") };
            write!(stream, "{head}{length}\r\n{body}").unwrap();
        }
        methods
    };
    (url, thread::spawn(serve))
}

/// Reads a call to its end; its method.
fn read(stream: &mut TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim_end().is_empty() {
            break;
        }
        head.push_str(&line);
    }
    reader.take(length).read_to_string(&mut String::new()).unwrap();
    head.split(' ').next().unwrap().to_owned()
}
