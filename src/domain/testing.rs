//! What the tests of the rules share: short names for values, a ledger that is told as a history,
//! and a second oracle for "one calendar month later".

use super::customer::{Customer, CustomerDetails, EmailAddress, Language, Licensee};
use super::emergency;
use super::ids::{CustomerId, GrantId, InstallationId, PurchaseId, VoidId};
use super::installation::{Installation, InstallationDetails};
use super::ledger::{Entry, Grant, Ledger, Purchase, Void};
use super::purchase::{self, Lines, Order, OrderNumber};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// An instant, written as in RFC 3339.
pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A day, written YYYY-MM-DD.
pub fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// A time zone by its IANA name.
pub fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

/// An order number.
pub fn order_number(text: &str) -> OrderNumber {
    OrderNumber::parse(text).unwrap()
}

/// A line of user accounts.
pub fn accounts(quantity: i64) -> Lines {
    Lines { user_accounts: Some(quantity), ..Lines::default() }
}

/// A line of external connections.
pub fn connections(quantity: i64) -> Lines {
    Lines { external_connections: Some(quantity), ..Lines::default() }
}

/// A line of support.
pub fn support(until: &str) -> Lines {
    Lines { support_until: Some(day(until)), ..Lines::default() }
}

/// An order of these lines, paid on the first day of 2014.
pub fn order(number: &str, lines: Lines) -> Order {
    Order { order_number: order_number(number), paid_on: day("2014-01-01"), lines, notify: true }
}

/// The purchase with this running number.
pub fn purchase_id(n: usize) -> PurchaseId {
    PurchaseId::from_ulid(&format!("{n:026}"))
}

/// The void with this running number.
pub fn void_id(n: usize) -> VoidId {
    VoidId::from_ulid(&format!("{n:026}"))
}

/// The grant with this running number.
pub fn grant_id(n: usize) -> GrantId {
    GrantId::from_ulid(&format!("{n:026}"))
}

/// A customer with so many places.
pub fn customer(places: i64) -> Customer {
    Customer {
        id: CustomerId::from_ulid("01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        details: CustomerDetails {
            licensee: Licensee {
                name: "ООО «Ромашка»".into(),
                country: None,
                region: "Нижегородская область".into(),
                city: "Саров".into(),
                postal_code: "607190".into(),
            },
            email: EmailAddress::parse("it@romashka.example").unwrap(),
            language: Language::Ru,
            places,
        },
        activation_generation: 1,
        activation_secret: 1,
        version: 1,
        created_at: at("2014-01-01T00:00:00Z"),
    }
}

/// An active installation of that customer.
pub fn installation(thumbprint: &str) -> Installation {
    Installation {
        id: InstallationId::from_ulid("01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        customer: customer(1).id,
        thumbprint: thumbprint.into(),
        details: InstallationDetails {
            name: "pbx-1".into(),
            product_version: "5.1".into(),
            fingerprint: BTreeMap::new(),
        },
        activated_at: at("2014-01-01T00:00:00Z"),
        released_at: None,
        usage: None,
    }
}

/// A customer's ledger and the time, told step by step. It begins empty, at noon UTC on the first
/// day of 2014, in Moscow.
pub struct History {
    pub ledger: Ledger,
    pub now: Timestamp,
    pub zone: TimeZone,
}

impl History {
    pub fn new() -> Self {
        let now = at("2014-01-01T12:00:00Z");
        Self { ledger: Ledger::default(), now, zone: zone("Europe/Moscow") }
    }

    /// Time passes, until this instant.
    pub fn until(&mut self, instant: &str) -> &mut Self {
        self.now = at(instant);
        self
    }

    /// So many days pass.
    pub fn days_pass(&mut self, days: i64) -> &mut Self {
        self.now += SignedDuration::from_hours(24 * days);
        self
    }

    /// The purchase that stands under an order number.
    pub fn standing(&self, number: &str) -> Option<PurchaseId> {
        let number = order_number(number);
        self.ledger.standing().find(|p| p.order_number.key() == number.key()).map(|p| p.id.clone())
    }

    /// An order is entered; what the rules decide is recorded.
    pub fn enters(&mut self, order: Order) -> Result<purchase::Decision, purchase::Refusal> {
        let standing = self.standing(order.order_number.as_str());
        let id = purchase_id(self.ledger.entries().len());
        let decision = purchase::decide(&self.ledger, order, standing.as_slice(), id, self.now)?;
        if let purchase::Decision::Record(purchase) = &decision {
            self.ledger.record(Entry::Purchase(purchase.clone()));
        }
        Ok(decision)
    }

    /// A new order is entered and recorded.
    pub fn buys(&mut self, number: &str, lines: Lines) -> Purchase {
        match self.enters(order(number, lines)) {
            Ok(purchase::Decision::Record(purchase)) => purchase,
            other => panic!("not recorded: {other:?}"),
        }
    }

    /// The purchase that stands under an order number is voided.
    pub fn voids(&mut self, number: &str) -> Void {
        let standing = self.standing(number).unwrap();
        let id = void_id(self.ledger.entries().len());
        let void =
            purchase::decide_void(&self.ledger, &standing, "a slip".into(), id, self.now).unwrap();
        self.ledger.record(Entry::Void(void.clone()));
        void
    }

    /// An emergency license is asked for; what the rules decide is recorded.
    pub fn asks(&mut self, accounts: i64) -> Result<emergency::Decision, emergency::Refusal> {
        let id = grant_id(self.ledger.entries().len());
        let decision = emergency::decide(&self.ledger, accounts, id, self.now, &self.zone)?;
        if let emergency::Decision::Give(grant) = &decision {
            self.ledger.record(Entry::Grant(grant.clone()));
        }
        Ok(decision)
    }

    /// An emergency license is asked for and given.
    pub fn is_granted(&mut self, accounts: i64) -> Grant {
        match self.asks(accounts) {
            Ok(emergency::Decision::Give(grant)) => grant,
            other => panic!("not granted: {other:?}"),
        }
    }
}

/// Seconds in a day.
const DAY: i64 = 86_400;

/// Days from 1970-01-01 to a day of the Gregorian calendar, counted year by year.
pub fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let leap_years_before = |year: i64| (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400;
    let years = (year - 1970) * 365 + leap_years_before(year) - leap_years_before(1970);
    years + (1..month).map(|month| days_in_month(year, month)).sum::<i64>() + day - 1
}

/// How many days a month has.
pub fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The same day of the next month, or its last day where there is none.
pub fn month_later(year: i64, month: i64, day: i64) -> (i64, i64, i64) {
    let (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    (year, month, day.min(days_in_month(year, month)))
}

/// A second opinion on "one calendar month later": a zone's offsets from UTC as a plain table. It
/// uses the time zone's transitions and none of jiff's arithmetic on dates.
pub struct Offsets(Vec<(i64, i64)>);

impl Offsets {
    /// The offsets of a zone over the years `first..=last`.
    pub fn of(zone: &TimeZone, first: i64, last: i64) -> Self {
        let instant =
            |year| Timestamp::from_second(DAY * days_since_1970(year, 1, 1)).expect("in range");
        let (start, end) = (instant(first), instant(last + 1));
        let offset = |at| i64::from(zone.to_offset(at).seconds());
        let mut offsets = vec![(start.as_second(), offset(start))];
        for transition in zone.following(start) {
            let at = transition.timestamp();
            if at > end {
                break;
            }
            offsets.push((at.as_second(), offset(at)));
        }
        Self(offsets)
    }

    /// The instants at which the offset changes, with the offsets before and after.
    pub fn changes(&self) -> impl Iterator<Item = (i64, i64, i64)> {
        self.0.windows(2).map(|pair| (pair[1].0, pair[0].1, pair[1].1))
    }

    /// How often clocks in the zone show a local time (in seconds): never in a gap, twice in an
    /// overlap.
    pub fn times_shown(&self, local: i64) -> usize {
        let shows = |(index, (from, offset)): (usize, &(i64, i64))| {
            let shown = local - offset;
            *from <= shown && self.0.get(index + 1).is_none_or(|(next, _)| shown < *next)
        };
        self.0.iter().enumerate().filter(|item| shows(*item)).count()
    }

    /// Local time at an instant: days since 1970 and the second of the day.
    pub fn local(&self, at: i64) -> (i64, i64) {
        let index = self.0.partition_point(|(from, _)| *from <= at) - 1;
        let local = at + self.0[index].1;
        (local.div_euclid(DAY), local.rem_euclid(DAY))
    }

    /// The first instant at which clocks in the zone show this local time (in seconds) or a later
    /// one: in an overlap the earlier, in a gap the first instant after it.
    pub fn first_instant(&self, local: i64) -> i64 {
        // No zone is three days from UTC: begin well before.
        let early = self.0.partition_point(|(from, _)| *from <= local - 3 * DAY).max(1) - 1;
        for (index, (from, offset)) in self.0.iter().enumerate().skip(early) {
            let shown = (local - offset).max(*from);
            if self.0.get(index + 1).is_none_or(|(next, _)| shown < *next) {
                return shown;
            }
        }
        unreachable!("the last offset has no end")
    }

    /// The local time (in seconds) that is wanted one calendar month after an instant; the day on
    /// which the instant falls is given as year, month and day.
    pub fn month_on(&self, at: i64, (year, month, day): (i64, i64, i64)) -> i64 {
        let (days, second) = self.local(at);
        assert_eq!(days, days_since_1970(year, month, day), "that is another day");
        let (year, month, day) = month_later(year, month, day);
        DAY * days_since_1970(year, month, day) + second
    }
}
