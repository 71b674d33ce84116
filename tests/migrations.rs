//! The migrations, up, down and up on a database with a story in it; and what the tables refuse.

use crate::support::{
    Browser, Database, Rows, Sql, TestDatabase, TestOffice, order_of, support, unique,
};
use licentia::app::{self, Actor, Role, StaffChange};
use licentia::chance::Chance;
use licentia::domain::customer::Language;
use licentia::startup::open_new_store;
use licentia::store::{Location, apply_next, migration_state, revert_last};
use licentia_client::Move;
use serde_json::json;
use std::collections::BTreeSet;

mod tables;

/// Diesel's own table of what was applied, and when.
const BOOKKEEPING: &str = "__diesel_schema_migrations";

/// An office in whose life each thing has happened once, stopped.
fn story(database: Database) -> TestOffice {
    let mut office = TestOffice::start(database);
    let customer = office.customer();
    office.purchase(&customer, "2014-0513", 20);
    let mistake = office.purchase(&customer, "2014-0514", 30);
    let both = [support("2014-10-31"), json!({"item": "external_connections", "quantity": 2})];
    office.buy(&customer, &order_of("2014-0515", &both)).expect(201);
    let installation = office.activated(&customer, &unique("pbx"));
    installation.emergency(10).unwrap();
    office.void(&mistake).expect(201);
    let mut asked = office.activate(&customer, &unique("pbx"));
    asked.moving = Some(Move::default());
    let other = office.installation(&unique("pbx"));
    other.activate(&office.url(), &office.roots(), asked).unwrap();
    other.release().unwrap();
    office.stop();
    office
}

fn location(url: &str) -> Location {
    Location::parse(url).unwrap()
}

/// All that the database knows of its own shape, but diesel's bookkeeping.
fn schema(url: &str) -> BTreeSet<String> {
    let mut sql = Sql::open(url);
    let queries: &[&str] = match sql {
        Sql::Sqlite(_) => &["SELECT type || ' ' || name || ' on ' || tbl_name || ': ' || \
             coalesce(sql, '') AS line FROM sqlite_schema"],
        Sql::Postgres(_) => &[
            "SELECT concat_ws(' ', 'column', table_name, column_name, \
             rank() OVER (PARTITION BY table_name ORDER BY ordinal_position), data_type, \
             is_nullable, column_default, collation_name) AS line \
             FROM information_schema.columns WHERE table_schema = 'public'",
            "SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, \
             pg_get_constraintdef(oid)) AS line \
             FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
            "SELECT concat_ws(' ', 'index', indexdef) AS line \
             FROM pg_indexes WHERE schemaname = 'public'",
            "SELECT concat_ws(' ', 'trigger', tgrelid::regclass, pg_get_triggerdef(oid)) AS line \
             FROM pg_trigger WHERE NOT tgisinternal",
            "SELECT concat_ws(' ', 'function', pg_get_functiondef(oid)) AS line \
             FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
        ],
    };
    let lines = queries.iter().flat_map(|query| sql.lines(query)).collect::<Vec<_>>();
    let lines = lines.into_iter().filter(|line| !line.contains(BOOKKEEPING));
    lines.map(|line| words(&line)).collect()
}

/// A definition without comments, spaces and quotation marks, which `ALTER TABLE` changes on SQLite.
fn words(definition: &str) -> String {
    let lines = definition.lines().map(|line| line.split("--").next().unwrap_or_default());
    let words = lines.collect::<Vec<_>>().join(" ");
    words.chars().filter(|c| !c.is_whitespace() && *c != '"').collect()
}

/// What is there before the first migration, and after each.
fn schemas(database: Database) -> Vec<BTreeSet<String>> {
    let empty = TestDatabase::new(database);
    let (names, applied) = migration_state(&location(&empty.url)).unwrap();
    assert_eq!(applied, 0);
    let mut schemas = vec![schema(&empty.url)];
    assert!(schemas[0].is_empty());
    for name in &names {
        let version = apply_next(&location(&empty.url)).unwrap().unwrap();
        assert!(name.starts_with(&version), "{name} is {version}");
        schemas.push(schema(&empty.url));
    }
    assert_eq!(apply_next(&location(&empty.url)).unwrap(), None);
    schemas
}

/// Whether all tables that `now` has hold what they held.
fn unharmed(now: &Rows, before: &Rows) {
    for table in now.tables().filter(|table| *table != BOOKKEEPING) {
        let columns = now.columns(table);
        let both: Vec<_> =
            columns.iter().filter(|name| before.columns(table).contains(name)).cloned().collect();
        assert_eq!(now.of_columns(table, &both), before.of_columns(table, &both), "{table}");
    }
}

on_both_databases! {
    fn each_migration_goes_up_down_and_up_with_a_story_in_the_database(database) {
        let schemas = schemas(database);
        let mut office = story(database);
        let url = office.database_url().to_owned();
        let mut rows = Rows::read(&url);
        let last = schemas.len() - 1;
        assert_eq!(schema(&url), schemas[last]);

        for step in (1..=last).rev() {
            revert_last(&location(&url)).unwrap();
            assert_eq!(schema(&url), schemas[step - 1], "down from {step}");
            let below = Rows::read(&url);
            unharmed(&below, &rows);

            apply_next(&location(&url)).unwrap().unwrap();
            assert_eq!(schema(&url), schemas[step], "up to {step} again");
            unharmed(&Rows::read(&url), &below);

            revert_last(&location(&url)).unwrap();
            rows = Rows::read(&url);
            unharmed(&rows, &below);
        }
        assert_eq!(migration_state(&location(&url)).unwrap().1, 0);

        // From nothing, with the old keys, the office opens again where that is meant, and works.
        let config = office.settings.clone().understand().unwrap();
        open_new_store(&config, Chance::default()).unwrap();
        office.restart().unwrap();
        assert_eq!(schema(&url), schemas[last]);
        office.api = office.api.with_token(&office.token(Role::Sales));
        let customer = office.customer();
        office.purchase(&customer, "2014-0513", 20);
    }

    fn without_the_columns_of_notices_the_emails_to_customers_are_what_is_left(database) {
        let mut office = TestOffice::start(database);
        let customer = office.customer();
        office.purchase(&customer, "2014-0513", 20);
        let email = format!("{}@vendor.example", unique("anna"));
        let person = Browser::signed_in_with_email(&office, Role::Sales, &email, Language::Ru);
        let by = Actor::CommandLine("test".into());
        let change = StaffChange::ResetSecondFactor;
        app::change_staff(&office.inside(), &by, None, person.id(), &change).unwrap();
        office.stop();
        let url = office.database_url().to_owned();
        let kinds =
            || Sql::open(&url).lines("SELECT kind AS line FROM mails ORDER BY kind").join(" ");
        assert_eq!(kinds(), "access_changed license_ready");
        let names = migration_state(&location(&url)).unwrap().0;
        let first = names.iter().position(|name| name.starts_with("10_")).unwrap();
        while migration_state(&location(&url)).unwrap().1 > first {
            revert_last(&location(&url)).unwrap();
        }
        assert_eq!(kinds(), "license_ready");
        office.restart().unwrap();
        assert_eq!(kinds(), "license_ready");
    }

    fn what_the_last_migration_did_not_make_outlives_its_way_down_and_up(database) {
        let mut office = story(database);
        let url = office.database_url().to_owned();
        let before = Rows::read(&url);
        revert_last(&location(&url)).unwrap();
        let kept_rows = Rows::read(&url);
        let kept: Vec<_> = kept_rows.tables().map(str::to_owned).collect();
        apply_next(&location(&url)).unwrap().unwrap();
        let after = Rows::read(&url);
        for table in kept.iter().filter(|table| *table != BOOKKEEPING) {
            let columns = kept_rows.columns(table);
            assert_eq!(after.of_columns(table, columns), before.of_columns(table, columns));
        }
        assert!(kept.iter().any(|table| table == "grants"));
        office.restart().unwrap();
        let api = office.api.with_token(&office.token(Role::Sales));
        let license = api.get("/customers").expect(200).text_at("/data/0/id");
        let claims = &api.get(&format!("/customers/{license}/license")).expect(200).json["claims"];
        assert_eq!((&claims["user_accounts"], &claims["external_connections"]), (&json!(20), &json!(2)));
    }
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |database| {
        let empty = TestDatabase::new(database);
        migration_state(&location(&empty.url)).unwrap().0
    };
    let sqlite = names(Database::Sqlite);
    assert!(sqlite.len() >= 4 && sqlite.is_sorted(), "{sqlite:?}");
    assert_eq!(sqlite, names(Database::Postgres));
}
