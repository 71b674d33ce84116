use super::error::StoreError;
use super::schema::sign_in_failures;
use super::time::{from_stored, to_stored};
use super::transaction::Tx;
use crate::domain::sign_in_limit::SignInFailures;
use chrono::NaiveDateTime;
use diesel::prelude::*;
use jiff::{SignedDuration, Timestamp};

/// After how long without an attempt a counter is deleted.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// The same where it has not led to a pause: whoever tries many names leaves little behind.
const KEPT_BELOW_LIMIT: SignedDuration = SignedDuration::from_hours(1);

type Row = (i64, Option<NaiveDateTime>, Option<NaiveDateTime>);

impl Tx<'_> {
    /// What a counter holds; none before the first attempt.
    pub fn sign_in_failures(&mut self, counter: &[u8]) -> Result<SignInFailures, StoreError> {
        let row: Option<Row> = sign_in_failures::table
            .find(counter)
            .select((
                sign_in_failures::failures,
                sign_in_failures::pending_until,
                sign_in_failures::blocked_until,
            ))
            .get_result(self.connection()?)
            .optional()?;
        let found = row.map(|(in_a_row, pending, blocked)| SignInFailures {
            in_a_row,
            pending_until: pending.map(from_stored),
            blocked_until: blocked.map(from_stored),
        });
        Ok(found.unwrap_or_default())
    }

    /// Stores what a counter holds. Of concurrent transactions one collides and runs again.
    pub fn set_sign_in_failures(
        &mut self,
        counter: &[u8],
        failures: &SignInFailures,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let values = (
            sign_in_failures::failures.eq(failures.in_a_row),
            sign_in_failures::pending_until.eq(failures.pending_until.map(to_stored)),
            sign_in_failures::blocked_until.eq(failures.blocked_until.map(to_stored)),
            sign_in_failures::changed_at.eq(to_stored(now)),
        );
        let changed = diesel::update(sign_in_failures::table.find(counter))
            .set(values)
            .execute(self.connection()?)?;
        if changed == 0 {
            diesel::insert_into(sign_in_failures::table)
                .values((sign_in_failures::counter.eq(counter), values))
                .execute(self.connection()?)?;
        }
        Ok(())
    }

    /// Sets a counter back to nothing.
    pub fn clear_sign_in_failures(&mut self, counter: &[u8]) -> Result<(), StoreError> {
        diesel::delete(sign_in_failures::table.find(counter)).execute(self.connection()?)?;
        Ok(())
    }

    /// Deletes the counters that nothing was added to for a day; for an hour where there was no
    /// pause. Returns how many.
    pub fn forget_sign_in_failures(&mut self, now: Timestamp) -> Result<usize, StoreError> {
        let before = |age| to_stored(now - age);
        let changed = sign_in_failures::changed_at;
        let old = changed.lt(before(KEPT));
        let below = sign_in_failures::blocked_until.is_null();
        let over = old.or(below.and(changed.lt(before(KEPT_BELOW_LIMIT))));
        Ok(diesel::delete(sign_in_failures::table.filter(over)).execute(self.connection()?)?)
    }
}
