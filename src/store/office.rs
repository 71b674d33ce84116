//! The one row that says what this office may never change: its root and its issuer.

use super::error::StoreError;
use super::schema::{office, withdrawn_keys};
use super::time::to_stored;
use super::transaction::Tx;
use diesel::prelude::*;
use jiff::Timestamp;

/// What the database records of the office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficeRecord {
    /// The thumbprint of the root key, one for ever.
    pub root: String,
    /// The issuer, fixed by the first license.
    pub issuer: Option<String>,
}

impl Tx<'_> {
    /// The office's record; `None` before the first start has made one.
    pub fn office(&mut self) -> Result<Option<OfficeRecord>, StoreError> {
        let row: Option<(String, Option<String>)> = office::table
            .find(1)
            .select((office::root, office::issuer))
            .get_result(self.connection()?)
            .optional()?;
        Ok(row.map(|(root, issuer)| OfficeRecord { root, issuer }))
    }

    /// Records the root of a new office; a second one collides.
    pub fn record_root(&mut self, root: &str, now: Timestamp) -> Result<(), StoreError> {
        diesel::insert_into(office::table)
            .values((
                office::id.eq(1),
                office::root.eq(root),
                office::created_at.eq(to_stored(now)),
            ))
            .execute(self.connection()?)?;
        Ok(())
    }

    /// The issuing keys that were taken back.
    pub fn withdrawn_keys(&mut self) -> Result<Vec<String>, StoreError> {
        let keys = withdrawn_keys::table.order(withdrawn_keys::key).select(withdrawn_keys::key);
        Ok(keys.load(self.connection()?)?)
    }

    /// Whether an issuing key was taken back.
    pub fn is_withdrawn(&mut self, key: &str) -> Result<bool, StoreError> {
        let found: Option<String> = withdrawn_keys::table
            .find(key)
            .select(withdrawn_keys::key)
            .get_result(self.connection()?)
            .optional()?;
        Ok(found.is_some())
    }

    /// Records that an issuing key was taken back.
    pub fn record_withdrawn(&mut self, key: &str, now: Timestamp) -> Result<(), StoreError> {
        diesel::insert_into(withdrawn_keys::table)
            .values((withdrawn_keys::key.eq(key), withdrawn_keys::recorded_at.eq(to_stored(now))))
            .execute(self.connection()?)?;
        Ok(())
    }

    /// Fixes the issuer, if none is fixed yet; `false` where one is.
    pub fn fix_issuer(&mut self, issuer: &str) -> Result<bool, StoreError> {
        let fixed = diesel::update(office::table.filter(office::issuer.is_null()))
            .set(office::issuer.eq(Some(issuer)))
            .execute(self.connection()?)?;
        Ok(fixed == 1)
    }
}
