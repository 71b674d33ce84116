//! Mail servers that are away, slow, silent, or say no (rows 29, 30 and 32).

use super::{next_try, rows, seconds_left, wait_for_attempts, wait_for_outage, wait_for_row};
use crate::support::{Catcher, Database, ServerProcess, TestDatabase, TestOffice, catcher, unique};
use jiff::SignedDuration;
use licentia::app::Role;
use serde_json::json;
use std::time::Duration;

on_both_databases! {
    fn without_starttls_nothing_is_sent_until_the_vendor_allows_it(database) {
        let plain = catcher().port("plain");
        let url = format!("smtp://localhost:{plain}?ca={}", catcher().authority());
        let mut office = TestOffice::start_with(database, |s| s.mail_url = Some(url));
        let customer = office.customer();
        office.purchase(&customer, "2014-0513", 20);
        let said = wait_for_outage(&office);
        assert!(said.contains("STARTTLS"), "it says why: {said}");
        let row = wait_for_row(&office, &customer, "left", |row| !row["last_error"].is_null());
        assert_eq!((&row["state"], &row["attempts"]), (&json!("queued"), &json!(0)));
        office.pass(SignedDuration::from_mins(1));
        assert_eq!(catcher().mails_to(&customer.email).len(), 0, "nothing in the clear");

        office.settings.mail_url = Some(format!("smtp://localhost:{plain}?tls=none"));
        office.restart().unwrap();
        office.pass(SignedDuration::from_mins(2));
        let mail = &catcher().wait_for(&customer.email, 1)[0];
        assert!(!mail.tls && mail.listener == "plain");
        let row = wait_for_row(&office, &customer, "sent", |row| row["state"] == "sent");
        assert_eq!((&row["attempts"], &row["last_error"]), (&json!(1), &json!(null)));
    }

    fn a_temporary_refusal_is_tried_again_after_a_pause_that_grows(database) {
        let office = TestOffice::start(database);
        let email = format!("tempfail-{}@romashka.example", unique("it"));
        let customer = office.customer_with(&json!({"email": email}));
        office.purchase(&customer, "2014-0513", 20);
        let row = wait_for_attempts(&office, &customer, 1);
        assert!(row["last_error"].as_str().unwrap().contains("Try again later"), "{row}");
        let first = seconds_left(&office, &row);
        assert!((5..=15).contains(&first), "10 s, give or take a half: {first}");
        office.pass(SignedDuration::from_secs(first - 1));
        std::thread::sleep(Duration::from_millis(1500));
        assert_eq!(rows(&office, &customer)[0]["attempts"], 1, "not before it is due");
        office.pass(SignedDuration::from_secs(1));
        let second = seconds_left(&office, &wait_for_attempts(&office, &customer, 2));
        assert!((10..=30).contains(&second), "20 s, give or take a half: {second}");
        office.pass(SignedDuration::from_secs(second));
        let mails = catcher().wait_for(&customer.email, 1);
        let row = wait_for_row(&office, &customer, "sent", |row| row["state"] == "sent");
        assert_eq!((&row["attempts"], &row["last_error"]), (&json!(3), &json!(null)));
        assert_eq!(row["sent_at"], office.now().to_string());
        assert_eq!(mails.len(), 1);
    }

    fn a_final_refusal_stops_the_mail_is_shown_and_can_be_retried(database) {
        let office = TestOffice::start(database);
        let email = format!("permfail-{}@romashka.example", unique("it"));
        let refused = office.customer_with(&json!({"email": email}));
        let other = office.customer();
        office.purchase(&refused, "2014-0513", 20);
        office.purchase(&other, "2014-0514", 20);
        catcher().wait_for(&other.email, 1);
        let row = wait_for_row(&office, &refused, "stopped", |row| row["state"] == "stopped");
        assert_eq!(office.ops.ready(200).json["outbox"], "mails that were stopped: 1");
        assert!(row["last_error"].as_str().unwrap().contains("No such mailbox"), "{row}");
        office.pass(SignedDuration::from_hours(48));
        std::thread::sleep(Duration::from_millis(1500));
        assert_eq!(rows(&office, &refused)[0]["attempts"], 1, "it stays stopped");
        let metrics = office.ops.get("/metrics").expect(200).text;
        assert!(metrics.contains("licentia_mails{outcome=\"Stopped\"} 1"), "{metrics}");

        let retry = format!("/mails/{}/retry", row["id"].as_str().unwrap());
        let auditor = office.api.with_token(&office.token(Role::Auditor));
        assert_eq!(auditor.post(&retry, &json!({})).code(), "forbidden");
        let queued = office.api.post(&retry, &json!({})).expect(200).json;
        assert_eq!(queued["state"], "queued");
        let again = |row: &serde_json::Value| row["state"] == "stopped" && row["attempts"] == 2;
        wait_for_row(&office, &refused, "stopped again", again);
        let events = office.list(&format!("/audit-events?customer={}", refused.id));
        assert!(events.iter().any(|event| event["action"] == "mail.retried"), "{events:?}");
        let sent = wait_for_row(&office, &other, "sent", |row| row["state"] == "sent");
        let retry = format!("/mails/{}/retry", sent["id"].as_str().unwrap());
        let reply = office.api.post(&retry, &json!({})).expect(409);
        assert_eq!(reply.code(), "mail-not-retryable");
        assert_eq!(catcher().mails_to(&other.email).len(), 1);
    }

    fn a_server_down_for_a_day_gets_the_queue_from_the_oldest_mail_on(database) {
        let own = Catcher::start(&[]);
        let ports = ["plain", "starttls", "tls", "silent"].map(|name| (name, own.port(name)));
        let office = TestOffice::start_with(database, |s| s.mail_url = Some(own.url()));
        let folder = own.stop();
        let customers: Vec<_> = (0..5)
            .map(|n| {
                let customer = office.customer();
                office.purchase(&customer, &format!("2014-05{n}"), 20);
                wait_for_outage(&office);
                let said = office.ops.ready(200).json["outbox"].clone();
                assert_eq!(said == "ok", n < 4, "a warning, since calls are answered: {said}");
                office.pass(SignedDuration::from_hours(6));
                customer
            })
            .collect();
        let ready = office.ops.ready(200).json;
        let waits = ready["outbox"].as_str().unwrap();
        assert!(waits.contains("2014-05-13T10:00:00Z"), "{waits}");
        assert_eq!((&ready["database"], &ready["keys"]), (&json!("ok"), &json!("ok")));
        let metrics = office.ops.get("/metrics").text;
        assert!(metrics.contains("licentia_outbox_mails 5\n"), "{metrics}");
        assert!(metrics.contains("licentia_outbox_oldest_seconds 108000\n"), "{metrics}");
        let own = Catcher::start_in(folder, &ports);
        office.pass(SignedDuration::from_hours(1));
        for customer in &customers {
            assert_eq!(own.wait_for(&customer.email, 1).len(), 1);
        }
        let arrived: Vec<_> = own.all().into_iter().flat_map(|mail| mail.recipients).collect();
        assert_eq!(arrived.len(), 5, "each once");
        assert_eq!(arrived[0], customers[0].email, "the oldest shows that mails leave again");
        for customer in &customers {
            wait_for_row(&office, customer, "sent", |row| row["state"] == "sent");
        }
        assert!(office.ops.ready(200).json["mail"].is_null());
    }
}

#[test]
fn a_server_that_stays_away_is_asked_by_one_mail_at_a_time_at_least_every_15_minutes() {
    let url = "smtp://localhost:9".to_owned();
    let office = TestOffice::start_with(Database::Sqlite, |s| s.mail_url = Some(url));
    for n in 0..8 {
        office.purchase(&office.customer(), &format!("away-{n}"), 20);
    }
    let mut pauses = Vec::new();
    let mut next = next_try(&wait_for_outage(&office));
    for _ in 0..12 {
        pauses.push(next.duration_since(office.now()).as_secs());
        office.clock.set(next);
        let then = (0..600).find_map(|_| {
            std::thread::sleep(Duration::from_millis(20));
            Some(next_try(&wait_for_outage(&office))).filter(|then| *then != next)
        });
        next = then.expect("it is asked again when it is time");
    }
    assert!(pauses[11] > pauses[0] && pauses[11] >= 300, "{pauses:?}");
    assert!(pauses.iter().all(|pause| (1..=900).contains(pause)), "{pauses:?}");
    let all = office.list("/mails");
    assert!(all.iter().all(|mail| mail["attempts"] == 0 && mail["state"] == "queued"), "{all:?}");
}

#[test]
fn mails_go_over_tls_from_the_first_byte_and_only_to_a_trusted_server() {
    let (port, ca) = (catcher().port("tls"), catcher().authority());
    let trusted = format!("smtps://localhost:{port}?ca={ca}");
    let stranger = format!("smtps://localhost:{port}");
    let mut office = TestOffice::start_with(Database::Sqlite, |s| s.mail_url = Some(stranger));
    let customer = office.customer();
    office.purchase(&customer, "2014-0513", 20);
    let said = wait_for_outage(&office);
    assert!(said.to_lowercase().contains("certificate"), "{said}");
    assert_eq!(rows(&office, &customer)[0]["state"], "queued");
    office.settings.mail_url = Some(trusted);
    office.restart().unwrap();
    office.pass(SignedDuration::from_mins(2));
    let mail = &catcher().wait_for(&customer.email, 1)[0];
    assert!(mail.tls && mail.listener == "tls");
}

#[test]
fn a_silent_server_is_given_up_and_mails_wait() {
    let url = format!("smtp://localhost:{}?timeout=1", catcher().port("silent"));
    let office = TestOffice::start_with(Database::Sqlite, |s| s.mail_url = Some(url));
    let customers = [office.customer(), office.customer()];
    for (n, customer) in customers.iter().enumerate() {
        office.purchase(customer, &format!("silent-{n}"), 20);
    }
    let said = wait_for_outage(&office);
    assert!(said.contains("the mail server was silent for too long"), "{said}");
    for customer in &customers {
        assert_eq!(rows(&office, customer)[0]["state"], "queued");
    }
    office.ops.get("/livez").expect(200);
}

#[test]
fn a_server_that_is_slow_or_cuts_the_line_gets_no_more_copies_than_tries() {
    let office = TestOffice::start(Database::Sqlite);
    let [slow, cut] = ["slow", "reset"].map(|word| {
        let email = format!("{word}-{}@romashka.example", unique("it"));
        let customer = office.customer_with(&json!({"email": email}));
        office.purchase(&customer, word, 20);
        customer
    });
    let row = wait_for_row(&office, &slow, "sent", |row| row["state"] == "sent");
    assert_eq!(row["attempts"], 1);
    assert_eq!(catcher().mails_to(&slow.email).len(), 1);
    // The server kept it; whether it did, nobody here can know.
    wait_for_attempts(&office, &cut, 1);
    office.pass(SignedDuration::from_secs(15));
    let row = wait_for_attempts(&office, &cut, 2);
    assert_eq!(row["state"], "queued");
    let copies = catcher().mails_to(&cut.email);
    assert_eq!(copies.len(), 2, "one repeat");
    assert_eq!(copies[0].message_id, copies[1].message_id);
}

#[test]
fn a_key_renewed_while_its_mail_waits_is_the_one_that_is_sent() {
    let own = Catcher::start(&[]);
    let ports = ["plain", "starttls", "tls", "silent"].map(|name| (name, own.port(name)));
    let office = TestOffice::start_with(Database::Sqlite, |s| s.mail_url = Some(own.url()));
    let folder = own.stop();
    let customer = office.customer();
    office.purchase(&customer, "2014-0513", 20);
    wait_for_outage(&office);
    let renewed = office.api.post(&customer.path("activation-key"), &json!({})).expect(201);
    let own = Catcher::start_in(folder, &ports);
    office.pass(SignedDuration::from_mins(1));
    let text = own.wait_for(&customer.email, 1)[0].text.replace('-', "");
    assert!(text.contains(&renewed.text_at("/activation_key")), "{text}");
    assert!(!text.contains(&customer.activation_key));
}

#[test]
fn mails_in_the_clear_are_warned_of_at_every_start() {
    let database = TestDatabase::new(Database::Sqlite);
    let folder = tempfile::tempdir().unwrap();
    let start = |mail_url: String| {
        let settings = [
            ("listen", "127.0.0.1:0".to_owned()),
            ("ops_listen", "127.0.0.1:0".to_owned()),
            ("database_url", database.url.clone()),
            ("data_dir", folder.path().display().to_string()),
            ("mail_url", mail_url),
        ];
        let server = ServerProcess::start(&settings, &[]);
        server.log.wait_for("the private root key lies on this server");
        server.log.text()
    };
    let warning = "mails leave this machine in the clear";
    let port = catcher().port("plain");
    let clear = format!("smtp://office:canary@localhost:{port}?tls=none");
    for _ in 0..2 {
        let log = start(clear.clone());
        assert!(log.contains(warning) && !log.contains("canary"), "{log}");
    }
    assert!(!start(catcher().url()).contains(warning));
}
