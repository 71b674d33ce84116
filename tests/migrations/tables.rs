//! What the tables themselves hold and refuse, past the server.

use super::story;
use crate::support::{Database, Rows, Sql, TestOffice};
use std::collections::BTreeSet;

/// The tables whose rows are only ever added.
const APPEND_ONLY: [&str; 7] =
    ["ledger", "purchases", "voids", "grants", "licenses", "moves", "audit_events"];

/// Every column as `table column kind nullable`, in words that both databases share.
fn columns(url: &str) -> BTreeSet<String> {
    let mut sql = Sql::open(url);
    let query = match sql {
        Sql::Sqlite(_) => {
            "SELECT t.name || ' ' || c.name || ' ' || c.type || ' ' || \
             CASE c.\"notnull\" WHEN 1 THEN 'NO' ELSE 'YES' END AS line \
             FROM sqlite_schema t JOIN pragma_table_info(t.name) c \
             WHERE t.type = 'table' AND t.name NOT LIKE '\\_\\_%' ESCAPE '\\'"
        }
        Sql::Postgres(_) => {
            "SELECT table_name || ' ' || column_name || ' ' || CASE data_type \
             WHEN 'text' THEN 'TEXT' WHEN 'date' THEN 'TEXT' \
             WHEN 'timestamp without time zone' THEN 'TEXT' WHEN 'bytea' THEN 'BLOB' \
             WHEN 'bigint' THEN 'INTEGER' WHEN 'boolean' THEN 'INTEGER' \
             ELSE data_type END || ' ' || is_nullable AS line \
             FROM information_schema.columns \
             WHERE table_schema = 'public' AND left(table_name, 2) <> '__'"
        }
    };
    sql.lines(query).into_iter().collect()
}

/// The indexes that were made by name.
fn indexes(url: &str) -> BTreeSet<String> {
    let mut sql = Sql::open(url);
    let query = match sql {
        Sql::Sqlite(_) => {
            "SELECT tbl_name || ' ' || name AS line FROM sqlite_schema \
             WHERE type = 'index' AND sql IS NOT NULL"
        }
        Sql::Postgres(_) => {
            "SELECT tablename || ' ' || indexname AS line FROM pg_indexes \
             WHERE schemaname = 'public' \
             AND indexname NOT IN (SELECT conname FROM pg_constraint)"
        }
    };
    sql.lines(query).into_iter().collect()
}

#[test]
fn both_databases_have_the_same_tables_columns_and_indexes() {
    let offices = [Database::Sqlite, Database::Postgres].map(TestOffice::start);
    let [sqlite, postgres] = offices.each_ref().map(TestOffice::database_url);
    assert!(columns(sqlite).len() > 60, "{:?}", columns(sqlite));
    assert_eq!(columns(sqlite), columns(postgres));
    assert!(!indexes(sqlite).is_empty());
    let mut indexes_of_both = indexes(sqlite);
    // On SQLite this is the primary key, which has no index of its own.
    indexes_of_both.insert("licenses licenses_change".into());
    assert_eq!(indexes_of_both, indexes(postgres));
}

on_both_databases! {
    fn what_was_recorded_cannot_be_changed_or_taken_away(database) {
        let office = story(database);
        let url = office.database_url();
        let before = Rows::read(url);
        let mut sql = Sql::open(url);
        for table in APPEND_ONLY {
            assert!(before.count(table) > 0, "the story has left something in {table}");
            let id = if ["ledger", "moves"].contains(&table) { "customer_id" } else { "id" };
            let mut attempts = vec![
                format!("UPDATE {table} SET {id} = {id}"),
                format!("DELETE FROM {table}"),
                format!("DELETE FROM {table} WHERE {id} = (SELECT min({id}) FROM {table})"),
            ];
            match database {
                Database::Sqlite => {
                    attempts.push(format!("REPLACE INTO {table} SELECT * FROM {table} LIMIT 1"));
                    attempts.push(format!("UPDATE OR REPLACE {table} SET {id} = {id}"));
                }
                Database::Postgres | Database::RussianPostgres => attempts.push(format!("TRUNCATE {table} CASCADE")),
            }
            for attempt in attempts {
                let refused = sql.run(&attempt).expect_err(&attempt);
                assert!(refused.contains("append-only"), "{attempt}: {refused}");
            }
        }
        assert_eq!(Rows::read(url), before);
    }

    fn the_tables_refuse_quantities_out_of_range(database) {
        let office = story(database);
        let mut sql = Sql::open(office.database_url());
        let customer = &sql.lines("SELECT id AS line FROM customers")[0];
        let notify = if database == Database::Sqlite { "1" } else { "true" };
        let purchase = |accounts: &str, connections: &str| {
            format!(
                "INSERT INTO ledger (customer_id, number, kind, recorded_at, recorded_by) \
                 VALUES ('{customer}', 1000, 'purchase', '2014-05-13 10:00:00', 'test'); \
                 INSERT INTO purchases (id, customer_id, number, order_number, paid_on, \
                 user_accounts, external_connections, notify, recorded_at) \
                 VALUES ('pur_test', '{customer}', 1000, 'test', '2014-05-13', {accounts}, \
                 {connections}, {notify}, '2014-05-13 10:00:00');"
            )
        };
        let grant = |accounts: &str| {
            format!(
                "INSERT INTO ledger (customer_id, number, kind, recorded_at, recorded_by) \
                 VALUES ('{customer}', 1000, 'grant', '2014-05-13 10:00:00', 'test'); \
                 INSERT INTO grants (id, customer_id, number, accounts, starts_at, ends_at, \
                 spent_order) VALUES ('emg_test', '{customer}', 1000, {accounts}, \
                 '2014-05-13 10:00:00', '2014-06-13 10:00:00', 'test');"
            )
        };
        let mut attempt = |statements: &str| {
            let outcome = sql.run(&format!("BEGIN; {statements}"));
            sql.run("ROLLBACK").unwrap();
            outcome
        };
        for good in [purchase("1", "NULL"), purchase("NULL", "1000000"), grant("10")] {
            attempt(&good).expect("only the quantity is tried");
        }
        let wrong = ["0", "-1", "1000001", "2147483648", "9223372036854775807"];
        let mut bad = vec![grant("0"), grant("-1"), grant("11"), purchase("NULL", "NULL")];
        bad.extend(wrong.iter().flat_map(|q| [purchase(q, "NULL"), purchase("NULL", q)]));
        for places in ["0", "-1", "21"] {
            bad.push(format!("UPDATE customers SET places = {places};"));
        }
        for bad in bad {
            let refused = attempt(&bad).expect_err(&bad).to_lowercase();
            assert!(refused.contains("check"), "{bad}: {refused}");
        }
    }
}
