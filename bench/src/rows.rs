//! What the office writes for one purchase or one emergency grant, as bare SQL: the same rows in the
//! same tables, by one statement each, for the database's own rate.
//!
//! A statement names its values as `:name`, which pgbench and SQLite read alike; `{…}` are the ids
//! and order numbers, which pgbench cannot make, so that PostgreSQL does. Nothing is read.

use crate::Outcome;
use crate::database::{Database, Kind, psql};
use rusqlite::{Connection, OpenFlags};

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    Purchase,
    Grant,
}

/// The first statement: takes the next number of the customer's ledger and makes the new license its
/// current one. What it returns is named for the others.
const TAKE: &str = "UPDATE customers SET ledger_number = ledger_number + 1, {changes}\
    license_id = {lic_}, license_seq = license_seq + 1, license_issued_at = :at, \
    license_key = :key WHERE id = {customer} \
    RETURNING id AS customer, ledger_number AS number, license_seq AS seq";

const PURCHASE: [&str; 8] = [
    "INSERT INTO ledger (customer_id, number, kind, recorded_at, recorded_by) \
     VALUES (:customer, :number, 'purchase', :at, :actor)",
    "INSERT INTO purchases (id, customer_id, number, order_number, paid_on, user_accounts, notify, \
     recorded_at) VALUES ({pur_}, :customer, :number, {order}, :day, 5, true, :at)",
    "INSERT INTO standing_orders (order_key, twin, purchase_id) VALUES ({order}, 0, {pur_})",
    "INSERT INTO search_words (word, customer_id) VALUES ({order}, :customer), ({tail}, :customer) \
     ON CONFLICT DO NOTHING",
    "INSERT INTO licenses (id, customer_id, seq, issued_at, key, cause, cause_id, document) \
     VALUES ({lic_}, :customer, :seq, :at, :key, 'purchase', {pur_}, :document)",
    "INSERT INTO audit_events (id, recorded_at, actor, action, subject, customer_id, after) \
     VALUES ({evt_}, :at, :actor, 'purchase.recorded', {pur_}, :customer, :after)",
    "INSERT INTO mails (id, customer_id, kind, cause_id, with_activation_key, language, recipient, \
     state, attempts, due_at, created_at) VALUES ({mai_}, :customer, 'license_ready', {pur_}, \
     false, 'ru', :recipient, 'sent', 0, :at, :at)",
    "INSERT INTO idempotency_records (scope, key, request_hash, outcome, recorded_at, keep_until) \
     VALUES (:scope, {name}, :hash, :outcome, :at, :until)",
];

const GRANT: [&str; 6] = [
    "INSERT INTO ledger (customer_id, number, kind, recorded_at, recorded_by) \
     VALUES (:customer, :number, 'grant', :at, :actor)",
    "INSERT INTO grants (id, customer_id, number, accounts, starts_at, ends_at, spent_order) \
     VALUES ({emg_}, :customer, :number, 5, :at, :until, {order})",
    "INSERT INTO licenses (id, customer_id, seq, issued_at, key, cause, cause_id, document) \
     VALUES ({lic_}, :customer, :seq, :at, :key, 'grant', {emg_}, :document)",
    "INSERT INTO audit_events (id, recorded_at, actor, action, subject, customer_id, after) \
     VALUES ({evt_}, :at, :actor, 'emergency.granted', {emg_}, :customer, :after)",
    "INSERT INTO mails (id, customer_id, kind, cause_id, with_activation_key, language, recipient, \
     state, attempts, due_at, created_at) VALUES ({mai_}, :customer, 'emergency_granted', {emg_}, \
     false, 'ru', :recipient, 'sent', 0, :at, :at)",
    "INSERT INTO idempotency_records (scope, key, request_hash, outcome, recorded_at) \
     VALUES (:scope, {name}, :hash, :outcome, :at)",
];

impl Work {
    /// The statements of one transaction, each id written as `id` makes it of its prefix, and
    /// `{customer}`, `{order}` and `{tail}` (an order number and its last word), and `{name}` (a
    /// request's, at random) of those names.
    pub fn statements(self, id: impl Fn(&str) -> String) -> Vec<String> {
        let (changes, rest): (_, &[&str]) = match self {
            Self::Purchase => ("", &PURCHASE),
            Self::Grant => ("emergency_until = :until, owed_since = :at, ", &GRANT),
        };
        let filled = |sql: &str| {
            let mut sql = sql.replace("{changes}", changes);
            for name in
                ["customer", "order", "tail", "name", "lic_", "pur_", "emg_", "evt_", "mai_"]
            {
                sql = sql.replace(&format!("{{{name}}}"), &id(name));
            }
            sql
        };
        std::iter::once(TAKE).chain(rest.iter().copied()).map(filled).collect()
    }
}

/// The values that are the same in every transaction: those of a real one, so that rows are as long
/// as the office's.
#[derive(Debug, Clone)]
pub struct Sample {
    /// By name; `document` and `hash` are bytes.
    pub values: Vec<(&'static str, String)>,
}

impl Sample {
    /// Reads what the office left for a customer that it has just worked for.
    pub fn of(database: &Database, customer: &str) -> Outcome<Self> {
        let bytes = match database.kind {
            Kind::Sqlite => "CAST(document AS TEXT)",
            Kind::Postgres => "convert_from(document, 'UTF8')",
        };
        let last = |columns: &str, table: &str| {
            let sql = format!(
                "SELECT {columns} FROM {table} WHERE customer_id = '{customer}' \
                 ORDER BY id DESC LIMIT 1"
            );
            one(database, &sql)
        };
        let actor = last("actor", "audit_events")?;
        // The last one of an installation; of an API token any, as they are all alike.
        let records = match actor.strip_prefix("installation:") {
            None => "scope LIKE 'tok%'".to_owned(),
            Some(id) => format!(
                "scope = (SELECT thumbprint FROM installations WHERE id = '{id}') \
                 ORDER BY recorded_at DESC"
            ),
        };
        let record = |column: &str| {
            let sql = format!("SELECT {column} FROM idempotency_records WHERE {records} LIMIT 1");
            one(database, &sql)
        };
        let at = last("recorded_at", "audit_events")?;
        let values = vec![
            ("key", last("key", "licenses")?),
            ("document", last(bytes, "licenses")?),
            ("after", last("after", "audit_events")?),
            ("recipient", last("recipient", "mails")?),
            ("outcome", record("outcome")?),
            ("scope", record("scope")?),
            ("hash", "0123456789abcdef0123456789abcdef".into()),
            ("day", at.get(..10).ok_or("no time")?.to_owned()),
            ("until", at.replacen("20", "21", 1)),
            ("actor", actor),
            ("at", at),
        ];
        Ok(Self { values })
    }
}

fn one(database: &Database, sql: &str) -> Outcome<String> {
    match database.kind {
        Kind::Postgres => Ok(psql(&database.url, sql)?.trim_end().to_owned()),
        Kind::Sqlite => {
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
            let connection = Connection::open_with_flags(&database.url, flags)?;
            Ok(connection.query_row(sql, [], |row| row.get(0))?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_is_filled_in() {
        for work in [Work::Purchase, Work::Grant] {
            let statements = work.statements(|name| format!(":{name}"));
            assert!(statements.iter().all(|sql| !sql.contains(['{', '}'])), "{statements:?}");
            assert!(statements[0].contains("WHERE id = :customer RETURNING"));
        }
    }
}
