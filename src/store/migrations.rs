//! Migrations: embedded, the same names for both databases, applied at start.

use super::backend::{AnyConnection, Location, MultiBackend};
use super::error::StoreError;
use super::integrity::Integrity;
use super::transaction::Tx;
use crate::failpoint;
use diesel::migration::{Migration, MigrationSource};
use diesel_migrations::MigrationHarness;

/// How often a migration that lost a race with another process is looked at again.
const TRIES: u32 = 20;

/// Applies what is missing, each migration in a transaction of its own: one that was broken off
/// is finished by the next start.
pub(super) fn migrate(connection: &mut AnyConnection) -> Result<(), StoreError> {
    if connection.owns_tables()? == Some(false) {
        return require_newest(connection);
    }
    connection.lock_for_migration()?;
    let mut tries = 0;
    loop {
        let source = connection.migrations();
        let pending = connection.pending_migrations(source).map_err(|error| other(&*error))?;
        let Some(next) = pending.first() else { return Ok(()) };
        match connection.run_migration(next.as_ref()).map_err(|error| other(&*error)) {
            Ok(_) => failpoint::reached("between-migrations"),
            Err(error) if tries >= TRIES => return Err(error),
            Err(_) => {
                tries += 1;
                std::thread::sleep(std::time::Duration::from_millis(100));
            }
        }
    }
}

/// Refuses tables that are not at the newest migration, where this role cannot bring them there.
fn require_newest(connection: &mut AnyConnection) -> Result<(), StoreError> {
    let applied = connection.applied_versions()?;
    let all = all(connection)?;
    let versions = all.iter().map(|migration| migration.name().version().to_string());
    match versions.filter(|version| !applied.contains(version)).count() {
        0 => Ok(()),
        pending => Err(StoreError::Other(format!(
            "{pending} migrations are pending, and this role of PostgreSQL does not own the tables: \
             run `licentia migrate --service-role` with the name of this role, as the role \
             that does"
        ))),
    }
}

/// Grants a role of PostgreSQL what the server needs, and no more.
///
/// # Errors
/// When the database cannot be reached, or the role is not there; on SQLite.
pub fn grant_service(location: &Location, role: &str) -> Result<(), StoreError> {
    location.connect()?.grant_service(role)
}

/// The names of all migrations, and how many of them are applied.
///
/// # Errors
/// When the database cannot be reached.
pub fn state(location: &Location) -> Result<(Vec<String>, usize), StoreError> {
    let mut connection = location.connect()?;
    let applied = connection.applied_migrations().map_err(|error| other(&*error))?.len();
    Ok((names(&all(&connection)?), applied))
}

/// Whether an office was made in this database; it makes neither a file nor a table.
///
/// # Errors
/// When the database cannot be reached.
pub fn has_office(location: &Location) -> Result<bool, StoreError> {
    if !location.exists() {
        return Ok(false);
    }
    let mut connection = location.connect()?;
    let integrity = Integrity::default();
    // A database without the table has none.
    let recorded = Tx::new(&mut connection, &integrity, false).office();
    Ok(matches!(recorded, Ok(Some(_))))
}

/// Takes the newest migration back; returns its name. For the test that proves each of them.
///
/// # Errors
/// When the database cannot be reached or the migration cannot be taken back.
pub fn revert_last(location: &Location) -> Result<String, StoreError> {
    let mut connection = location.connect()?;
    let source = connection.migrations();
    connection
        .revert_last_migration(source)
        .map(|version| version.to_string())
        .map_err(|error| other(&*error))
}

/// Applies the next migration alone; returns its name, or `None` when there is none.
///
/// # Errors
/// When the database cannot be reached or the migration fails.
pub fn apply_next(location: &Location) -> Result<Option<String>, StoreError> {
    let mut connection = location.connect()?;
    let source = connection.migrations();
    if !connection.has_pending_migration(source).map_err(|error| other(&*error))? {
        return Ok(None);
    }
    let source = connection.migrations();
    let version = connection.run_next_migration(source).map_err(|error| other(&*error))?;
    Ok(Some(version.to_string()))
}

fn all(connection: &AnyConnection) -> Result<Vec<Box<dyn Migration<MultiBackend>>>, StoreError> {
    connection.migrations().migrations().map_err(|error| other(&*error))
}

fn names(migrations: &[Box<dyn Migration<MultiBackend>>]) -> Vec<String> {
    migrations.iter().map(|migration| migration.name().to_string()).collect()
}

/// A migration that failed; whether the database was busy is for the caller to know.
fn other(error: &(dyn std::error::Error + Send + Sync + 'static)) -> StoreError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(inner) = cause {
        if let Some(diesel::result::Error::DatabaseError(kind, information)) = inner.downcast_ref()
            && let Some(busy) = StoreError::busy(*kind, &**information)
        {
            return busy;
        }
        cause = inner.source();
    }
    StoreError::Other(format!("migration: {error}"))
}
