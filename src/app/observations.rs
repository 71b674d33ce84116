use super::audit::{Event, NOTHING, audit};
use super::authenticate_installation::SignedRequest;
use super::{Actor, Bell, Error, Office};
use crate::domain::ids::EventId;
use crate::domain::installation::Installation;
use crate::domain::observation::{Observed, Sighting};
use crate::store::Tx;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Of how many installations what they say is kept until it is noted. What does not fit is left
/// aside: they say it again with the next call.
const MOST_INSTALLATIONS: usize = 10_000;
/// And how much of one.
const MOST_SIGHTINGS: usize = 16;
/// How many are noted in one transaction.
const BATCH: usize = 100;

/// What installations said of themselves and is not noted yet. A fetch writes nothing: what it
/// tells waits here for a thread of its own (`startup/observations.rs`).
#[derive(Debug, Default)]
pub struct Observations {
    /// By the installation's thumbprint.
    heard: Mutex<BTreeMap<String, Vec<Sighting>>>,
    /// Held while they are noted.
    noting: Mutex<()>,
    /// Wakes the thread, to end it.
    pub bell: Bell,
}

impl Observations {
    /// Keeps what an active installation said of itself with a request.
    pub(super) fn hear(&self, request: &SignedRequest, heard_at: Timestamp) {
        let statement = &request.statement;
        let about = statement.about.clone().unwrap_or_default();
        let (seq, fingerprint) = (about.seq, about.fingerprint);
        let sighting = Sighting { heard_at, said_at: statement.iat, seq, fingerprint };
        keep(&mut lock(&self.heard), &statement.iss, sighting);
    }
}

/// Notes what installations have said of themselves since it was noted last. A possible clone goes
/// into the audit when it is first seen.
///
/// # Errors
/// What the store says; then all of it is kept.
pub fn note_observations(office: &Office) -> Result<(), Error> {
    let _noting = lock(&office.observations.noting);
    let mut heard = mem::take(&mut *lock(&office.observations.heard));
    let noted = note(office, &heard);
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

fn note(office: &Office, heard: &BTreeMap<String, Vec<Sighting>>) -> Result<(), Error> {
    let heard: Vec<_> = heard.iter().collect();
    for batch in heard.chunks(BATCH) {
        // Most say nothing new, and a database may have one write lock.
        let news: Vec<_> = office.store.read(|tx| {
            let mut news = Vec::new();
            for (thumbprint, sightings) in batch {
                if self::news(tx, thumbprint, sightings)?.is_some() {
                    news.push((*thumbprint, *sightings));
                }
            }
            Ok::<_, Error>(news)
        })?;
        if !news.is_empty() {
            office.store.write(|tx| {
                news.iter().try_for_each(|(thumbprint, sightings)| {
                    remember(office, tx, thumbprint, sightings)
                })
            })?;
        }
    }
    Ok(())
}

fn remember(
    office: &Office,
    tx: &mut Tx<'_>,
    thumbprint: &str,
    sightings: &[Sighting],
) -> Result<(), Error> {
    let Some(News { installation, known, was_told }) = news(tx, thumbprint, sightings)? else {
        return Ok(());
    };
    tx.remember(&installation.id, &known)?;
    let Some(seen) = known.possible_clone.filter(|_| !was_told) else { return Ok(()) };
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
    installation: Installation,
    known: Observed,
    /// Whether its possible clone is in the audit already.
    was_told: bool,
}

/// What is new with these sightings; none where nothing is, or the installation is active no more.
fn news(tx: &mut Tx<'_>, thumbprint: &str, sightings: &[Sighting]) -> Result<Option<News>, Error> {
    let installation = tx.installation_by_thumbprint(thumbprint)?;
    let Some(installation) = installation.filter(Installation::is_active) else {
        return Ok(None);
    };
    let issued = tx.current_license(&installation.customer)?.map(|license| license.previous.seq);
    let noted = tx.observed(&installation.id)?;
    let before = noted.clone().unwrap_or_else(|| Observed::nothing(installation.activated_at));
    let known = sightings.iter().fold(before, |known, sighting| known.hearing(sighting, issued));
    let was_told = noted.as_ref().is_some_and(|noted| noted.possible_clone.is_some());
    let is_news = known.is_news(noted.as_ref());
    Ok(is_news.then_some(News { installation, known, was_told }))
}

/// Keeps a sighting where there is room; one that says the same as the last takes its place.
fn keep(heard: &mut BTreeMap<String, Vec<Sighting>>, thumbprint: &str, sighting: Sighting) {
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
