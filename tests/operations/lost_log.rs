//! A log that cannot be written loses lines, never calls: rows 50 and 51 of what may go wrong.

use crate::support::{Database, Site, catcher, order, romashka, unique};
use licentia::clock::Stopwatch;
use serde_json::json;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A server whose standard error is ours to break.
struct Server {
    child: Child,
    api: crate::support::Api,
    ops: crate::support::Api,
}

impl Server {
    fn start(site: &Site, stderr: Stdio) -> Self {
        let mut settings = site.settings.clone();
        settings.retain(|(name, _)| *name != "log");
        let mut child = crate::support::command("serve", &settings)
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let mut urls = line.split("http://").skip(1).map(|rest| {
            let end = rest.find([',', '\n']).unwrap();
            crate::support::Api::new(&format!("http://{}", &rest[..end]))
        });
        let (api, ops) = (urls.next().expect("it starts"), urls.next().unwrap());
        let token = site.token();
        Self { child, api: api.with_token(&token), ops }
    }

    /// A purchase is acknowledged and mailed.
    fn works(&self) {
        let mut body = romashka();
        let email = format!("{}@log.example", unique("log"));
        body["email"] = json!(email);
        let customer = self.api.post("/customers", &body).expect(201).text_at("/id");
        let path = format!("/customers/{customer}/purchases");
        self.api.post(&path, &order(&unique("log"), 20)).expect(201);
        catcher().wait_for(&email, 1);
        self.ops.ready(200);
    }

    fn end(mut self) {
        let clock = Stopwatch::start();
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
        assert!(clock.elapsed() < Duration::from_secs(15));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_reader_of_the_log_that_goes_away_takes_lines_and_no_call() {
    let site = Site::new(Database::Sqlite);
    let mut server = Server::start(&site, Stdio::piped());
    server.works();
    let mut stderr = server.child.stderr.take().unwrap();
    stderr.read_exact(&mut [0; 200]).unwrap();
    drop(stderr);
    for _ in 0..3 {
        server.works();
    }
    let metrics = server.ops.get("/metrics").expect(200).text;
    let lost = metrics.lines().find_map(|line| line.strip_prefix("licentia_log_lines_lost "));
    assert!(lost.unwrap().parse::<u64>().unwrap() > 0, "{metrics}");
    assert!(server.ops.ready(200).json["log"].as_str().unwrap().contains("lost"));
    server.end();
}

#[test]
fn a_log_on_a_full_disk_takes_lines_and_no_call() {
    let site = Site::new(Database::Sqlite);
    let full = File::options().write(true).open("/dev/full").unwrap();
    let server = Server::start(&site, full.into());
    server.works();
    server.end();
}

#[test]
fn a_reader_of_the_log_that_is_stuck_holds_up_no_call() {
    let site = Site::new(Database::Sqlite);
    // The pipe is open, and nobody reads it.
    let server = Server::start(&site, Stdio::piped());
    for _ in 0..1500 {
        server.api.get("/nowhere-at-all-with-a-long-path-that-fills-the-pipe").expect(404);
    }
    server.works();
    server.end();
}
