//! The rules once more, naively: a plain list of everything that happened, recounted from its
//! start for every question. It shares no code and no types with the rules but dates and lines.

use super::{Lines, ORDERS};
use jiff::civil::Date;

/// What is answered to a request.
#[derive(Debug, PartialEq)]
pub enum Said {
    Recorded,
    Repeated(String),
    OrderNumberTaken,
    TotalTooLarge,
    AlreadyVoided,
    Given { spent: String, from: i64, until: i64 },
    Active { accounts: i64, from: i64, until: i64 },
    AccountsOutOfRange,
    NoPermanentPurchase,
    AlreadyUsed,
}

/// What happened: to whom, when, what.
struct Event {
    customer: usize,
    at: i64,
    what: What,
}

enum What {
    Bought { id: String, order: usize, content: (Date, Lines) },
    Voided { id: String },
    Granted { accounts: i64, until: i64 },
}

/// Everything that happened, to all customers, in the order in which it did.
#[derive(Default)]
pub struct Model(Vec<Event>);

impl Model {
    /// The clock, held where it was if it went back since the customer's last event.
    fn time(&self, customer: usize, now: i64) -> i64 {
        let mut time = now;
        for event in &self.0 {
            if event.customer == customer && event.at > time {
                time = event.at;
            }
        }
        time
    }

    fn is_voided(&self, purchase: &str, by: i64) -> bool {
        self.0.iter().any(|event| match &event.what {
            What::Voided { id } => id == purchase && event.at <= by,
            _ => false,
        })
    }

    pub fn enter(
        &mut self,
        customer: usize,
        order: usize,
        content: (Date, Lines),
        new: &str,
        now: i64,
    ) -> Said {
        for event in &self.0 {
            if let What::Bought { id, order: entered, content: before } = &event.what
                && *entered == order
                && !self.is_voided(id, i64::MAX)
            {
                return if event.customer == customer && *before == content {
                    Said::Repeated(id.clone())
                } else {
                    Said::OrderNumberTaken
                };
            }
        }
        let time = self.time(customer, now);
        let (user_accounts, external_connections, ..) = self.held(customer, time);
        let most = (1_i64 << 31) - 1;
        let lines = &content.1;
        let (more, more_connections) = (lines.user_accounts, lines.external_connections);
        if user_accounts + more.unwrap_or_default() > most
            || external_connections + more_connections.unwrap_or_default() > most
        {
            return Said::TotalTooLarge;
        }
        let what = What::Bought { id: new.to_owned(), order, content };
        self.0.push(Event { customer, at: time, what });
        Said::Recorded
    }

    pub fn void(&mut self, customer: usize, purchase: &str, now: i64) -> Said {
        if self.is_voided(purchase, i64::MAX) {
            return Said::AlreadyVoided;
        }
        let at = self.time(customer, now);
        self.0.push(Event { customer, at, what: What::Voided { id: purchase.to_owned() } });
        Said::Recorded
    }

    pub fn ask(
        &mut self,
        customer: usize,
        wanted: i64,
        now: i64,
        month_later: impl Fn(i64) -> i64,
    ) -> Said {
        if !matches!(wanted, 1..=10) {
            return Said::AccountsOutOfRange;
        }
        let time = self.time(customer, now);
        let mut last_grant = None;
        for (index, event) in self.0.iter().enumerate() {
            if let (What::Granted { accounts, until }, true) =
                (&event.what, event.customer == customer)
            {
                if time < *until {
                    return Said::Active { accounts: *accounts, from: event.at, until: *until };
                }
                last_grant = Some(index);
            }
        }
        if self.held(customer, time).0 == 0 {
            return Said::NoPermanentPurchase;
        }
        // Order by order: when was it first entered, and what has become of it?
        let mut newest = None;
        for order in 0..ORDERS.len() {
            let Some(first) = self.first_entered(customer, order) else { continue };
            let is_new = last_grant.is_none_or(|grant| first > grant);
            if is_new && self.stands_with_accounts(customer, order) && Some(first) > newest {
                newest = Some(first);
            }
        }
        let Some(newest) = newest else { return Said::AlreadyUsed };
        let What::Bought { order, .. } = self.0[newest].what else { unreachable!() };
        let until = month_later(time);
        let what = What::Granted { accounts: wanted, until };
        self.0.push(Event { customer, at: time, what });
        Said::Given { spent: ORDERS[order].to_owned(), from: time, until }
    }

    fn first_entered(&self, customer: usize, wanted: usize) -> Option<usize> {
        self.0.iter().position(|event| match event.what {
            What::Bought { order, .. } => event.customer == customer && order == wanted,
            _ => false,
        })
    }

    fn stands_with_accounts(&self, customer: usize, wanted: usize) -> bool {
        self.0.iter().any(|event| match &event.what {
            What::Bought { id, order, content } => {
                event.customer == customer
                    && *order == wanted
                    && content.1.user_accounts.is_some()
                    && !self.is_voided(id, i64::MAX)
            }
            _ => false,
        })
    }

    /// User accounts, external connections, support, emergency accounts at an instant.
    pub fn held(&self, customer: usize, at: i64) -> (i64, i64, Option<Date>, Option<i64>) {
        let (mut user_accounts, mut external_connections) = (0, 0);
        let mut support = Vec::new();
        let mut emergency = Vec::new();
        for event in &self.0 {
            if event.customer != customer || event.at > at {
                continue;
            }
            match &event.what {
                What::Bought { id, content: (_, lines), .. } if !self.is_voided(id, at) => {
                    user_accounts += lines.user_accounts.unwrap_or_default();
                    external_connections += lines.external_connections.unwrap_or_default();
                    support.extend(lines.support_until);
                }
                What::Granted { accounts, until } if at < *until => emergency.push(*accounts),
                _ => {}
            }
        }
        assert!(emergency.len() < 2, "two grants at once");
        support.sort_unstable();
        (user_accounts, external_connections, support.pop(), emergency.pop())
    }
}
