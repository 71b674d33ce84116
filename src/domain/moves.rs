//! Moves: an installation takes over the place of one that is gone, by the activation key alone.

use super::field;
use super::ids::{CustomerId, InstallationId};
use super::installation::{Installation, Refusal};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// How long a move counts: 365 days.
const COUNTS_FOR: SignedDuration = SignedDuration::from_hours(365 * 24);

/// A move, as it stays recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Whose installations they are.
    pub customer: CustomerId,
    /// The installation that took the place over.
    pub installation: InstallationId,
    /// The one whose place it was.
    pub replaced: InstallationId,
    /// When.
    pub moved_at: Timestamp,
}

/// How often a customer may move without the vendor's staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moves {
    /// How often it moved in the last 365 days.
    pub made: i64,
    /// How often it may in any 365 days.
    pub allowed: i64,
}

/// An installation that asks for a place and says that it may take one over.
#[derive(Debug, Clone)]
pub struct Moving<'a> {
    /// Whose place: a name or a thumbprint; none is the installation heard of longest ago.
    pub replaces: Option<&'a str>,
    /// What the customer has left.
    pub moves: Moves,
    /// When the customer's installations were last heard of, where that is known.
    pub heard: &'a BTreeMap<InstallationId, Timestamp>,
}

/// Moves that were made after this instant count at `now`.
#[must_use]
pub fn counted_since(now: Timestamp) -> Timestamp {
    now - COUNTS_FOR
}

/// The installation whose place is taken over; `active` are those that hold one.
///
/// # Errors
/// [`Refusal::NoMovesLeft`]; [`Refusal::ReplacedUnknown`] when none is called so.
pub fn replaced<'a>(
    moving: &Moving<'_>,
    active: &'a [Installation],
) -> Result<&'a Installation, Refusal> {
    if moving.moves.made >= moving.moves.allowed {
        return Err(Refusal::NoMovesLeft);
    }
    // Names are kept as `field::line` leaves them.
    let named = moving.replaces.map(|named| field::line(named, 200).unwrap_or_default());
    let is_meant = |installation: &&Installation| match &named {
        Some(named) => *named == installation.details.name || *named == installation.thumbprint,
        None => true,
    };
    let heard = |installation: &Installation| {
        let known = moving.heard.get(&installation.id).copied();
        let reported = installation.usage.map(|usage| usage.reported_at);
        [known, reported].into_iter().flatten().fold(installation.activated_at, Timestamp::max)
    };
    let meant = active.iter().filter(is_meant);
    // Of those that were heard of at the same time, the oldest.
    let silent = meant.min_by_key(|installation| (heard(installation), installation.id.clone()));
    silent.ok_or(Refusal::ReplacedUnknown)
}

#[cfg(test)]
mod tests;
