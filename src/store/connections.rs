//! The connections of the pool.

use super::backend::{AnyConnection, FileWatch, Location};
use super::error::StoreError;
use diesel::connection::SimpleConnection;
use r2d2::ManageConnection;
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
