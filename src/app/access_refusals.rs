//! Failed and refused access: every refusal of a password, a code, a token, a setup link or a
//! statement passes through [`AccessAttempt::refused`], which logs and counts it.
//!
//! A refusal costs a request no database access: counts wait in memory for a thread
//! (`startup/observations.rs`). Memory and table are bounded for each kind, so that a flood of one
//! kind neither fills the disk nor displaces the others.

mod rows;

use super::{Actor, Error, Office, Right, Unauthenticated};
use crate::domain::access_refusal::{AccessKind, claimed_thumbprint, typed_name};
use crate::domain::field::Fault;
use crate::domain::ids::AccessRefusalId;
use crate::rate_limit::network;
use crate::store::{CountedRefusals, Page, RefusalKey, Tx};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rows::{as_others, fitted};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::mem;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Maximum number of counts of one kind that wait in memory; more are counted as others.
const MAX_WAITING: usize = 500;
/// Maximum number of addresses whose repeated lines are merged apart.
const MAX_MERGED: usize = 1_000;
/// How often there is a line for attempts of one address that were turned away unchecked.
const MERGE_INTERVAL: SignedDuration = SignedDuration::from_mins(1);
/// The reason whose lines are merged: a flood must cost next to nothing.
const UNCHECKED: &str = "too-many-attempts";

/// An attempt to get access, as far as it may be logged: without the secret that was shown.
#[derive(Debug, Clone)]
pub struct AccessAttempt {
    kind: AccessKind,
    name: String,
    address: Option<IpAddr>,
}

impl AccessAttempt {
    /// With a sign-in name, as it was typed: a password, a code or a setup link.
    pub fn with_name(kind: AccessKind, name: &str, address: Option<IpAddr>) -> Self {
        Self { kind, name: typed_name(name), address }
    }

    /// With an API token, whose id may be known.
    pub(super) fn with_token(id: &str, address: Option<IpAddr>) -> Self {
        Self { kind: AccessKind::Token, name: id.to_owned(), address }
    }

    /// With a statement, which may be armored; its name is the thumbprint that it claims.
    pub fn with_statement(statement: &str, address: Option<IpAddr>) -> Self {
        let name = thumbprint(statement).map(|it| claimed_thumbprint(&it)).unwrap_or_default();
        Self { kind: AccessKind::Statement, name, address }
    }

    /// Logs and counts the attempt where this error refuses access; other errors are left aside.
    pub fn refused(&self, office: &Office, error: &Error) {
        if let Some(reason) = reason(error) {
            self.refused_for(office, reason);
        }
    }

    /// The same for a reason that the caller is not told.
    pub(super) fn refused_for(&self, office: &Office, reason: &'static str) {
        let now = office.clock.now();
        let address = self.address.map(|address| address.to_canonical());
        let key = RefusalKey {
            day: TimeZone::UTC.to_datetime(now).date(),
            kind: self.kind,
            reason: reason.to_owned(),
            address: address.map(|it| network(it).to_string()).unwrap_or_default(),
            name: if is_checked(reason) { self.name.clone() } else { String::new() },
            others: false,
        };
        let key_name = key.name.clone();
        let is_logged = {
            let mut waiting = office.access_refusals.lock();
            let is_logged = reason != UNCHECKED || waiting.begins_line(&key, now);
            waiting.add(key, Tally { count: 1, first_at: now, last_at: now });
            is_logged
        };
        if is_logged {
            let address = address.map(|it| it.to_string()).unwrap_or_default();
            log(self.kind, reason, &address, &key_name, 1);
        }
    }
}

/// Whether the refusal was made after something was checked. Otherwise the name is but claimed: by a
/// flood that was turned away, or by a statement that no key has signed.
fn is_checked(reason: &str) -> bool {
    const UNSIGNED: [&str; 4] =
        ["statement-algorithm", "statement-malformed", "statement-signature", "statement-type"];
    reason != UNCHECKED && !UNSIGNED.contains(&reason)
}

/// Why an error refuses access; none where it says something else.
fn reason(error: &Error) -> Option<&'static str> {
    match error {
        Error::Unauthenticated(Unauthenticated::NoCredentials | Unauthenticated::SessionEnded) => {
            None
        }
        Error::Unauthenticated(_) | Error::TokenAddress | Error::TooManyAttempts { .. } => {
            Some(error.code())
        }
        _ => None,
    }
}

fn log(kind: AccessKind, reason: &str, address: &str, name: &str, count: i64) {
    tracing::warn!(kind = kind.as_str(), reason, address, name, count, "access refused");
}

/// The `iss` of a statement, which nothing has verified.
fn thumbprint(statement: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Claims {
        iss: String,
    }
    let bare = licentia_license::unarmour(statement).ok()?;
    let bare: String = bare.split_whitespace().collect();
    let claims = URL_SAFE_NO_PAD.decode(bare.split('.').nth(1)?).ok()?;
    serde_json::from_slice::<Claims>(&claims).ok().map(|claims| claims.iss)
}

/// Refusals that are not stored yet.
#[derive(Debug, Default)]
pub struct AccessRefusals(Mutex<Waiting>);

impl AccessRefusals {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Default)]
struct Waiting {
    counts: BTreeMap<RefusalKey, Tally>,
    /// How many of the counts of each kind are no others.
    named: BTreeMap<AccessKind, usize>,
    /// Lines that are merged, by kind and address; the empty address stands for the rest.
    merged: BTreeMap<(AccessKind, String), Merged>,
}

/// How many refusals, and when.
#[derive(Debug, Clone, Copy)]
struct Tally {
    count: i64,
    first_at: Timestamp,
    last_at: Timestamp,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.first_at = self.first_at.min(other.first_at);
        self.last_at = self.last_at.max(other.last_at);
    }
}

#[derive(Debug)]
struct Merged {
    /// When the last line was written.
    since: Timestamp,
    /// How many refusals no line has counted yet.
    count: i64,
}

impl Waiting {
    /// Counts a refusal, where there is no room among the others.
    fn add(&mut self, mut key: RefusalKey, tally: Tally) {
        if !key.others && !self.counts.contains_key(&key) {
            let named = self.named.entry(key.kind).or_default();
            if *named < MAX_WAITING {
                *named += 1;
            } else {
                key = as_others(&key);
            }
        }
        self.counts.entry(key).and_modify(|known| known.add(&tally)).or_insert(tally);
    }

    /// Whether this refusal gets a line at once; otherwise a later one counts it.
    fn begins_line(&mut self, key: &RefusalKey, now: Timestamp) -> bool {
        let mut merged = (key.kind, key.address.clone());
        if self.merged.len() >= MAX_MERGED && !self.merged.contains_key(&merged) {
            merged.1.clear();
        }
        if let Some(merged) = self.merged.get_mut(&merged) {
            merged.count += 1;
            return false;
        }
        self.merged.insert(merged, Merged { since: now, count: 0 });
        true
    }

    /// The lines that are due, with how many refusals each counts.
    fn due_lines(&mut self, now: Timestamp, ends: bool) -> Vec<(AccessKind, String, i64)> {
        let mut due = Vec::new();
        self.merged.retain(|(kind, address), merged| {
            let waited = now.duration_since(merged.since);
            if !ends && (SignedDuration::ZERO..MERGE_INTERVAL).contains(&waited) {
                return true;
            }
            let count = mem::take(&mut merged.count);
            merged.since = now;
            if count > 0 {
                due.push((*kind, address.clone(), count));
            }
            count > 0
        });
        due
    }
}

/// Stores the refusals that were counted since the last call, in one transaction, and logs merged
/// lines that are due, all of them where the server `ends`.
///
/// # Errors
/// Errors of the store; the counts are then kept for the next call.
pub fn store_access_refusals(office: &Office, ends: bool) -> Result<(), Error> {
    let (counts, due) = {
        let mut waiting = office.access_refusals.lock();
        waiting.named.clear();
        (mem::take(&mut waiting.counts), waiting.due_lines(office.clock.now(), ends))
    };
    for (kind, address, count) in due {
        log(kind, UNCHECKED, &address, "", count);
    }
    if counts.is_empty() {
        return Ok(());
    }
    let stored = office.store.note(|tx| store(office, tx, &counts));
    if stored.is_err() {
        let mut waiting = office.access_refusals.lock();
        for (key, tally) in counts {
            waiting.add(key, tally);
        }
    }
    stored
}

fn store(
    office: &Office,
    tx: &mut Tx<'_>,
    counts: &BTreeMap<RefusalKey, Tally>,
) -> Result<(), Error> {
    let counts = with_installations(tx, counts)?;
    let days: BTreeSet<_> = counts.keys().map(|key| key.day).collect();
    for day in days {
        let rows = tx.access_refusals_of(day)?;
        let known: BTreeMap<_, _> = rows.iter().map(|row| (&row.key, row)).collect();
        let of_day = counts.iter().filter(|(key, _)| key.day == day);
        for (key, tally) in fitted(of_day, &known) {
            let Tally { count, first_at, last_at } = tally;
            if let Some(row) = known.get(&key) {
                tx.count_access_refusals(&row.id, count, last_at.max(row.last_at))?;
                continue;
            }
            let id = office.id(AccessRefusalId::from_ulid);
            tx.add_access_refusals(&CountedRefusals { id, key, count, first_at, last_at })?;
        }
    }
    Ok(())
}

/// The counts, with the ids of installations that are known in place of their thumbprints.
fn with_installations(
    tx: &mut Tx<'_>,
    counts: &BTreeMap<RefusalKey, Tally>,
) -> Result<BTreeMap<RefusalKey, Tally>, Error> {
    let statements = counts.keys().filter(|key| key.kind == AccessKind::Statement);
    let thumbprints: BTreeSet<&str> = statements.map(|key| key.name.as_str()).collect();
    let thumbprints: Vec<&str> = thumbprints.into_iter().filter(|name| !name.is_empty()).collect();
    let ids = if thumbprints.is_empty() {
        HashMap::default()
    } else {
        tx.installation_ids(&thumbprints)?
    };
    let mut named: BTreeMap<RefusalKey, Tally> = BTreeMap::new();
    for (key, tally) in counts {
        let id = ids.get(&key.name).filter(|_| key.kind == AccessKind::Statement);
        let key = RefusalKey { name: id.unwrap_or(&key.name).clone(), ..key.clone() };
        named.entry(key).and_modify(|known| known.add(tally)).or_insert(*tally);
    }
    Ok(named)
}

/// Counted refusals by id, the oldest first.
///
/// # Errors
/// [`Error::Forbidden`] for all but administrators.
pub fn access_refusals(
    office: &Office,
    actor: &Actor,
    page: &Page,
) -> Result<Vec<CountedRefusals>, Error> {
    actor.require(Right::Administer)?;
    Ok(office.store.read(|tx| tx.access_refusals(page))?)
}

/// A page of counted refusals.
#[derive(Debug, Clone, Default)]
pub struct AccessRefusalList {
    /// The rows, those with the newest refusal first.
    pub rows: Vec<CountedRefusals>,
    /// The start of the older ones.
    pub next: Option<String>,
}

/// Counted refusals by their last one, the newest first; `after` is the `next` of the page before.
///
/// # Errors
/// [`Error::Forbidden`] for all but administrators; an `after` that is none.
pub fn latest_access_refusals(
    office: &Office,
    actor: &Actor,
    after: Option<&str>,
    limit: usize,
) -> Result<AccessRefusalList, Error> {
    actor.require(Right::Administer)?;
    let before = after.map(place).transpose()?;
    let most = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let mut rows = office.store.read(|tx| tx.latest_access_refusals(before.as_ref(), most))?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let last = rows.last().filter(|_| more);
    let next = last.map(|last| format!("{}-{}", last.last_at.as_second(), last.id));
    Ok(AccessRefusalList { rows, next })
}

/// The beginning of a page: the second and the id of the row before it.
fn place(text: &str) -> Result<(Timestamp, String), Error> {
    let read = || {
        let (second, id) = text.split_once('-')?;
        // Not before 1970: databases differ in how far back their times go.
        let second = second.parse().ok().filter(|second| *second >= 0)?;
        let at = Timestamp::from_second(second).ok()?;
        AccessRefusalId::parse(id).map(|id| (at, id.to_string()))
    };
    read().ok_or_else(|| vec![Fault::NotUnderstood.at("/after")].into())
}

#[cfg(test)]
mod tests;
