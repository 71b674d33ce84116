//! Entitlements: what a customer holds at an instant.

use super::ledger::{Grant, Ledger};
use jiff::{Timestamp, civil::Date};
use licentia_license::Usage;
use serde::{Deserialize, Serialize};

/// What a customer holds: the fold of its purchases and emergency grants.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entitlements {
    /// User accounts, permanent.
    pub user_accounts: i64,
    /// Most concurrent external connections, permanent.
    pub external_connections: i64,
    /// The last day of support; none where none was bought.
    pub support_until: Option<Date>,
    /// The emergency grant that runs.
    pub emergency: Option<Grant>,
}

/// What is counted of what a customer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// User accounts.
    UserAccounts,
    /// The accounts of the emergency grant that runs.
    EmergencyAccounts,
    /// Concurrent external connections.
    ExternalConnections,
}

/// More in use than is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverUse {
    /// Of what.
    pub of: Counted,
    /// How much is in use.
    pub used: i64,
    /// How much is held.
    pub held: i64,
}

impl Entitlements {
    /// Where a count is over what is held.
    #[must_use]
    pub fn over_use(&self, used: &Usage) -> Vec<OverUse> {
        let emergency = self.emergency.as_ref().map_or(0, |grant| grant.accounts);
        let counts = [
            (Counted::UserAccounts, used.user_accounts, self.user_accounts),
            (Counted::EmergencyAccounts, used.emergency_accounts, emergency),
            (Counted::ExternalConnections, used.external_connections, self.external_connections),
        ];
        let over = counts.into_iter().filter(|(_, used, held)| used > held);
        over.map(|(of, used, held)| OverUse { of, used, held }).collect()
    }

    /// Folds the ledger as it stood at `at`: all that was recorded at or before that instant.
    ///
    /// Sums over the purchases that stood; support until the latest date among them; the grant
    /// that ran.
    #[must_use]
    pub fn at(ledger: &Ledger, at: Timestamp) -> Self {
        let mut held = Self::default();
        for purchase in ledger.standing_at(at) {
            held.user_accounts += purchase.lines.user_accounts.unwrap_or(0);
            held.external_connections += purchase.lines.external_connections.unwrap_or(0);
            held.support_until = held.support_until.max(purchase.lines.support_until);
        }
        held.emergency = ledger.grants().find(|grant| grant.is_active(at)).cloned();
        held
    }
}

#[cfg(test)]
mod tests;
