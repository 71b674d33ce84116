//! What installations say of themselves, and what that tells of machines that use one key.
//!
//! A cloned installation has one place and is refused nothing: people of the vendor are told.

use super::installation::signals_fit;
use jiff::{SignedDuration, Timestamp};
use licentia_license::{Comparison, Fingerprint, MAC_PREFIX, Verdict, can_be_another};
use serde::{Deserialize, Serialize};

/// How far apart two machines that use one key at a time may be heard.
const ALIVE: SignedDuration = SignedDuration::from_hours(24);
/// How exact the times of statements are: one lives for 5 minutes, is sent again for as long, and
/// may be written by a clock that runs a minute ahead.
const CLOCKS: SignedDuration = SignedDuration::from_mins(6);
/// After how long it is noted anew that an installation was heard, when it says nothing new.
const NOTED_FOR: SignedDuration = SignedDuration::from_hours(1);
/// How many machines of one installation are remembered: the last ones.
const MOST_MACHINES: usize = 8;

/// What an installation said of itself with one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// When the office heard it.
    pub heard_at: Timestamp,
    /// When the installation wrote it; a statement may have been carried for weeks.
    pub said_at: Timestamp,
    /// The highest sequence number of a license that it has accepted.
    pub seq: Option<i64>,
    /// The machine that it ran on.
    pub fingerprint: Fingerprint,
}

/// What is remembered of an installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// When it was last heard of.
    pub heard_at: Timestamp,
    /// The highest sequence number that it said to have.
    pub seq: Option<ReportedSeq>,
    /// The machines that it ran on, the last one first.
    pub machines: Vec<Machine>,
    /// That it may be one of two, until staff have looked at it.
    pub possible_clone: Option<PossibleClone>,
}

/// A sequence number that an installation said to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportedSeq {
    /// The number.
    pub seq: i64,
    /// When it last said so.
    pub said_at: Timestamp,
}

/// A machine that an installation ran on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// What is known of it: hashes with the installation's own salt.
    pub fingerprint: Fingerprint,
    /// When it was last heard of.
    pub last_seen: Timestamp,
    /// Whether staff have found that it is in order beside others.
    pub in_order: bool,
}

/// That an installation may be one of two with the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PossibleClone {
    /// When it was seen first.
    pub since: Timestamp,
    /// By what.
    pub sign: CloneSign,
}

/// What a clone is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloneSign {
    /// Two machines with the key were heard by turns within a day.
    TwoMachines,
    /// It said that it has an older license than it said before: its directory was copied or
    /// restored.
    OlderLicense,
}

impl CloneSign {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TwoMachines => "two_machines",
            Self::OlderLicense => "older_license",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::TwoMachines, Self::OlderLicense].into_iter().find(|sign| sign.as_str() == text)
    }
}

impl Observed {
    /// What is known before an installation has said anything.
    #[must_use]
    pub fn nothing(at: Timestamp) -> Self {
        Self { heard_at: at, seq: None, machines: Vec::new(), possible_clone: None }
    }

    /// What is known when it has said this, too. `issued` is the number of the customer's license: an
    /// installation cannot have a later one, whatever it says.
    #[must_use]
    pub fn hearing(mut self, sighting: &Sighting, issued: Option<i64>) -> Self {
        self.heard_at = self.heard_at.max(sighting.heard_at);
        let seq = sighting.seq.filter(|seq| issued.is_some_and(|issued| *seq <= issued));
        let at = sighting.said_at.min(sighting.heard_at);
        let has_older = seq.is_some_and(|seq| self.has_older(seq, at));
        let alternates = self.alternates(&sighting.fingerprint, at);
        let sign = match (alternates, has_older) {
            (true, _) => Some(CloneSign::TwoMachines),
            (_, true) => Some(CloneSign::OlderLicense),
            _ => None,
        };
        let seen = sign.map(|sign| PossibleClone { since: sighting.heard_at, sign });
        self.possible_clone = self.possible_clone.or(seen);
        self
    }

    /// What is known when staff have found all that was seen to be in order: these machines may go
    /// on as they do, another one is told of again.
    #[must_use]
    pub fn found_in_order(mut self) -> Self {
        self.possible_clone = None;
        for machine in &mut self.machines {
            machine.in_order = true;
        }
        self
    }

    /// Whether this is new enough to be noted, against what is noted.
    #[must_use]
    pub fn is_news(&self, noted: Option<&Self>) -> bool {
        let Some(noted) = noted else { return true };
        let machines = |observed: &Self| -> Vec<(Fingerprint, bool)> {
            let machines = observed.machines.iter();
            machines.map(|machine| (machine.fingerprint.clone(), machine.in_order)).collect()
        };
        self.heard_at.duration_since(noted.heard_at) >= NOTED_FOR
            || self.possible_clone != noted.possible_clone
            || self.seq.map(|seq| seq.seq) != noted.seq.map(|seq| seq.seq)
            || machines(self) != machines(noted)
    }

    /// Notes a number; whether it is lower than one that was said before.
    fn has_older(&mut self, seq: i64, said_at: Timestamp) -> bool {
        let Some(known) = self.seq else {
            self.seq = Some(ReportedSeq { seq, said_at });
            return false;
        };
        // A statement that was under way for longer is no news.
        let is_older = seq < known.seq && said_at > known.said_at + CLOCKS;
        if is_older || seq >= known.seq {
            self.seq = Some(ReportedSeq { seq, said_at: said_at.max(known.said_at) });
        }
        is_older
    }

    /// Notes a machine; whether it is back after another one that was alive within a day.
    fn alternates(&mut self, fingerprint: &Fingerprint, at: Timestamp) -> bool {
        if !signals_fit(fingerprint) {
            return false;
        }
        let verdict =
            |machine: &Machine| Comparison::new(&machine.fingerprint, fingerprint).verdict;
        let mut machines = self.machines.iter();
        let Some(known) = machines.position(|machine| verdict(machine) == Verdict::SameMachine)
        else {
            let is_new = self.machines.iter().all(|one| verdict(one) == Verdict::AnotherMachine);
            if is_new && can_be_another(fingerprint) {
                let fingerprint = fingerprint.clone();
                self.remember(Machine { fingerprint, last_seen: at, in_order: false });
            }
            return false;
        };
        let mut machine = self.machines.remove(known);
        let is_back = self.machines.iter().any(|other| {
            let gone_on = other.last_seen > machine.last_seen + CLOCKS;
            let was_alive = at > other.last_seen + CLOCKS && at <= other.last_seen + ALIVE;
            gone_on && was_alive && !(machine.in_order && other.in_order)
        });
        machine.fingerprint = merged(&machine.fingerprint, fingerprint);
        machine.last_seen = machine.last_seen.max(at);
        self.remember(machine);
        is_back
    }

    fn remember(&mut self, machine: Machine) {
        self.machines.push(machine);
        self.machines.sort_by_key(|machine| std::cmp::Reverse(machine.last_seen));
        self.machines.truncate(MOST_MACHINES);
    }
}

/// What is known of one machine: what it says now, and what it cannot say at the moment. A product
/// that does not run as root cannot read everything.
fn merged(known: &Fingerprint, present: &Fingerprint) -> Fingerprint {
    let is_card = |name: &str| name.starts_with(MAC_PREFIX);
    let says_cards = present.keys().any(|name| is_card(name));
    let kept = known.iter().filter(|(name, _)| !(says_cards && is_card(name)));
    let mut merged: Fingerprint = kept.map(|(name, hash)| (name.clone(), hash.clone())).collect();
    merged.extend(present.clone());
    if signals_fit(&merged) { merged } else { present.clone() }
}

#[cfg(test)]
mod tests;
