//! The ledger: a customer's purchases, voids and grants, numbered in the order they were recorded.
//!
//! "Latest", "since" and "after" mean ledger numbers, never `paid_on`. Entries are only added.

use super::ids::{GrantId, PurchaseId, VoidId};
use super::purchase::{Lines, OrderNumber};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// An entry's place in its customer's ledger, from 1.
pub type LedgerNumber = i64;

/// A recorded purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchase {
    /// Its id.
    pub id: PurchaseId,
    /// Its place in the ledger.
    pub number: LedgerNumber,
    /// The vendor's order it was paid under.
    pub order_number: OrderNumber,
    /// The day it was paid.
    pub paid_on: Date,
    /// What was bought.
    pub lines: Lines,
    /// Whether the customer was to be told by mail.
    pub notify: bool,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// A purchase taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Void {
    /// Its id.
    pub id: VoidId,
    /// Its place in the ledger.
    pub number: LedgerNumber,
    /// The purchase that stands no longer.
    pub purchase: PurchaseId,
    /// Why.
    pub reason: String,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// One emergency license given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// Its place in the ledger.
    pub number: LedgerNumber,
    /// How many extra accounts, 1 to 10.
    pub accounts: i64,
    /// The moment of granting.
    pub from: Timestamp,
    /// One calendar month later, in the vendor's time zone; half-open.
    pub until: Timestamp,
    /// The order whose right it spent.
    pub spent_order: OrderNumber,
}

impl Grant {
    /// Whether the grant runs at `now`.
    #[must_use]
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.from <= now && now < self.until
    }
}

/// One line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entry {
    /// A purchase.
    Purchase(Purchase),
    /// A void.
    Void(Void),
    /// An emergency grant.
    Grant(Grant),
}

impl Entry {
    /// Its place in the ledger.
    #[must_use]
    pub fn number(&self) -> LedgerNumber {
        match self {
            Self::Purchase(purchase) => purchase.number,
            Self::Void(void) => void.number,
            Self::Grant(grant) => grant.number,
        }
    }

    /// When it was recorded.
    #[must_use]
    pub fn recorded_at(&self) -> Timestamp {
        match self {
            Self::Purchase(purchase) => purchase.recorded_at,
            Self::Void(void) => void.recorded_at,
            Self::Grant(grant) => grant.from,
        }
    }
}

/// A customer's whole history, in the order of its numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    entries: Vec<Entry>,
    /// Where among the entries the void of a purchase stands.
    voided: HashMap<PurchaseId, usize>,
}

impl Ledger {
    /// A ledger of these entries, sorted by number.
    #[must_use]
    pub fn new(mut entries: Vec<Entry>) -> Self {
        entries.sort_by_key(Entry::number);
        let mut ledger = Self::default();
        for entry in entries {
            ledger.push(entry);
        }
        ledger
    }

    fn push(&mut self, entry: Entry) {
        if let Entry::Void(void) = &entry {
            self.voided.entry(void.purchase.clone()).or_insert(self.entries.len());
        }
        self.entries.push(entry);
    }

    /// The entries, oldest first.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The number that the next entry gets.
    #[must_use]
    pub fn next_number(&self) -> LedgerNumber {
        self.entries.last().map_or(1, |last| last.number() + 1)
    }

    /// The moment at which the next entry is recorded: `now`, or the last entry's where that is
    /// later.
    ///
    /// Clocks go back, and of two writes that raced, the one recorded second may have read the
    /// clock first. Were its earlier time kept, what a customer held at a past instant would
    /// change afterwards, and a grant just given would not be seen to run yet.
    #[must_use]
    pub fn moment(&self, now: Timestamp) -> Timestamp {
        self.entries.last().map_or(now, |last| now.max(last.recorded_at()))
    }

    /// Adds the next entry.
    pub fn record(&mut self, entry: Entry) {
        debug_assert_eq!(entry.number(), self.next_number(), "entries are recorded in order");
        self.push(entry);
    }

    /// The ledger as it was before the entry with this number.
    #[must_use]
    pub fn before(&self, number: LedgerNumber) -> Self {
        let earlier = self.entries.iter().take_while(|entry| entry.number() < number);
        Self::new(earlier.cloned().collect())
    }

    /// All purchases ever recorded, voided ones included.
    pub fn purchases(&self) -> impl Iterator<Item = &Purchase> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Purchase(purchase) => Some(purchase),
            _ => None,
        })
    }

    /// All voids.
    pub fn voids(&self) -> impl Iterator<Item = &Void> {
        self.entries.iter().filter_map(as_void)
    }

    /// All grants, oldest first.
    pub fn grants(&self) -> impl DoubleEndedIterator<Item = &Grant> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Grant(grant) => Some(grant),
            _ => None,
        })
    }

    /// The void of a purchase, if it was voided.
    #[must_use]
    pub fn void_of(&self, purchase: &PurchaseId) -> Option<&Void> {
        self.voided.get(purchase).and_then(|&index| as_void(&self.entries[index]))
    }

    /// The purchases that stand: recorded and not voided.
    pub fn standing(&self) -> impl Iterator<Item = &Purchase> {
        self.purchases().filter(|purchase| self.void_of(&purchase.id).is_none())
    }

    /// The purchases that stood at an instant: recorded, and not voided, at or before it.
    pub fn standing_at(&self, at: Timestamp) -> impl Iterator<Item = &Purchase> {
        self.purchases().filter(move |purchase| {
            purchase.recorded_at <= at
                && self.void_of(&purchase.id).is_none_or(|void| void.recorded_at > at)
        })
    }
}

fn as_void(entry: &Entry) -> Option<&Void> {
    match entry {
        Entry::Void(void) => Some(void),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
