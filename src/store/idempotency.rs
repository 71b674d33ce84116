//! What was answered to a request that wrote, so that the same request is answered the same.

use super::error::StoreError;
use super::schema::idempotency_records;
use super::time::to_stored;
use super::transaction::Tx;
use diesel::prelude::*;
use jiff::Timestamp;

/// The outcome of a request, by who asked and the name they gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyRecord {
    /// Who asked: an API token or an installation.
    pub scope: String,
    /// The Idempotency-Key, or the `jti` of a statement.
    pub key: String,
    /// What was asked, hashed.
    pub request_hash: Vec<u8>,
    /// What came of it, as JSON; never a secret.
    pub outcome: String,
    /// When.
    pub recorded_at: Timestamp,
    /// When it may be forgotten; `None`: never.
    pub keep_until: Option<Timestamp>,
}

impl Tx<'_> {
    /// What was answered before: the hash of the request, and the outcome.
    pub fn idempotency_record(
        &mut self,
        scope: &str,
        key: &str,
    ) -> Result<Option<(Vec<u8>, String)>, StoreError> {
        Ok(idempotency_records::table
            .find((scope, key))
            .select((idempotency_records::request_hash, idempotency_records::outcome))
            .get_result(self.connection()?)
            .optional()?)
    }

    /// Records an answer; a rival with the same name collides.
    pub fn add_idempotency_record(&mut self, record: &IdempotencyRecord) -> Result<(), StoreError> {
        self.add(diesel::insert_into(idempotency_records::table).values((
            idempotency_records::scope.eq(record.scope.clone()),
            idempotency_records::key.eq(record.key.clone()),
            idempotency_records::request_hash.eq(record.request_hash.clone()),
            idempotency_records::outcome.eq(record.outcome.clone()),
            idempotency_records::recorded_at.eq(to_stored(record.recorded_at)),
            idempotency_records::keep_until.eq(record.keep_until.map(to_stored)),
        )))?;
        Ok(())
    }

    /// Forgets the records whose time is over; returns how many.
    pub fn forget_idempotency_records(&mut self, now: Timestamp) -> Result<usize, StoreError> {
        let over = idempotency_records::keep_until.lt(to_stored(now));
        Ok(diesel::delete(idempotency_records::table.filter(over)).execute(self.connection()?)?)
    }
}
