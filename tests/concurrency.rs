//! Many at once: rows 1, 2, 3, 4, 5, 7 and 8 of what may go wrong.

use crate::support::{
    Customer, Database, InstallationKey, ServerProcess, Site, activation, at_once, emergency,
    enter_customer, order, unique,
};
use licentia::clock::Stopwatch;
use licentia_license::{Thumbprint, Trust};
use serde_json::{Value, json};
use std::collections::BTreeSet;

mod start;
mod writers;

/// Two servers on PostgreSQL, one on SQLite, with a token of sales.
fn servers(site: &Site, database: Database) -> Vec<ServerProcess> {
    let count = if database == Database::Postgres { 2 } else { 1 };
    let mut servers: Vec<_> = (0..count).map(|_| site.start()).collect();
    let token = site.token();
    for server in &mut servers {
        server.api = server.api.with_token(&token);
    }
    servers
}

/// Enters an order of user accounts; returns the purchase's id.
fn buy(server: &ServerProcess, customer: &Customer, accounts: i64) -> String {
    let path = customer.path("purchases");
    server.api.post(&path, &order(&unique("order"), accounts)).expect(201).text_at("/purchase/id")
}

fn activate(server: &ServerProcess, customer: &Customer) -> InstallationKey {
    let key = InstallationKey::new();
    let statement = key.asks_site(&activation(&customer.activation_key, &unique("pbx")));
    server.api.post_statement("/activations", &statement).expect(201);
    key
}

fn list(server: &ServerProcess, customer: &Customer, what: &str) -> Vec<Value> {
    crate::support::list(&server.api, &customer.path(what))
}

on_both_databases! {
    fn sixty_four_emergency_requests_at_once_leave_one_grant(database) {
        let site = Site::new(database);
        let servers = servers(&site, database);
        let customer = enter_customer(&servers[0].api, 1);
        buy(&servers[0], &customer, 20);
        let key = activate(&servers[0], &customer);
        let statements: Vec<_> = (0..64).map(|_| key.asks_site(&emergency(10))).collect();

        let clock = Stopwatch::start();
        let replies = at_once(64, |i| {
            let server = &servers[i % servers.len()];
            server.api.post_statement("/emergency-licenses", &statements[i])
        });
        println!("64 requests were answered in {:?}", clock.elapsed());

        let with = |status| replies.iter().filter(|reply| reply.status == status).count();
        let others: Vec<_> =
            replies.iter().filter(|reply| !matches!(reply.status, 200 | 201)).collect();
        assert_eq!((with(201), with(200)), (1, 63), "{others:?}");
        let bodies: BTreeSet<_> = replies.iter().map(|reply| &reply.text).collect();
        assert_eq!(bodies.len(), 1, "all say the same, and hold the same license");
        let license = replies[0].text_at("/license");
        let current = servers[0].api.get(&customer.path("license"));
        assert_eq!(current.text_at("/document"), license);
        assert_eq!(list(&servers[0], &customer, "emergency-grants").len(), 1);
        assert_eq!(list(&servers[0], &customer, "licenses").len(), 3);
    }

    fn one_name_entered_sixteen_times_at_once_is_one_purchase(database) {
        let site = Site::new(database);
        let servers = servers(&site, database);
        let customer = enter_customer(&servers[0].api, 1);
        let path = customer.path("purchases");
        let body = order("2014-0513", 20);
        let replies = at_once(16, |i| {
            servers[i % servers.len()].api.post_as(&path, &body, Some("purchase-1"))
        });
        for reply in &replies {
            assert_eq!((reply.status, &reply.text), (201, &replies[0].text));
        }
        assert_eq!(list(&servers[0], &customer, "purchases").len(), 1);
        let other = order("2014-0513", 21);
        let refused = servers[0].api.post_as(&path, &other, Some("purchase-1")).expect(422);
        assert_eq!(refused.code(), "idempotency-key-reused");
    }

    fn a_name_keeps_its_answer_though_the_order_it_repeated_was_voided_since(database) {
        let site = Site::new(database);
        let server = &servers(&site, database)[0];
        let customer = enter_customer(&server.api, 1);
        let path = customer.path("purchases");
        let body = order("2014-0513", 20);
        let first = server.api.post(&path, &body).expect(201);
        let repeated = server.api.post_as(&path, &body, Some("repeated")).expect(200);
        assert_eq!(repeated.text, first.text);
        let void = format!("/purchases/{}/void", first.text_at("/purchase/id"));
        server.api.post(&void, &json!({"reason": "a mistake"})).expect(201);

        let again = server.api.post_as(&path, &body, Some("repeated"));
        assert_eq!((again.status, again.text), (200, repeated.text));
        assert_eq!(list(server, &customer, "purchases").len(), 1);
    }

    fn activations_that_race_for_three_places_get_three(database) {
        let site = Site::new(database);
        let servers = servers(&site, database);
        let customer = enter_customer(&servers[0].api, 3);
        buy(&servers[0], &customer, 20);
        let asks = activation(&customer.activation_key, "pbx");
        let statements: Vec<_> =
            (0..8).map(|_| InstallationKey::new().asks_site(&asks)).collect();

        let replies = at_once(8, |i| {
            servers[i % servers.len()].api.post_statement("/activations", &statements[i])
        });

        let with = |status| replies.iter().filter(|reply| reply.status == status).count();
        assert_eq!((with(201), with(409)), (3, 5));
        let refused = replies.iter().filter(|reply| reply.status == 409);
        assert!(refused.into_iter().all(|reply| reply.code() == "no-free-place"));
        let active: BTreeSet<Thumbprint> = list(&servers[0], &customer, "installations")
            .iter()
            .filter(|row| row["released_at"].is_null())
            .map(|row| row["thumbprint"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(active.len(), 3);
        let roots = crate::support::roots_of(&servers[0].api);
        let current = servers[0].api.get(&customer.path("license"));
        let license = Trust::new(&roots).unwrap().license(&current.text_at("/document")).unwrap();
        assert_eq!(license.license.aud.into_iter().collect::<BTreeSet<_>>(), active);
    }

    fn an_order_number_that_two_customers_race_for_stands_once(database) {
        let site = Site::new(database);
        let servers = servers(&site, database);
        for _ in 0..5 {
            let customers =
                [enter_customer(&servers[0].api, 1), enter_customer(&servers[0].api, 1)];
            let number = unique("raced");
            let replies = at_once(16, |i| {
                let path = customers[i % 2].path("purchases");
                let accounts = if i % 2 == 0 { 20 } else { 30 };
                let server = &servers[i / 2 % servers.len()];
                (i % 2, server.api.post(&path, &order(&number, accounts)))
            });

            let first: Vec<_> = replies.iter().filter(|(_, reply)| reply.status == 201).collect();
            assert_eq!(first.len(), 1, "{replies:?}");
            let (winner, first) = first[0];
            for (who, reply) in &replies {
                if who == winner {
                    assert!(matches!(reply.status, 200 | 201), "{}", reply.text);
                    assert_eq!(reply.text, first.text);
                } else {
                    assert_eq!((reply.status, reply.code()), (409, "order-number-conflict"));
                }
            }
            assert_eq!(list(&servers[0], &customers[*winner], "purchases").len(), 1);
            for what in ["purchases", "licenses"] {
                assert!(list(&servers[0], &customers[1 - winner], what).is_empty());
            }
        }
    }

    fn a_void_and_a_grant_that_race_happen_one_after_the_other(database) {
        let site = Site::new(database);
        let servers = servers(&site, database);
        let mut granted = 0;
        for _ in 0..12 {
            let customer = enter_customer(&servers[0].api, 1);
            let purchase = buy(&servers[0], &customer, 20);
            let key = activate(&servers[0], &customer);
            let statement = key.asks_site(&emergency(5));
            let void = format!("/purchases/{purchase}/void");
            let replies = at_once(2, |i| {
                let server = &servers[i % servers.len()];
                if i == 0 {
                    server.api.post(&void, &json!({"reason": "raced"}))
                } else {
                    server.api.post_statement("/emergency-licenses", &statement)
                }
            });

            let [void, grant] = <[_; 2]>::try_from(replies).unwrap();
            let void = void.expect(201);
            let void_number = void.json["void"]["number"].as_i64().unwrap();
            let current = servers[0].api.get(&customer.path("license"));
            let claims = &current.json["claims"];
            assert_eq!(claims["user_accounts"], 0, "the void counts");
            if grant.status == 201 {
                granted += 1;
                let number = grant.json["emergency"]["number"].as_i64().unwrap();
                assert_eq!((number, void_number), (2, 3), "granted first, voided then");
                assert_eq!(claims["emergency"]["accounts"], 5, "no void ends a grant");
            } else {
                assert_eq!((grant.status, grant.code()), (409, "no-permanent-purchase"));
                assert_eq!(void_number, 2);
                assert!(claims["emergency"].is_null());
            }
        }
        println!("the grant was first {granted} times of 12");
    }
}
