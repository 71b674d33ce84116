//! What must never be true of a ledger, whatever happened.

use crate::domain::ledger::{Entry, Grant, Ledger};
use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use std::collections::HashSet;

/// Fails when something happened that must never happen.
pub fn happened(ledger: &Ledger) -> Result<(), TestCaseError> {
    numbers_have_no_gaps(ledger)?;
    time_runs_one_way(ledger)?;
    no_order_is_spent_twice(ledger)?;
    every_grant_has_an_order_first_entered_since_the_last(ledger)?;
    no_grant_is_longer_than_a_month(ledger)?;
    no_instant_has_more_than_10_emergency_accounts(ledger)
}

fn numbers_have_no_gaps(ledger: &Ledger) -> Result<(), TestCaseError> {
    let numbers: Vec<_> = ledger.entries().iter().map(Entry::number).collect();
    let counted: Vec<_> = (1..).take(numbers.len()).collect();
    prop_assert_eq!(numbers, counted);
    Ok(())
}

fn time_runs_one_way(ledger: &Ledger) -> Result<(), TestCaseError> {
    let times = ledger.entries().iter().map(Entry::recorded_at);
    prop_assert!(times.is_sorted(), "an entry was recorded before the one before it");
    Ok(())
}

fn no_order_is_spent_twice(ledger: &Ledger) -> Result<(), TestCaseError> {
    let mut spent = HashSet::new();
    for Grant { spent_order, .. } in ledger.grants() {
        prop_assert!(spent.insert(spent_order), "{} is spent twice", spent_order.as_str());
    }
    Ok(())
}

fn every_grant_has_an_order_first_entered_since_the_last(
    ledger: &Ledger,
) -> Result<(), TestCaseError> {
    let mut entered_before = HashSet::new();
    let mut entered_since = HashSet::new();
    for entry in ledger.entries() {
        match entry {
            Entry::Purchase(purchase) => {
                if !entered_before.contains(&purchase.order_number) {
                    entered_since.insert(&purchase.order_number);
                }
            }
            Entry::Grant(grant) => {
                let is_new = entered_since.contains(&grant.spent_order);
                prop_assert!(is_new, "{} is no new order", grant.spent_order.as_str());
                entered_before.extend(entered_since.drain());
            }
            Entry::Void(_) => {}
        }
    }
    Ok(())
}

/// Whatever the clocks do within it, a calendar month has at most 31 days and the hours by which
/// they are put back; where a day was left out it is a day shorter.
fn no_grant_is_longer_than_a_month(ledger: &Ledger) -> Result<(), TestCaseError> {
    for grant in ledger.grants() {
        let length = grant.until.duration_since(grant.from);
        prop_assert!(length <= SignedDuration::from_hours(31 * 24 + 2), "{:?}", length);
        prop_assert!(length >= SignedDuration::from_hours(27 * 24 - 2), "{:?}", length);
        let first_after = grant.until;
        prop_assert!(!grant.is_active(first_after));
    }
    Ok(())
}

fn no_instant_has_more_than_10_emergency_accounts(ledger: &Ledger) -> Result<(), TestCaseError> {
    // The sum can only rise where a grant begins.
    for begun in ledger.grants() {
        let running = ledger.grants().filter(|g| g.from <= begun.from && begun.from < g.until);
        let sum: i64 = running.map(|grant| grant.accounts).sum();
        prop_assert!((1..=10).contains(&sum), "{} emergency accounts at {}", sum, begun.from);
    }
    Ok(())
}
