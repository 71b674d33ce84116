//! The questions that a product asks of its license while it runs.

use crate::{License, Usage};
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

const SECONDS_A_DAY: i64 = 24 * 60 * 60;

/// What may be done now, with so much in use. Made by [`License::check`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Whether one more permanent account may be added.
    pub may_add_user_account: bool,
    /// Whether one more emergency account may be added.
    pub may_add_emergency_account: bool,
    /// Whether one more external connection may be opened.
    pub may_open_external_connection: bool,
    /// How many emergency accounts are blocked now: the newest, by the product's own order.
    /// Permanent accounts never are.
    pub blocked_emergency_accounts: i64,
    /// How many permanent accounts are registered above the licensed number, after a purchase was
    /// voided; they go on, and none can be added.
    pub user_accounts_over: i64,
    /// How many external connections are open above the licensed number.
    pub external_connections_over: i64,
    /// The days of the emergency license that are left, the one that has begun included: 1 on the
    /// last, 0 after its end, none where there was none.
    pub emergency_days_left: Option<i64>,
    /// The days of support that are left, counted in UTC, today included: 1 on the last, 0 after
    /// it, none where none was bought.
    pub support_days_left: Option<i64>,
}

impl License {
    /// Answers what a product must know at `now`, with so much in use.
    ///
    /// The rules are those of the manual, chapter 9:
    ///
    /// - An account is permanent or an emergency one by how it was registered; the panel counts
    ///   both apart, each X/Z («число пользователей, зарегистрированных в системе» and «число
    ///   временных пользователей»). So a permanent account above the number does not turn into an
    ///   emergency one, and an emergency account takes no permanent place that is free: the
    ///   product makes it permanent when it may add one.
    /// - Past the end of the emergency license all emergency accounts are blocked («"экстренные"
    ///   учетные записи будут заблокированы»), permanent ones never: they are «бессрочно».
    /// - All accounts together are at most those of both licenses ([`License::accounts_at`]).
    ///   Where a void has left more permanent accounts than licensed, emergency accounts give way.
    ///
    /// Counts below 0 are taken for 0. A product that keeps the license in an installation asks
    /// that, which judges at the latest time known and not at a clock that was set back.
    #[must_use]
    pub fn check(&self, usage: Usage, now: Timestamp) -> Check {
        let permanent = usage.user_accounts.max(0);
        let emergency = usage.emergency_accounts.max(0);
        let connections = usage.external_connections.max(0);
        let room = self.emergency_room(permanent, now);
        Check {
            may_add_user_account: permanent < self.user_accounts,
            may_add_emergency_account: emergency < room,
            may_open_external_connection: connections < self.external_connections,
            blocked_emergency_accounts: emergency.saturating_sub(room).max(0),
            user_accounts_over: permanent.saturating_sub(self.user_accounts).max(0),
            external_connections_over: connections.saturating_sub(self.external_connections).max(0),
            emergency_days_left: self.emergency.as_ref().map(|e| days_begun(now, e.until)),
            support_days_left: self.support_until.map(|until| days_until(now, until)),
        }
    }

    /// Whether the support covers a version of the product that was published on this day: up to
    /// the last day of support, that day included, compared as dates.
    #[must_use]
    pub fn support_covers(&self, published: Date) -> bool {
        self.support_until.is_some_and(|until| published <= until)
    }

    /// How many emergency accounts may be used beside so many permanent ones.
    fn emergency_room(&self, permanent: i64, now: Timestamp) -> i64 {
        let left = self.accounts_at(now).saturating_sub(permanent);
        left.min(self.emergency_accounts_at(now)).max(0)
    }
}

impl Check {
    /// Whether what is in use is within the license: nothing is blocked, and nothing above it.
    #[must_use]
    pub fn is_within(&self) -> bool {
        let Self {
            blocked_emergency_accounts, user_accounts_over, external_connections_over, ..
        } = *self;
        blocked_emergency_accounts == 0 && user_accounts_over == 0 && external_connections_over == 0
    }
}

fn days_begun(now: Timestamp, until: Timestamp) -> i64 {
    let seconds = until.duration_since(now).as_secs().max(0);
    seconds / SECONDS_A_DAY + i64::from(seconds % SECONDS_A_DAY > 0)
}

fn days_until(now: Timestamp, until: Date) -> i64 {
    let today = TimeZone::UTC.to_datetime(now).date();
    let days = until.duration_since(today).as_hours() / 24;
    days.saturating_add(1).max(0)
}

#[cfg(test)]
mod tests;
