//! PostgreSQL refuses, in whatever language: what it means is told by the code, never by the words.

use crate::support::{Customer, Reply, Sql, TestOffice, order, unique};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A purchase in the background.
fn buy(office: &TestOffice, customer: &Customer) -> JoinHandle<Reply> {
    let (api, path) = (office.api.clone(), customer.path("purchases"));
    thread::spawn(move || api.post(&path, &order(&unique("order"), 1)))
}

/// Waits until a query finds a line.
fn until(sql: &mut Sql, query: &str) -> String {
    for _ in 0..200 {
        if let Some(line) = sql.lines(query).pop() {
            return line;
        }
        thread::sleep(Duration::from_millis(20));
    }
    panic!("nothing is found by {query}");
}

/// The office's connection that waits for a lock.
const WAITS: &str = "SELECT pid::text AS line FROM pg_stat_activity \
                     WHERE datname = current_database() AND wait_event_type = 'Lock'";

on_postgres_in_two_languages! {
    fn a_lock_that_others_hold_makes_a_call_wait_and_then_answers_busy(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let lock = Sql::lock(office.database_url());
        let reply = buy(&office, &customer).join().unwrap();
        assert_eq!((reply.status, reply.code()), (503, "busy"), "{}", reply.text);
        assert!(reply.header("retry-after").is_some());
        drop(lock);
        buy(&office, &customer).join().unwrap().expect(201);
    }

    fn a_write_that_lost_a_deadlock_is_run_again(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let mut watch = Sql::open(office.database_url());
        let mut rival = Sql::open(office.database_url());
        rival.run("SET deadlock_timeout = '1min'; BEGIN; LOCK TABLE mails IN EXCLUSIVE MODE").unwrap();
        let bought = buy(&office, &customer);
        until(&mut watch, WAITS);
        // The purchase has taken the customer, and waits for the mails; this waits for the customer.
        rival.run("SELECT id FROM customers FOR UPDATE; ROLLBACK").unwrap();
        bought.join().unwrap().expect(201);
        let deadlocks = "SELECT deadlocks::text AS line FROM pg_stat_database \
                         WHERE datname = current_database() AND deadlocks > 0";
        assert_eq!(until(&mut watch, deadlocks), "1", "there was one");
    }

    fn a_write_whose_statement_was_cancelled_is_run_again(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let mut watch = Sql::open(office.database_url());
        let lock = Sql::lock(office.database_url());
        let bought = buy(&office, &customer);
        // As a statement timeout cancels it, and with the same code.
        let backend = until(&mut watch, WAITS);
        watch.run(&format!("SELECT pg_cancel_backend({backend})")).unwrap();
        until(&mut watch, &format!("{WAITS} AND query_start > now() - interval '1 second'"));
        drop(lock);
        bought.join().unwrap().expect(201);
    }

    fn a_database_that_takes_no_writes_is_not_available_and_reads_go_on(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let mut sql = Sql::open(office.database_url());
        // As a standby that was not promoted.
        let name = sql.lines("SELECT current_database()::text AS line").remove(0);
        sql.run(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on")).unwrap();
        sql.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .unwrap();
        let reply = buy(&office, &customer).join().unwrap();
        assert_eq!((reply.status, reply.code()), (503, "database-unavailable"), "{}", reply.text);
        office.api.get(&customer.path("purchases")).expect(200);
    }
}
