//! Databases for what is measured: a file, or one on the throw-away PostgreSQL cluster.

use crate::{Outcome, POSTGRES};
use rusqlite::types::Value;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Which of the two databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    pub const ALL: [Self; 2] = [Self::Sqlite, Self::Postgres];

    /// The one that people call so.
    pub fn parse(name: &str) -> Outcome<Self> {
        let named = |kind: &Self| kind.name().eq_ignore_ascii_case(name);
        Self::ALL.into_iter().find(named).ok_or_else(|| format!("{name} is no database").into())
    }

    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// A database of its own.
pub struct Database {
    pub kind: Kind,
    /// As the server's setting `database_url` takes it.
    pub url: String,
}

impl Database {
    /// Makes an empty one: `name` tells it from others, `folder` is where a file goes.
    pub fn new(kind: Kind, folder: &Path, name: &str) -> Outcome<Self> {
        let url = match kind {
            Kind::Sqlite => folder.join("licentia.db").display().to_string(),
            Kind::Postgres => {
                let admin = admin()?;
                psql(&admin, &format!("CREATE DATABASE {name}"))?;
                let server =
                    admin.strip_suffix("/postgres").ok_or("not the administrative database")?;
                format!("{server}/{name}")
            }
        };
        Ok(Self { kind, url })
    }

    /// Asks for one value, as text.
    pub fn ask(&self, sql: &str) -> Outcome<String> {
        match self.kind {
            Kind::Sqlite => {
                let connection = rusqlite::Connection::open(&self.url)?;
                connection.busy_timeout(Duration::from_secs(5))?;
                let value: Value = connection.query_row(sql, [], |row| row.get(0))?;
                Ok(match value {
                    Value::Integer(number) => number.to_string(),
                    Value::Text(text) => text,
                    other => return Err(format!("neither number nor text: {other:?}").into()),
                })
            }
            Kind::Postgres => Ok(psql(&self.url, sql)?.trim().to_owned()),
        }
    }

    /// Waits until all that was written is on the disk, so that nothing is left to be done meanwhile,
    /// and reads all of it: what is measured then finds it in the machine's memory, as far as it fits.
    pub fn rest(&self) -> Outcome<()> {
        if self.kind == Kind::Postgres {
            psql(&self.url, "CHECKPOINT")?;
        }
        if !Command::new("sync").status()?.success() {
            return Err("sync failed".into());
        }
        match self.kind {
            Kind::Sqlite => {
                io::copy(&mut File::open(&self.url)?, &mut io::sink())?;
            }
            Kind::Postgres => {
                psql(&self.url, "CREATE EXTENSION IF NOT EXISTS pg_prewarm")?;
                let kept = "SELECT sum(pg_prewarm(oid, 'read')) FROM pg_class \
                            WHERE relkind IN ('r', 'i', 't') AND relpersistence = 'p'";
                psql(&self.url, kept)?;
            }
        }
        Ok(())
    }

    /// What it takes on the disk, in bytes, its log left out.
    pub fn size(&self) -> Outcome<u64> {
        match self.kind {
            Kind::Sqlite => Ok(fs::metadata(&self.url)?.len()),
            Kind::Postgres => {
                let size = psql(&self.url, "SELECT pg_database_size(current_database())")?;
                Ok(size.trim().parse()?)
            }
        }
    }
}

/// One that is forgotten leaves no room taken; a file goes with its folder.
impl Drop for Database {
    fn drop(&mut self) {
        if let (Kind::Postgres, Ok(admin)) = (self.kind, admin()) {
            let name = self.url.rsplit('/').next().unwrap_or_default();
            let _ = psql(&admin, &format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}

/// Runs SQL on a PostgreSQL database; answers with what it prints, unaligned and without heads.
pub fn psql(url: &str, sql: &str) -> Outcome<String> {
    let made = Command::new("psql")
        .args(["--quiet", "--no-psqlrc", "--tuples-only", "--no-align"])
        .args(["--set", "ON_ERROR_STOP=1", "--dbname", url, "-c", sql])
        .output()?;
    if made.status.success() {
        Ok(String::from_utf8(made.stdout)?)
    } else {
        Err(format!("psql failed: {sql}: {}", String::from_utf8_lossy(&made.stderr)).into())
    }
}

/// The versions of both.
pub fn versions() -> Outcome<String> {
    let postgres = psql(&admin()?, "SHOW server_version")?;
    Ok(format!("SQLite {}, PostgreSQL {}", rusqlite::version(), postgres.trim()))
}

fn admin() -> Outcome<String> {
    Ok(std::env::var(POSTGRES)?)
}
