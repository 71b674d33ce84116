//! Installations and their places.

use super::customer::Customer;
use super::field::{self, Fault, Faults, FieldError};
use super::ids::{CustomerId, InstallationId};
use super::moves::{self, Moving};
use jiff::Timestamp;
use licentia_license::Usage;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One deployed product, known by its own public key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installation {
    /// Its id.
    pub id: InstallationId,
    /// Whose it is.
    pub customer: CustomerId,
    /// Its identity: the thumbprint of its public key (RFC 7638).
    pub thumbprint: String,
    /// What it was activated with.
    pub details: InstallationDetails,
    /// When it was last activated.
    pub activated_at: Timestamp,
    /// When it gave its place back; none while it is active.
    pub released_at: Option<Timestamp>,
    /// What it last reported.
    pub usage: Option<ReportedUsage>,
}

impl Installation {
    /// Whether it holds a place.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.released_at.is_none()
    }
}

/// What an installation says of itself when it is activated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstallationDetails {
    /// What the customer calls it, at most 100 characters.
    pub name: String,
    /// The product's version, at most 50 characters.
    pub product_version: String,
    /// What tells its machine from others: hashes by name of the signal.
    pub fingerprint: BTreeMap<String, String>,
}

/// The most signals in a fingerprint.
const MOST_SIGNALS: usize = 16;

impl InstallationDetails {
    /// Checks what an installation says of itself.
    ///
    /// # Errors
    /// All the faults, by member of the statement's `req`.
    pub fn parse(
        name: &str,
        product_version: &str,
        fingerprint: BTreeMap<String, String>,
    ) -> Result<Self, Vec<FieldError>> {
        let mut faults = Faults::default();
        let name = faults.take("/req/activate/name", field::line(name, 100));
        let version =
            faults.take("/req/activate/product_version", field::line(product_version, 50));
        if !signals_fit(&fingerprint) {
            faults.add(Fault::TooLong { most: MOST_SIGNALS }.at("/req/activate/fingerprint"));
        }
        let details = name.zip(version).map(|(name, product_version)| Self {
            name,
            product_version,
            fingerprint,
        });
        faults.finish(details)
    }
}

/// Whether a fingerprint has few enough signals, of one short line each.
pub(super) fn signals_fit(fingerprint: &BTreeMap<String, String>) -> bool {
    fingerprint.len() <= MOST_SIGNALS
        && fingerprint
            .iter()
            .all(|(signal, hash)| field::line(signal, 50).is_ok() && field::line(hash, 200).is_ok())
}

/// What an installation last counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedUsage {
    /// Registered permanent accounts.
    pub user_accounts: i64,
    /// Registered emergency accounts.
    pub emergency_accounts: i64,
    /// Open external connections.
    pub external_connections: i64,
    /// When it said so.
    pub reported_at: Timestamp,
}

impl ReportedUsage {
    /// Checks a report: no count is below 0 or above 2^31−1.
    ///
    /// # Errors
    /// All the faults, by member of the statement's `req`.
    pub fn parse(
        user_accounts: i64,
        emergency_accounts: i64,
        external_connections: i64,
        reported_at: Timestamp,
    ) -> Result<Self, Vec<FieldError>> {
        let mut faults = Faults::default();
        for (member, count) in [
            ("user_accounts", user_accounts),
            ("emergency_accounts", emergency_accounts),
            ("external_connections", external_connections),
        ] {
            let count = field::whole(count, 0, super::purchase::MOST_TOTAL);
            faults.take(&format!("/req/usage/{member}"), count);
        }
        faults.finish(Some(Self {
            user_accounts,
            emergency_accounts,
            external_connections,
            reported_at,
        }))
    }
}

impl From<ReportedUsage> for Usage {
    fn from(reported: ReportedUsage) -> Self {
        Self {
            user_accounts: reported.user_accounts,
            emergency_accounts: reported.emergency_accounts,
            external_connections: reported.external_connections,
        }
    }
}

/// What is to be done about an activation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// There is a free place: activate.
    Activate,
    /// No place is free: activate in the place of this one.
    Move(Box<Installation>),
    /// The installation holds a place already: answer with its current license.
    AlreadyActive(Box<Installation>),
}

/// Why an activation is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// As many installations are active as the customer has places.
    NoFreePlace,
    /// And the customer has moved as often as it may in 365 days.
    NoMovesLeft,
    /// And none of those that are active is called as the one to be replaced.
    ReplacedUnknown,
}

/// Decides about an activation; `active` are the customer's installations that hold a place.
/// `moving` says that it may take over one of them.
///
/// # Errors
/// [`Refusal`]; of moves only where no place is free.
pub fn decide(
    customer: &Customer,
    active: &[Installation],
    thumbprint: &str,
    moving: Option<&Moving<'_>>,
) -> Result<Decision, Refusal> {
    if let Some(own) = active.iter().find(|installation| installation.thumbprint == thumbprint) {
        return Ok(Decision::AlreadyActive(Box::new(own.clone())));
    }
    let taken = i64::try_from(active.len()).unwrap_or(i64::MAX);
    if taken < customer.details.places {
        return Ok(Decision::Activate);
    }
    let moving = moving.ok_or(Refusal::NoFreePlace)?;
    let replaced = moves::replaced(moving, active)?;
    Ok(Decision::Move(Box::new(replaced.clone())))
}

#[cfg(test)]
mod tests;
