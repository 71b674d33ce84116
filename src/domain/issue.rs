//! Issuing: the one value that can be signed.

use super::customer::{Customer, Licensee};
use super::entitlements::Entitlements;
use super::ids::{CustomerId, LicenseId};
use super::installation::Installation;
use super::ledger::Ledger;
use jiff::Timestamp;

/// What the store remembers of the customer's last license.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Previous {
    /// Its sequence number.
    pub seq: i64,
    /// When it was issued.
    pub issued_at: Timestamp,
}

/// A license that may be signed: only [`Issuable::new`] makes one, from the ledger itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuable {
    id: LicenseId,
    customer: CustomerId,
    licensee: Licensee,
    entitlements: Entitlements,
    audience: Vec<String>,
    seq: i64,
    issued_at: Timestamp,
}

impl Issuable {
    /// States the whole of what the customer holds at the moment of issuing.
    ///
    /// `seq` is the customer's previous + 1, or the time of issuing where that is greater, so that
    /// a restored database never repeats one. The time of issuing is never before the last, nor
    /// before the last entry of the ledger, so that the whole ledger is stated.
    #[must_use]
    pub fn new(
        id: LicenseId,
        customer: &Customer,
        ledger: &Ledger,
        active: &[Installation],
        previous: Option<Previous>,
        now: Timestamp,
    ) -> Self {
        let moment = ledger.moment(now);
        let issued_at = previous.map_or(moment, |previous| moment.max(previous.issued_at));
        let seq = previous.map_or(0, |previous| previous.seq + 1).max(issued_at.as_second());
        Self {
            id,
            customer: customer.id.clone(),
            licensee: customer.details.licensee.clone(),
            entitlements: Entitlements::at(ledger, issued_at),
            audience: active.iter().map(|installation| installation.thumbprint.clone()).collect(),
            seq,
            issued_at,
        }
    }

    /// The license's id.
    #[must_use]
    pub fn id(&self) -> &LicenseId {
        &self.id
    }

    /// Whose it is.
    #[must_use]
    pub fn customer(&self) -> &CustomerId {
        &self.customer
    }

    /// The licensee block.
    #[must_use]
    pub fn licensee(&self) -> &Licensee {
        &self.licensee
    }

    /// What it states.
    #[must_use]
    pub fn entitlements(&self) -> &Entitlements {
        &self.entitlements
    }

    /// The thumbprints of the installations it is for.
    #[must_use]
    pub fn audience(&self) -> &[String] {
        &self.audience
    }

    /// Its sequence number.
    #[must_use]
    pub fn seq(&self) -> i64 {
        self.seq
    }

    /// When it is issued.
    #[must_use]
    pub fn issued_at(&self) -> Timestamp {
        self.issued_at
    }
}

#[cfg(test)]
mod tests;
