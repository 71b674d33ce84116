use super::error::StoreError;
use super::schema::key_notices;
use super::time::to_stored;
use super::transaction::Tx;
use diesel::dsl::{exists, select};
use diesel::prelude::*;
use jiff::Timestamp;

impl Tx<'_> {
    /// Whether administrators were told that an issuing key ends in this many days, or fewer.
    pub fn key_end_was_told(&mut self, key: &str, days: i64) -> Result<bool, StoreError> {
        let told = key_notices::table.filter(key_notices::key.eq(key));
        let told = told.filter(key_notices::days.le(days));
        Ok(select(exists(told)).get_result(self.connection()?)?)
    }

    /// Records that they were told; a second time collides.
    pub fn record_key_end_told(
        &mut self,
        key: &str,
        days: i64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        diesel::insert_into(key_notices::table)
            .values((
                key_notices::key.eq(key),
                key_notices::days.eq(days),
                key_notices::recorded_at.eq(to_stored(now)),
            ))
            .execute(self.connection()?)?;
        Ok(())
    }
}
