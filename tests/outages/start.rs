//! A start beside a database that does not take it yet.

use crate::support::{Database, ProcessOffice, ServerProcess, Sql, Wire, WireState};
use licentia::clock::Stopwatch;
use licentia::store::{Location, revert_last};
use std::thread;
use std::time::Duration;

/// The settings of an office, with another database.
fn with_url(office: &ProcessOffice, url: &str) -> Vec<(&'static str, String)> {
    let mut settings = office.settings.clone();
    settings.retain(|(name, _)| *name != "database_url");
    settings.push(("database_url", url.to_owned()));
    settings
}

#[test]
fn a_start_waits_for_a_server_that_recovers_and_says_so() {
    let mut office = ProcessOffice::start(Database::Postgres);
    office.server.end();
    let wire = Wire::to(office.database_url(), WireState::Recovering);
    let settings = with_url(&office, &wire.url(office.database_url()));
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_secs(3));
            wire.set(WireState::Up);
        });
        let server = ServerProcess::start(&settings, &[]);
        assert!(server.log.text().contains("waiting for the database"), "{}", server.log.text());
        office.api.moved_to(&server.url).get("/customers").expect(200);
    });
}

#[test]
fn a_start_waits_no_longer_than_is_set() {
    let mut office = ProcessOffice::start(Database::Postgres);
    office.server.end();
    let wire = Wire::to(office.database_url(), WireState::Recovering);
    let mut settings = with_url(&office, &wire.url(office.database_url()));
    settings.push(("database_wait", "1".into()));
    let clock = Stopwatch::start();
    let Err(said) = ServerProcess::try_start(&settings, &[]) else { panic!("it has started") };
    assert!(said.contains("система баз данных запускается"), "{said}");
    assert!(clock.elapsed() < Duration::from_secs(10), "{:?}", clock.elapsed());
}

#[test]
fn a_start_does_not_wait_for_a_server_that_refuses_it() {
    let mut office = ProcessOffice::start(Database::Postgres);
    office.server.end();
    let settings = with_url(&office, &format!("{}_of_nobody", office.database_url()));
    let clock = Stopwatch::start();
    let Err(said) = ServerProcess::try_start(&settings, &[]) else { panic!("it has started") };
    assert!(said.contains("_of_nobody"), "{said}");
    assert!(clock.elapsed() < Duration::from_secs(10), "{:?}", clock.elapsed());
}

#[test]
fn a_start_waits_while_another_process_has_locked_the_database_file() {
    let mut office = ProcessOffice::start(Database::Sqlite);
    office.server.end();
    revert_last(&Location::parse(office.database_url()).unwrap()).unwrap();
    let lock = Sql::lock(office.database_url());
    thread::scope(|scope| {
        scope.spawn(move || {
            thread::sleep(Duration::from_secs(12));
            drop(lock);
        });
        office.server = ServerProcess::start(&office.settings, &[]);
    });
    office.api.moved_to(&office.server.url).get("/customers").expect(200);
}
