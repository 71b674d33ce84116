//! What is deleted once its time is over.

use super::{StoreError, Tx};
use jiff::Timestamp;

impl Tx<'_> {
    /// Deletes answers to repeated requests, counters of failed sign-ins, counted refusals of access,
    /// and sessions whose time is over; returns how many.
    pub fn delete_expired(&mut self, now: Timestamp) -> Result<usize, StoreError> {
        let answers = self.forget_idempotency_records(now)?;
        let counters = self.forget_sign_in_failures(now)?;
        let refusals = self.delete_old_access_refusals(now)?;
        Ok(answers + counters + refusals + self.forget_sessions(now)?)
    }
}
