//! The mails that are being sent, and how many more may be.

use super::transport::SendError;
use crate::clock::Stopwatch;
use crate::store::Mail;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How many mails are sent at a time. Servers that take mails quickly never see more.
const AT_ONCE: usize = 20;
/// A mail that takes longer is slow: it does not count among those at a time, so that addresses at
/// which a mail server hangs hold up no others.
const SLOW: Duration = Duration::from_secs(1);
/// How many mails are sent at a time, the slow ones among them.
const MOST: usize = 128;
/// How long fewer are sent at a time, after a mail server has refused a further session.
const NARROW: Duration = Duration::from_secs(60);

/// The mails that are being sent, and those that were and are not noted yet.
#[derive(Debug, Clone, Default)]
pub(super) struct Flights(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    flying: Vec<Flight>,
    landed: Vec<Landed>,
    narrowed: Option<(usize, Stopwatch)>,
}

#[derive(Debug)]
struct Flight {
    mail: Mail,
    since: Stopwatch,
}

/// A mail that was tried.
#[derive(Debug)]
pub(super) struct Landed {
    /// The mail, as it was before it was claimed.
    pub mail: Mail,
    /// How it went.
    pub result: Result<(), SendError>,
}

/// How many further mails may be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Places {
    /// Mails that were never tried.
    pub untried: usize,
    /// Among them, mails that were.
    pub retries: usize,
    /// Domains that no further mail may go to, as the addresses have them.
    pub full: Vec<String>,
    /// How many may go to one domain.
    per_domain: usize,
    /// How many are on their way, by domain in lower case.
    domains: BTreeMap<String, usize>,
    /// Those on their way.
    flying: Vec<Mail>,
}

impl Flights {
    /// How many further mails may be sent now.
    pub(super) fn places(&self) -> Places {
        let mut inner = self.inner();
        if inner.narrowed.as_ref().is_some_and(|(_, since)| since.elapsed() > NARROW) {
            inner.narrowed = None;
        }
        let most = inner.narrowed.as_ref().map_or(MOST, |(most, _)| *most);
        let is_quick = |flight: &&Flight| flight.since.elapsed() < SLOW;
        let quick = inner.flying.iter().filter(is_quick).count();
        Places::new(most, quick, inner.flying.iter().map(|flight| flight.mail.clone()).collect())
    }

    /// How many mails are being sent.
    pub(super) fn count(&self) -> usize {
        self.inner().flying.len()
    }

    /// Whether this one is.
    pub(super) fn is_flying(&self, mail: &Mail) -> bool {
        self.inner().flying.iter().any(|flight| flight.mail.id == mail.id)
    }

    /// Begins with a mail.
    pub(super) fn begin(&self, mail: &Mail) {
        self.inner().flying.push(Flight { mail: mail.clone(), since: Stopwatch::start() });
    }

    /// Ends with it.
    pub(super) fn land(&self, mail: &Mail, result: Result<(), SendError>) {
        let mut inner = self.inner();
        inner.flying.retain(|flight| flight.mail.id != mail.id);
        inner.landed.push(Landed { mail: mail.clone(), result });
    }

    /// Those that have ended since this was asked last.
    pub(super) fn landed(&self) -> Vec<Landed> {
        std::mem::take(&mut self.inner().landed)
    }

    /// The mail server refused a further session beside so many: for a while there are no more.
    pub(super) fn narrow(&self, most: usize) {
        self.inner().narrowed = Some((most.max(1), Stopwatch::start()));
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Places {
    fn new(most: usize, quick: usize, flying: Vec<Mail>) -> Self {
        let free = most.saturating_sub(flying.len()).min(AT_ONCE.saturating_sub(quick));
        // New mail finds a place also where retries hang, and other domains where one does.
        let (for_retries, per_domain) = ((most / 2).max(1), (most * 3 / 4).max(1));
        let retrying = flying.iter().filter(|mail| mail.attempts > 0).count();
        let mut places = Self {
            untried: free,
            retries: free.min(for_retries.saturating_sub(retrying)),
            full: Vec::new(),
            per_domain,
            domains: BTreeMap::new(),
            flying: Vec::new(),
        };
        for mail in flying {
            let domain = domain(&mail);
            let so_many = places.domains.entry(domain.to_ascii_lowercase()).or_default();
            *so_many += 1;
            if *so_many >= per_domain {
                places.full.push(domain.to_owned());
            }
            places.flying.push(mail);
        }
        places.full.sort();
        places.full.dedup();
        places
    }

    /// At most one further mail, and none beside another.
    pub(super) fn one(&mut self) {
        let free = usize::from(self.flying.is_empty());
        (self.untried, self.retries) = (free, free);
    }

    /// Takes places for those mails that there are places for.
    pub(super) fn choose(&mut self, mails: Vec<Mail>) -> Vec<Mail> {
        let mut chosen = Vec::new();
        for mail in mails {
            let left = if mail.attempts == 0 { self.untried } else { self.retries };
            let so_many = self.domains.entry(domain(&mail).to_ascii_lowercase()).or_default();
            let is_flying = self.flying.iter().any(|flying| flying.id == mail.id);
            if left == 0 || is_flying || *so_many >= self.per_domain {
                continue;
            }
            *so_many += 1;
            self.untried -= 1;
            self.retries = self.retries.saturating_sub(1).min(self.untried);
            chosen.push(mail);
        }
        chosen
    }
}

fn domain(mail: &Mail) -> &str {
    mail.recipient.as_str().rsplit('@').next().unwrap_or_default()
}
