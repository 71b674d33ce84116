//! What is deleted once its time is over.

use super::{StoreError, Tx};
use jiff::Timestamp;

impl Tx<'_> {
    /// Deletes answers to repeated requests, counters of failed sign-ins, and sessions whose time is
    /// over; returns how many.
    pub fn delete_expired(&mut self, now: Timestamp) -> Result<usize, StoreError> {
        let answers = self.forget_idempotency_records(now)?;
        let counters = self.forget_sign_in_failures(now)?;
        Ok(answers + counters + self.forget_sessions(now)?)
    }
}
