//! The emergency license: the manual's rule.
//!
//! > По условиям "экстренной" лицензии Вы можете добавить в систему не более 10 дополнительных
//! > пользователей. … В течение периода, указанного в поле Срок действия "экстренной" лицензии,
//! > приобретите постоянную лицензию … В противном случае "экстренные" учетные записи будут
//! > заблокированы, а запросить "экстренную" лицензию повторно станет невозможно. После оформления
//! > постоянной лицензии Вы вновь сможете воспользоваться "экстренной" лицензией.

use super::ids::GrantId;
use super::ledger::{Grant, Ledger, LedgerNumber};
use super::purchase::{OrderKey, OrderNumber};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan};
use std::collections::BTreeMap;

/// The most extra accounts in one emergency license.
pub const MOST_ACCOUNTS: i64 = 10;

/// What is to be done about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Give this grant.
    Give(Grant),
    /// One is active: answer with it as it is, never raised.
    Active(Grant),
}

/// Why a request is refused, in the order in which it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Not 1 to 10 accounts.
    AccountsOutOfRange,
    /// No purchase of user accounts stands.
    NoPermanentPurchase,
    /// No new order of user accounts since the last grant.
    AlreadyUsed,
}

/// What a request would meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Availability<'a> {
    /// One is active.
    Active(&'a Grant),
    /// One would be given, and spend this order.
    ByOrder(OrderNumber),
}

/// Whether an emergency license can be had at `at`, for any number of accounts that is in range.
///
/// # Errors
/// The first condition that does not hold.
pub fn availability(ledger: &Ledger, at: Timestamp) -> Result<Availability<'_>, Refusal> {
    if let Some(active) = ledger.grants().find(|grant| grant.is_active(at)) {
        return Ok(Availability::Active(active));
    }
    if !ledger.standing().any(|purchase| purchase.lines.user_accounts.is_some()) {
        return Err(Refusal::NoPermanentPurchase);
    }
    latest_new_order(ledger).map(Availability::ByOrder).ok_or(Refusal::AlreadyUsed)
}

/// Decides about a request for an emergency license at `now`; `zone` is the vendor's.
///
/// # Errors
/// The first condition that does not hold.
pub fn decide(
    ledger: &Ledger,
    accounts: i64,
    id: GrantId,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<Decision, Refusal> {
    if !(1..=MOST_ACCOUNTS).contains(&accounts) {
        return Err(Refusal::AccountsOutOfRange);
    }
    let from = ledger.moment(now);
    let spent_order = match availability(ledger, from)? {
        Availability::Active(active) => return Ok(Decision::Active(active.clone())),
        Availability::ByOrder(order) => order,
    };
    Ok(Decision::Give(Grant {
        id,
        number: ledger.next_number(),
        accounts,
        from,
        until: one_month_after(from, zone),
        spent_order,
    }))
}

/// The grants that are still to be paid, oldest first: the emergency license is post-paid, and since
/// the grant no new order of user accounts stands.
///
/// What counts as a new order is what the right to the next emergency license counts: so the
/// correction of an older order pays for nothing, and the void of the order that paid makes the
/// grant owed again.
pub fn owed(ledger: &Ledger) -> impl Iterator<Item = &Grant> {
    let latest = orders_of_accounts(ledger).map(|(entered, _)| entered).max().unwrap_or(0);
    ledger.grants().filter(move |grant| grant.number > latest)
}

/// The latest order of user accounts that was first entered after the last grant and stands, be it
/// as corrected.
fn latest_new_order(ledger: &Ledger) -> Option<OrderNumber> {
    let last_grant = ledger.grants().next_back().map_or(0, |grant| grant.number);
    let since = orders_of_accounts(ledger).filter(|(entered, _)| *entered > last_grant);
    since.max().map(|(_, order)| order.clone())
}

/// The orders of user accounts that stand, be it as corrected, each with its first entry.
///
/// An order is as old as its first entry under that number, in whichever spelling, whatever was voided
/// and entered again since: so neither a void nor another spelling revives a right.
fn orders_of_accounts(ledger: &Ledger) -> impl Iterator<Item = (LedgerNumber, &OrderNumber)> {
    let mut first_entered: BTreeMap<OrderKey, LedgerNumber> = BTreeMap::new();
    for purchase in ledger.purchases() {
        first_entered.entry(purchase.order_number.key()).or_insert(purchase.number);
    }
    ledger
        .standing()
        .filter(|purchase| purchase.lines.user_accounts.is_some())
        .map(move |purchase| (first_entered[&purchase.order_number.key()], &purchase.order_number))
}

/// One calendar month later in `zone`: the same time of day a month on, clamped at the month's end
/// (31 January gives 28 or 29 February); a time in a gap becomes the first instant after it, in an
/// overlap the earlier.
#[must_use]
pub fn one_month_after(from: Timestamp, zone: &TimeZone) -> Timestamp {
    let local = zone.to_datetime(from).saturating_add(1.month());
    let ambiguous = zone.to_ambiguous_timestamp(local);
    let resolved = match ambiguous.offset() {
        AmbiguousOffset::Gap { after, .. } => after.to_timestamp(local).map(|before_the_gap| {
            zone.following(before_the_gap).next().map_or(before_the_gap, |gap| gap.timestamp())
        }),
        _ => ambiguous.earlier(),
    };
    // Only the last month of the year 9999 has no instant a month later.
    resolved.unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
