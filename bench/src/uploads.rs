//! Uploads that are made to cost much: 100 pictures full of finder patterns, from twenty addresses
//! at a time, while an honest photograph is handed in again and again. What is measured is the most
//! memory that the server and its children hold together, and the longest wait for the photograph.

use crate::report::{Goal, Measured};
use crate::server::{Server, memory_kib};
use crate::{Bench, Outcome};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{GrayImage, Luma};
use std::fs;
use std::io::{Cursor, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Finder patterns each way: 126,025 in all.
const EACH_WAY: u32 = 355;
/// Client addresses that upload at a time.
const ATTACKERS: usize = 20;
/// Uploads of each.
const UPLOADS: usize = 5;
/// How long an answer is waited for.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a text as long as a request is.
const REQUEST_CHARACTERS: usize = 900;

/// Measures and reports.
pub fn measure(bench: &mut Bench) -> Outcome<()> {
    let uploads = if bench.small { 1 } else { UPLOADS };
    let folder = tempfile::tempdir()?;
    let settings = ["--trusted-proxies", "127.0.0.1"];
    let server = Server::start(&bench.binary, folder.path(), &settings)?;
    let (bomb, photo) = (full_of_patterns()?, photograph()?);
    let (over, most) = (AtomicBool::new(false), AtomicU64::new(0));
    let waits = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::SeqCst) {
                most.fetch_max(family_kib(server.process()), Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        let measure = || {
            let attackers: Vec<_> = (0..ATTACKERS)
                .map(|number| {
                    let (server, bomb) = (&server, &bomb);
                    scope.spawn(move || {
                        let from = format!("198.51.100.{number}");
                        let refused = |_| status(&server.address, &from, bomb).map(|it| it != 200);
                        (0..uploads).map(refused).collect::<Result<Vec<_>, String>>()
                    })
                })
                .collect();
            let mut waits = Vec::new();
            while waits.is_empty() || !attackers.iter().all(|attacker| attacker.is_finished()) {
                let began = Instant::now();
                // The code holds no request, so that a picture which was read is answered with 401.
                // Each comes from an address of its own, as many customers would.
                let from = format!("203.0.113.{}", waits.len() % 250);
                match status(&server.address, &from, &photo)? {
                    401 => waits.push(began.elapsed()),
                    other => return Err(format!("the honest photograph was answered {other}")),
                }
            }
            for attacker in attackers {
                let refused = attacker.join().map_err(|_| "an attacker broke off")??;
                if refused.contains(&false) {
                    return Err("a picture full of patterns was read".to_owned());
                }
            }
            Ok(waits)
        };
        let waits = measure();
        over.store(true, Ordering::SeqCst);
        waits
    });
    let waits = waits?;
    server.stop()?;
    let longest = waits.iter().max().copied().unwrap_or_default();
    let (room, count) = ("uploads", ATTACKERS * uploads);
    let what = format!("most memory, {count} pictures of {} kB", bomb.len() / 1000);
    let memory = Measured::mib(most.into_inner() * 1024);
    bench.report.row(room, &what, memory, None, None, Some(Goal::AtMost(200.0)));
    let what = format!("honest photograph meanwhile, longest of {}", waits.len());
    let wait = Measured::millis(longest);
    bench.report.row(room, &what, wait, None, None, Some(Goal::AtMost(5000.0)));
    Ok(())
}

/// The status of an answer to a picture that a client with this address hands in.
fn status(server: &str, from: &str, picture: &[u8]) -> Result<u16, String> {
    let sent = || -> Outcome<String> {
        let part = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"p\"\r\n\r\n";
        let end = "\r\n--b--\r\n";
        let mut connection = TcpStream::connect(server)?;
        connection.set_read_timeout(Some(ANSWER_TIMEOUT))?;
        write!(
            connection,
            "POST /offline HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\
             X-Forwarded-For: {from}\r\nContent-Type: multipart/form-data; boundary=b\r\n\
             Content-Length: {}\r\n\r\n{part}",
            part.len() + picture.len() + end.len()
        )?;
        connection.write_all(picture)?;
        connection.write_all(end.as_bytes())?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer)?;
        Ok(answer)
    };
    let answer = sent().map_err(|error| error.to_string())?;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    status.ok_or_else(|| format!("no answer: {answer}"))
}

/// The resident memory of a process and its children.
fn family_kib(process: u32) -> u64 {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let children = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    let children = children.collect::<Vec<_>>().join(" ");
    let all = children.split_whitespace().filter_map(|child| child.parse().ok());
    // A child that has ended meanwhile holds nothing.
    all.chain([process]).map(|one| memory_kib(one, "VmRSS:").unwrap_or_default()).sum()
}

/// A page tiled with finder patterns.
fn full_of_patterns() -> Outcome<Vec<u8>> {
    let side = EACH_WAY * 9;
    png(&GrayImage::from_fn(side, side, |x, y| {
        let ring = |at: u32| (at % 9).checked_sub(1).filter(|at| *at < 7).map(|at| at.abs_diff(3));
        let dark = ring(x).zip(ring(y)).is_some_and(|(x, y)| x.max(y) != 2);
        Luma([if dark { 0 } else { 255 }])
    }))
}

/// A code as long as a request, as a picture of twelve million pixels.
fn photograph() -> Outcome<Vec<u8>> {
    const SIDE: u32 = 3464;
    let text: String = "eyJhbGciOiJFZERTQSIs".chars().cycle().take(REQUEST_CHARACTERS).collect();
    let code = qrcode::QrCode::with_error_correction_level(text, qrcode::EcLevel::L)?;
    let (width, colors) = (u32::try_from(code.width())?, code.to_colors());
    let module = SIDE / 2 / (width + 8);
    png(&GrayImage::from_fn(SIDE, SIDE, |x, y| {
        let at = |at: u32| (at / module).checked_sub(width / 3).filter(|at| *at < width);
        let color = at(x).zip(at(y)).and_then(|(x, y)| colors.get((y * width + x) as usize));
        let dark = color == Some(&qrcode::Color::Dark);
        Luma([if dark { 30 } else { 210 }])
    }))
}

fn png(picture: &GrayImage) -> Outcome<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    let (best, none) = (CompressionType::Best, FilterType::NoFilter);
    picture.write_with_encoder(PngEncoder::new_with_quality(&mut bytes, best, none))?;
    Ok(bytes.into_inner())
}
