use super::audit::{Event, NOTHING, audit};
use super::authenticate_installation::SignedRequest;
use super::{Actor, Bell, Error, Office};
use crate::domain::ids::EventId;
use crate::domain::observation::{Observed, Sighting};
use crate::store::{HeardInstallation, Tx};
use jiff::{SignedDuration, Timestamp};
use licentia_license::RequestStatement;
use quick_cache::sync::Cache;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Of how many installations what they say is kept until it is noted. What does not fit is left
/// aside: they say it again with the next call.
const MOST_INSTALLATIONS: usize = 10_000;
/// And how much of one.
const MOST_SIGHTINGS: usize = 16;
/// Of how many installations it is known what they said last.
const MOST_SAID: usize = 100_000;
/// How many are noted in one transaction.
const BATCH: usize = 100;
/// For how long it is not looked again at what an installation says, when it says the same.
const SAME_FOR: SignedDuration = SignedDuration::from_mins(5);

/// What installations said of themselves and is not noted yet. A fetch writes nothing: what it
/// tells waits here for a thread of its own (`startup/observations.rs`).
#[derive(Debug)]
pub struct Observations {
    /// By the installation's thumbprint.
    heard: Mutex<Heard>,
    /// What installations said lately, hashed, and when: by the installation's thumbprint.
    said: Cache<String, (u64, Timestamp)>,
    /// Held while they are noted.
    noting: Mutex<()>,
    /// Wakes the thread, to end it.
    pub bell: Bell,
}

type Heard = BTreeMap<String, Vec<Sighting>>;

impl Default for Observations {
    fn default() -> Self {
        Self {
            heard: Mutex::default(),
            said: Cache::new(MOST_SAID),
            noting: Mutex::default(),
            bell: Bell::default(),
        }
    }
}

impl Observations {
    /// Keeps what an active installation said of itself with a request.
    pub(super) fn hear(&self, request: &SignedRequest, heard_at: Timestamp) {
        let statement = &request.statement;
        if self.has_said(statement, heard_at) {
            return;
        }
        let about = statement.about.clone().unwrap_or_default();
        let (seq, fingerprint) = (about.seq, about.fingerprint);
        let sighting = Sighting { heard_at, said_at: statement.iat, seq, fingerprint };
        keep(&mut lock(&self.heard), &statement.iss, sighting);
    }

    /// Whether the installation has said the very same a moment ago.
    fn has_said(&self, statement: &RequestStatement, now: Timestamp) -> bool {
        let mut hasher = DefaultHasher::new();
        if let Some(about) = &statement.about {
            (about.seq, &about.fingerprint).hash(&mut hasher);
        }
        let what = hasher.finish();
        let last = self.said.get(&statement.iss);
        let same = last.is_some_and(|(said, at)| said == what && now.duration_since(at) < SAME_FOR);
        if !same {
            self.said.insert(statement.iss.clone(), (what, now));
        }
        same
    }
}

/// Notes what installations have said of themselves since it was noted last. A possible clone goes
/// into the audit when it is first seen. `between` is called between transactions.
///
/// # Errors
/// What the store says; then all of it is kept.
pub fn note_observations(office: &Office, between: impl Fn()) -> Result<(), Error> {
    let _noting = lock(&office.observations.noting);
    let mut heard = mem::take(&mut *lock(&office.observations.heard));
    let noted = note(office, &heard, between);
    if noted.is_err() {
        let mut since = lock(&office.observations.heard);
        for (thumbprint, sightings) in mem::take(&mut *since) {
            let sightings = sightings.into_iter();
            sightings.for_each(|sighting| keep(&mut heard, &thumbprint, sighting));
        }
        *since = heard;
    }
    noted
}

fn note(office: &Office, heard: &Heard, between: impl Fn()) -> Result<(), Error> {
    let heard: Vec<_> = heard.iter().collect();
    let mut batches = heard.chunks(BATCH).peekable();
    while let Some(batch) = batches.next() {
        // Most say nothing new, and a database may have one write lock.
        let news = office.store.read(|tx| news(tx, batch))?;
        let is_news = |thumbprint: &str| {
            news.iter().any(|news| news.heard.installation.thumbprint == thumbprint)
        };
        let batch: Vec<_> = batch.iter().copied().filter(|(key, _)| is_news(key)).collect();
        if !batch.is_empty() {
            office.store.write(|tx| {
                let news = self::news(tx, &batch)?;
                news.into_iter().try_for_each(|news| remember(office, tx, &news))
            })?;
        }
        if batches.peek().is_some() {
            between();
        }
    }
    Ok(())
}

fn remember(office: &Office, tx: &mut Tx<'_>, news: &News) -> Result<(), Error> {
    let HeardInstallation { installation, noted, .. } = &news.heard;
    tx.remember(&installation.id, &news.known, noted.is_none())?;
    let was_told = noted.as_ref().is_some_and(|noted| noted.possible_clone.is_some());
    let Some(seen) = news.known.possible_clone.filter(|_| !was_told) else { return Ok(()) };
    let event = Event {
        id: office.id(EventId::from_ulid),
        at: office.clock.now(),
        actor: &Actor::Installation(installation.clone()),
        action: "installation.clone-suspected",
        subject: installation.id.as_str(),
        customer: Some(&installation.customer),
    };
    audit(tx, event, NOTHING, Some(&seen))
}

/// What is new of an installation.
struct News {
    heard: HeardInstallation,
    known: Observed,
}

/// What is new with these sightings; nothing of installations that are not active.
fn news(tx: &mut Tx<'_>, batch: &[(&String, &Vec<Sighting>)]) -> Result<Vec<News>, Error> {
    let sightings: BTreeMap<&str, &Vec<Sighting>> =
        batch.iter().map(|(thumbprint, sightings)| (thumbprint.as_str(), *sightings)).collect();
    let thumbprints: Vec<&str> = sightings.keys().copied().collect();
    let heard = tx.heard_installations(&thumbprints)?;
    let news = heard.into_iter().filter_map(|heard| {
        let HeardInstallation { installation, issued, noted } = &heard;
        let before = noted.clone().unwrap_or_else(|| Observed::nothing(installation.activated_at));
        let sightings = sightings.get(installation.thumbprint.as_str())?.iter();
        let known = sightings.fold(before, |known, sighting| known.hearing(sighting, *issued));
        known.is_news(noted.as_ref()).then_some(News { heard, known })
    });
    Ok(news.collect())
}

/// Keeps a sighting where there is room; one that says the same as the last takes its place.
fn keep(heard: &mut Heard, thumbprint: &str, sighting: Sighting) {
    if heard.len() >= MOST_INSTALLATIONS && !heard.contains_key(thumbprint) {
        return;
    }
    let sightings = heard.entry(thumbprint.to_owned()).or_default();
    match sightings.last_mut() {
        Some(last) if (&last.seq, &last.fingerprint) == (&sighting.seq, &sighting.fingerprint) => {
            *last = sighting;
        }
        _ => {
            sightings.push(sighting);
            sightings.truncate(MOST_SIGHTINGS);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
