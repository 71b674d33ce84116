use super::backend::{AnyConnection, HeldBack, Statement};
use super::error::StoreError;

/// An open transaction: the tables' methods hang on it.
pub struct Tx<'a> {
    connection: &'a mut AnyConnection,
    held_back: HeldBack,
}

impl<'a> Tx<'a> {
    /// Over a connection; `holds_back`: rows that are only added may wait for the next statement.
    pub(super) fn new(connection: &'a mut AnyConnection, holds_back: bool) -> Self {
        Self { connection, held_back: HeldBack::new(holds_back) }
    }

    /// The connection, for a statement that sees all that was added before it.
    pub(super) fn connection(&mut self) -> Result<&mut AnyConnection, StoreError> {
        self.held_back.send(self.connection)?;
        Ok(self.connection)
    }

    /// Adds a row. What the database says against it may be heard later, at the end at the latest.
    pub(super) fn add(&mut self, insert: impl Statement + 'static) -> Result<(), StoreError> {
        self.held_back.add(self.connection, insert)
    }

    /// Changes rows that were there before; returns how many.
    pub(super) fn change(&mut self, update: impl Statement) -> Result<usize, StoreError> {
        self.held_back.change(self.connection, update)
    }

    /// Sends what was held back: the work is done.
    pub(super) fn finish(mut self) -> Result<(), StoreError> {
        self.connection().map(drop)
    }
}
