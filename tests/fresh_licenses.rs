//! A fetch is never answered with a license that was the current one before the last acknowledged
//! write, though licenses are kept in memory: on one server, on two, and past both.

use crate::support::{
    Customer, InstallationKey, ServerProcess, Site, TestOffice, activation, at_once,
    enter_customer, order, unique,
};
use licentia_license::{License, Trust};
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering};

/// Two servers of one office, with a token of sales. On SQLite the second stands for the command line.
fn servers(site: &Site) -> [ServerProcess; 2] {
    let token = site.token();
    [site.start(), site.start()].map(|mut server| {
        server.api = server.api.with_token(&token);
        server
    })
}

fn fetches(server: &ServerProcess, key: &InstallationKey) -> String {
    let statement = key.asks_site(&json!({"license": {}}));
    let bearer = format!("Bearer {statement}");
    let headers = [("authorization", bearer.as_str())];
    server.api.without_token().call("GET", "/license", &headers, None).unwrap().expect(200).text
}

fn activate(server: &ServerProcess, customer: &Customer) -> InstallationKey {
    let key = InstallationKey::new();
    let statement = key.asks_site(&activation(&customer.activation_key, &unique("pbx")));
    server.api.post_statement("/activations", &statement).expect(201);
    key
}

/// Enters an order; returns the license that it made.
fn buy(server: &ServerProcess, customer: &Customer) -> String {
    let bought = server.api.post(&customer.path("purchases"), &order(&unique("order"), 1));
    bought.expect(201).text_at("/license/document")
}

on_both_databases! {
    fn what_one_server_has_acknowledged_the_other_serves(database) {
        let site = Site::new(database);
        let servers = servers(&site);
        let customer = enter_customer(&servers[0].api, 3);
        buy(&servers[0], &customer);
        let keys = [activate(&servers[0], &customer), activate(&servers[1], &customer)];
        for round in 0..40 {
            let license = buy(&servers[round % 2], &customer);
            for server in [&servers[(round + 1) % 2], &servers[round % 2]] {
                for key in &keys {
                    assert_eq!(fetches(server, key), license, "round {round}");
                }
            }
        }
    }

    fn whoever_fetches_while_others_buy_is_never_behind_what_was_acknowledged(database) {
        let site = Site::new(database);
        let servers = servers(&site);
        let customers: Vec<_> = (0..3).map(|_| enter_customer(&servers[0].api, 1)).collect();
        let keys: Vec<_> = customers.iter().map(|customer| {
            buy(&servers[0], customer);
            activate(&servers[0], customer)
        }).collect();
        let ended = AtomicBool::new(false);
        // Three buy and look; three only fetch, so that what they read is kept at just any moment.
        let behind = at_once(6, |i| {
            let (customer, key) = (&customers[i % 3], &keys[i % 3]);
            if i >= 3 {
                while !ended.load(Ordering::SeqCst) {
                    fetches(&servers[i % 2], key);
                }
                return 0;
            }
            let behind = (0..40).filter(|round| {
                let license = buy(&servers[round % 2], customer);
                fetches(&servers[(round + 1) % 2], key) != license
            }).count();
            ended.store(true, Ordering::SeqCst);
            behind
        });
        assert_eq!(behind, [0; 6]);
    }

    fn what_is_released_voided_or_renamed_shows_with_the_next_fetch(database) {
        let office = TestOffice::start(database);
        let customer = office.customer_with(&json!({"places": 2}));
        let purchase = office.purchase(&customer, &unique("order"), 20);
        office.purchase(&customer, &unique("order"), 5);
        let keys = [office.activated_key(&customer), office.activated_key(&customer)];
        let stated = |key: &InstallationKey| stated(&office, &office.fetched(key, &[]).expect(200).text);
        assert_eq!(stated(&keys[0]).user_accounts, 25);

        let reason = json!({"reason": "unpaid"});
        office.api.post(&format!("/purchases/{purchase}/void"), &reason).expect(201);
        assert_eq!(stated(&keys[0]).user_accounts, 5);

        let path = format!("/customers/{}", customer.id);
        let etag = office.api.get(&path).header("etag").unwrap().to_owned();
        let name = json!({"name": "Ромашка-2"});
        let headers = [("if-match", etag.as_str()), ("content-type", "application/json")];
        let renamed = office.api.call("PATCH", &path, &headers, Some(&name.to_string()));
        renamed.unwrap().expect(200);
        assert_eq!(stated(&keys[1]).licensee.name, "Ромашка-2");

        let release = keys[0].asks(&office, &json!({"release": {}})).signed();
        office.api.post_statement("/releases", &release).expect(204);
        let refused = office.fetched(&keys[0], &[]).expect(401);
        assert_eq!(refused.code(), "installation-released");
        assert_eq!(stated(&keys[1]).aud, [keys[1].thumbprint()]);
    }

    fn without_the_memory_a_fetch_is_answered_alike(database) {
        let office = TestOffice::start_with(database, |settings| settings.license_cache = Some("0".into()));
        let customer = office.customer();
        office.purchase(&customer, &unique("order"), 20);
        let key = office.activated_key(&customer);
        let first = office.fetched(&key, &[]).expect(200);
        let tag = first.header("etag").unwrap().to_owned();
        office.fetched(&key, &[("if-none-match", &tag)]).expect(304);
        office.purchase(&customer, &unique("order"), 5);
        let second = office.fetched(&key, &[("if-none-match", &tag)]).expect(200);
        assert_eq!(stated(&office, &second.text).user_accounts, 25);
    }
}

fn stated(office: &TestOffice, license: &str) -> License {
    Trust::new(&office.roots()).unwrap().license(license).unwrap().license
}
