//! Opening a database: it is waited for, checked, and brought to the newest migration.

use super::backend::Location;
use super::error::StoreError;
use crate::clock::Stopwatch;
use std::time::Duration;

/// How often it is said that a start waits for the database, and how often it is tried.
const WAIT_LOGGED: Duration = Duration::from_secs(5);
const WAIT_PAUSE: Duration = Duration::from_millis(250);

/// How a database is opened.
#[derive(Debug, Clone, Copy, Default)]
pub struct Opening {
    /// How long to wait for a server that starts or recovers, and for a lock of another process.
    pub wait: Duration,
    /// Whether a database without tables is refused: it would begin as a new, empty office.
    pub must_exist: bool,
}

/// Brings the database to the newest migration, and waits where it does not take that yet.
pub(super) fn prepare(location: &Location, opening: Opening) -> Result<(), StoreError> {
    let clock = Stopwatch::start();
    let mut logged = None::<Stopwatch>;
    loop {
        let error = match prepare_once(location, opening) {
            Err(error) if clock.elapsed() < opening.wait && may_pass(location, &error) => error,
            outcome => return outcome,
        };
        if logged.as_ref().is_none_or(|logged| logged.elapsed() >= WAIT_LOGGED) {
            logged = Some(Stopwatch::start());
            let (waited, most) = (clock.elapsed().as_secs(), opening.wait.as_secs());
            tracing::warn!(%error, waited, most, "waiting for the database");
        }
        std::thread::sleep(WAIT_PAUSE);
    }
}

fn prepare_once(location: &Location, opening: Opening) -> Result<(), StoreError> {
    if opening.must_exist {
        location.require_file()?;
    }
    let mut connection = location.connect()?;
    connection.check(location)?;
    if opening.must_exist {
        connection.require_tables()?;
    }
    super::migrations::migrate(&mut connection)?;
    super::spellings::fold_anew(&mut connection)
}

fn may_pass(location: &Location, error: &StoreError) -> bool {
    match error {
        StoreError::Busy(_) => true,
        StoreError::Unreachable(_) => location.may_come_up(),
        _ => false,
    }
}
