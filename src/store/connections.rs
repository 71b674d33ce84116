//! The connections of the pool.

use super::backend::{AnyConnection, FileWatch, Location, Work};
use super::error::StoreError;
use diesel::connection::SimpleConnection;
use r2d2::{ManageConnection, Pool, PooledConnection};
use std::sync::Arc;

pub(super) struct Connections {
    pub location: Arc<Location>,
    pub watch: FileWatch,
}

/// A connection that knows whether it may go back into the pool.
pub(super) struct Pooled {
    pub any: AnyConnection,
    pub in_transaction: bool,
    pub broken: bool,
}

impl Pooled {
    /// Ends its transaction.
    pub fn end(&mut self, sql: &str) {
        self.broken |= self.any.batch_execute(sql).is_err();
        self.in_transaction = false;
    }
}

impl ManageConnection for Connections {
    type Connection = Pooled;
    type Error = StoreError;

    fn connect(&self) -> Result<Pooled, StoreError> {
        // SQLite would make a file that is gone anew, and read another than is written.
        self.watch.check()?;
        Ok(Pooled { any: self.location.connect()?, in_transaction: false, broken: false })
    }

    fn is_valid(&self, _: &mut Pooled) -> Result<(), StoreError> {
        Ok(())
    }

    /// A connection whose work panicked is still in its transaction: it is closed, which undoes it.
    fn has_broken(&self, connection: &mut Pooled) -> bool {
        connection.broken || connection.in_transaction
    }
}

/// Takes a connection from the pool.
pub(super) fn checkout(
    pool: &Pool<Connections>,
) -> Result<PooledConnection<Connections>, StoreError> {
    pool.get().map_err(|error| StoreError::Unreachable(error.to_string()))
}

/// Begins on a pooled connection, or on a fresh one where the pooled one turned out broken.
pub(super) fn begin(
    pool: &Pool<Connections>,
    kind: Work,
) -> Result<PooledConnection<Connections>, StoreError> {
    let mut tries = 0;
    loop {
        let mut connection = checkout(pool)?;
        match connection.any.begin(kind) {
            Ok(()) => {
                connection.in_transaction = true;
                return Ok(connection);
            }
            Err(StoreError::Busy(text)) => return Err(StoreError::Busy(text)),
            Err(error) => {
                connection.broken = true;
                tries += 1;
                if tries > pool.max_size() {
                    return Err(error);
                }
            }
        }
    }
}
