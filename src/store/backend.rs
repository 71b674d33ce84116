//! The one room that knows which database it is: every `match` on the backend stands here.

use super::customers::TakenRow;
use super::error::StoreError;
use super::schema::{customers, licenses, search_words};
use diesel::connection::SimpleConnection;
use diesel::dsl::max;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
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

/// Up to which size a database file is looked at whole when it is opened, in bytes.
const SMALL: u64 = 16 * 1024 * 1024;

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
            (Self::Sqlite(connection), Location::Sqlite(path)) => check_sqlite(connection, path),
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

/// A small file is looked at whole. A large one, which would take minutes, is held against its own
/// header, and the first row of each table is read: a file that was cut off or overwritten is seen.
fn check_sqlite(connection: &mut SqliteConnection, path: &Path) -> Result<(), StoreError> {
    #[derive(QueryableByName)]
    struct Check {
        #[diesel(sql_type = Text)]
        quick_check: String,
    }
    #[derive(QueryableByName)]
    struct Table {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let length = |error: io::Error| StoreError::Other(format!("{}: {error}", path.display()));
    if fs::metadata(path).map_err(length)?.len() > SMALL {
        if is_cut_off(path).map_err(length)? {
            return Err(StoreError::Damaged("it is shorter than it says".into()));
        }
        let tables = "SELECT name FROM sqlite_schema WHERE type = 'table'";
        for Table { name } in sql_query(tables).load::<Table>(connection)? {
            sql_query(format!("SELECT * FROM \"{name}\" LIMIT 1")).execute(connection)?;
        }
        return Ok(());
    }
    let rows: Vec<Check> = sql_query("PRAGMA quick_check(1)").load(connection)?;
    match rows.first() {
        Some(row) if row.quick_check != "ok" => Err(StoreError::Damaged(row.quick_check.clone())),
        _ => Ok(()),
    }
}

/// Whether the file has fewer pages than its header says (SQLite's file format, 1.3). With a log
/// beside it that cannot be said: a checkpoint that was killed writes the header before the pages,
/// and the log still has them.
fn is_cut_off(path: &Path) -> io::Result<bool> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    if fs::metadata(log).is_ok_and(|log| log.len() > 0) {
        return Ok(false);
    }
    let mut header = [0; 100];
    let mut file = File::open(path)?;
    file.read_exact(&mut header)?;
    let number = |at: usize| {
        let bytes = [header[at], header[at + 1], header[at + 2], header[at + 3]];
        u64::from(u32::from_be_bytes(bytes))
    };
    let page_size = match u64::from(u16::from_be_bytes([header[16], header[17]])) {
        1 => 65_536,
        size => size,
    };
    // The size counts when it was written with the last change.
    let counts = number(24) == number(92);
    Ok(counts && file.metadata()?.len() < page_size * number(28))
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

    #[test]
    fn a_file_that_was_cut_off_says_so_itself() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("licentia.db");
        let mut connection = SqliteConnection::establish(&path.to_string_lossy()).unwrap();
        let filled = "CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(100000));";
        connection.batch_execute(filled).unwrap();
        drop(connection);
        assert!(!is_cut_off(&path).unwrap());
        let file = File::options().write(true).open(&path).unwrap();
        file.set_len(file.metadata().unwrap().len() - 1).unwrap();
        assert!(is_cut_off(&path).unwrap());
        fs::write(folder.path().join("licentia.db-wal"), "the pages that are missing").unwrap();
        assert!(!is_cut_off(&path).unwrap(), "a killed checkpoint leaves it so");
    }
}
