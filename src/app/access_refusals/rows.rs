//! The rows of a day: at most so many of each kind and address, so that a flood leaves room for others.

use super::Tally;
use crate::domain::access_refusal::AccessKind;
use crate::store::{CountedRefusals, RefusalKey};
use std::collections::BTreeMap;

/// Maximum number of rows of one kind a day; more are counted in one row for each reason.
pub(super) const MAX_ROWS: usize = 1_000;
/// Maximum number of rows of one address a day among them; more of its names are counted together.
pub(super) const MAX_ROWS_OF_ADDRESS: usize = 50;

/// The row that counts the names of an address which have no row of their own.
pub(super) fn as_other_names(key: &RefusalKey) -> RefusalKey {
    RefusalKey { name: String::new(), others: true, ..key.clone() }
}

/// The row that counts what has no row of its own.
pub(super) fn as_others(key: &RefusalKey) -> RefusalKey {
    RefusalKey { address: String::new(), name: String::new(), others: true, ..key.clone() }
}

/// The counts of a day that has these rows: what finds no room is counted among the others.
pub(super) fn fitted<'a>(
    counts: impl Iterator<Item = (&'a RefusalKey, &'a Tally)>,
    known: &BTreeMap<&RefusalKey, &CountedRefusals>,
) -> BTreeMap<RefusalKey, Tally> {
    let mut room = Room::default();
    for key in known.keys() {
        room.take(key);
    }
    let mut fitted: BTreeMap<RefusalKey, Tally> = BTreeMap::new();
    for (key, tally) in counts {
        let mut key = key.clone();
        if !known.contains_key(&key) && !room.has_for_address(&key) {
            key = as_other_names(&key);
        }
        if !known.contains_key(&key) && !fitted.contains_key(&key) {
            if room.has_for(&key) {
                room.take(&key);
            } else {
                key = as_others(&key);
            }
        }
        fitted.entry(key).and_modify(|known| known.add(tally)).or_insert(*tally);
    }
    fitted
}

/// How many rows a day has, by kind, and by kind and address.
#[derive(Default)]
struct Room {
    of_kind: BTreeMap<AccessKind, usize>,
    of_address: BTreeMap<(AccessKind, String), usize>,
}

impl Room {
    fn take(&mut self, key: &RefusalKey) {
        if key.others && key.address.is_empty() {
            return;
        }
        *self.of_kind.entry(key.kind).or_default() += 1;
        *self.of_address.entry((key.kind, key.address.clone())).or_default() += 1;
    }

    fn has_for(&self, key: &RefusalKey) -> bool {
        let of_kind = self.of_kind.get(&key.kind).copied().unwrap_or_default();
        (key.others && key.address.is_empty()) || of_kind < MAX_ROWS
    }

    fn has_for_address(&self, key: &RefusalKey) -> bool {
        let address = (key.kind, key.address.clone());
        key.others
            || self.of_address.get(&address).copied().unwrap_or_default() < MAX_ROWS_OF_ADDRESS
    }
}
