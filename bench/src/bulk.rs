//! Rows in bulk, past the API: by COPY on PostgreSQL, by prepared statements in big transactions on
//! SQLite. References are not checked on the way; the indexes grow as they would otherwise.

use crate::Outcome;
use crate::database::{Database, Kind, psql};
use rusqlite::types::{ToSqlOutput, Value as SqlValue};
use rusqlite::{Connection, ToSql, params_from_iter};
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

/// How long others may take to close a database.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// A value; times and days are texts that both databases read alike.
pub enum Value {
    Text(String),
    Whole(i64),
    Bytes(Vec<u8>),
    Flag(bool),
    Nothing,
}

/// A table with the columns that are written.
#[derive(Clone, Copy)]
pub struct Table {
    pub name: &'static str,
    pub columns: &'static str,
}

/// Rows of one table.
pub struct Rows {
    pub table: Table,
    pub rows: Vec<Vec<Value>>,
}

/// A database that is being filled.
pub enum Bulk {
    Sqlite(Connection),
    Postgres(Box<Copying>),
}

/// A psql that reads COPY.
pub struct Copying {
    child: Child,
    stdin: ChildStdin,
    url: String,
}

impl Bulk {
    /// Begins; the migrations have run.
    pub fn begin(database: &Database) -> Outcome<Self> {
        match database.kind {
            Kind::Sqlite => {
                let connection = Connection::open(&database.url)?;
                without_journal(&connection)?;
                connection.execute_batch(
                    "PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; \
                     PRAGMA cache_size = -262144",
                )?;
                Ok(Self::Sqlite(connection))
            }
            Kind::Postgres => {
                let mut child = Command::new("psql")
                    .args(["--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1"])
                    .args(["--dbname", &database.url])
                    .stdin(Stdio::piped())
                    .stdout(Stdio::null())
                    .spawn()?;
                let mut stdin = child.stdin.take().ok_or("no stdin")?;
                // As a replica, it does not check references again.
                stdin.write_all(
                    b"SET session_replication_role = replica; SET synchronous_commit = off;\n",
                )?;
                let url = database.url.clone();
                Ok(Self::Postgres(Box::new(Copying { child, stdin, url })))
            }
        }
    }

    /// Writes rows of several tables, in one transaction on SQLite.
    pub fn write(&mut self, rows: &[Rows]) -> Outcome<()> {
        match self {
            Self::Sqlite(connection) => write_sqlite(connection, rows),
            Self::Postgres(copying) => write_copy(&mut copying.stdin, rows),
        }
    }

    /// Ends: all of it is on the disk, and the database as tidy as it keeps itself.
    pub fn end(self) -> Outcome<()> {
        match self {
            Self::Sqlite(connection) => {
                let path = connection.path().ok_or("a database without a path")?.to_owned();
                connection.execute_batch("PRAGMA journal_mode = WAL")?;
                drop(connection);
                File::open(path)?.sync_all()?;
                Ok(())
            }
            Self::Postgres(copying) => {
                let Copying { mut child, stdin, url } = *copying;
                drop(stdin);
                if !child.wait()?.success() {
                    return Err("psql could not copy".into());
                }
                // What autovacuum does within a minute.
                psql(&url, "VACUUM ANALYZE")?;
                psql(&url, "CHECKPOINT")?;
                Ok(())
            }
        }
    }
}

/// Leaves the journal aside, so that every page is written once. That waits until those who had the
/// database open have closed it, which a pool does in its own time.
fn without_journal(connection: &Connection) -> Outcome<()> {
    let began = Instant::now();
    loop {
        match connection.execute_batch("PRAGMA journal_mode = OFF") {
            Err(error) if began.elapsed() > LONGEST_WAIT => return Err(error.into()),
            Err(_) => std::thread::sleep(Duration::from_millis(10)),
            Ok(()) => return Ok(()),
        }
    }
}

fn write_sqlite(connection: &mut Connection, tables: &[Rows]) -> Outcome<()> {
    let transaction = connection.transaction()?;
    for Rows { table, rows } in tables {
        let places = vec!["?"; table.columns.split(',').count()].join(",");
        let Table { name, columns } = table;
        let insert = format!("INSERT INTO {name} ({columns}) VALUES ({places})");
        let mut insert = transaction.prepare(&insert)?;
        for row in rows {
            insert.execute(params_from_iter(row))?;
        }
    }
    Ok(transaction.commit()?)
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Text(text) => ToSqlOutput::from(text.as_str()),
            Self::Bytes(bytes) => ToSqlOutput::from(bytes.as_slice()),
            Self::Whole(number) => ToSqlOutput::from(*number),
            Self::Flag(flag) => ToSqlOutput::from(*flag),
            Self::Nothing => ToSqlOutput::Owned(SqlValue::Null),
        })
    }
}

/// Writes COPY's text format (PostgreSQL's "COPY", "File Formats").
fn write_copy(stdin: &mut ChildStdin, tables: &[Rows]) -> Outcome<()> {
    let mut text = String::new();
    for Rows { table, rows } in tables {
        writeln!(text, "COPY {} ({}) FROM STDIN;", table.name, table.columns)?;
        for row in rows {
            for (number, value) in row.iter().enumerate() {
                if number > 0 {
                    text.push('\t');
                }
                copied(&mut text, value)?;
            }
            text.push('\n');
        }
        text.push_str("\\.\n");
    }
    Ok(stdin.write_all(text.as_bytes())?)
}

fn copied(to: &mut String, value: &Value) -> Outcome<()> {
    match value {
        Value::Text(text) => {
            for character in text.chars() {
                match character {
                    '\\' => to.push_str("\\\\"),
                    '\t' => to.push_str("\\t"),
                    '\n' => to.push_str("\\n"),
                    '\r' => to.push_str("\\r"),
                    character => to.push(character),
                }
            }
        }
        Value::Bytes(bytes) => {
            const DIGITS: &[u8; 16] = b"0123456789abcdef";
            to.push_str("\\\\x");
            for byte in bytes {
                to.push(char::from(DIGITS[usize::from(byte >> 4)]));
                to.push(char::from(DIGITS[usize::from(byte & 15)]));
            }
        }
        Value::Whole(number) => write!(to, "{number}")?,
        Value::Flag(flag) => to.push(if *flag { 't' } else { 'f' }),
        Value::Nothing => to.push_str("\\N"),
    }
    Ok(())
}
