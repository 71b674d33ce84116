//! Integrity: what makes a change of the database past the server visible.
//!
//! Ledger entries and audit events form hash chains, one of each per customer, and one for the audit
//! events that are about no customer. A keyed [`Head`] per customer states where its chains end and
//! what else a license is made of. Whoever can write the database but does not have the key cannot
//! make a head, so that a row that was changed, removed or inserted no longer fits.

mod canonical;
mod chain;
mod head;

pub use canonical::{Canonical, active_installations, customer_details, event, ledger_line};
pub use chain::ChainWalk;
pub use head::{Head, StoredHead};

use super::ids::CustomerId;
use super::ledger::Entry;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A SHA-256.
pub type Digest = [u8; 32];

/// Where the key of heads and rows comes from: it can be replaced while the server runs.
pub trait MacKeys: Send + Sync {
    /// The key as it is now.
    ///
    /// # Errors
    /// Why it cannot be read.
    fn mac_key(&self) -> Result<Arc<dyn MacKey>, String>;
}

/// The versions of the key.
pub trait MacKey: Send + Sync {
    /// The version that new codes are made with.
    fn version(&self) -> u32;

    /// HMAC-SHA-256 under a version of the key; `None` where there is no such version.
    fn mac(&self, version: u32, label: &str, message: &[u8]) -> Option<Digest>;
}

/// Records that were changed past the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tampering {
    /// What was changed: a customer's id, `audit`, or a table and the key of its row.
    pub subject: String,
    /// Whose records these are, where they belong to a customer.
    pub customer: Option<CustomerId>,
    /// What does not fit, in English.
    pub findings: Vec<String>,
}

impl Tampering {
    /// Of a customer's records.
    #[must_use]
    pub fn of_customer(id: &CustomerId, findings: Vec<String>) -> Self {
        Self { subject: id.to_string(), customer: Some(id.clone()), findings }
    }

    /// Of one row of a table.
    #[must_use]
    pub fn of_row(table: &str, key: &str, finding: &str) -> Self {
        Self {
            subject: format!("{table} {key}"),
            customer: None,
            findings: vec![finding.to_owned()],
        }
    }
}

/// A row of the ledger with the entry that it numbers, as both are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerLine {
    /// Its number in the customer's ledger.
    pub number: i64,
    /// `purchase`, `void` or `grant`.
    pub kind: String,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Who recorded it.
    pub recorded_by: String,
    /// The chain's value that was stored with it.
    pub chain: Option<Vec<u8>>,
    /// The entries that have this number: one, unless rows were removed or inserted.
    pub entries: Vec<Entry>,
}

#[cfg(test)]
mod tests;
