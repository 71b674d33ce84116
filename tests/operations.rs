//! What those who run the server see of it: its health, its metrics, its log, its end.

mod closed_pipes;
mod command_line;
mod lost_log;
mod readiness;
mod settings;
mod wrong_settings;

use crate::support::{Catcher, Database, ProcessOffice, TestOffice, accounts, order, unique};
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use licentia::clock::Stopwatch;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

on_both_databases! {
    fn health_names_the_database_the_keys_and_the_outbox(database) {
        let office = TestOffice::start(database);
        assert_eq!(office.ops.get("/livez").expect(200).text, "ok\n");
        let well = json!({
            "database": "ok", "keys": "ok", "outbox": "ok", "integrity": "ok", "workers": "ok", "api": "ok",
        });
        let readiness = || {
            let mut ready = office.ops.ready(200).json;
            // The tests' role of PostgreSQL owns the tables.
            ready.as_object_mut().unwrap().remove("database_role");
            ready
        };
        assert_eq!(readiness(), well);

        let (keys, away) = (office.folder.path().join("keys"), office.folder.path().join("away"));
        fs::rename(&keys, &away).unwrap();
        let ready = office.ops.ready(503).json;
        assert!(ready["keys"].as_str().unwrap().contains("No such file"), "{ready}");
        assert_eq!((&ready["database"], &ready["outbox"]), (&json!("ok"), &json!("ok")));
        office.ops.get("/livez").expect(200);
        office.ops.get("/metrics").expect(200);
        let customer = office.api.get("/customers").expect(200);
        assert_eq!(customer.json["data"], json!([]), "what needs no key still works");
        fs::rename(&away, &keys).unwrap();
        assert_eq!(readiness(), well);
        for path in ["/", "/api/v1/keys", "/livez/x"] {
            let reply = office.ops.call("GET", path, &[], None).unwrap();
            assert_ne!(reply.status, 200, "operations show nothing else: {path}");
        }
        office.api.call("GET", "/livez", &[], None).unwrap().expect(404);
    }

    fn a_slow_call_is_answered_after_sigterm_and_the_server_ends_well(database) {
        let mut office = ProcessOffice::start(database);
        let customer = office.customer();
        let mut lock = Lock::of(&office);
        let (api, path) = (office.api.clone(), customer.path("purchases"));
        let slow = std::thread::spawn(move || api.post(&path, &order(&unique("slow"), 1)));
        std::thread::sleep(Duration::from_millis(400));
        let clock = Stopwatch::start();
        office.server.ask_to_end();
        std::thread::sleep(Duration::from_millis(2500));
        assert!(!slow.is_finished(), "the call waits for the lock");
        lock.release();
        let answer = slow.join().unwrap().expect(201);
        assert_eq!(answer.json["license"]["claims"]["user_accounts"], 21);
        let (took, status) = (clock.elapsed(), office.server.status());
        assert!(status.success(), "{status}");
        assert!(took < Duration::from_secs(10), "idle connections are not waited for: {took:?}");
        office.restart();
        assert_eq!(office.license(&customer)["id"], answer.json["license"]["id"]);
    }
}

#[test]
fn a_mail_server_that_says_nothing_does_not_hold_the_end_up() {
    let silent = Catcher::start(&[]);
    let url = format!("smtp://localhost:{}?timeout=2", silent.port("silent"));
    let mut office = ProcessOffice::start_with(Database::Sqlite, &[("mail_url", url)]);
    for _ in 0..10 {
        let customer = office.customer_with(&json!({}));
        office.api.post(&customer.path("purchases"), &order(&unique("held"), 1)).expect(201);
    }
    std::thread::sleep(Duration::from_millis(500));
    let clock = Stopwatch::start();
    office.server.ask_to_end();
    assert!(office.server.status().success());
    let took = clock.elapsed();
    assert!(took < Duration::from_secs(8), "one mail's time, not ten: {took:?}");
}

#[test]
fn metrics_are_openmetrics_and_hold_what_is_documented() {
    let office = TestOffice::start(Database::Sqlite);
    let customer = office.customer();
    office.purchase(&customer, "2014-0513", 20);
    office.api.get("/nowhere").expect(404);
    let reply = office.ops.get("/metrics").expect(200);
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(reply.header("content-type"), Some(kind));
    let families = families(&reply.text);
    let documented = [
        ("licentia_http_requests", "counter"),
        ("licentia_http_request_seconds", "histogram"),
        ("licentia_outbox_mails", "gauge"),
        ("licentia_outbox_oldest_seconds", "gauge"),
        ("licentia_mails", "gauge"),
        ("licentia_mail_transport_up", "gauge"),
        ("licentia_database_connections", "gauge"),
        ("licentia_issuing_key_seconds_left", "gauge"),
        ("licentia_log_lines_lost", "gauge"),
        ("licentia_worker_restarts", "gauge"),
    ];
    let documented = documented.map(|(name, kind)| (name.to_owned(), kind.to_owned()));
    assert_eq!(families, BTreeSet::from(documented));
    let route = "route=\"/api/v1/customers/{id}/purchases\",status=\"201\"";
    assert!(reply.text.contains(route), "{}", reply.text);
    assert!(!reply.text.contains(&customer.id), "no ids: a series each would fill the memory");
}

#[test]
fn strangers_cannot_make_new_series() {
    let office = TestOffice::start(Database::Sqlite);
    let address = office.url().replace("http://", "");
    let series = || office.ops.get("/metrics").expect(200).text.lines().count();
    let call = |n: usize| {
        for path in [format!("/nowhere-{n}"), "/api/v1/customers".to_owned()] {
            let mut connection = TcpStream::connect(&address).unwrap();
            write!(connection, "METHOD{n} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                .unwrap();
            let answer = std::io::read_to_string(connection).unwrap();
            assert!(answer.starts_with("HTTP/1.1 40"), "{answer}");
        }
        office.api.call("GET", &format!("/customers/cus_{n}"), &[], None).unwrap();
    };
    call(0);
    let before = series();
    (1..20).for_each(call);
    assert_eq!(series(), before);
}

#[test]
fn a_problem_s_request_id_is_found_in_the_log() {
    for format in ["json", "text"] {
        let settings = [("log_format", format.to_owned())];
        let mut office = ProcessOffice::start_with(Database::Sqlite, &settings);
        let customer = office.customer();
        let problems = [
            office.api.post("/customers", &json!({"name": 1})).expect(400),
            office.api.get("/nowhere").expect(404),
            office.api.with_token("wrong").get("/customers").expect(401),
            office
                .api
                .post(&customer.path("purchases"), &json!({"items": [accounts(0)]}))
                .expect(400),
        ];
        let away = office.folder.path().join("away");
        fs::rename(office.keys_dir(), &away).unwrap();
        let failed = office.api.post(&customer.path("purchases"), &order("x", 1)).expect(503);
        fs::rename(&away, office.keys_dir()).unwrap();
        for problem in problems.iter().chain([&failed]) {
            office.server.log.wait_for(&problem.text_at("/request_id"));
        }
        let id = failed.text_at("/request_id");
        let log = office.server.log.text();
        let why = log.lines().find(|line| line.contains(&id) && line.contains("No such file"));
        assert!(why.is_some(), "the log says what the answer does not: {log}");
        assert!(!failed.text.contains("No such file") && !failed.text.contains("/keys"));
        office.server.ask_to_end();
        assert!(office.server.status().success());
        let log = office.server.log.text();
        for problem in problems.iter().chain([&failed]) {
            let (id, status) = (problem.text_at("/request_id"), problem.status.to_string());
            let mut of_call = log.lines().filter(|line| line.contains(&id));
            let is_named = of_call.any(|line| line.contains(&status) || line.contains("ERROR"));
            assert!(is_named, "{status}, {id}: {log}");
        }
        if format == "json" {
            for line in office.server.log.text().lines() {
                let line: Value =
                    serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
                assert!(line["timestamp"].is_string() && line["level"].is_string(), "{line}");
                assert!(line["fields"]["message"].is_string(), "{line}");
            }
        } else {
            assert!(!log.contains('\u{1b}'), "no colours in a file");
        }
    }
}

/// The families of an OpenMetrics text, with their types; every line is looked at.
fn families(text: &str) -> BTreeSet<(String, String)> {
    let body = text.strip_suffix("# EOF\n").expect("it ends with # EOF");
    let mut families = BTreeSet::new();
    for line in body.lines() {
        if let Some(declared) = line.strip_prefix("# TYPE ") {
            let (name, kind) = declared.split_once(' ').unwrap();
            families.insert((name.to_owned(), kind.to_owned()));
        } else if !line.starts_with("# HELP ") && !line.starts_with("# UNIT ") {
            let (series, value) = line.rsplit_once(' ').unwrap();
            value.parse::<f64>().unwrap_or_else(|_| panic!("no number: {line}"));
            let name = series.split('{').next().unwrap();
            let suffixes = ["", "_total", "_bucket", "_count", "_sum"];
            let of = |family: &str| suffixes.iter().any(|s| name == format!("{family}{s}"));
            assert!(families.iter().any(|(family, _)| of(family)), "of no family: {line}");
        }
    }
    families
}

/// What keeps every write waiting.
enum Lock {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Lock {
    fn of(office: &ProcessOffice) -> Self {
        let url = office.database_url();
        if url.starts_with("postgres") {
            let mut connection = PgConnection::establish(url).unwrap();
            connection.batch_execute("BEGIN; LOCK TABLE customers IN EXCLUSIVE MODE").unwrap();
            Self::Postgres(connection)
        } else {
            let mut connection = SqliteConnection::establish(url).unwrap();
            connection.batch_execute("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE").unwrap();
            Self::Sqlite(connection)
        }
    }

    fn release(&mut self) {
        match self {
            Self::Sqlite(connection) => connection.batch_execute("ROLLBACK").unwrap(),
            Self::Postgres(connection) => connection.batch_execute("ROLLBACK").unwrap(),
        }
    }
}
