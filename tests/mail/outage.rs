//! A mail server that refuses the session, or a mail (row 52).

use super::{next_try, rows, wait_for_attempts, wait_for_outage, wait_for_row};
use crate::support::{Browser, Customer, Database, FakeSmtp, TestOffice, command, unique};
use jiff::SignedDuration;
use licentia::app::Role;
use serde_json::json;
use std::time::Duration;

on_both_databases! {
    fn what_a_mail_server_has_against_the_session_stops_no_mail(database) {
        let server = FakeSmtp::start();
        let office = TestOffice::start_with(database, |s| s.mail_url = Some(server.url()));
        let mut sent = 0;
        for (phase, reply) in [
            ("AUTH", "535 5.7.8 Password expired"),
            ("EHLO", "550 5.7.1 No such host"),
            ("MAIL", "530 5.7.0 Authentication required"),
            ("CONNECT", "554 5.7.1 Not you"),
        ] {
            server.answer(phase, "", Some(reply));
            server.cut();
            let customers: Vec<_> = (0..5).map(|_| bought(&office)).collect();
            let said = wait_for_outage(&office);
            assert!(said.contains(reply.split_once(' ').unwrap().1), "{phase}: {said}");
            office.ops.get("/readyz").expect(200);
            let metrics = office.ops.get("/metrics").text;
            assert!(metrics.contains("licentia_mail_transport_up 0\n"), "{metrics}");
            for customer in &customers {
                let row = &rows(&office, customer)[0];
                assert_eq!((&row["state"], &row["attempts"]), (&json!("queued"), &json!(0)));
            }

            server.mend();
            office.pass(SignedDuration::from_mins(1));
            sent += customers.len();
            server.wait_for(sent);
            for customer in &customers {
                let row = wait_for_row(&office, customer, "sent", |row| row["state"] == "sent");
                assert_eq!(row["attempts"], 1, "{phase}");
            }
            assert!(office.ops.ready(200).json["mail"].is_null());
        }
        let metrics = office.ops.get("/metrics").text;
        assert!(metrics.contains("licentia_mail_transport_up 1\n"), "{metrics}");
    }

    fn all_stopped_mails_are_sent_again_by_page_api_and_command_line(database) {
        let server = FakeSmtp::start();
        let office = TestOffice::start_with(database, |s| s.mail_url = Some(server.url()));
        let stopped = |count: usize| {
            server.answer("RCPT", "", Some("550 5.1.1 No such mailbox"));
            let customers: Vec<_> = (0..count).map(|_| bought(&office)).collect();
            for customer in &customers {
                wait_for_row(&office, customer, "stopped", |row| row["state"] == "stopped");
            }
            server.mend();
        };
        stopped(3);
        let auditor = office.api.with_token(&office.token(Role::Auditor));
        assert_eq!(auditor.post("/mails/retry", &json!({})).code(), "forbidden");
        let retried = office.api.post("/mails/retry", &json!({})).expect(200).json;
        assert_eq!(retried, json!({"retried": 3}));
        server.wait_for(3);
        assert_eq!(office.api.post("/mails/retry", &json!({})).json, json!({"retried": 0}));

        let sales = Browser::signed_in(&office, Role::Sales);
        let button = "Send all stopped emails again";
        let page = |browser: &Browser| browser.call("GET", "/mails", None).expect(200).text;
        assert!(!page(&sales).contains(button), "none is stopped");
        stopped(2);
        assert!(page(&sales).contains(button));
        let auditor = Browser::signed_in(&office, Role::Auditor);
        assert!(!page(&auditor).contains(button), "an auditor changes nothing");
        sales.call("POST", "/mails/retry", Some("")).expect(303);
        server.wait_for(5);

        stopped(1);
        let settings = [
            ("database_url", office.database_url().to_owned()),
            ("data_dir", office.folder.path().display().to_string()),
            ("issuer", office.settings.issuer.clone().unwrap()),
        ];
        let output = command("mail retry", &settings).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "retried  1\n", "{output:?}");
        let events = office.list("/audit-events");
        let counted = events.iter().filter(|event| event["action"] == "mail.stopped-retried");
        let counted: Vec<_> = counted.map(|event| event["after"]["mails"].as_i64()).collect();
        assert_eq!(counted, [Some(3), Some(2), Some(1)]);
        // The command has the machine's clock, not the test's.
        office.at("2100-01-01T00:00:00Z");
        server.wait_for(6);
    }
}

#[test]
fn a_mail_is_stopped_by_5xx_to_its_recipient_or_its_text_and_by_nothing_else() {
    let server = FakeSmtp::start();
    let office = TestOffice::start_with(Database::Sqlite, |s| s.mail_url = Some(server.url()));
    for (phase, reply) in [("RCPT", "550 no"), ("DATA", "554 no"), (".", "552 no")] {
        server.answer(phase, "", Some(reply));
        let customer = bought(&office);
        let row = wait_for_row(&office, &customer, "stopped", |row| row["state"] == "stopped");
        assert!(row["last_error"].as_str().unwrap().contains("no"), "{row}");
        server.mend();
    }
    for (phase, reply) in
        [("RCPT", "450 later"), (".", "451 later"), ("RCPT", "530 who"), (".", "421 bye")]
    {
        server.answer(phase, "", Some(reply));
        let customer = bought(&office);
        assert_eq!(wait_for_attempts(&office, &customer, 1)["state"], "queued", "{phase} {reply}");
        server.mend();
    }
    assert!(office.ops.ready(200).json["mail"].is_null(), "the session was well");
    let customer = bought(&office);
    assert_eq!(server.wait_for(1)[0].recipient, customer.email, "the others go on");
}

#[test]
fn during_an_outage_one_mail_at_a_time_is_tried_and_administrators_see_it() {
    let server = FakeSmtp::start();
    server.answer("AUTH", "", Some("535 5.7.8 Password expired"));
    let office = TestOffice::start_with(Database::Sqlite, |s| s.mail_url = Some(server.url()));
    bought(&office);
    let first = next_try(&wait_for_outage(&office));
    (0..10).for_each(|_| drop(bought(&office)));
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!(server.sessions(), 1, "all of them wait");
    let shown = |role| Browser::signed_in(&office, role).call("GET", "/mails", None).text;
    let (notice, answer) = ("No emails are being sent", "535");
    let page = shown(Role::Admin);
    assert!(page.contains(notice) && page.contains(answer), "{page}");
    assert!(!shown(Role::Sales).contains(notice));

    // A person who asks for a mail has the mail server asked at once, and a pause follows anew.
    let mail = office.list("/mails")[3]["id"].as_str().unwrap().to_owned();
    office.api.post(&format!("/mails/{mail}/retry"), &json!({})).expect(200);
    for _ in 0..200 {
        if server.sessions() == 2 {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(server.sessions(), 2);
    assert!(next_try(&wait_for_outage(&office)).duration_since(first).as_secs() < 60);
    server.mend();
    office.api.post(&format!("/mails/{mail}/retry"), &json!({})).expect(200);
    server.wait_for(11);
    assert!(!shown(Role::Admin).contains(notice));
}

#[test]
fn new_mail_settings_end_an_outage_at_once() {
    let [server, other] = [FakeSmtp::start(), FakeSmtp::start()];
    server.answer("AUTH", "", Some("535 5.7.8 Password expired"));
    let office = TestOffice::start_with(Database::Sqlite, |s| s.mail_url = None);
    let admin = Browser::signed_in(&office, Role::Admin);
    let save = |url: &str| {
        admin.call("GET", "/mails/test", None).expect(200);
        let url: String = url::form_urlencoded::byte_serialize(url.as_bytes()).collect();
        let form = format!("mail_url={url}&mail_from=Vendor+<licenses@vendor.example>");
        admin.call("POST", "/mails/test/save", Some(&form)).expect(303);
    };
    save(&server.url());
    let customer = bought(&office);
    wait_for_outage(&office);
    save(&other.url());
    assert_eq!(other.wait_for(1)[0].recipient, customer.email);
}

#[test]
fn the_server_says_hello_with_the_host_of_its_issuer_or_as_it_is_set() {
    let server = FakeSmtp::start();
    let office = TestOffice::start_with(Database::Sqlite, |s| s.mail_url = Some(server.url()));
    bought(&office);
    server.wait_for(1);
    assert_eq!(server.heard("EHLO"), ["EHLO licenses.vendor.example"]);
    drop(office);
    let server = FakeSmtp::start();
    let office = TestOffice::start_with(Database::Sqlite, |s| {
        s.mail_url = Some(server.url());
        s.mail_hello_name = Some("mx.vendor.example".into());
    });
    bought(&office);
    server.wait_for(1);
    assert_eq!(server.heard("EHLO"), ["EHLO mx.vendor.example"]);
}

/// A customer of its own domain that has bought something.
fn bought(office: &TestOffice) -> Customer {
    let email = format!("it@{}.example", unique("domain"));
    let customer = office.customer_with(&json!({"email": email}));
    office.purchase(&customer, &unique("order"), 20);
    customer
}
