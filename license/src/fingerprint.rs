//! Telling machines apart, by signals of which a few may change.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Signals that tell a machine from others, each a hash, by name: [`MACHINE_ID`],
/// [`PRODUCT_UUID`], [`ROOT_FILE_SYSTEM`], and one name with [`MAC_PREFIX`] for each network card.
///
/// An installation hashes with a salt of its own, so that the hashes of two installations say
/// nothing about each other, nor anything to anybody else.
pub type Fingerprint = BTreeMap<String, String>;

/// The system's own id, `/etc/machine-id`.
pub const MACHINE_ID: &str = "machine_id";
/// The id that the firmware has, or the hypervisor gave: DMI `product_uuid`.
pub const PRODUCT_UUID: &str = "product_uuid";
/// The id of the file system at `/`.
pub const ROOT_FILE_SYSTEM: &str = "root_file_system";
/// What the names of the network cards' addresses begin with; the number behind it means nothing.
pub const MAC_PREFIX: &str = "mac_";
/// All network cards together are one signal, which is the same while one card of them is: so
/// that neither one changed card nor a machine with many of them tips the balance.
pub const NETWORK: &str = "network";

/// So many signals must be known on both sides before two machines can be said to be one.
const FEWEST_FOR_SAME: usize = 2;
/// And so many before they can be said to differ. A container has the machine-id of its image or
/// none, no DMI, and a network card that is new at each start; it never gets this far.
const FEWEST_FOR_ANOTHER: usize = 3;

/// Whether a fingerprint has so many signals that it can be said to differ from another.
#[must_use]
pub fn can_be_another(fingerprint: &Fingerprint) -> bool {
    grouped(fingerprint).len() >= FEWEST_FOR_ANOTHER
}

/// Whether two fingerprints are of one machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Most signals that both know are the same.
    SameMachine,
    /// Most signals that both know differ.
    AnotherMachine,
    /// Both know too few signals to tell.
    Unknown,
}

/// What has become of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignalState {
    /// As it was known.
    Same,
    /// Another than was known.
    Changed,
    /// Not known before.
    New,
    /// Known, and not to be read now.
    Gone,
}

/// Two fingerprints held against each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// Each signal that either has, by name.
    pub signals: BTreeMap<String, SignalState>,
    /// Whether they are of one machine.
    pub verdict: Verdict,
}

impl Comparison {
    /// Holds the fingerprint that is known against the one that a machine has now.
    ///
    /// The majority of the signals that both know decides. At two against two the firmware's id
    /// does: machine-id and file system are copied with a disk, the machine's own are not. So a
    /// copied virtual machine is another one, and a machine with a new disk is not.
    #[must_use]
    pub fn new(known: &Fingerprint, present: &Fingerprint) -> Self {
        let (known, present) = (grouped(known), grouped(present));
        let names: BTreeSet<&str> = known.keys().chain(present.keys()).copied().collect();
        let state = |name: &str| match (known.get(name), present.get(name)) {
            (Some(known), Some(present)) if known.is_disjoint(present) => SignalState::Changed,
            (Some(_), Some(_)) => SignalState::Same,
            (Some(_), None) => SignalState::Gone,
            (None, _) => SignalState::New,
        };
        let signals = names.into_iter().map(|name| (name.to_owned(), state(name))).collect();
        Self { verdict: verdict(&signals), signals }
    }

    /// How many signals are as they were known.
    #[must_use]
    pub fn same(&self) -> usize {
        count(&self.signals, SignalState::Same)
    }

    /// How many signals both sides know.
    #[must_use]
    pub fn known_by_both(&self) -> usize {
        self.same() + count(&self.signals, SignalState::Changed)
    }

    /// The signals that have changed.
    pub fn changed(&self) -> impl Iterator<Item = &str> {
        let changed = self.signals.iter().filter(|(_, state)| **state == SignalState::Changed);
        changed.map(|(name, _)| name.as_str())
    }
}

fn verdict(signals: &BTreeMap<String, SignalState>) -> Verdict {
    let same = count(signals, SignalState::Same);
    let changed = count(signals, SignalState::Changed);
    let firmware = if same == changed { signals.get(PRODUCT_UUID) } else { None };
    let is_same = same > changed || firmware == Some(&SignalState::Same);
    let is_another = same < changed || firmware == Some(&SignalState::Changed);
    match same + changed {
        both if is_same && both >= FEWEST_FOR_SAME => Verdict::SameMachine,
        both if is_another && both >= FEWEST_FOR_ANOTHER => Verdict::AnotherMachine,
        _ => Verdict::Unknown,
    }
}

fn count(signals: &BTreeMap<String, SignalState>, state: SignalState) -> usize {
    signals.values().filter(|found| **found == state).count()
}

/// The hashes by signal, those of all network cards under one name.
fn grouped(fingerprint: &Fingerprint) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut signals: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, hash) in fingerprint {
        let signal = if name.starts_with(MAC_PREFIX) { NETWORK } else { name };
        signals.entry(signal).or_default().insert(hash);
    }
    signals
}

#[cfg(test)]
mod tests {
    use super::*;
    use Verdict::{AnotherMachine, SameMachine, Unknown};

    /// Machine-id, DMI, network cards, root file system; `-` is none.
    fn machine(signals: &str) -> Fingerprint {
        let [id, uuid, cards, root] = signals.split(' ').collect::<Vec<_>>()[..] else {
            unreachable!("four signals");
        };
        let cards = cards.split(',').enumerate().map(|(n, mac)| (format!("mac_{}", n + 1), mac));
        let others = [(MACHINE_ID, id), (PRODUCT_UUID, uuid), (ROOT_FILE_SYSTEM, root)];
        let others = others.map(|(name, value)| (name.to_owned(), value));
        let all = others.into_iter().chain(cards).filter(|(_, value)| *value != "-");
        all.map(|(name, value)| (name, value.to_owned())).collect()
    }

    #[test]
    fn the_majority_of_the_signals_that_both_know_tells_machines_apart() {
        #[rustfmt::skip]
        let table = [
            ("the same machine",                     "i u m r",   "i u m r",   SameMachine),
            ("a new network card",                   "i u m r",   "i u n r",   SameMachine),
            ("one of two network cards is new",      "i u m,l r", "i u l,n r", SameMachine),
            ("a new disk, copied by its files",      "i u m r",   "i u m s",   SameMachine),
            ("a new disk, installed anew",           "i u m r",   "j u m s",   SameMachine),
            ("a new disk and a new network card",    "i u m r",   "i u n s",   SameMachine),
            ("a copied virtual machine",             "i u m r",   "i v n r",   AnotherMachine),
            ("and given a new machine-id",           "i u m r",   "j v n r",   AnotherMachine),
            ("a directory copied elsewhere",         "i u m r",   "j v n s",   AnotherMachine),
            ("and DMI cannot be read",               "i - m r",   "j - n s",   AnotherMachine),
            ("a new network card, without DMI",      "i - m r",   "i - n r",   SameMachine),
            ("and without a root file system",       "i - m -",   "i - n -",   Unknown),
            ("DMI can be read no longer",            "i u m r",   "i - m r",   SameMachine),
            ("nothing can be read any longer",       "i u m r",   "- - - -",   Unknown),
            ("a container started anew",             "i - m -",   "i - n -",   Unknown),
            ("and its image was made anew",          "i - m -",   "j - n -",   Unknown),
            ("a bare container",                     "- - - -",   "- - - -",   Unknown),
            ("a container with a card of its own",   "- - m -",   "- - n -",   Unknown),
            ("a container that sees its host's DMI", "i u - -",   "i u - -",   SameMachine),
            ("and is started on another host",       "i u - -",   "i v - -",   Unknown),
            ("nothing was known before",             "- - - -",   "i u m r",   Unknown),
        ];
        for (what, known, present, verdict) in table {
            let comparison = Comparison::new(&machine(known), &machine(present));
            assert_eq!(comparison.verdict, verdict, "{what}");
        }
    }

    #[test]
    fn a_machine_of_few_signals_is_never_said_to_be_another() {
        for (signals, told) in [("i u m r", true), ("i - m r", true), ("i - m,l,k -", false)] {
            assert_eq!(can_be_another(&machine(signals)), told, "{signals}");
        }
    }

    #[test]
    fn each_signal_says_what_has_become_of_it() {
        let comparison = Comparison::new(&machine("i u m,l r"), &machine("j - l r"));
        let signals = comparison.signals.iter().map(|(name, state)| (name.as_str(), *state));
        assert_eq!(
            signals.collect::<Vec<_>>(),
            [
                (MACHINE_ID, SignalState::Changed),
                (NETWORK, SignalState::Same),
                (PRODUCT_UUID, SignalState::Gone),
                (ROOT_FILE_SYSTEM, SignalState::Same)
            ]
        );
        assert_eq!((comparison.same(), comparison.known_by_both()), (2, 3));
        assert_eq!(comparison.changed().collect::<Vec<_>>(), [MACHINE_ID]);
    }
}
