use super::backend::{AnyConnection, Location};
use super::error::StoreError;
use super::transaction::Tx;
use crate::chance::Chance;
use crate::clock::Stopwatch;
use crate::failpoint;
use diesel::connection::SimpleConnection;
use r2d2::{ManageConnection, Pool, PooledConnection};
use std::sync::Arc;
use std::time::Duration;

/// Connections that calls leave to the mail worker and to operations.
const SPARE: u32 = 2;
/// How long a request waits for a free connection before it is told to come back.
const CHECKOUT: Duration = Duration::from_millis(800);
/// How long a write is run again after collisions before it is given up.
const WRITE_DEADLINE: Duration = Duration::from_secs(4);

/// The store: a pool of connections to one database.
#[derive(Clone)]
pub struct Store {
    location: Arc<Location>,
    pool: Pool<Connections>,
    chance: Chance,
}

impl Store {
    /// Opens the database and brings it to the newest migration.
    ///
    /// # Errors
    /// When it cannot be reached, is damaged, or a migration fails.
    pub fn open(location: Location, chance: Chance) -> Result<Self, StoreError> {
        let mut connection = location.connect()?;
        connection.check(&location)?;
        super::migrations::migrate(&mut connection)?;
        drop(connection);
        let location = Arc::new(location);
        let (readers, writers) = location.at_once();
        let pool = Pool::builder()
            .max_size(readers + writers + SPARE)
            .min_idle(Some(1))
            .connection_timeout(CHECKOUT)
            .test_on_check_out(false)
            .build_unchecked(Connections(Arc::clone(&location)));
        Ok(Self { location, pool, chance })
    }

    /// Which database it is.
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// The most connections that are kept open.
    pub fn pool_size(&self) -> u32 {
        self.pool.max_size()
    }

    /// How many calls may read, and how many may write, at a time: the others wait in line better
    /// than in the database.
    pub fn at_once(&self) -> (usize, usize) {
        let (readers, writers) = self.location.at_once();
        (readers as usize, writers as usize)
    }

    /// Connections in use and connections open.
    pub fn connections(&self) -> (u32, u32) {
        let state = self.pool.state();
        (state.connections - state.idle_connections, state.connections)
    }

    /// Runs `work` in one write transaction: all of it happens, or nothing.
    ///
    /// `work` may be run again when it collided with another write, so it takes ids and time from
    /// outside, and decides from what it reads each time.
    ///
    /// # Errors
    /// What `work` refused, or what the database did not do.
    pub fn write<T, E>(&self, mut work: impl FnMut(&mut Tx<'_>) -> Result<T, E>) -> Result<T, E>
    where
        E: From<StoreError> + RunAgain,
    {
        let clock = Stopwatch::start();
        let mut pause = Duration::from_millis(1);
        loop {
            let error = match self.attempt(&mut work) {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            if !error.run_again() || clock.elapsed() > WRITE_DEADLINE {
                return Err(error);
            }
            std::thread::sleep(self.chance.jitter(pause));
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }

    fn attempt<T, E: From<StoreError>>(
        &self,
        work: &mut impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.begin(AnyConnection::begin_write)?;
        let result = work(&mut Tx::new(&mut connection.any));
        if result.is_err() {
            connection.end("ROLLBACK");
            return result;
        }
        failpoint::reached("before-commit");
        if let Err(error) = connection.any.batch_execute("COMMIT").map_err(StoreError::from) {
            connection.end("ROLLBACK");
            // A commit that was refused did not happen; one that was cut off may have.
            let error = match error {
                StoreError::Unreachable(text) => StoreError::OutcomeUnknown(text),
                error => error,
            };
            return Err(error.into());
        }
        connection.in_transaction = false;
        failpoint::reached("after-commit");
        result
    }

    /// Runs `work` on one moment of the database; what it writes by mistake is refused or undone.
    ///
    /// # Errors
    /// What `work` refused, or what the database did not do.
    pub fn read<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.begin(AnyConnection::begin_read)?;
        let result = work(&mut Tx::new(&mut connection.any));
        connection.end("ROLLBACK");
        result
    }

    /// Runs `work` that asks one question, which needs no transaction to see one moment.
    ///
    /// # Errors
    /// What `work` refused, or what the database did not do.
    pub fn ask<T, E: From<StoreError>>(
        &self,
        work: impl Fn(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection =
            self.pool.get().map_err(|error| StoreError::Unreachable(error.to_string()))?;
        connection.in_transaction = true;
        let result = work(&mut Tx::new(&mut connection.any));
        if result.is_ok() {
            connection.in_transaction = false;
            return result;
        }
        // Perhaps only the connection was broken: it is not used again.
        drop(connection);
        self.read(work)
    }

    /// Begins on a pooled connection, or on a fresh one where the pooled one turned out broken.
    fn begin(
        &self,
        begin: impl Fn(&mut AnyConnection) -> Result<(), StoreError>,
    ) -> Result<PooledConnection<Connections>, StoreError> {
        let mut tries = 0;
        loop {
            let mut connection =
                self.pool.get().map_err(|error| StoreError::Unreachable(error.to_string()))?;
            match begin(&mut connection.any) {
                Ok(()) => {
                    connection.in_transaction = true;
                    return Ok(connection);
                }
                Err(StoreError::Busy(text)) => return Err(StoreError::Busy(text)),
                Err(error) => {
                    connection.broken = true;
                    tries += 1;
                    if tries > self.pool.max_size() {
                        return Err(error);
                    }
                }
            }
        }
    }
}

/// Whether an error says that the same work may succeed when it is run again at once.
pub trait RunAgain {
    /// True for collisions and busy databases.
    fn run_again(&self) -> bool;
}

impl RunAgain for StoreError {
    fn run_again(&self) -> bool {
        self.is_transient()
    }
}

struct Connections(Arc<Location>);

/// A connection that knows whether it may go back into the pool.
pub(super) struct Pooled {
    pub any: AnyConnection,
    in_transaction: bool,
    broken: bool,
}

impl Pooled {
    fn end(&mut self, sql: &str) {
        self.broken |= self.any.batch_execute(sql).is_err();
        self.in_transaction = false;
    }
}

impl ManageConnection for Connections {
    type Connection = Pooled;
    type Error = StoreError;

    fn connect(&self) -> Result<Pooled, StoreError> {
        Ok(Pooled { any: self.0.connect()?, in_transaction: false, broken: false })
    }

    fn is_valid(&self, _: &mut Pooled) -> Result<(), StoreError> {
        Ok(())
    }

    /// A connection whose work panicked is still in its transaction: it is closed, which undoes it.
    fn has_broken(&self, connection: &mut Pooled) -> bool {
        connection.broken || connection.in_transaction
    }
}
