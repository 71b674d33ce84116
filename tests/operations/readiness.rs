//! `/readyz` proves what it says.

use crate::support::{Database, ProcessOffice, ServerProcess, Site, TestOffice, command, said_no};
use licentia::clock::Stopwatch;
use serde_json::json;
use std::time::Duration;

on_both_databases! {
    fn a_thread_that_panics_is_started_again_and_readyz_says_so(database) {
        let threads = ["mail", "observations", "alarms"];
        for thread in threads {
            let site = Site::new(database);
            let point = format!("{thread}-thread=1*panic");
            let server = ServerProcess::start(&site.settings, &[("LICENTIA_FAIL_AT", &point)]);
            let clock = Stopwatch::start();
            let restarts = loop {
                let ready = server.ops.ready(200).json;
                if let Some(restarts) = ready.get("worker_restarts") {
                    break restarts.clone();
                }
                assert!(clock.elapsed() < Duration::from_secs(20), "{ready}");
            };
            assert_eq!(restarts, json!([format!("{thread}: 1")]));
            server.log.wait_for("a thread panicked");
            let metrics = server.ops.get("/metrics").expect(200).text;
            let line = format!("licentia_worker_restarts{{worker=\"{thread}\"}} 1");
            assert!(metrics.contains(&line), "{metrics}");
        }
    }

    fn a_thread_that_ends_again_and_again_takes_the_server_out_of_service(database) {
        let site = Site::new(database);
        let settings = [("LICENTIA_FAIL_AT", "mail-thread=panic")];
        let server = ServerProcess::start(&site.settings, &settings);
        let said = server.ops.ready(503).json["workers"].as_str().unwrap().to_owned();
        assert_eq!(said, "the thread mail has ended, and is started again");
        server.api.get("/keys").expect(200);
        assert!(server.terminate());
    }
}

#[test]
fn an_api_that_hangs_is_not_ready_and_readyz_answers_in_time() {
    let site = Site::new(Database::Sqlite);
    let settings = [("LICENTIA_FAIL_AT", "api-answer=sleep(60000)")];
    let server = ServerProcess::start(&site.settings, &settings);
    for _ in 0..3 {
        std::thread::sleep(Duration::from_millis(1100));
        let clock = Stopwatch::start();
        let ready = server.ops.get("/readyz").expect(503).json;
        assert_eq!(ready["api"], "no answer within 1500 ms", "{ready}");
        assert_eq!(ready["database"], "ok", "{ready}");
        assert!(clock.elapsed() < Duration::from_secs(2), "{:?}", clock.elapsed());
    }
    server.kill();
}

#[test]
fn readyz_is_asked_a_hundred_times_and_looks_once() {
    let office = ProcessOffice::start(Database::Sqlite);
    office.server.ops.ready(200);
    let clock = Stopwatch::start();
    let away = office.folder.path().join("away");
    let keys = office.keys_dir();
    office.server.ops.ready(200);
    std::fs::rename(&keys, &away).unwrap();
    let answers: Vec<_> = (0..100).map(|_| office.server.ops.get("/readyz").status).collect();
    std::fs::rename(&away, &keys).unwrap();
    assert!(clock.elapsed() > Duration::from_secs(1) && answers[0] == 200, "{answers:?}");
}

#[test]
fn the_probe_of_the_api_stands_neither_in_the_log_nor_in_the_metrics() {
    let office = ProcessOffice::start(Database::Sqlite);
    office.server.ops.ready(200);
    office.server.ops.ready(200);
    let metrics = office.server.ops.get("/metrics").expect(200).text;
    assert!(!metrics.contains("status=\"204\""), "{metrics}");
    assert!(!office.server.log.text().contains("probe"), "{}", office.server.log.text());
}

on_both_databases! {
    fn head_is_answered_wherever_get_is(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let api = ["/customers".to_owned(), customer.path(""), "/keys".into(), "/nowhere".into()];
        let pages = ["/sign-in", "/", "/api/openapi.json", "/static/app.css", "/check", "/none"];
        for path in api.iter().map(String::as_str).chain(pages) {
            same(&office.api, path);
        }
        for path in ["/livez", "/readyz", "/none"] {
            same(&office.ops, path);
        }
        let reply = office.ops.call("HEAD", "/metrics", &[], None).unwrap().expect(200);
        assert_eq!(reply.text, "");
        office.api.call("HEAD", "/activations", &[], None).unwrap().expect(405);
    }

    fn an_answer_201_says_where_what_it_made_is_read(database) {
        let office = TestOffice::start(database);
        let made = office.api.post("/customers", &crate::support::romashka()).expect(201);
        let path = format!("/customers/{}", made.text_at("/id"));
        let at = |reply: &crate::support::Reply| reply.header("location").unwrap().to_owned();
        assert_eq!(at(&made), format!("/api/v1{path}"));
        let purchases = format!("{path}/purchases");
        let bought = office.api.post(&purchases, &crate::support::order("l-1", 20)).expect(201);
        assert_eq!(at(&bought), format!("/api/v1{purchases}"));
        let purchase = bought.text_at("/purchase/id");
        let void = format!("/purchases/{purchase}/void");
        let voided = office.api.post(&void, &json!({"reason": "twice"})).expect(201);
        assert_eq!(at(&voided), format!("/api/v1{purchases}"));
        let key = office.api.call("POST", &format!("{path}/activation-key"), &[], None).unwrap();
        assert_eq!(at(&key.expect(201)), format!("/api/v1{path}"));
        for location in [at(&made), at(&bought)] {
            office.api.call("GET", &location, &[], None).unwrap().expect(200);
        }
    }
}

/// HEAD says what GET says, without the body.
fn same(api: &crate::support::Api, path: &str) {
    let get = api.call("GET", path, &[], None).unwrap();
    let head = api.call("HEAD", path, &[], None).unwrap();
    assert_eq!(head.status, get.status, "{path}");
    assert_eq!(head.text, "", "{path}");
    for name in ["content-type", "content-length", "etag", "location", "cache-control"] {
        let varies = name == "content-length" && get.status != 200;
        assert!(varies || head.header(name) == get.header(name), "{path}: {name}");
    }
}

#[test]
fn a_command_in_the_wrong_folder_makes_no_office_and_says_where_it_looked() {
    let folder = tempfile::tempdir().unwrap();
    for line in [
        "customer list",
        "keys list",
        "keys export",
        "keys rotate",
        "keys rotate-secret cookies",
        "token create --role sales --name crm",
        "token list",
        "staff list",
        "audit verify",
        "answer request.txt",
        "migrate",
    ] {
        let said = said_no(&command(line, &[]).current_dir(folder.path()).output().unwrap());
        let place = folder.path().join("data").display().to_string();
        assert!(line == "keys rotate" || said.contains(&place), "{line}: {said}");
        assert_eq!(folder.path().read_dir().unwrap().count(), 0, "{line} made something: {said}");
    }
    let made = command("setup", &[]).current_dir(folder.path()).output().unwrap();
    assert!(made.status.success());
    let listed = command("keys list", &[]).current_dir(folder.path()).output().unwrap();
    assert!(listed.status.success());
}

#[test]
fn a_command_on_an_empty_database_of_postgresql_makes_no_office() {
    let site = Site::new(Database::Postgres);
    let said = said_no(&command("customer list", &site.settings).output().unwrap());
    assert!(said.contains("there is no office in the database"), "{said}");
    assert!(!site.folder.path().join("keys").exists());
}
