//! What an installation remembers, in one file, so that it changes as a whole.

use crate::Error;
use crate::directory::Directory;
use jiff::{SignedDuration, Timestamp};
use licentia_license::{
    Comparison, Fingerprint, License, MAC_PREFIX, NETWORK, Roots, SignalState, Thumbprint, Trust,
    Usage, Verdict,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

const STATE: &str = "state.json";
const ROOTS: &str = "roots.json";
/// How often the time is written down; a panel that is read every second need not write.
const TIME_STEP: SignedDuration = SignedDuration::from_mins(1);

/// All that is remembered beside the key, the roots and a pending statement.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// The server's URL, without a slash at its end.
    pub server: String,
    /// The customer whose license is held.
    pub customer: Option<String>,
    /// What was seen of each customer (`sub`); more than one only after another activation.
    pub seen: BTreeMap<String, Seen>,
    /// Every issuing key that a key certificate seen here withdraws.
    pub withdrawn: BTreeSet<Thumbprint>,
    /// What the installation last counted.
    pub usage: Option<Usage>,
    /// The latest time that was certainly reached, beside the issuing of the license held: the
    /// clock has shown it since that was taken in, or since the office's clock was seen.
    pub latest: Option<Timestamp>,
    /// The certificates of the private authority that the server's is checked by, in PEM.
    pub authority: Option<String>,
    /// The latest end of an emergency license that was seen to have passed.
    pub ended: Option<Timestamp>,
    /// The machine that this belongs on: that of the activation, with what has changed since.
    pub fingerprint: Fingerprint,
    /// Statements that a person carries to the office, by what they ask; until they are answered.
    pub carried: BTreeMap<String, String>,
}

/// What was seen of one customer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seen {
    /// The newest license, as it came; none after a release.
    pub license: Option<String>,
    /// The ETag it came with, if it was fetched.
    pub etag: Option<String>,
    /// The highest `seq` seen, by the issuing key that signed it: a withdrawn key's is forgotten
    /// without losing what a good key had set before.
    pub highest: BTreeMap<Thumbprint, i64>,
}

impl State {
    /// Reads the state; that of a new installation is empty.
    pub fn load(directory: &Directory) -> Result<Self, Error> {
        let Some(text) = directory.read(STATE)? else { return Ok(Self::default()) };
        serde_json::from_str(&text).map_err(|_| Error::Damaged { path: directory.file(STATE) })
    }

    /// Changes the state under the directory's lock; it is written when it is another afterwards,
    /// be the outcome what it may: a refused license may have brought news of a withdrawn key.
    pub fn change<T>(
        directory: &Directory,
        change: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let _lock = directory.lock()?;
        let before = Self::load(directory)?;
        let mut state = before.clone();
        let outcome = change(&mut state);
        if state != before {
            let text = serde_json::to_string_pretty(&state)
                .map_err(|_| Error::Damaged { path: directory.file(STATE) })?;
            directory.write(STATE, &text)?;
        }
        outcome
    }

    /// The license held, as it came.
    pub fn license(&self) -> Option<&str> {
        self.held().and_then(|seen| seen.license.as_deref())
    }

    /// The ETag of the license held.
    pub fn etag(&self) -> Option<&str> {
        self.held().and_then(|seen| seen.etag.as_deref())
    }

    /// The highest `seq` seen of the customer whose license is held, of keys not withdrawn since.
    pub fn highest(&self) -> Option<i64> {
        self.held().and_then(|seen| seen.highest(&self.withdrawn))
    }

    /// Whether any license was ever accepted here.
    pub fn has_seen_a_license(&self) -> bool {
        !self.seen.is_empty()
    }

    /// Gives the license up; what was seen stays, so that it cannot be handed in again.
    pub fn release(&mut self) {
        self.carried.clear();
        if let Some(seen) = self.customer.take().and_then(|sub| self.seen.get_mut(&sub)) {
            seen.license = None;
            seen.etag = None;
        }
    }

    /// The pinned roots, with the issuing keys known to be withdrawn.
    pub fn trust(&self, roots: &Roots) -> Result<Trust, Error> {
        let mut trust = Trust::new(roots)?;
        trust.withdraw(self.withdrawn.iter().cloned());
        Ok(trust)
    }

    /// The instant that a license is judged at: the clock's, but never before the latest that was
    /// certainly reached, nor before the end of an emergency license that was seen to have ended.
    pub fn instant(&self, license: &License, now: Timestamp) -> Timestamp {
        let certain = now.max(self.reached(license));
        match &license.emergency {
            Some(emergency) if self.ended.is_some_and(|ended| emergency.until <= ended) => {
                certain.max(emergency.until)
            }
            _ => certain,
        }
    }

    /// The latest time that was certainly reached, whatever the clock shows now.
    pub fn reached(&self, license: &License) -> Timestamp {
        self.latest.map_or(license.iat, |latest| latest.max(license.iat))
    }

    /// Remembers what an answer shows beside what was asked. The office's clock, where nobody could
    /// forge that, tells the time better than one here that may once have run far ahead.
    pub fn note_contact(
        &mut self,
        present: &Fingerprint,
        date: Option<Timestamp>,
        activated: bool,
    ) {
        self.latest = date.or(self.latest);
        if activated {
            // This is the machine from now on.
            self.fingerprint.clone_from(present);
        } else {
            self.note_machine(present);
        }
    }

    /// Remembers the time, and with it an emergency license's end when that has passed.
    pub fn note_time(&mut self, license: &License, now: Timestamp) {
        let instant = self.instant(license, now);
        let ended = license.emergency.as_ref().map(|e| e.until).filter(|until| *until <= instant);
        self.ended = self.ended.max(ended);
        if self.latest.is_none_or(|latest| now.duration_since(latest) >= TIME_STEP) {
            self.latest = Some(now);
        }
    }

    /// Takes over what has changed on a machine that is still the same, so that one which is
    /// renewed part by part over the years stays it. A directory that was copied to another
    /// machine keeps the first one's signals.
    fn note_machine(&mut self, present: &Fingerprint) {
        let found = Comparison::new(&self.fingerprint, present);
        let contradicts = found.signals.values().any(|state| *state == SignalState::Changed);
        if found.verdict == Verdict::SameMachine || !contradicts {
            // Network cards are one signal: those that are gone are not the machine's any longer.
            let has_network = found.signals.get(NETWORK).is_some_and(|s| *s != SignalState::Gone);
            if has_network {
                self.fingerprint.retain(|name, _| !name.starts_with(MAC_PREFIX));
            }
            self.fingerprint.extend(present.clone());
        }
    }

    fn held(&self) -> Option<&Seen> {
        self.customer.as_ref().and_then(|sub| self.seen.get(sub))
    }
}

impl Seen {
    /// The highest `seq` that a key has set which is not withdrawn.
    pub fn highest(&self, withdrawn: &BTreeSet<Thumbprint>) -> Option<i64> {
        let standing = self.highest.iter().filter(|(key, _)| !withdrawn.contains(*key));
        standing.map(|(_, seq)| *seq).max()
    }
}

/// Reads the pinned roots.
pub(crate) fn load_roots(directory: &Directory) -> Result<Option<Roots>, Error> {
    let Some(text) = directory.read(ROOTS)? else { return Ok(None) };
    let roots = serde_json::from_str(&text);
    roots.map(Some).map_err(|_| Error::Damaged { path: directory.file(ROOTS) })
}

/// Pins roots.
pub(crate) fn store_roots(directory: &Directory, roots: &Roots) -> Result<(), Error> {
    let text = serde_json::to_string_pretty(roots)
        .map_err(|_| Error::Damaged { path: directory.file(ROOTS) })?;
    directory.write(ROOTS, &text)
}
