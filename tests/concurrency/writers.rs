//! Row 8: many writers, and never half a write.

use super::{list, servers};
use crate::support::{ServerProcess, Site, Sql, at_once, enter_customer, order, unique};
use licentia::clock::Stopwatch;
use serde_json::Value;
use std::time::Duration;

fn rows_of<'a>(rows: &'a [Value], member: &str, value: &str) -> Vec<&'a Value> {
    rows.iter().filter(|row| row[member] == value).collect()
}

/// Every purchase that was acknowledged is there with its license, its audit event and its mail;
/// nothing is there of the others.
fn each_is_whole_or_not_there(server: &ServerProcess, orders: &[(String, String, u16)]) {
    let events = crate::support::list(&server.api, "/audit-events");
    let mails = crate::support::list(&server.api, "/mails");
    for (customer, number, status) in orders {
        let of = |what: &str| {
            crate::support::list(&server.api, &format!("/customers/{customer}/{what}"))
        };
        let (purchases, licenses) = (of("purchases"), of("licenses"));
        let purchases = rows_of(&purchases, "order_number", number);
        if *status == 201 {
            assert_eq!(purchases.len(), 1, "{number} is there once");
            let id = purchases[0]["id"].as_str().unwrap();
            assert_eq!(rows_of(&licenses, "cause_id", id).len(), 1);
            assert_eq!(rows_of(&events, "subject", id).len(), 1);
            assert_eq!(rows_of(&mails, "cause_id", id).len(), 1);
        } else {
            assert!(purchases.is_empty(), "{number} was not acknowledged");
        }
    }
    let recorded = orders.iter().filter(|(_, _, status)| *status == 201).count();
    assert_eq!(rows_of(&events, "action", "purchase.recorded").len(), recorded);
    assert_eq!(mails.len(), recorded);
}

on_both_databases! {
    fn thirty_two_writers_at_once_are_answered_and_leave_whole_writes(database) {
        let site = Site::new(database);
        let servers = servers(&site, database);
        let customers: Vec<_> = (0..4).map(|_| enter_customer(&servers[0].api, 1)).collect();
        let clock = Stopwatch::start();
        let orders = at_once(32, |i| {
            let customer = &customers[i % 4].id;
            let server = &servers[i / 4 % servers.len()];
            let enter = |_| {
                let number = unique("order");
                let path = format!("/customers/{customer}/purchases");
                let reply = server.api.post(&path, &order(&number, 1));
                assert!(matches!(reply.status, 201 | 503), "{}", reply.text);
                assert!(reply.status == 201 || reply.header("retry-after").is_some());
                (customer.clone(), number, reply.status)
            };
            (0..5).map(enter).collect::<Vec<_>>()
        });
        let elapsed = clock.elapsed();
        let orders = orders.concat();
        let recorded = orders.iter().filter(|(_, _, status)| *status == 201).count();
        println!("{recorded} of {} were recorded in {elapsed:?}", orders.len());
        assert!(recorded * 10 >= orders.len() * 9, "few are turned away: {recorded}");
        each_is_whole_or_not_there(&servers[0], &orders);
        for customer in &customers {
            // Each license replaces the last, in the order of the ledger.
            let licenses = list(&servers[0], customer, "licenses");
            let mut purchases = list(&servers[0], customer, "purchases");
            purchases.sort_by_key(|row| row["number"].as_i64());
            let seqs = purchases.iter().map(|row| {
                let made = rows_of(&licenses, "cause_id", row["id"].as_str().unwrap());
                made[0]["seq"].as_i64().unwrap()
            });
            assert!(seqs.is_sorted_by(|a, b| a < b));
        }
    }
}

on_both_databases! {
    fn a_database_locked_from_outside_is_answered_503_and_nothing_is_written(database) {
        let site = Site::new(database);
        let server = &servers(&site, database)[0];
        let customer = enter_customer(&server.api, 1);
        let path = customer.path("purchases");

        let lock = Sql::lock(site.database_url());
        let replies = at_once(33, |i| {
            if i == 32 {
                // Reads go on while the writers wait.
                std::thread::sleep(Duration::from_millis(500));
                let began = Stopwatch::start();
                assert!(list(server, &customer, "purchases").is_empty());
                assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
                return None;
            }
            let number = unique("order");
            Some((number.clone(), server.api.post(&path, &order(&number, 1))))
        });
        let mut orders = Vec::new();
        for (number, reply) in replies.into_iter().flatten() {
            assert_eq!((reply.status, reply.code()), (503, "busy"), "{}", reply.text);
            assert!(reply.header("retry-after").is_some());
            orders.push((customer.id.clone(), number, 503));
        }
        drop(lock);

        let number = unique("order");
        server.api.post(&path, &order(&number, 1)).expect(201);
        orders.push((customer.id.clone(), number, 201));
        each_is_whole_or_not_there(server, &orders);
    }
}
