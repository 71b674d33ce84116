//! The issuing keys: rotated, withdrawn, lost, expired; and what never shows (rows 25–28).

mod canary;
mod certified_elsewhere;
mod ending;
mod expired;
mod secrets;
mod wrong_files;

use crate::support::{Customer, Database, ProcessOffice, Sql, command, order, unique};
use licentia::chance::Chance;
use licentia::clock::Stopwatch;
use licentia_client::verify;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

on_both_databases! {
    fn every_license_verifies_before_during_and_after_rotations_under_load(database) {
        let office = ProcessOffice::start(database);
        let roots = office.roots();
        let before = office.customer();
        let old = office.license(&before)["document"].as_str().unwrap().to_owned();
        let installation = office.activated(&before, "pbx-1");
        let stop = AtomicBool::new(false);
        let keys = Mutex::new(BTreeSet::new());
        let good = |document: &str| {
            let key = verify(document, &roots).expect("every license verifies").key;
            keys.lock().unwrap().insert(key);
        };
        std::thread::scope(|scope| {
            let _ends = SetAtTheEnd(&stop);
            for _ in 0..2 {
                scope.spawn(|| {
                    let customer = office.customer();
                    while !stop.load(Ordering::SeqCst) {
                        let bought = bought();
                        let path = format!("/customers/{}/purchases", customer.id);
                        let reply = office.api.post(&path, &bought).expect(201);
                        good(&reply.text_at("/license/document"));
                    }
                });
                scope.spawn(|| {
                    while !stop.load(Ordering::SeqCst) {
                        let path = format!("/customers/{}/license", before.id);
                        good(&office.api.get(&path).expect(200).text_at("/document"));
                    }
                });
            }
            scope.spawn(|| {
                while !stop.load(Ordering::SeqCst) {
                    installation.update().expect("an installation's fetch succeeds");
                }
            });
            for _ in 0..12 {
                let printed = office.run("keys rotate");
                let made = printed.trim().rsplit(' ').next().unwrap();
                let next = office.api.post(
                    &format!("/customers/{}/purchases", office.customer_with(&json!({})).id),
                    &bought(),
                );
                let signed_by = next.expect(201).text_at("/license/key");
                assert_eq!(signed_by, made, "the very next license is signed by the new key");
            }
        });
        assert!(keys.into_inner().unwrap().len() >= 3, "licenses of several keys were seen");
        verify(&old, &roots).expect("an old license stays good");
        assert_eq!(office.license(&before)["cause"], "activation", "nothing is issued anew");
        assert!(!installation.update().unwrap().changed);
    }

    fn a_compromise_drill_reissues_every_license_and_refuses_the_old_key_s(database) {
        let office = ProcessOffice::start(database);
        let roots = office.roots();
        let stolen = office.issuing_key();
        let customers: Vec<_> = (0..40).map(|_| office.customer()).collect();
        let held = office.activated(&customers[0], "pbx-1");
        let asleep = office.activated(&customers[1], "pbx-2");
        let (old, forged) = (held.token().unwrap(), asleep.token().unwrap());
        assert!(office.api.get("/keys").text.contains(&stolen));

        let clock = Stopwatch::start();
        office.run(&format!("keys rotate --withdraw {stolen}"));
        let took = clock.elapsed();
        println!("compromise drill: 40 licenses re-issued in {} ms", took.as_millis());

        let fresh = office.issuing_key();
        assert_ne!(fresh, stolen);
        for customer in &customers {
            assert_reissued_once(&office, &customer.id, &fresh);
            let document = office.license(customer)["document"].as_str().unwrap().to_owned();
            let verified = verify(&document, &roots).unwrap();
            assert_eq!((verified.key, verified.withdrawn), (fresh.clone(), vec![stolen.clone()]));
        }
        for keys in ["/keys", "/.well-known/jwks.json"] {
            let listed = office.api.get(keys).expect(200).text;
            assert!(listed.contains(&fresh) && !listed.contains(&stolen), "{listed}");
        }
        let seq = held.show().unwrap().license.seq;
        let update = held.update().unwrap();
        assert!(update.changed && update.license.seq > seq);
        assert_eq!(held.take_in(&old).unwrap_err().code(), "withdrawn");
        assert_eq!(held.verify(&forged).unwrap_err().code(), "withdrawn");
        assert!(verify(&old, &roots).is_ok(), "who never sees the certificate cannot know");
        let exported = office.roots();
        assert_eq!(verify(&old, &exported).unwrap_err().code(), "withdrawn");
        assert_eq!(verify(&forged, &exported).unwrap_err().code(), "withdrawn");
        verify(&held.token().unwrap(), &exported).unwrap();
        let [file, license] =
            ["exported.json", "stolen.txt"].map(|name| office.folder.path().join(name));
        fs::write(&file, serde_json::to_string(&exported).unwrap()).unwrap();
        fs::write(&license, &old).unwrap();
        let fresh_installation = office.activated(&customers[2], "pbx-3");
        assert!(fresh_installation.update().is_ok(), "an installation pins the exported file");
        let sales = office.customer();
        assert_eq!(office.license(&sales)["key"], json!(fresh));
        assert!(office.run("keys list").contains("withdrawn"));
    }

    fn a_withdrawal_broken_off_at_random_moments_is_resumed(database) {
        let office = ProcessOffice::start(database);
        let stolen = office.issuing_key();
        let customers: Vec<_> = (0..600).map(|_| office.customer()).collect();
        let withdraw = format!("keys rotate --withdraw {stolen}");
        let chance = Chance::default();
        let mut halfway = 0;
        // Each try is given a little longer, so that some end between two licenses.
        for tries in 1..200 {
            let mut command = office.command(&withdraw);
            command.stdout(Stdio::null()).stderr(Stdio::null());
            let mut broken_off = command.spawn().unwrap();
            std::thread::sleep(chance.jitter(Duration::from_millis(3 * tries)));
            let _ = broken_off.kill();
            broken_off.wait().unwrap();
            let left = format!("SELECT id AS line FROM customers WHERE license_key = '{stolen}'");
            match Sql::open(office.database_url()).lines(&left).len() {
                0 => break,
                all if all == customers.len() => {}
                _ => halfway += 1,
            }
        }
        assert!(halfway > 0, "no try was broken off between two licenses");
        office.run(&withdraw);
        let fresh = office.issuing_key();
        for customer in &customers {
            assert_reissued_once(&office, &customer.id, &fresh);
        }
        assert!(office.run(&withdraw).contains("0 licenses"), "nothing is left to do");
        assert_eq!(office.run("keys list").matches("issuing").count(), 2, "one key was made");

        // One that cannot be written ends it with an error; those before it stay issued.
        let last = &customers[customers.len() - 1].id;
        let taken = format!(
            "WITH RECURSIVE ahead (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM ahead WHERE n < 300) \
             INSERT INTO licenses (id, customer_id, seq, issued_at, key, cause, cause_id, document) \
             SELECT 'lic_taken' || n, customer_id, seq + n, issued_at, key, cause, cause_id, document \
             FROM licenses CROSS JOIN ahead WHERE id = (SELECT license_id FROM customers WHERE id = '{last}')"
        );
        let mut sql = Sql::open(office.database_url());
        sql.run(&taken).unwrap();
        office.refused(&format!("keys rotate --withdraw {fresh}"));
        let left = format!("SELECT id AS line FROM customers WHERE license_key = '{fresh}'");
        let left = sql.lines(&left);
        assert!(left.contains(last) && left.len() < customers.len(), "{} are left", left.len());
    }

    fn a_withdrawal_beside_purchases_leaves_no_license_of_the_old_key(database) {
        let office = ProcessOffice::start(database);
        let stop = AtomicBool::new(false);
        let held = |customer: &Customer| office.license(customer)["claims"]["user_accounts"].as_i64().unwrap();
        let customers: Vec<_> = (0..8)
            .map(|_| office.customer())
            .map(|customer| (AtomicI64::new(held(&customer)), customer))
            .collect();
        std::thread::scope(|scope| {
            let _ends = SetAtTheEnd(&stop);
            for pair in customers.chunks(2) {
                let (office, stop) = (&office, &stop);
                scope.spawn(move || {
                    while !stop.load(Ordering::SeqCst) {
                        for (accounts, customer) in pair {
                            let path = format!("/customers/{}/purchases", customer.id);
                            office.api.post(&path, &bought()).expect(201);
                            accounts.fetch_add(1, Ordering::SeqCst);
                        }
                    }
                });
            }
            for _ in 0..6 {
                let stolen = office.issuing_key();
                office.run(&format!("keys rotate --withdraw {stolen}"));
                let fresh = office.issuing_key();
                for (_, customer) in &customers {
                    assert_eq!(office.license(customer)["key"], json!(fresh));
                }
            }
        });
        for (accounts, customer) in customers {
            assert_eq!(held(&customer), accounts.into_inner(), "a purchase is not stated");
        }
    }

    fn keys_are_rotated_where_there_is_no_database_and_carried_to_the_server(database) {
        let office = ProcessOffice::start(database);
        let customer = office.customer();
        let stolen = office.issuing_key();
        let elsewhere = tempfile::tempdir().unwrap();
        for file in fs::read_dir(office.keys_dir()).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), elsewhere.path().join(file.file_name())).unwrap();
        }
        let stick = office.folder.path().join("stick.pem");
        office.run(&format!("keys detach-root {}", stick.display()));
        fs::remove_file(stick).unwrap();
        let offline = [
            ("keys_dir", elsewhere.path().display().to_string()),
            ("data_dir", elsewhere.path().join("data").display().to_string()),
        ];
        let rotated = command(&format!("keys rotate --withdraw {stolen}"), &offline).output();
        let said = String::from_utf8(rotated.unwrap().stdout).unwrap();
        let fresh = said.lines().next().unwrap().rsplit(' ').next().unwrap();
        assert!(said.contains(&format!("copy issuing-{fresh}.pem")), "{said}");
        let file = format!("issuing-{fresh}.pem");
        fs::copy(elsewhere.path().join(&file), office.keys_dir().join(&file)).unwrap();
        office.run(&format!("keys rotate --withdraw {stolen}"));
        assert_reissued_once(&office, &customer.id, fresh);
        let events = office.api.get("/audit-events?limit=200").expect(200).text;
        assert!(events.contains("root.detached") && events.contains("license.reissued"));
    }

    fn the_root_is_detached_and_keys_are_rotated_where_it_lies(database) {
        let mut office = ProcessOffice::start(database);
        let warning = "the private root key lies on this server";
        office.server.log.wait_for(warning);
        let elsewhere = office.folder.path().join("stick.pem");
        let elsewhere = elsewhere.display();
        office.run(&format!("keys detach-root {elsewhere}"));
        assert!(office.run("keys list").contains("detached"));
        let said = office.refused(&format!("keys detach-root {elsewhere}"));
        assert!(said.contains("root.pem"), "{said}");

        office.restart();
        office.customer();
        assert!(!office.server.log.text().contains(warning));
        let said = office.refused("keys rotate");
        assert!(said.contains("root.pem") && said.contains("--root"), "{said}");
        let old = office.issuing_key();
        let said = office.refused(&format!("keys rotate --withdraw {old}"));
        assert!(said.contains("root.pem"), "{said}");
        assert_eq!(office.issuing_key(), old, "nothing was changed");

        office.run(&format!("keys rotate --root {elsewhere}"));
        let customer = office.customer();
        assert_ne!(office.issuing_key(), old);
        assert_eq!(office.license(&customer)["key"], json!(office.issuing_key()));
        assert!(!office.keys_dir().join("root.pem").exists());

        let said = office.refused("keys rotate --withdraw nobody");
        assert!(said.contains("nobody"), "{said}");
        let foreign = ProcessOffice::start(database);
        let theirs = foreign.keys_dir().join("root.pem");
        let said = office.refused(&format!("keys rotate --root {}", theirs.display()));
        assert!(said.contains("is not the private half of root.pub.pem"), "{said}");
    }
}

#[test]
fn a_withdrawal_waits_for_a_call_that_has_not_seen_it() {
    let office = ProcessOffice::start(Database::Postgres);
    let stolen = office.issuing_key();
    let known = office.customer();
    // A customer's first purchase, which no look at licenses meets before it is committed.
    let customer = office.customer_with(&json!({}));
    let mut call = Sql::open(office.database_url());
    let take = format!("BEGIN; SELECT id FROM customers WHERE id = '{}' FOR UPDATE", customer.id);
    call.run(&take).unwrap();
    let mut withdrawal = office.command(&format!("keys rotate --withdraw {stolen}"));
    let mut withdrawal = withdrawal.stdout(Stdio::null()).spawn().unwrap();
    // The licenses that are met are issued again meanwhile.
    while office.license(&known)["key"] == json!(stolen) {
        assert!(withdrawal.try_wait().unwrap().is_none(), "it ended before");
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_secs(1));
    assert!(withdrawal.try_wait().unwrap().is_none(), "the call is not over");
    call.run("ROLLBACK").unwrap();
    assert!(withdrawal.wait().unwrap().success());
}

/// Ends the load, also when the test fails: else it would wait for ever.
struct SetAtTheEnd<'a>(&'a AtomicBool);

impl Drop for SetAtTheEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn bought() -> Value {
    let mut bought = order(&unique("load"), 1);
    bought["notify"] = json!(false);
    bought
}

/// That the customer's current license is signed by this key, and that it was issued anew once.
#[track_caller]
fn assert_reissued_once(office: &ProcessOffice, customer: &str, key: &str) {
    let path = format!("/customers/{customer}/licenses?limit=200");
    let licenses = office.api.get(&path).expect(200).json;
    let licenses = licenses["data"].as_array().unwrap();
    let again: Vec<_> = licenses.iter().filter(|l| l["cause"] == "withdrawal").collect();
    assert_eq!(again.len(), 1, "{customer} was issued a license anew once: {again:?}");
    let current = office.api.get(&format!("/customers/{customer}/license")).json;
    assert_eq!(current["id"], again[0]["id"]);
    assert_eq!(current["key"], json!(key));
}
