//! Which versions of which secrets the keys directory must hold.

use super::error::StoreError;
use super::schema::secrets;
use super::time::to_stored;
use super::transaction::Tx;
use diesel::prelude::*;
use jiff::Timestamp;

/// A version of a secret, as the database records it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedSecret {
    /// The secret's name.
    pub name: String,
    /// The version.
    pub version: i64,
    /// A code made with the secret.
    pub fingerprint: Vec<u8>,
}

impl Tx<'_> {
    /// All recorded versions, by name and version.
    pub fn recorded_secrets(&mut self) -> Result<Vec<RecordedSecret>, StoreError> {
        let rows: Vec<(String, i64, Vec<u8>)> = secrets::table
            .order((secrets::name, secrets::version))
            .select((secrets::name, secrets::version, secrets::fingerprint))
            .load(self.connection()?)?;
        let recorded = |(name, version, fingerprint)| RecordedSecret { name, version, fingerprint };
        Ok(rows.into_iter().map(recorded).collect())
    }

    /// Records a version; a second one of the same name and version collides.
    pub fn record_secret(
        &mut self,
        secret: &RecordedSecret,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        diesel::insert_into(secrets::table)
            .values((
                secrets::name.eq(secret.name.as_str()),
                secrets::version.eq(secret.version),
                secrets::fingerprint.eq(secret.fingerprint.as_slice()),
                secrets::recorded_at.eq(to_stored(now)),
            ))
            .execute(self.connection()?)?;
        Ok(())
    }
}
