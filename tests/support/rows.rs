//! What the database holds, read past the server.

use super::TestOffice;
use diesel::connection::SimpleConnection;
use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query,
    sql_types::Text,
};
use std::collections::BTreeMap;

/// The rows of every table, each as one text; binary columns stand in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows(BTreeMap<String, Vec<String>>);

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

impl Rows {
    /// How many rows a table has.
    pub fn count(&self, table: &str) -> usize {
        self.0[table].len()
    }

    /// Whether any row of any table holds this text, as it is or in a binary column.
    pub fn hold(&self, text: &str) -> bool {
        let binary: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        let found = |row: &String| row.contains(text) || row.to_lowercase().contains(&binary);
        self.0.values().flatten().any(found)
    }

    /// The same without what the mail worker changes by itself.
    pub fn without_progress_of_mails(mut self) -> Self {
        let count = self.count("mails");
        self.0.insert("mails".into(), vec![format!("{count} mails")]);
        self
    }
}

impl TestOffice {
    /// All rows of the database.
    pub fn rows(&self) -> Rows {
        if self.database_url().starts_with("postgres") {
            let mut connection = PgConnection::establish(self.database_url()).unwrap();
            read(|sql| sql_query(sql).load(&mut connection).unwrap(), &POSTGRES)
        } else {
            let mut connection = SqliteConnection::establish(self.database_url()).unwrap();
            connection.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
            read(|sql| sql_query(sql).load(&mut connection).unwrap(), &SQLITE)
        }
    }
}

impl TestOffice {
    /// Changes the database past the server: for what would take too many calls.
    pub fn execute(&self, sql: &str) {
        if self.database_url().starts_with("postgres") {
            let mut connection = PgConnection::establish(self.database_url()).unwrap();
            connection.batch_execute(sql).unwrap();
        } else {
            let mut connection = SqliteConnection::establish(self.database_url()).unwrap();
            connection.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
            connection.batch_execute(sql).unwrap();
        }
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

fn read(mut ask: impl FnMut(&str) -> Vec<Line>, dialect: &Dialect) -> Rows {
    let mut lines = |sql: &str| ask(sql).into_iter().map(|row| row.line).collect::<Vec<String>>();
    let tables = lines(dialect.tables);
    assert!(tables.len() > 10, "the tables are there: {tables:?}");
    let mut all = BTreeMap::new();
    for table in tables {
        let columns = lines(&(dialect.columns)(&table));
        let rows = lines(&(dialect.rows)(&table, &columns));
        all.insert(table, rows);
    }
    Rows(all)
}
