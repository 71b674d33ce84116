//! Outages that do not say goodbye: rows 13, 17, 19, 53 and 54 of what may go wrong.

mod cable;
mod disk;
mod file;
mod start;

use crate::support::{
    Customer, Database, ProcessOffice, Reply, Sql, Wire, WireState, order, unique,
};
use crate::support::{TestOffice, at_once};
use licentia::clock::Stopwatch;
use std::thread;
use std::time::Duration;

/// An office whose process reaches PostgreSQL over a wire.
fn office_over_a_wire() -> (ProcessOffice, Wire, Customer) {
    let mut office = ProcessOffice::start(Database::Postgres);
    let wire = Wire::to(office.database_url(), WireState::Up);
    let url = wire.url(office.database_url());
    for (name, value) in &mut office.settings {
        if *name == "database_url" {
            value.clone_from(&url);
        }
    }
    office.restart();
    let customer = office.customer();
    (office, wire, customer)
}

fn buy(office: &ProcessOffice, customer: &Customer) -> Reply {
    office.api.post(&format!("/customers/{}/purchases", customer.id), &order(&unique("order"), 1))
}

/// The lines of the log at this level.
fn lines(office: &ProcessOffice, level: &str) -> Vec<String> {
    let text = office.server.log.text();
    text.lines().filter(|line| line.contains(level)).map(ToOwned::to_owned).collect()
}

#[test]
fn calls_readyz_and_sigterm_end_in_time_while_the_database_stalls_without_closing() {
    let (mut office, wire, customer) = office_over_a_wire();
    wire.set(WireState::Stalled);
    // More than there are connections, so that some wait for their turn.
    let replies = at_once(60, |number| {
        let clock = Stopwatch::start();
        let reply = if number % 2 == 0 {
            buy(&office, &customer)
        } else {
            office.api.get(&format!("/customers/{}", customer.id))
        };
        (reply, clock.elapsed())
    });
    for (reply, took) in &replies {
        assert_eq!(reply.status, 503, "{}", reply.text);
        assert!(*took < Duration::from_millis(5500), "{took:?}: {}", reply.text);
        assert!(reply.header("retry-after").is_some());
    }
    let clock = Stopwatch::start();
    let ready = office.server.ops.page("GET", "/readyz", &[], None);
    assert_eq!(ready.status, 503, "{}", ready.text);
    assert!(clock.elapsed() < Duration::from_millis(2500), "{:?}", clock.elapsed());
    assert_eq!(office.server.ops.page("GET", "/livez", &[], None).status, 200);
    let said = lines(&office, " ERROR ");
    assert!(said.len() == 1 && said[0].contains("the database fails"), "{said:#?}");

    wire.set(WireState::Up);
    let clock = Stopwatch::start();
    while buy(&office, &customer).status != 201 {
        assert!(clock.elapsed() < Duration::from_secs(5), "it goes on at once");
    }
    let over = (0..100).find_map(|_| {
        thread::sleep(Duration::from_millis(100));
        office.api.get(&format!("/customers/{}", customer.id)).expect(200);
        lines(&office, " WARN ").into_iter().find(|line| line.contains("works again"))
    });
    let over = over.expect("the log says that it is over");
    let failed = over.split("failed=").nth(1).unwrap().split_whitespace().next().unwrap();
    assert!(failed.parse::<u64>().unwrap() >= 60, "the calls are counted: {over}");

    wire.set(WireState::Stalled);
    buy(&office, &customer).expect(503);
    let clock = Stopwatch::start();
    office.server.ask_to_end();
    office.server.status();
    assert!(clock.elapsed() < Duration::from_secs(35), "{:?}", clock.elapsed());
}

#[test]
fn a_server_that_hangs_within_a_write_locks_its_customer_out_for_seconds_only() {
    let (office, wire, customer) = office_over_a_wire();
    let other = TestOffice::start_with(Database::Postgres, |settings| {
        settings.database_url = Some(office.database_url().into());
        settings.data_dir = Some(office.folder.path().to_owned());
        settings.issuer = Some("https://licenses.vendor.example".into());
    });
    let mut watch = Sql::open(office.database_url());
    let mut rival = Sql::open(office.database_url());
    rival.run("BEGIN; LOCK TABLE mails IN EXCLUSIVE MODE").unwrap();
    thread::scope(|scope| {
        let hangs = scope.spawn(|| buy(&office, &customer));
        let waits = "SELECT pid::text AS line FROM pg_stat_activity \
                     WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while watch.lines(waits).is_empty() {
            thread::sleep(Duration::from_millis(5));
        }
        // It has the customer's row, and never hears that it may go on.
        wire.set(WireState::Stalled);
        rival.run("ROLLBACK").unwrap();
        let clock = Stopwatch::start();
        let api = office.api.moved_to(&other.url());
        let path = format!("/customers/{}/purchases", customer.id);
        while api.post(&path, &order(&unique("order"), 1)).status != 201 {
            assert!(clock.elapsed() < Duration::from_secs(15), "it is locked out");
        }
        hangs.join().unwrap().expect(503);
    });
    wire.set(WireState::Up);
}

#[test]
fn many_purchases_at_once_for_one_customer_are_all_recorded() {
    let office = ProcessOffice::start(Database::Postgres);
    let customer = office.customer();
    let replies = at_once(100, |_| buy(&office, &customer).status);
    let refused = replies.iter().filter(|status| **status != 201).count();
    assert_eq!(refused, 0, "{replies:?}");
}
