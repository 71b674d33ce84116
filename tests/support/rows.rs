//! What the database holds, read past the server.

use super::{Customer, Sql, TestOffice};
use licentia::app::{self, Actor};
use licentia::domain::ids::CustomerId;
use std::collections::BTreeMap;

/// The rows of every table, each as one text; binary columns stand in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows(BTreeMap<String, Vec<String>>, BTreeMap<String, Vec<String>>);

/// Stands between the columns of a row.
const BETWEEN: char = '\u{1f}';

impl Rows {
    /// All rows of a database.
    pub fn read(url: &str) -> Self {
        let mut sql = Sql::open(url);
        let dialect = if matches!(sql, Sql::Sqlite(_)) { &SQLITE } else { &POSTGRES };
        let (mut all, mut names) = (BTreeMap::new(), BTreeMap::new());
        for table in sql.lines(dialect.tables) {
            let mut columns = sql.lines(&(dialect.columns)(&table));
            // Written by a thread of its own, some time after the call.
            columns.retain(|column| column != "last_used_at");
            let rows = sql.lines(&(dialect.rows)(&table, &columns));
            names.insert(table.clone(), columns);
            all.insert(table, rows);
        }
        Self(all, names)
    }

    /// The tables that are there.
    pub fn tables(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The rows of a table; none where it is not there.
    pub fn of(&self, table: &str) -> &[String] {
        self.0.get(table).map_or(&[], Vec::as_slice)
    }

    /// The rows of a table with these columns alone, sorted.
    pub fn of_columns(&self, table: &str, columns: &[String]) -> Vec<String> {
        let names = self.columns(table);
        let places: Vec<_> =
            columns.iter().map(|name| names.iter().position(|n| n == name)).collect();
        let narrowed = |row: &String| {
            let values: Vec<_> = row.split(BETWEEN).collect();
            places
                .iter()
                .map(|place| place.map_or("", |place| values[place]))
                .collect::<Vec<_>>()
                .join("|")
        };
        let mut rows: Vec<_> = self.of(table).iter().map(narrowed).collect();
        rows.sort_unstable();
        rows
    }

    /// The columns of a table.
    pub fn columns(&self, table: &str) -> &[String] {
        self.1.get(table).map_or(&[], Vec::as_slice)
    }

    /// How many rows a table has.
    pub fn count(&self, table: &str) -> usize {
        self.0[table].len()
    }

    /// Whether any row of any table holds this text, as it is or in a binary column.
    pub fn hold(&self, text: &str) -> bool {
        let binary = data_encoding::HEXLOWER.encode(text.as_bytes());
        let found = |row: &String| row.contains(text) || row.to_lowercase().contains(&binary);
        self.0.values().flatten().any(found)
    }

    /// The same without what the mail worker changes by itself, and what the office notes of what it
    /// was told.
    pub fn without_progress_of_mails(mut self) -> Self {
        self.0.remove("observations");
        let count = self.count("mails");
        self.0.insert("mails".into(), vec![format!("{count} mails")]);
        self
    }
}

impl TestOffice {
    /// All rows of the database, but refused access: a thread of its own counts it, some time after
    /// the call.
    pub fn rows(&self) -> Rows {
        let mut rows = Rows::read(self.database_url());
        rows.0.remove("access_refusals");
        assert!(rows.0.len() > 10, "the tables are there");
        rows
    }

    /// Accepts what was changed of a customer past the server, and issues a license that states it.
    pub fn accept_records(&self, customer: &Customer) {
        let (id, actor) =
            (CustomerId::parse(&customer.id).unwrap(), Actor::CommandLine("test".into()));
        app::accept_customer(&self.inside(), &actor, &id, "changed by the test", true).unwrap();
    }

    /// Changes the database past the server: for what would take too many calls.
    pub fn execute(&self, sql: &str) {
        Sql::open(self.database_url()).run(sql).unwrap();
    }
}

/// How a database is asked for its tables, and for the rows of one.
struct Dialect {
    tables: &'static str,
    columns: fn(&str) -> String,
    rows: fn(&str, &[String]) -> String,
}

const SQLITE: Dialect = Dialect {
    tables: "SELECT name AS line FROM sqlite_schema WHERE type = 'table'",
    columns: |table| format!("SELECT name AS line FROM pragma_table_info('{table}')"),
    rows: |table, columns| {
        let quoted = columns.iter().map(|column| format!("quote(\"{column}\")"));
        let whole = quoted.collect::<Vec<_>>().join(" || char(31) || ");
        format!("SELECT {whole} AS line FROM \"{table}\" ORDER BY 1")
    },
};

const POSTGRES: Dialect = Dialect {
    tables: "SELECT tablename::text AS line FROM pg_tables WHERE schemaname = 'public'",
    columns: |table| {
        format!(
            "SELECT column_name::text AS line FROM information_schema.columns \
             WHERE table_schema = 'public' AND table_name = '{table}' ORDER BY ordinal_position"
        )
    },
    rows: |table, columns| {
        let texts = columns.iter().map(|column| format!("coalesce(\"{column}\"::text, 'NULL')"));
        let whole = texts.collect::<Vec<_>>().join(" || chr(31) || ");
        format!("SELECT {whole} AS line FROM \"{table}\" ORDER BY 1")
    },
};
