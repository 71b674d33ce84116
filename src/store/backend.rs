//! The one room that knows which database it is: every `match` on the backend stands here.

use super::audit_events::Row as EventRow;
use super::customers::TakenRow;
use super::damage;
use super::error::StoreError;
use super::licenses::NewRow;
use super::schema::{audit_events, customers, licenses, search_words};
use diesel::connection::SimpleConnection;
use diesel::dsl::max;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Binary, Text, Timestamp};
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

/// How much of a SQLite file the connection that writes keeps, in KiB; SQLite's default is 2,000.
const WRITER_CACHE_KIB: u32 = 64 * 1024;

/// What a transaction is for, and so what the database has to do for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// Reading: one moment of the database, however many queries it makes.
    Read,
    /// Writing, by anything that it reads.
    Office,
    /// Writing, by what stands behind a customer's row ([`super::Store::write_for_customer`]).
    Customer,
    /// Writing what a power cut may take ([`super::Store::note`]).
    Note,
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

    /// Whether a question takes a way over a connection, for which a thread would have to wait.
    pub(super) fn is_far(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Whether all that writes shares one connection.
    pub(super) fn has_one_writer(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    /// How many calls may read at a time, and how many may write where they do not share one
    /// connection.
    pub(super) fn at_once(&self) -> (u32, u32) {
        match self {
            Self::Sqlite(_) => (6, 0),
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

    /// Opens the connection that alone writes. It sees no change but its own, so that pages of the
    /// file that it has read stay good, and it keeps many.
    pub(super) fn connect_to_write(&self) -> Result<AnyConnection, StoreError> {
        let mut connection = self.connect()?;
        if self.has_one_writer() {
            let kept = format!("PRAGMA cache_size = -{WRITER_CACHE_KIB}");
            connection.batch_execute(&kept)?;
        }
        Ok(connection)
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
    /// Begins a transaction, which says itself what it needs: nothing is left of the last one's.
    pub(super) fn begin(&mut self, kind: Work) -> Result<(), StoreError> {
        let sql = match (&*self, kind) {
            (Self::Sqlite(_), Work::Read) => "BEGIN DEFERRED",
            (Self::Sqlite(_), Work::Office | Work::Customer) => {
                "PRAGMA synchronous = FULL; BEGIN IMMEDIATE"
            }
            // The log is written, and the disk is not waited for.
            (Self::Sqlite(_), Work::Note) => "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE",
            (Self::Postgres(_), Work::Read) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            (Self::Postgres(_), Work::Office) => "BEGIN ISOLATION LEVEL SERIALIZABLE",
            (Self::Postgres(_), Work::Customer) => "BEGIN ISOLATION LEVEL REPEATABLE READ",
            (Self::Postgres(_), Work::Note) => {
                "BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL synchronous_commit = off"
            }
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

    /// The oldest write that is under way, and the next to come, by number. SQLite has one at a time,
    /// so whoever reads comes after all that were there.
    pub(super) fn writes_under_way(&mut self) -> Result<(i64, i64), StoreError> {
        match self {
            Self::Sqlite(_) => Ok((0, 0)),
            Self::Postgres(connection) => {
                let now = txid_current_snapshot();
                let range = (txid_snapshot_xmin(now), txid_snapshot_xmax(now));
                Ok(diesel::select(range).get_result(connection)?)
            }
        }
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
    pub(super) fn check(&mut self, location: &Location) -> Result<(), StoreError> {
        match (self, location) {
            (Self::Sqlite(connection), Location::Sqlite(path)) => damage::check(connection, path),
            _ => Ok(()),
        }
    }

    /// A customer's row with its current license, taken for this transaction: on PostgreSQL, rivals
    /// queue here. On SQLite a write transaction has no rivals.
    pub(super) fn take_customer(&mut self, id: &str) -> QueryResult<Option<TakenRow>> {
        let found = customers::table.find(id);
        match self {
            Self::Sqlite(connection) => {
                found.select(TakenRow::as_select()).get_result(connection).optional()
            }
            Self::Postgres(connection) => {
                found.select(TakenRow::as_select()).for_update().get_result(connection).optional()
            }
        }
    }

    /// The same for many, in the order of their ids, so that two that take some do not wait for each
    /// other.
    pub(super) fn take_customers(&mut self, ids: &[&str]) -> QueryResult<Vec<TakenRow>> {
        let found = customers::table.filter(customers::id.eq_any(ids)).order(customers::id);
        match self {
            Self::Sqlite(connection) => found.select(TakenRow::as_select()).load(connection),
            Self::Postgres(connection) => {
                found.select(TakenRow::as_select()).for_update().load(connection)
            }
        }
    }

    /// Records many events at once.
    pub(super) fn add_audit_events(&mut self, rows: &[EventRow]) -> QueryResult<usize> {
        let insert = diesel::insert_into(audit_events::table).values(rows);
        match self {
            Self::Sqlite(connection) => insert.execute(connection),
            Self::Postgres(connection) => insert.execute(connection),
        }
    }

    /// Adds licenses and makes them their customers' current ones: on PostgreSQL all at once, since
    /// each statement is a way there and back.
    pub(super) fn replace_licenses(&mut self, rows: &[NewRow<'_>]) -> QueryResult<()> {
        match self {
            Self::Sqlite(connection) => rows.iter().try_for_each(|row| {
                diesel::insert_into(licenses::table).values(row).execute(connection)?;
                let current = (
                    customers::license_id.eq(row.id),
                    customers::license_seq.eq(row.seq),
                    customers::license_issued_at.eq(row.issued_at),
                    customers::license_key.eq(row.key),
                );
                let customer = customers::table.find(row.customer_id);
                diesel::update(customer).set(current).execute(connection).map(drop)
            }),
            Self::Postgres(connection) => {
                fn each<'a, T>(rows: &'a [NewRow<'a>], of: fn(&NewRow<'a>) -> T) -> Vec<T> {
                    rows.iter().map(of).collect()
                }
                sql_query(
                    "WITH issued AS (
                       INSERT INTO licenses
                         (id, customer_id, seq, issued_at, key, cause, cause_id, document)
                       SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
                       RETURNING id, customer_id, seq, issued_at, key)
                     UPDATE customers SET license_id = issued.id, license_seq = issued.seq,
                       license_issued_at = issued.issued_at, license_key = issued.key
                     FROM issued WHERE customers.id = issued.customer_id",
                )
                .bind::<Array<Text>, _>(each(rows, |row| row.id))
                .bind::<Array<Text>, _>(each(rows, |row| row.customer_id))
                .bind::<Array<BigInt>, _>(each(rows, |row| row.seq))
                .bind::<Array<Timestamp>, _>(each(rows, |row| row.issued_at))
                .bind::<Array<Text>, _>(each(rows, |row| row.key))
                .bind::<Array<Text>, _>(each(rows, |row| row.cause))
                .bind::<Array<Text>, _>(each(rows, |row| row.cause_id))
                .bind::<Array<Binary>, _>(each(rows, |row| row.document))
                .execute(connection)
                .map(drop)
            }
        }
    }

    /// Lets a customer be found by a word, perhaps once more.
    pub(super) fn add_search_word(&mut self, word: &str, customer: &str) -> QueryResult<usize> {
        let entry = (search_words::word.eq(word), search_words::customer_id.eq(customer));
        match self {
            Self::Sqlite(connection) => {
                diesel::insert_or_ignore_into(search_words::table).values(entry).execute(connection)
            }
            Self::Postgres(connection) => diesel::insert_into(search_words::table)
                .values(entry)
                .on_conflict_do_nothing()
                .execute(connection),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(QueryableByName)]
    struct Options {
        #[diesel(sql_type = Text)]
        compile_options: String,
    }

    #[test]
    fn a_prepared_statement_stays_prepared_when_other_values_are_bound() {
        // What `.cargo/config.toml` asks for; a build that does not see it is slower.
        let mut connection = SqliteConnection::establish(":memory:").unwrap();
        let options: Vec<Options> =
            sql_query("PRAGMA compile_options").load(&mut connection).unwrap();
        let has = |name: &str| options.iter().any(|option| option.compile_options == name);
        assert!(has("ENABLE_QPSG"));
        assert!(!has("ENABLE_MEMORY_MANAGEMENT"));
    }
}
