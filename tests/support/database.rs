use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    /// A file in a temporary folder.
    Sqlite,
    /// A database of its own in the cluster that `./test` has started.
    Postgres,
    /// The same, where the server's messages are in Russian.
    RussianPostgres,
}

/// A fresh, empty database, gone with this value.
pub struct TestDatabase {
    /// Its `database_url`.
    pub url: String,
    kept: Kept,
}

enum Kept {
    Folder(TempDir),
    Name(String),
}

impl TestDatabase {
    /// Makes one.
    pub fn new(database: Database) -> Self {
        match database {
            Database::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let url = folder.path().join("licentia.db").display().to_string();
                Self { url, kept: Kept::Folder(folder) }
            }
            Database::Postgres | Database::RussianPostgres => {
                static COUNT: AtomicU32 = AtomicU32::new(0);
                let count = COUNT.fetch_add(1, Ordering::SeqCst);
                let name = format!("test_{}_{count}", std::process::id());
                administer(&format!("CREATE DATABASE {name} TEMPLATE template0"));
                if database == Database::RussianPostgres {
                    administer(&format!("ALTER DATABASE {name} SET lc_messages = 'ru_RU.UTF-8'"));
                }
                let url = admin_url();
                let (server, _) = url.rsplit_once('/').unwrap();
                Self { url: format!("{server}/{name}"), kept: Kept::Name(name) }
            }
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Kept::Name(name) = &self.kept {
            administer(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
        if let Kept::Folder(folder) = &self.kept {
            assert!(folder.path().exists(), "the database's folder was there to the end");
        }
    }
}

fn administer(sql: &str) {
    let mut connection = PgConnection::establish(&admin_url()).unwrap();
    connection.batch_execute(sql).unwrap();
}

#[expect(clippy::disallowed_methods, reason = "`./test` says where PostgreSQL is")]
fn admin_url() -> String {
    std::env::var("LICENTIA_TEST_POSTGRES")
        .expect("LICENTIA_TEST_POSTGRES is not set: run the tests by ./test, or under scripts/with-postgres")
}
