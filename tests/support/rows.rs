//! What the database holds, read past the server.

use super::{Sql, TestOffice};
use std::collections::BTreeMap;

/// The rows of every table, each as one text; binary columns stand in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows(BTreeMap<String, Vec<String>>);

impl Rows {
    /// All rows of a database.
    pub fn read(url: &str) -> Self {
        let mut sql = Sql::open(url);
        let dialect = if matches!(sql, Sql::Sqlite(_)) { &SQLITE } else { &POSTGRES };
        let mut all = BTreeMap::new();
        for table in sql.lines(dialect.tables) {
            let columns = sql.lines(&(dialect.columns)(&table));
            let rows = sql.lines(&(dialect.rows)(&table, &columns));
            all.insert(table, rows);
        }
        Self(all)
    }

    /// The tables that are there.
    pub fn tables(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The rows of a table; none where it is not there.
    pub fn of(&self, table: &str) -> &[String] {
        self.0.get(table).map_or(&[], Vec::as_slice)
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
    /// All rows of the database.
    pub fn rows(&self) -> Rows {
        let rows = Rows::read(self.database_url());
        assert!(rows.0.len() > 10, "the tables are there");
        rows
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
        let whole = quoted.collect::<Vec<_>>().join(" || '|' || ");
        format!("SELECT {whole} AS line FROM \"{table}\" ORDER BY 1")
    },
};

const POSTGRES: Dialect = Dialect {
    tables: "SELECT tablename::text AS line FROM pg_tables WHERE schemaname = 'public'",
    columns: |_| "SELECT '' AS line".into(),
    rows: |table, _| format!("SELECT t::text AS line FROM \"{table}\" t ORDER BY 1"),
};
