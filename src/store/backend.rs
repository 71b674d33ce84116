//! The one room that knows which database it is: every `match` on the backend stands here.

use super::error::StoreError;
use super::schema::licenses;
use diesel::connection::SimpleConnection;
use diesel::dsl::max;
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use std::path::PathBuf;
use std::time::Duration;

const SQLITE_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// How often a database file that another process is turning to WAL is tried again, and after how
/// long.
const CONNECT_TRIES: u32 = 100;
const CONNECT_PAUSE: Duration = Duration::from_millis(20);

/// PostgreSQL's snapshot: which transactions are over.
#[derive(Debug, Clone, Copy, diesel::sql_types::SqlType)]
#[diesel(postgres_type(name = "txid_snapshot"))]
pub struct TxidSnapshot;

#[declare_sql_function]
extern "SQL" {
    fn txid_current_snapshot() -> TxidSnapshot;
    fn txid_snapshot_xmin(snapshot: TxidSnapshot) -> diesel::sql_types::BigInt;
    fn txid_snapshot_xmax(snapshot: TxidSnapshot) -> diesel::sql_types::BigInt;
}

/// A connection to either database.
#[derive(diesel::MultiConnection)]
pub enum AnyConnection {
    /// SQLite, a file.
    Sqlite(SqliteConnection),
    /// PostgreSQL, a server.
    Postgres(PgConnection),
}

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A file.
    Sqlite(PathBuf),
    /// A server, as libpq reads it (may hold a password: never shown).
    Postgres(String),
}

impl Location {
    /// Reads a `database_url`: `postgres://…`, `sqlite:PATH`, or a path; `None` where it is the URL
    /// of something else.
    pub fn parse(url: &str) -> Option<Self> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Some(Self::Postgres(url.to_owned()));
        }
        let path = url.strip_prefix("sqlite:").unwrap_or(url);
        let path = path.strip_prefix("//").unwrap_or(path);
        (!path.is_empty() && !path.contains("://")).then(|| Self::Sqlite(path.into()))
    }

    /// The database's name for people and metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }

    /// Whether there is a database: a server is taken to have one, a file must be there.
    pub fn exists(&self) -> bool {
        match self {
            Self::Sqlite(path) => path.exists(),
            Self::Postgres(_) => true,
        }
    }

    /// How many calls may read, and how many may write, at a time.
    pub(super) fn at_once(&self) -> (u32, u32) {
        match self {
            // There is one write lock; whoever else tries for it only sleeps.
            Self::Sqlite(_) => (6, 1),
            Self::Postgres(_) => (10, 8),
        }
    }

    /// Opens a connection with the settings that durability and the append-only triggers need.
    pub(super) fn connect(&self) -> Result<AnyConnection, StoreError> {
        let mut tries = 0;
        loop {
            match self.try_to_connect() {
                // Turning a new file to WAL takes it alone, and SQLite does not wait for that.
                Err(StoreError::Busy(_)) if tries < CONNECT_TRIES => {
                    tries += 1;
                    std::thread::sleep(CONNECT_PAUSE);
                }
                outcome => return outcome,
            }
        }
    }

    fn try_to_connect(&self) -> Result<AnyConnection, StoreError> {
        let unreachable = |error: ConnectionError| StoreError::Unreachable(error.to_string());
        match self {
            Self::Sqlite(path) => {
                let mut connection =
                    SqliteConnection::establish(&path.to_string_lossy()).map_err(unreachable)?;
                connection.batch_execute(
                    "PRAGMA busy_timeout = 2000;
                     PRAGMA journal_mode = WAL;
                     PRAGMA synchronous = FULL;
                     PRAGMA foreign_keys = ON;
                     PRAGMA recursive_triggers = ON;",
                )?;
                Ok(AnyConnection::Sqlite(connection))
            }
            Self::Postgres(url) => {
                let mut connection = PgConnection::establish(url).map_err(unreachable)?;
                connection.batch_execute(
                    "SET TIME ZONE 'UTC';
                     SET client_min_messages = warning;
                     SET lock_timeout = '2s';
                     SET statement_timeout = '30s';",
                )?;
                Ok(AnyConnection::Postgres(connection))
            }
        }
    }
}

impl AnyConnection {
    pub(super) fn begin_write(&mut self) -> Result<(), StoreError> {
        let sql = match self {
            Self::Sqlite(_) => "BEGIN IMMEDIATE",
            Self::Postgres(_) => "BEGIN ISOLATION LEVEL SERIALIZABLE",
        };
        Ok(self.batch_execute(sql)?)
    }

    /// A read sees one moment of the database, however many queries it makes.
    pub(super) fn begin_read(&mut self) -> Result<(), StoreError> {
        let sql = match self {
            Self::Sqlite(_) => "BEGIN DEFERRED",
            Self::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        Ok(self.batch_execute(sql)?)
    }

    /// From where on licenses are new that are not there yet: a mark for [`Self::licenses_since`].
    pub(super) fn license_mark(&mut self) -> Result<i64, StoreError> {
        let mark = match self {
            // One write at a time, and what was added stays: the numbers rise as they commit.
            Self::Sqlite(connection) => licenses::table
                .select(max(licenses::change))
                .get_result::<Option<i64>>(connection)?
                .map_or(0, |last| last + 1),
            // Whatever commits from here on is a transaction that has not ended yet.
            Self::Postgres(connection) => {
                diesel::select(txid_snapshot_xmin(txid_current_snapshot()))
                    .get_result(connection)?
            }
        };
        Ok(mark)
    }

    /// Whose the licenses are that were added since a mark, at most so many, each with the next
    /// mark. Some may be told twice, none is left out.
    pub(super) fn licenses_since(
        &mut self,
        mark: i64,
        most: i64,
    ) -> Result<Vec<(i64, String)>, StoreError> {
        let since = licenses::table.filter(licenses::change.ge(mark)).limit(most);
        Ok(match self {
            Self::Sqlite(connection) => since
                .order(licenses::change)
                .select((licenses::change + 1, licenses::customer_id))
                .load(connection)?,
            // A database that was restored may have numbers of another server's transactions:
            // those that are still to come here.
            Self::Postgres(connection) => since
                .filter(licenses::change.lt(txid_snapshot_xmax(txid_current_snapshot())))
                .select((txid_snapshot_xmin(txid_current_snapshot()), licenses::customer_id))
                .load(connection)?,
        })
    }

    pub(super) fn migrations(&self) -> EmbeddedMigrations {
        match self {
            Self::Sqlite(_) => SQLITE_MIGRATIONS,
            Self::Postgres(_) => POSTGRES_MIGRATIONS,
        }
    }

    /// Lets only one process migrate at a time, until the connection closes, however long it takes.
    pub(super) fn lock_for_migration(&mut self) -> Result<(), StoreError> {
        match self {
            // SQLite's own write lock is enough: a migration that lost finds nothing to do.
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(connection) => Ok(connection.batch_execute(
                "SET lock_timeout = 0;
                     SET statement_timeout = 0;
                     SELECT pg_advisory_lock(7133701);",
            )?),
        }
    }

    /// Refuses a torn file early: reads its schema and a page of each table.
    pub(super) fn check(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(connection) => check_sqlite(connection),
            Self::Postgres(_) => Ok(()),
        }
    }
}

fn check_sqlite(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    use diesel::{RunQueryDsl, sql_query, sql_types::Text};
    #[derive(diesel::QueryableByName)]
    struct Check {
        #[diesel(sql_type = Text)]
        quick_check: String,
    }
    let rows: Vec<Check> = sql_query("PRAGMA quick_check(1)").load(connection)?;
    match rows.first() {
        Some(row) if row.quick_check != "ok" => Err(StoreError::Damaged(row.quick_check.clone())),
        _ => Ok(()),
    }
}
