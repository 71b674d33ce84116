//! What a license must satisfy before it replaces the one held (design: "The license").

use crate::Error;
use crate::carried::settle;
use crate::state::State;
use jiff::{SignedDuration, Timestamp};
use licentia_license::{License, Trust, VerifiedLicense};

/// How far ahead of this machine's clock a license may have been issued.
const MAX_AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// A license that somebody hands in.
pub(crate) struct Offer<'a> {
    /// The license as it came, out of its armour.
    pub token: &'a str,
    /// The ETag it came with.
    pub etag: Option<&'a str>,
    /// Whether it may be for another customer than the license held: after an activation only.
    pub any_customer: bool,
    /// What the office's clock showed, where nobody could forge that.
    pub date: Option<Timestamp>,
}

impl<'a> Offer<'a> {
    /// A license for the customer whose license is held, without an ETag.
    pub fn new(token: &'a str, date: Option<Timestamp>) -> Self {
        Self { token, etag: None, any_customer: false, date }
    }
}

/// A license that was taken.
#[derive(Debug)]
pub(crate) struct Accepted {
    /// What it states.
    pub license: License,
    /// Whether it is another one than was held before.
    pub changed: bool,
}

/// Takes a license in, or says why not. A refused license changes nothing but the memory of
/// withdrawn keys, which its certificate may have added to: the root has signed that.
pub(crate) fn accept(
    state: &mut State,
    trust: &Trust,
    own: &str,
    offer: &Offer<'_>,
    now: Timestamp,
) -> Result<Accepted, Error> {
    let verified = trust.license(offer.token)?;
    state.withdrawn.extend(verified.withdrawn.iter().cloned());
    verified.license.require_audience(own)?;
    if !offer.any_customer {
        require_same_customer(state, &verified.license)?;
    }
    // A clock far behind is no reason to refuse what the office says that it has just issued.
    require_issued_by_now(&verified.license, offer.date.map_or(now, |date| now.max(date)))?;
    require_not_older(state, &verified.license, offer.token)?;
    Ok(keep(state, trust, verified, offer, now))
}

/// Takes in the answer to a request to be released: a license of the same customer, newer than the
/// one held, that no longer names this installation. The license held is given up with it.
pub(crate) fn give_up(
    state: &mut State,
    trust: &Trust,
    own: &str,
    token: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let VerifiedLicense { license, key, withdrawn } = trust.license(token)?;
    state.withdrawn.extend(withdrawn);
    if license.require_audience(own).is_ok() {
        return Err(Error::License(licentia_license::Error::Audience));
    }
    if state.customer.is_none() {
        return Err(Error::NoLicense);
    }
    require_same_customer(state, &license)?;
    require_issued_by_now(&license, now)?;
    require_not_older(state, &license, token)?;
    state.seen.entry(license.sub).or_default().highest.insert(key, license.seq);
    state.release();
    Ok(())
}

fn require_same_customer(state: &State, license: &License) -> Result<(), Error> {
    match &state.customer {
        Some(held) if *held != license.sub => {
            Err(Error::OtherCustomer { held: held.clone(), found: license.sub.clone() })
        }
        _ => Ok(()),
    }
}

pub(crate) fn require_issued_by_now(license: &License, now: Timestamp) -> Result<(), Error> {
    if license.iat.duration_since(now) > MAX_AHEAD {
        return Err(Error::Ahead { iat: license.iat, now });
    }
    Ok(())
}

fn require_not_older(state: &State, license: &License, token: &str) -> Result<(), Error> {
    let Some(seen) = state.seen.get(&license.sub) else { return Ok(()) };
    let Some(highest) = seen.highest(&state.withdrawn) else { return Ok(()) };
    let seq = license.seq;
    match &seen.license {
        _ if seq > highest => Ok(()),
        Some(held) if seq == highest && held == token => Ok(()),
        Some(_) if seq == highest => Err(Error::Repeated { seq }),
        // Given up by a release: the same license cannot be handed in again.
        _ => Err(Error::Older { seq, highest }),
    }
}

fn keep(
    state: &mut State,
    trust: &Trust,
    verified: VerifiedLicense,
    offer: &Offer<'_>,
    now: Timestamp,
) -> Accepted {
    let VerifiedLicense { license, key, .. } = verified;
    let changed = state.license() != Some(offer.token);
    // An emergency license that the license held states may have ended unseen.
    if let Some(held) = state.license().and_then(|held| trust.license(held).ok()) {
        state.note_time(&held.license, now);
    }
    if changed {
        // A new license tells the time better than a clock that once ran far ahead.
        state.latest = Some(now.max(license.iat));
    }
    state.customer = Some(license.sub.clone());
    let seen = state.seen.entry(license.sub.clone()).or_default();
    seen.highest.insert(key, license.seq);
    seen.license = Some(offer.token.to_owned());
    // The same license from another call than the fetch comes without an ETag.
    if changed || offer.etag.is_some() {
        seen.etag = offer.etag.map(str::to_owned);
    }
    settle(state, &license);
    Accepted { license, changed }
}
