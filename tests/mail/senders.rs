//! Several mails at a time (row 52).

use super::{rows, wait_for_attempts, wait_for_row};
use crate::support::{Customer, Database, FakeSmtp, TestOffice, unique};
use licentia::chance::Chance;
use licentia::startup::Spawned;
use serde_json::json;

on_both_databases! {
    fn mails_about_a_customer_arrive_in_order_each_once_over_few_sessions(database) {
        let server = FakeSmtp::start();
        let office = TestOffice::start_with(database, |s| s.mail_url = Some(server.url()));
        let customers: Vec<_> = (0..6).map(|_| customer(&office, "it", "orders.example")).collect();
        for order in 1..=5 {
            for customer in &customers {
                office.purchase(customer, &format!("{}-{order}", customer.id), 1);
            }
        }
        let taken = server.wait_for(30);
        assert_eq!(taken.len(), 30, "none goes twice");
        let all = office.list("/mails");
        for customer in &customers {
            let of_customer = all.iter().filter(|mail| mail["customer"] == customer.id.as_str());
            let ids: Vec<_> = of_customer.map(|mail| mail["id"].as_str().unwrap()).collect();
            let to = |mail: &&crate::support::Taken| mail.recipient == customer.email;
            let arrived: Vec<_> = taken.iter().filter(to).map(|mail| id_of(&mail.text)).collect();
            assert_eq!(arrived, ids);
        }
        assert!(server.sessions() <= 20, "{} sessions", server.sessions());
    }

    fn two_servers_on_one_database_send_each_mail_once(database) {
        let server = FakeSmtp::start();
        let office = TestOffice::start_with(database, |s| s.mail_url = Some(server.url()));
        let config = office.settings.clone().understand().unwrap();
        let second = Spawned::start(&config, office.clock.clone(), Chance::default()).unwrap();
        let customers: Vec<_> = (0..30).map(|_| customer(&office, "it", "two.example")).collect();
        for customer in &customers {
            office.purchase(customer, &unique("order"), 1);
        }
        server.wait_for(30);
        for customer in &customers {
            let row = wait_for_row(&office, customer, "sent", |row| row["state"] == "sent");
            assert_eq!(row["attempts"], 1, "{row}");
        }
        second.stop().unwrap();
        assert_eq!(server.taken().len(), 30);
    }

    fn addresses_at_which_the_mail_server_hangs_hold_up_no_other(database) {
        let server = FakeSmtp::start();
        server.answer("RCPT", "hang", None);
        let office = TestOffice::start_with(database, |s| s.mail_url = Some(server.url()));
        // Of one domain and of domains of their own: more than are sent at a time.
        let hanging: Vec<_> = (0..30)
            .map(|n| {
                let domain = if n < 15 { "one".to_owned() } else { unique("other") };
                customer(&office, "hang", &format!("{domain}.example"))
            })
            .collect();
        for customer in &hanging {
            office.purchase(customer, &unique("order"), 1);
        }
        let good = customer(&office, "good", "one.example");
        office.purchase(&good, "good", 1);
        assert_eq!(server.wait_for(1)[0].recipient, good.email);
        for customer in &hanging {
            let row = &rows(&office, customer)[0];
            let (state, error) = (&row["state"], &row["last_error"]);
            assert_eq!((state, error), (&json!("queued"), &json!(null)), "none was given up before");
        }
        server.cut();
    }
}

#[test]
fn new_mail_goes_while_many_tried_mails_hang() {
    let server = FakeSmtp::start();
    server.answer("RCPT", "hang", Some("451 4.3.0 Try again later"));
    let office = TestOffice::start_with(Database::Sqlite, |s| s.mail_url = Some(server.url()));
    let hanging: Vec<_> = (0..20).map(|_| customer(&office, "hang", "one.example")).collect();
    for customer in &hanging {
        office.purchase(customer, &unique("order"), 1);
    }
    for customer in &hanging {
        wait_for_attempts(&office, customer, 1);
    }
    server.mend();
    server.answer("RCPT", "hang", None);
    office.pass(jiff::SignedDuration::from_secs(16));
    let good = customer(&office, "good", "one.example");
    office.purchase(&good, "good", 1);
    assert_eq!(server.wait_for(1)[0].recipient, good.email);
    server.cut();
}

#[test]
fn a_mail_server_that_allows_few_sessions_gets_all_mails_over_these() {
    let server = FakeSmtp::start();
    server.allow_sessions(2);
    let office = TestOffice::start_with(Database::Sqlite, |s| s.mail_url = Some(server.url()));
    let customers: Vec<_> = (0..20).map(|_| customer(&office, "it", "few.example")).collect();
    for customer in &customers {
        office.purchase(customer, &unique("order"), 1);
    }
    server.wait_for(20);
    for customer in &customers {
        let row = wait_for_row(&office, customer, "sent", |row| row["state"] == "sent");
        assert_eq!(row["attempts"], 1, "{row}");
    }
    assert!(office.ops.ready(200).json["mail"].is_null());
    assert_eq!(server.taken().len(), 20, "none goes twice");
}

#[test]
fn a_session_that_the_mail_server_has_closed_costs_no_mail() {
    let server = FakeSmtp::start();
    let office = TestOffice::start_with(Database::Sqlite, |s| s.mail_url = Some(server.url()));
    let first = customer(&office, "first", "one.example");
    office.purchase(&first, "first", 1);
    server.wait_for(1);
    // The session that waits is refused its next mail; a new one takes it.
    server.answer_once("MAIL", "421 4.4.2 Idle for too long");
    let second = customer(&office, "second", "one.example");
    office.purchase(&second, "second", 1);
    let row = wait_for_row(&office, &second, "sent", |row| row["state"] == "sent");
    assert_eq!(row["attempts"], 1);
    assert_eq!(server.sessions(), 2);
}

fn customer(office: &TestOffice, local: &str, domain: &str) -> Customer {
    let email = format!("{}@{domain}", unique(local));
    office.customer_with(&json!({"email": email}))
}

fn id_of(text: &str) -> &str {
    let (_, rest) = text.split_once("Message-ID: <").unwrap();
    rest.split('@').next().unwrap()
}
