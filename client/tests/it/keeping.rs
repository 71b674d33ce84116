//! The license is kept current by a schedule, whatever the office does meanwhile.

use crate::office::{Office, Reply, fetched, problem, status, with_header};
use crate::vendor::{Site, emergency, license};
use licentia_client::{Installation, Proxies, Schedule, Stop, Surroundings};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

/// An installation that notes its waits, and stops at the last of so many.
fn waiting(site: &Site, rounds: usize) -> (Installation, Stop, Arc<Mutex<Vec<Duration>>>) {
    let (stop, waits) = (Stop::new(), Arc::new(Mutex::new(vec![])));
    let noted = Arc::clone(&waits);
    let wait = move |wait: Duration, stop: &Stop| {
        let mut noted = noted.lock().unwrap();
        noted.push(wait);
        if noted.len() == rounds {
            stop.stop();
        }
    };
    let surroundings = Surroundings {
        wait: Arc::new(wait),
        proxies: Proxies::default(),
        ..Surroundings::system()
    };
    let installation = Installation::open_with(site.directory.path(), surroundings).unwrap();
    (installation, stop, waits)
}

#[test]
fn updates_back_off_after_failures_and_return_to_the_period_after_a_success() {
    let office = Office::new([]);
    let site = Site::activated(&office);
    for reply in [
        with_header(problem(503, "busy"), "Retry-After", "7200"),
        Reply::HangUp,
        Reply::Answer(200, vec![], "<html>".into()),
        fetched(&site.signed(101), "\"101\""),
        status(304),
        problem(401, "installation-released"),
    ] {
        office.reply(reply);
    }
    let (installation, stop, waits) = waiting(&site, 6);
    let mut outcomes = vec![];
    installation.keep_current(Schedule::every(HOUR), &stop, |outcome, wait| {
        outcomes.push((outcome.as_ref().ok().map(|update| update.changed), wait));
        assert!(site.held() >= 100, "what was held stays");
    });
    assert_eq!(office.calls().len(), 6, "one call a round");
    let changed: Vec<_> = outcomes.iter().map(|(changed, _)| *changed).collect();
    assert_eq!(changed, [None, None, None, Some(true), Some(false), None]);
    let waits = waits.lock().unwrap();
    assert_eq!(*waits, outcomes.iter().map(|(_, wait)| *wait).collect::<Vec<_>>());
    let expected = [(7200, 7920), (60, 120), (120, 240), (3240, 3960), (3240, 3960), (30, 60)];
    for (wait, (least, most)) in waits.iter().zip(expected) {
        assert!((least..=most).contains(&wait.as_secs()), "{wait:?} of {least} to {most}");
    }
}

#[test]
fn a_pause_until_a_date_is_held_against_the_servers_own_clock() {
    let office = Office::new([]);
    let site = Site::activated(&office);
    let until = "Tue, 13 May 2014 14:00:00 GMT";
    let busy = with_header(problem(429, "busy"), "Retry-After", until);
    office.reply(with_header(busy, "Date", "Tue, 13 May 2014 12:00:00 GMT"));
    let error = site.installation.update().unwrap_err();
    assert_eq!(error.retry_after(), Some(2 * HOUR));
}

#[test]
fn a_stop_ends_a_wait_at_once() {
    let office = Office::new([status(304)]);
    let site = Site::activated(&office);
    let (stop, installation) = (Stop::new(), site.reopened());
    let (told, hear) = std::sync::mpsc::channel();
    let thread = thread::spawn({
        let stop = stop.clone();
        move || {
            let schedule = Schedule::every(1000 * HOUR);
            installation.keep_current(schedule, &stop, |_, _| told.send(()).unwrap());
        }
    });
    hear.recv().unwrap();
    stop.stop();
    // It would wait for 900 hours.
    thread.join().unwrap();
    assert_eq!(office.calls().len(), 1);
}

#[test]
fn what_is_stopped_already_asks_nothing() {
    let office = Office::new([]);
    let site = Site::activated(&office);
    let stop = Stop::new();
    stop.stop();
    site.installation.keep_current(Schedule::every(HOUR), &stop, |_, _| {});
    assert!(office.calls().is_empty());
}

#[test]
fn a_server_that_is_down_slow_or_out_of_order_never_makes_a_valid_license_invalid() {
    let office = Office::new([]);
    let site = Site::activated(&office);
    let mut held = license(&site.installation, 101);
    held.emergency = Some(emergency());
    site.installation.take_in(&site.vendor.sign(&held)).unwrap();
    let before = site.installation.show().unwrap();
    let impatient = site.reopened().with_timeout(Duration::from_millis(150));
    let page = |status| Reply::Answer(status, vec![], "<html>502 Bad Gateway</html>".into());
    let raw = |bytes: &[u8]| Reply::Raw(bytes.to_vec());
    let misbehaviour = [
        Reply::HangUp,
        Reply::Silence,
        Reply::Drip,
        raw(b"\0\xff\xfe\x80 garbage \r\n\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nonly a part"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\xff\xfe\xfd\xfc"),
        raw(b"HTTP/9.9 999 ?\r\n\r\n"),
        problem(500, "internal"),
        problem(503, "unavailable"),
        page(500),
        page(502),
        page(504),
        page(200),
        page(404),
        status(200),
        problem(401, "installation-unknown"),
        problem(429, "too-many-requests"),
        fetched(&site.signed(99), "\"99\""),
        fetched(&Site::new().signed(500), "\"500\""),
        Reply::Answer(200, vec![], "[]".repeat(1000)),
    ];
    for reply in misbehaviour {
        for _ in 0..3 {
            office.reply(reply.clone());
        }
        assert!(impatient.update().is_err(), "{reply:?}");
        assert!(impatient.emergency(3).is_err(), "{reply:?}");
        assert_eq!(site.installation.show().unwrap(), before, "{reply:?}");
        while !office.is_done() {
            // What a refusal has left over.
            let _ = impatient.update();
        }
    }
    let gone = Site::with_server("http://127.0.0.1:9");
    gone.installation.take_in(&gone.signed(100)).unwrap();
    assert_eq!(gone.installation.update().unwrap_err().code(), "server-unreachable");
    assert_eq!(gone.held(), 100);
}

#[test]
fn the_command_goes_on_updating_and_says_when_it_will_again() {
    let office = Office::new([]);
    let site = Site::activated(&office);
    office.reply(fetched(&site.signed(101), "\"101\""));
    let mut child = Command::new(env!("CARGO_BIN_EXE_licentia-client"))
        .env_clear()
        .env("LICENTIA_CLIENT_DIR", site.directory.path())
        .args(["update", "--every", "6h", "--json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let running = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(running);
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&line["changed"], &line["seq"]), (&true.into(), &101.into()));
    let next = line["next_in_seconds"].as_u64().unwrap();
    assert!((19_440..=23_760).contains(&next), "{next}");
    assert_eq!(site.held(), 101);
}

#[test]
fn the_command_goes_on_updating_when_its_lines_cannot_be_written() {
    let full = || Stdio::from(File::options().write(true).open("/dev/full").unwrap());
    for (output, json, reply) in [
        ("closed", false, status(304)),
        ("closed", true, status(304)),
        ("full", false, status(304)),
        ("full", true, problem(500, "internal")),
        ("full", false, problem(500, "internal")),
    ] {
        let office = Office::new([]);
        let site = Site::activated(&office);
        office.reply(reply);
        let is_closed = output == "closed";
        let mut child = Command::new(env!("CARGO_BIN_EXE_licentia-client"))
            .env_clear()
            .env("LICENTIA_CLIENT_DIR", site.directory.path())
            .args(["update", "--every", "6h"])
            .args(json.then_some("--json"))
            .stdout(if is_closed { Stdio::piped() } else { full() })
            .stderr(if is_closed { Stdio::piped() } else { full() })
            .spawn()
            .unwrap();
        drop((child.stdout.take(), child.stderr.take()));
        while !office.is_done() {
            thread::sleep(Duration::from_millis(10));
        }
        // It would end right after it has failed to write.
        thread::sleep(Duration::from_millis(700));
        let running = child.try_wait().unwrap().is_none();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(running, "{output}, json: {json}");
    }
}
