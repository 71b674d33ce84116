//! Deadlines: what comes near for a customer, for the lists that look over all of them.

use super::emergency;
use super::ledger::Ledger;
use jiff::{Timestamp, civil::Date};

/// The days and times of a ledger that somebody has to act by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Deadlines {
    /// The last day of support; none where none was bought.
    pub support_until: Option<Date>,
    /// When the last emergency grant ends, or ended.
    pub emergency_until: Option<Timestamp>,
    /// When the oldest emergency grant that is still owed was given.
    pub owed_since: Option<Timestamp>,
}

impl Deadlines {
    /// What a ledger comes to.
    #[must_use]
    pub fn of(ledger: &Ledger) -> Self {
        let support = ledger.standing().filter_map(|purchase| purchase.lines.support_until);
        Self {
            support_until: support.max(),
            emergency_until: ledger.grants().next_back().map(|grant| grant.until),
            owed_since: emergency::owed(ledger).map(|grant| grant.from).min(),
        }
    }
}
