use super::backend::{AnyConnection, HeldBack, Statement};
use super::customer_queue::Turn;
use super::error::StoreError;
use super::heads::Heads;
use super::integrity::Integrity;

/// An open transaction: the tables' methods hang on it.
pub struct Tx<'a> {
    connection: &'a mut AnyConnection,
    held_back: HeldBack,
    pub(super) integrity: &'a Integrity,
    pub(super) heads: Heads,
    /// Its turn at its customer, where writes run side by side.
    turn: Option<&'a mut Turn>,
}

impl<'a> Tx<'a> {
    /// Over a connection; `holds_back`: what only adds or changes rows may wait for the next
    /// statement.
    pub(super) fn new(
        connection: &'a mut AnyConnection,
        integrity: &'a Integrity,
        holds_back: bool,
    ) -> Self {
        let held_back = HeldBack::new(holds_back);
        Self { connection, held_back, integrity, heads: Heads::default(), turn: None }
    }

    /// The same, for a write that takes its turn at its customer.
    pub(super) fn with_turn(self, turn: &'a mut Turn) -> Self {
        Self { turn: Some(turn), ..self }
    }

    /// Takes the turn at a customer.
    pub(super) fn take_turn(&mut self, customer: &str) -> Result<(), StoreError> {
        self.turn.as_mut().map_or(Ok(()), |turn| turn.take(customer))
    }

    /// The connection, for a statement that sees all that was done before it.
    pub(super) fn connection(&mut self) -> Result<&mut AnyConnection, StoreError> {
        self.held_back.send(self.connection)?;
        Ok(self.connection)
    }

    /// Adds rows, or changes some that were there before, each other ones than the last. What the
    /// database says against it may be heard later, at the end at the latest.
    pub(super) fn add(&mut self, statement: impl Statement + 'static) -> Result<(), StoreError> {
        self.held_back.add(self.connection, statement)
    }

    /// The same for a change of one row; where it is not there, that is an error.
    pub(super) fn change(
        &mut self,
        update: impl Statement + 'static,
        missing: String,
    ) -> Result<(), StoreError> {
        self.held_back.change(self.connection, update, StoreError::Other(missing))
    }

    /// Changes rows that were there before; returns how many.
    pub(super) fn change_now(&mut self, update: impl Statement) -> Result<usize, StoreError> {
        self.held_back.change_now(self.connection, update)
    }

    /// Writes the heads of the chains that grew, and sends what was held back: the work is done.
    pub(super) fn finish(mut self) -> Result<(), StoreError> {
        self.write_heads()?;
        self.connection().map(drop)
    }
}
