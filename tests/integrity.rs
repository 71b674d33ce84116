//! Records that were changed outside of the server: noticed before anything is issued, named by
//! `audit verify`, accepted by a person alone.

mod rows;

use crate::support::{Call, Customer, Database, Reply, Sql, TestOffice, emergency, order, unique};
use licentia::app::{self, Actor, Tampering};
use licentia::chance::Chance;
use licentia::domain::ids::CustomerId;
use licentia::signing::Keyring;
use licentia::startup::Spawned;
use licentia::store::{Location, grant_service};
use std::time::Duration;

const CODE: &str = "integrity-check-failed";

fn operator() -> Actor {
    Actor::CommandLine("test".into())
}

/// Changes rows that a trigger protects, as whoever owns the tables can.
fn force(office: &TestOffice, database: Database, table: &str, sql: &str) {
    let mut connection = Sql::open(office.database_url());
    match database {
        Database::Sqlite => {
            let triggers = format!(
                "SELECT sql AS line FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = '{table}'"
            );
            let made = connection.lines(&triggers);
            let names = triggers.replacen("sql", "name", 1);
            for name in connection.lines(&names) {
                connection.run(&format!("DROP TRIGGER {name}")).unwrap();
            }
            connection.run(&format!("PRAGMA foreign_keys = OFF; {sql}")).unwrap();
            for trigger in &made {
                connection.run(trigger).unwrap();
            }
        }
        Database::Postgres | Database::RussianPostgres => connection
            .run(&format!(
                "SET session_replication_role = replica; ALTER TABLE {table} DISABLE TRIGGER ALL; \
                 {sql}; ALTER TABLE {table} ENABLE TRIGGER ALL"
            ))
            .unwrap(),
    }
}

/// What `audit verify` finds: of whom, and what.
fn found(office: &TestOffice) -> Vec<(String, String)> {
    let mut found = Vec::new();
    app::verify_records(
        &office.inside(),
        &operator(),
        |Tampering { subject, findings, .. }| {
            found.extend(findings.iter().map(|finding| (subject.clone(), finding.clone())));
        },
    )
    .unwrap();
    found
}

#[track_caller]
fn names(office: &TestOffice, subject: &str, words: &[&str]) {
    let found = found(office);
    for words in words {
        let is_named = found.iter().any(|(of, what)| of == subject && what.contains(words));
        assert!(is_named, "{subject}: {words} is not in {found:#?}");
    }
    assert!(found.iter().all(|(of, _)| of == subject), "{found:#?}");
}

/// Bytes as SQL writes them.
fn bytes(database: Database, hexadecimal: &str) -> String {
    match database {
        Database::Sqlite => format!("x'{hexadecimal}'"),
        Database::Postgres | Database::RussianPostgres => format!("'\\x{hexadecimal}'"),
    }
}

/// What `/readyz` says of the records once the alarm is recorded.
fn alarm(office: &TestOffice) -> String {
    for _ in 0..100 {
        let ready = office.ops.get("/readyz");
        if ready.status == 503 {
            return ready.json["integrity"].as_str().unwrap().to_owned();
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("no alarm was recorded");
}

/// Waits until the thread of alarms has recorded what was noticed before: it would stand again after
/// the records were accepted.
fn alarms_are_recorded() {
    std::thread::sleep(Duration::from_millis(600));
}

/// Refused in both languages; nothing is issued. Only the alarm is recorded.
#[track_caller]
fn refused(office: &TestOffice, call: &Call) {
    let licenses = office.rows().count("licenses");
    let titles = ["en", "ru"].map(|language| {
        let reply = call.clone().with("accept-language", language).by(&office.api);
        assert_eq!((reply.status, reply.code()), (503, CODE), "{}", reply.text);
        reply.text_at("/detail")
    });
    assert_ne!(titles[0], titles[1]);
    assert_eq!(office.rows().count("licenses"), licenses);
}

fn buys(office: &TestOffice, customer: &Customer, order_number: &str) -> Reply {
    office.api.post(&customer.path("purchases"), &order(order_number, 5))
}

fn accepts(
    office: &TestOffice,
    customer: &Customer,
    issue: bool,
) -> Result<Vec<String>, app::Error> {
    let id = CustomerId::parse(&customer.id).unwrap();
    app::accept_customer(&office.inside(), &operator(), &id, "looked at", issue)
}

/// A customer's records are refused, and named with these words.
#[track_caller]
fn noticed(office: &TestOffice, customer: &Customer, words: &[&str]) {
    let call = Call::post(&customer.path("purchases"), &order("2014-9", 5));
    refused(office, &call);
    assert!(alarm(office).contains(&customer.id));
    let events = office.list(&format!("/audit-events?customer={}", customer.id));
    let alarms = events.iter().filter(|event| event["action"] == "integrity.alarm").count();
    assert_eq!(alarms, 1, "an alarm is recorded once an hour");
    names(office, &customer.id, words);
}

on_both_databases! {
    fn a_purchase_that_was_changed_in_the_database_issues_nothing_and_alarms(database) {
        let office = TestOffice::start(database);
        let (customer, other) = (office.customer(), office.customer());
        let purchase = office.purchase(&customer, "2014-1", 20);
        office.purchase(&other, "2014-2", 20);
        let key = office.activated_key(&customer);
        let change = |accounts: u32| {
            let sql = format!("UPDATE purchases SET user_accounts = {accounts} WHERE id = '{purchase}'");
            force(&office, database, "purchases", &sql);
        };
        change(5000);
        let statement = key.asks(&office, &emergency(5)).signed();
        refused(&office, &Call::statement("/emergency-licenses", &statement));
        noticed(&office, &customer, &[
            &format!("entry 1 ({purchase}) was changed"),
            "user_accounts: stored 5000, licensed 20",
        ]);
        assert_eq!(office.claims(&customer)["user_accounts"], 20);
        buys(&office, &other, "2014-3").expect(201);

        // What was changed cannot be accepted as it is by mistake; put back, it can.
        assert!(accepts(&office, &customer, false).is_err());
        change(20);
        alarms_are_recorded();
        accepts(&office, &customer, false).unwrap();
        office.ops.ready(200);
        assert_eq!(found(&office), []);
        buys(&office, &customer, "2014-4").expect(201);
        assert_eq!(office.claims(&customer)["user_accounts"], 25);
        assert!(office.audited(&customer).contains(&"integrity.accepted".to_owned()));
    }

    fn a_purchase_that_was_inserted_in_the_database_issues_nothing_and_alarms(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        office.purchase(&customer, "2014-1", 20);
        let id = &customer.id;
        office.execute(&format!(
            "INSERT INTO ledger (customer_id, number, kind, recorded_at, recorded_by) \
             SELECT customer_id, 2, kind, recorded_at, recorded_by FROM ledger \
             WHERE customer_id = '{id}'; \
             INSERT INTO purchases (id, customer_id, number, order_number, paid_on, user_accounts, \
             notify, recorded_at) SELECT 'pur_forged', customer_id, 2, 'forged', paid_on, 4980, \
             notify, recorded_at FROM purchases WHERE customer_id = '{id}'; \
             UPDATE customers SET ledger_number = 2 WHERE id = '{id}'"
        ));
        noticed(&office, &customer, &["entry 2 (pur_forged) was inserted", "stored 5000, licensed 20"]);
        // A person may take what is there for true: the license that follows says so.
        accepts(&office, &customer, true).unwrap();
        assert_eq!(office.claims(&customer)["user_accounts"], 5000);
        assert_eq!(found(&office), []);
        buys(&office, &customer, "2014-9").expect(201);
    }

    fn a_purchase_that_was_removed_from_the_database_issues_nothing_and_alarms(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        office.purchase(&customer, "2014-1", 20);
        let last = office.purchase(&customer, "2014-2", 30);
        force(&office, database, "ledger", &format!(
            "DELETE FROM ledger WHERE customer_id = '{}' AND number = 2", customer.id
        ));
        force(&office, database, "purchases", &format!("DELETE FROM purchases WHERE id = '{last}'"));
        office.execute(&format!("DELETE FROM standing_orders WHERE purchase_id = '{last}'"));
        noticed(&office, &customer, &["numbers 2 to 2 were removed", "stored 20, licensed 50"]);
    }

    fn what_a_license_says_of_a_customer_cannot_be_changed_in_the_database(database) {
        let cases = [
            ("UPDATE customers SET name = 'ООО «Лютик»' WHERE id = '{id}'", "licensed ООО «Ромашка»"),
            ("UPDATE customers SET email = 'thief@example.org' WHERE id = '{id}'", "email"),
            ("UPDATE customers SET places = 20 WHERE id = '{id}'", "number of places"),
            ("UPDATE installations SET thumbprint = 'forged' WHERE customer_id = '{id}'", "installations"),
            ("DELETE FROM chain_heads WHERE customer_id = '{id}'", "the keyed head of these records"),
            ("UPDATE chain_heads SET head = (SELECT head FROM chain_heads WHERE customer_id = '') \
              WHERE customer_id = '{id}'", "head of these records was changed"),
            ("UPDATE customers SET license_id = (SELECT min(id) FROM licenses WHERE customer_id = '{id}') \
              WHERE id = '{id}'", "not the one that was issued last"),
        ];
        let office = TestOffice::start(database);
        for (sql, words) in cases {
            let customer = office.customer();
            office.purchase(&customer, &unique("order"), 20);
            office.activated_key(&customer);
            office.execute(&sql.replace("{id}", &customer.id));
            let call = Call::post(&customer.path("purchases"), &order("2014-9", 5));
            refused(&office, &call);
            let found = found(&office);
            let is_named = found.iter().any(|(of, what)| *of == customer.id && what.contains(words));
            assert!(is_named, "{sql}: {words} is not in {found:#?}");
        }
    }

    fn an_activation_key_that_was_written_into_the_database_activates_nothing(database) {
        let office = TestOffice::start(database);
        let (customer, thief) = (office.customer(), office.customer());
        office.purchase(&customer, "2014-1", 20);
        let mut sql = Sql::open(office.database_url());
        let hash = match database {
            Database::Sqlite => "SELECT lower(hex(activation_key_hash)) AS line FROM customers",
            Database::Postgres | Database::RussianPostgres => "SELECT encode(activation_key_hash, 'hex') AS line FROM customers",
        };
        let of = |id: &str| format!("{hash} WHERE id = '{id}'");
        let known = sql.lines(&of(&thief.id)).remove(0);
        let literal = bytes(database, &known);
        sql.run(&format!(
            "UPDATE customers SET activation_key_hash = {other} WHERE id = '{}'; \
             UPDATE customers SET activation_key_hash = {literal} WHERE id = '{}'",
            thief.id, customer.id,
            other = literal.replace(&known[..8], "00000000"),
        )).unwrap();
        let key = crate::support::InstallationKey::new();
        let asked = crate::support::activation(&thief.activation_key, "pbx");
        let statement = key.asks(&office, &asked).signed();
        refused(&office, &Call::statement("/activations", &statement));
    }

    fn audit_events_that_were_removed_or_changed_are_named(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        office.purchase(&customer, "2014-1", 20);
        office.purchase(&customer, "2014-2", 5);
        office.token(app::Role::Auditor);
        let id = &customer.id;
        force(&office, database, "audit_events", &format!(
            "DELETE FROM audit_events WHERE customer_id = '{id}' AND number = 2"
        ));
        names(&office, id, &["audit: number 2 was removed"]);
        force(&office, database, "audit_events", &format!(
            "DELETE FROM audit_events WHERE customer_id = '{id}' AND number = 3"
        ));
        names(&office, id, &["audit: numbers 2 to 3 were removed"]);
        accepts(&office, &customer, false).unwrap();

        force(&office, database, "audit_events",
            "UPDATE audit_events SET actor = 'command line:somebody' \
             WHERE customer_id IS NULL AND number = 2");
        names(&office, "audit", &["(token.created by command line:somebody) was changed"]);
        force(&office, database, "audit_events", "DELETE FROM audit_events WHERE customer_id IS NULL");
        names(&office, "audit", &["were removed"]);
        app::accept_audit(&office.inside(), &operator(), "looked at").unwrap();
        assert_eq!(found(&office), []);
        office.token(app::Role::Auditor);
        assert_eq!(found(&office), []);
    }

    fn records_of_a_customer_that_is_not_there_are_named(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let id = &customer.id;
        office.execute(&format!("DELETE FROM search_words WHERE customer_id = '{id}'"));
        office.execute(&format!("DELETE FROM customers WHERE id = '{id}'"));
        let found = found(&office);
        assert!(found.iter().any(|(of, what)| of == id && what.contains("was removed")), "{found:?}");
        assert!(found.iter().any(|(_, what)| what.contains("customer that is not there")), "{found:?}");
    }

    fn when_the_secret_is_replaced_all_heads_are_made_anew_and_the_old_one_can_go(database) {
        let office = TestOffice::start(database);
        let customers: Vec<_> = (1..=3).map(|n| {
            let customer = office.customer();
            office.purchase(&customer, &format!("2014-{n}"), 20);
            customer
        }).collect();
        let inside = office.inside();
        assert_eq!(app::renew_integrity_macs(&inside).unwrap(), 0, "they are current");
        let tampered = &customers[0].id;
        office.execute(&format!(
            "UPDATE chain_heads SET head = (SELECT head FROM chain_heads WHERE customer_id = '') \
             WHERE customer_id = '{tampered}'"
        ));
        let keys = office.folder.path().join("keys");
        let name = licentia::signing::SecretName::Integrity;
        Keyring::rotate_secret(&keys, name, 1, &Chance::default()).unwrap();
        buys(&office, &customers[1], "2014-9").expect(201);
        let renewed = app::renew_integrity_macs(&inside).unwrap();
        assert_eq!(renewed, 3, "the third customer, the audit and the API token");
        let found = found(&office);
        assert!(found.iter().all(|(of, _)| of == tampered), "{found:#?}");
        buys(&office, &customers[2], "2014-10").expect(201);
    }

    fn a_withdrawal_passes_over_a_customer_whose_records_were_changed(database) {
        let office = TestOffice::start(database);
        let customers: Vec<_> = (1..=5).map(|n| {
            let customer = office.customer();
            office.purchase(&customer, &format!("2014-{n}"), 20);
            customer
        }).collect();
        let changed = &customers[2];
        office.execute(&format!("UPDATE customers SET city = 'X' WHERE id = '{}'", changed.id));
        let keys = office.folder.path().join("keys");
        let old = office.inside().keys.keyring().unwrap().current().unwrap().public.thumbprint();
        Keyring::rotate(
            &keys, None, Some(&old), 365, office.now(), &Chance::default(),
        ).unwrap();
        let outcome = app::reissue_licenses(&office.inside(), &operator(), |_| ());
        assert!(matches!(outcome, Err(app::Error::Tampered(_))), "{outcome:?}");
        for customer in &customers {
            let license = office.api.get(&customer.path("license")).expect(200);
            assert_eq!(license.text_at("/key") == old, customer.id == changed.id);
        }
        office.execute(&format!("UPDATE customers SET city = 'Саров' WHERE id = '{}'", changed.id));
        assert_eq!(app::reissue_licenses(&office.inside(), &operator(), |_| ()).unwrap(), 1);
        assert_eq!(found(&office), []);
    }
}

#[test]
fn a_service_role_cannot_change_what_was_recorded_nor_drop_the_triggers() {
    let owner = TestOffice::start(Database::Postgres);
    assert!(owner.ops.ready(200).json["database_role"].is_string(), "the owner is warned");
    let role = format!("service_{}", unique("role").replace('-', "_"));
    owner.execute(&format!("CREATE ROLE {role} LOGIN"));
    let location = Location::parse(owner.database_url()).unwrap();
    grant_service(&location, &role).unwrap();
    let (server, database) = owner.database_url().split_once('@').map_or_else(
        || owner.database_url().split_once("://").unwrap(),
        |(_, rest)| ("postgres", rest),
    );
    assert!(server.starts_with("postgres"));
    let url = format!("postgres://{role}@{database}");

    let mut settings = owner.settings.clone();
    settings.database_url = Some(url.clone());
    let config = settings.understand().unwrap();
    let service = Spawned::start(&config, owner.clock.clone(), Chance::default()).unwrap();
    let api = owner.api.moved_to(&format!("http://{}", service.address));
    let customer = owner.customer();
    api.post(&customer.path("purchases"), &order("2014-1", 20)).expect(201);
    let ops = crate::support::Api::new(&format!("http://{}", service.ops_address));
    let ready = ops.ready(200).json;
    assert!(ready["database_role"].is_null(), "{ready}");

    let mut sql = Sql::open(&url);
    for attempt in [
        "DROP TRIGGER purchases_never_change ON purchases",
        "ALTER TABLE purchases DISABLE TRIGGER ALL",
        "UPDATE purchases SET user_accounts = 5000",
        "DELETE FROM audit_events",
        "TRUNCATE audit_events",
        "SET session_replication_role = replica",
        "DROP TABLE ledger",
    ] {
        let refused = sql.run(attempt).expect_err(attempt);
        let is_denied = ["permission denied", "must be owner"].iter().any(|w| refused.contains(w));
        assert!(is_denied, "{attempt}: {refused}");
    }
    api.with_token("lct_unknown").get("/customers").expect(401);
    service.stop().unwrap();
    let counted = "SELECT reason AS line FROM access_refusals WHERE kind = 'token'";
    assert_eq!(sql.lines(counted), ["token-unknown"], "the service counts refused access");

    licentia::store::revert_last(&location).unwrap();
    let Err(refused) = Spawned::start(&config, owner.clock.clone(), Chance::default()) else {
        panic!("a service with pending migrations has started");
    };
    assert!(refused.to_string().contains("run `licentia migrate --service-role`"), "{refused}");
    drop(sql);
    owner.execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

/// What a whole life leaves verifies.
pub fn assert_intact(office: &TestOffice) {
    assert_eq!(found(office), []);
}
