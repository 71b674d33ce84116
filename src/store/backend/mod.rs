//! The one room that knows which database it is: every `match` on the backend stands here.

mod connection_url;
mod damage;
mod file_watch;
mod held_back;
mod queries;
mod roles;
mod update;

pub(super) use file_watch::FileWatch;
pub(super) use held_back::{HeldBack, Statement};
pub(super) use update::update;

use super::error::StoreError;
use connection_url::with_defaults;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use licentia_drivers::{Ping, ping};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

const SQLITE_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// How often a database file that another process is turning to WAL is tried again, and after how
/// long.
const CONNECT_TRIES: u32 = 100;
const CONNECT_PAUSE: Duration = Duration::from_millis(20);

/// How much of a SQLite file the connection that writes keeps, in KiB; SQLite's default is 2,000.
const WRITER_CACHE_KIB: u32 = 64 * 1024;

/// How long SQLite's log gets before the connection that writes copies it into the file, in pages;
/// SQLite's default is 1,000.
const LONGEST_LOG: u32 = 8000;

/// The session settings of a connection to PostgreSQL. The last five end the session of a server
/// process that hangs or lost its power within a write, and so free the rows that it has locked.
const POSTGRES_SESSION: &str = "SET TIME ZONE 'UTC';
    SET client_min_messages = warning;
    SET lock_timeout = '2s';
    SET statement_timeout = '30s';
    SET idle_in_transaction_session_timeout = '5s';
    SET tcp_keepalives_idle = 5;
    SET tcp_keepalives_interval = 3;
    SET tcp_keepalives_count = 2;
    SET tcp_user_timeout = 8000;";

/// How much room the disk of a database must have, in bytes: about what a purchase takes.
const PROVEN_ROOM: usize = 64 * 1024;

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
    /// Reads a `database_url`: `postgres://…`, `sqlite:PATH`, or a path; `None` where it is anything
    /// else, since a file of that name would be a new database.
    pub fn parse(url: &str) -> Option<Self> {
        if url.contains(|c: char| c.is_control() || c == '\u{feff}') {
            return None;
        }
        if let Some((_, rest)) =
            url.split_once("://").filter(|(scheme, _)| matches!(*scheme, "postgres" | "postgresql"))
        {
            // A "/" or "?" in a password ends the host's name for libpq.
            let name = rest.split_once(['/', '?']).map_or("", |(_, name)| name);
            let is_cut = name.split('?').next().is_some_and(|name| name.contains('@'));
            return (!is_cut).then(|| Self::Postgres(url.to_owned()));
        }
        let path = url.strip_prefix("sqlite:").or_else(|| (!is_libpq_form(url)).then_some(url))?;
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

    /// Its place, for people: never with a password.
    pub fn place(&self) -> String {
        match self {
            Self::Sqlite(path) => {
                let whole = std::path::absolute(path).unwrap_or_else(|_| path.clone());
                whole.display().to_string()
            }
            Self::Postgres(url) => {
                let url = url.split('?').next().unwrap_or_default();
                let (_, rest) = url.split_once("://").unwrap_or_default();
                let (authority, name) = rest.split_once('/').unwrap_or((rest, ""));
                let host = authority.rsplit('@').next().unwrap_or_default();
                match name {
                    "" => format!("PostgreSQL on {host}"),
                    name => format!("the database {name} of PostgreSQL on {host}"),
                }
            }
        }
    }

    /// Whether there is a database: a server is taken to have one, a file must be there.
    pub fn exists(&self) -> bool {
        match self {
            Self::Sqlite(path) => path.exists(),
            Self::Postgres(_) => true,
        }
    }

    /// Refuses a database file that is not there, or is empty: SQLite would make one.
    pub(super) fn require_file(&self) -> Result<(), StoreError> {
        let Self::Sqlite(path) = self else { return Ok(()) };
        let what = match std::fs::metadata(path) {
            Ok(found) if found.len() > 0 => return Ok(()),
            Ok(_) => "is empty",
            Err(_) => "is missing",
        };
        Err(StoreError::Missing(format!("the database file {} {what}", path.display())))
    }

    /// Whether a failure to connect may pass by itself: the server starts, or is not there yet. One
    /// that takes connections refuses this one for a reason.
    pub(super) fn may_come_up(&self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            Self::Postgres(url) => {
                matches!(ping(&with_defaults(url)), Ping::Starting | Ping::Silent)
            }
        }
    }

    /// Whether the disk has room for a few writes, where the database is a file.
    pub(super) fn prove_room(&self) -> Result<(), StoreError> {
        let Self::Sqlite(path) = self else { return Ok(()) };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        // A file without a name, which ends with its handle.
        let written = tempfile::tempfile_in(folder.unwrap_or(Path::new(".")))
            .and_then(|mut file| file.write_all(&vec![0; PROVEN_ROOM]));
        written.map_err(|error| StoreError::Other(format!("its disk: {error}")))
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
            Self::Postgres(_) => (10, 16),
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
    /// file that it has read stay good, and it keeps many. Where another copies the log into the
    /// file (`is_copied`), it does so only when that does not keep up.
    pub(super) fn connect_to_write(&self, is_copied: bool) -> Result<AnyConnection, StoreError> {
        let mut connection = self.connect()?;
        if self.has_one_writer() {
            let kept = format!("PRAGMA cache_size = -{WRITER_CACHE_KIB}");
            connection.batch_execute(&kept)?;
        }
        if self.has_one_writer() && is_copied {
            let longest = format!("PRAGMA wal_autocheckpoint = {LONGEST_LOG}");
            connection.batch_execute(&longest)?;
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
                let mut connection =
                    PgConnection::establish(&with_defaults(url)).map_err(unreachable)?;
                connection.batch_execute(POSTGRES_SESSION)?;
                Ok(AnyConnection::Postgres(connection))
            }
        }
    }
}

/// Whether this is how libpq writes a database without a URL (`host=db dbname=licentia`), or the
/// beginning of a URL that is none.
fn is_libpq_form(url: &str) -> bool {
    const KEYWORDS: [&str; 9] =
        ["host", "hostaddr", "port", "dbname", "user", "password", "service", "sslmode", "options"];
    let is_keyword = |before: &str| {
        let word = before.split_whitespace().next_back().unwrap_or_default();
        KEYWORDS.contains(&word.to_ascii_lowercase().as_str())
    };
    let is_pair = url.rsplit_once('=').is_some_and(|(pairs, _)| pairs.split('=').any(is_keyword));
    let scheme = url.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    is_pair || scheme.is_some_and(|scheme| matches!(scheme.as_str(), "postgres" | "postgresql"))
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

    /// Refuses a database that has no tables of ours.
    pub(super) fn require_tables(&mut self) -> Result<(), StoreError> {
        #[derive(QueryableByName)]
        struct Count {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            found: i64,
        }
        let query = match self {
            Self::Sqlite(_) => {
                "SELECT count(*) AS found FROM sqlite_schema WHERE name = 'customers'"
            }
            Self::Postgres(_) => {
                "SELECT count(*) AS found FROM pg_class WHERE oid = to_regclass('customers')"
            }
        };
        match diesel::sql_query(query).get_result::<Count>(self)?.found {
            0 => Err(StoreError::Missing("the database has no tables".into())),
            _ => Ok(()),
        }
    }

    /// Writes what is there already, so that it is seen whether the disk takes it.
    pub(super) fn write_nothing(&mut self) -> Result<(), StoreError> {
        match self {
            // This writes the first page, whatever it had.
            Self::Sqlite(connection) => Ok(connection.batch_execute("PRAGMA user_version = 0")?),
            Self::Postgres(connection) => Ok(connection.batch_execute("SELECT txid_current()")?),
        }
    }

    /// Copies what SQLite's log has into the file, as far as nobody reads what was before. It waits for
    /// nobody.
    pub(super) fn copy_log(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(connection) => {
                Ok(connection.batch_execute("PRAGMA wal_checkpoint(PASSIVE)")?)
            }
            Self::Postgres(_) => Ok(()),
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use diesel::sql_query;
    use diesel::sql_types::Text;

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
