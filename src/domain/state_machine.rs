//! Arbitrary histories of two customers, decided by the rules and, beside them, by a second model
//! that is written in another way (`model`). After every step both must agree, and what must never
//! happen must not have happened (`never`).
//!
//! `PROPTEST_CASES=100000 cargo test --lib domain::state_machine` for a long run.

mod model;
mod never;

use super::emergency;
use super::entitlements::Entitlements;
use super::ids::LicenseId;
use super::issue::{Issuable, Previous};
use super::ledger::{Entry, Ledger, Purchase};
use super::purchase::{self, Lines, Order};
use super::testing::{
    Offsets, at, customer, day, grant_id, order_number, purchase_id, void_id, zone,
};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use model::{Model, Said};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};
use std::sync::LazyLock;

/// How many histories the normal run tells.
const CASES: u32 = 2000;

/// Few, so that one is often entered again.
const ORDERS: [&str; 4] = ["D-1", "B-2", "C-3", "A-4"];
const CUSTOMERS: usize = 2;
const ZONES: [&str; 8] = [
    "Europe/Moscow",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
    "UTC",
];

/// Each zone with the second opinion on its months.
static CLOCKS: LazyLock<Vec<(TimeZone, Offsets)>> = LazyLock::new(|| {
    let with_offsets = |name| (zone(name), Offsets::of(&zone(name), 1990, 2045));
    ZONES.map(with_offsets).into()
});

/// One thing that happens.
#[derive(Debug, Clone)]
enum Step {
    /// An order is entered for a customer.
    Enter { customer: usize, order: usize, paid_on: i8, lines: Lines },
    /// A customer's order, one that was recorded, is entered once more as it was.
    EnterAgain { customer: usize, whose: usize, which: prop::sample::Index },
    /// A purchase of the customer's is voided: one that was recorded, voided or not.
    Void { customer: usize, which: prop::sample::Index },
    /// A customer's installation asks for an emergency license.
    Ask { customer: usize, accounts: i64 },
    /// A license is issued though nothing changed, as at an activation.
    Issue { customer: usize },
    /// Seconds pass; the clock may also go back.
    Pass(i64),
    /// The clock comes to so many seconds from the end of the customer's last grant.
    PassToEndOfGrant { customer: usize, seconds: i64 },
}

fn some_lines() -> impl Strategy<Value = Lines> {
    // Forms allow up to 1,000,000; the rules on totals hold for whatever comes.
    let quantity = prop_oneof![
        8 => 1_i64..=30,
        1 => Just(1_000_000),
        1 => Just(1_073_741_824),
        1 => Just(2_147_483_647),
    ];
    let until = prop::sample::select(vec!["2011-12-31", "2014-10-31", "2019-02-28"]);
    (
        prop::option::weighted(0.7, quantity.clone()),
        prop::option::weighted(0.3, quantity),
        prop::option::weighted(0.3, until),
    )
        .prop_map(|(user_accounts, external_connections, until)| Lines {
            user_accounts,
            external_connections,
            support_until: until.map(day),
        })
}

fn a_step() -> impl Strategy<Value = Step> {
    const DAY: i64 = 86_400;
    let customer = || 0..CUSTOMERS;
    let accounts = prop_oneof![
        8 => 1_i64..=10,
        1 => prop::sample::select(vec![i64::MIN, -1, 0, 11, i64::MAX]),
    ];
    let seconds = prop_oneof![
        2 => 1_i64..=3,
        4 => (0..=40_i64).prop_map(|days| DAY * days),
        2 => 0..=3_000_000_i64,
        1 => (1..=6_i64).prop_map(|months| 31 * DAY * months),
        1 => -3_i64..=0,
        1 => (-40_i64..=-1).prop_map(|days| DAY * days),
    ];
    prop_oneof![
        10 => (customer(), 0..ORDERS.len(), 0..2_i8, some_lines()).prop_map(
            |(customer, order, paid_on, lines)| Step::Enter { customer, order, paid_on, lines }
        ),
        2 => (customer(), customer(), any::<prop::sample::Index>())
            .prop_map(|(customer, whose, which)| Step::EnterAgain { customer, whose, which }),
        3 => (customer(), any::<prop::sample::Index>())
            .prop_map(|(customer, which)| Step::Void { customer, which }),
        6 => (customer(), accounts)
            .prop_map(|(customer, accounts)| Step::Ask { customer, accounts }),
        1 => customer().prop_map(|customer| Step::Issue { customer }),
        4 => seconds.prop_map(Step::Pass),
        4 => (customer(), -1_i64..=1)
            .prop_map(|(customer, seconds)| Step::PassToEndOfGrant { customer, seconds }),
    ]
}

/// What the office knows of a customer.
#[derive(Default)]
struct Books {
    ledger: Ledger,
    last_license: Option<Previous>,
    /// What the customer held at past instants, as it was said then.
    said: Vec<(Timestamp, Entitlements)>,
}

/// The office at work: the real rules, and the model beside them.
struct Office {
    clock: &'static (TimeZone, Offsets),
    now: Timestamp,
    customers: [Books; CUSTOMERS],
    model: Model,
    ids: usize,
}

impl Office {
    fn new(start: i64, zone: usize) -> Self {
        Self {
            clock: &CLOCKS[zone],
            now: at("2010-01-01T00:00:00Z") + SignedDuration::from_secs(start),
            customers: <[Books; CUSTOMERS]>::default(),
            model: Model::default(),
            ids: 0,
        }
    }

    fn take(&mut self, step: Step) -> Result<(), TestCaseError> {
        self.ids += 1;
        let customer = match step {
            Step::Pass(seconds) => {
                self.now += SignedDuration::from_secs(seconds);
                return Ok(());
            }
            Step::PassToEndOfGrant { customer, seconds } => {
                if let Some(grant) = self.customers[customer].ledger.grants().next_back() {
                    self.now = grant.until + SignedDuration::from_secs(seconds);
                }
                return Ok(());
            }
            Step::Issue { customer } => customer,
            Step::Enter { customer, order, paid_on, lines } => {
                let paid_on = day("2009-12-01").saturating_add(Span::new().days(paid_on));
                self.enter(customer, order, (paid_on, lines))?;
                customer
            }
            Step::EnterAgain { customer, whose, which } => {
                let recorded: Vec<_> = self.customers[whose].ledger.purchases().collect();
                if recorded.is_empty() {
                    return Ok(());
                }
                let again = which.get(&recorded);
                let number = again.order_number.as_str();
                let order = ORDERS.iter().position(|order| *order == number).unwrap();
                let content = (again.paid_on, again.lines.clone());
                self.enter(customer, order, content)?;
                customer
            }
            Step::Void { customer, which } => {
                self.void(customer, which)?;
                customer
            }
            Step::Ask { customer, accounts } => {
                self.ask(customer, accounts)?;
                customer
            }
        };
        self.issue(customer)?;
        self.agrees_with_the_model(customer)?;
        never::happened(&self.customers[customer].ledger)
    }

    fn enter(
        &mut self,
        customer: usize,
        order: usize,
        content: (Date, Lines),
    ) -> Result<(), TestCaseError> {
        let order_number = order_number(ORDERS[order]);
        let everywhere = || self.customers.iter().flat_map(|books| books.ledger.standing());
        let is_same = |purchase: &&Purchase| purchase.order_number.key() == order_number.key();
        let standing = everywhere().find(is_same).map(|purchase| purchase.id.clone());
        let (paid_on, lines) = content.clone();
        let notify = self.ids.is_multiple_of(2);
        let entered = Order { order_number, paid_on, lines, notify };
        let books = &mut self.customers[customer];
        let id = purchase_id(self.ids);
        let decision =
            purchase::decide(&books.ledger, entered, standing.as_slice(), id.clone(), self.now);
        let said = match decision {
            Ok(purchase::Decision::Record(purchase)) => {
                prop_assert_eq!(&purchase.id, &id);
                books.ledger.record(Entry::Purchase(purchase));
                Said::Recorded
            }
            Ok(purchase::Decision::Repeated(first)) => Said::Repeated(first.to_string()),
            Err(purchase::Refusal::OrderNumberTaken(_)) => Said::OrderNumberTaken,
            Err(purchase::Refusal::TotalTooLarge(_)) => Said::TotalTooLarge,
            Err(purchase::Refusal::AlreadyVoided) => Said::AlreadyVoided,
        };
        let expected =
            self.model.enter(customer, order, content, id.as_str(), self.now.as_second());
        prop_assert_eq!(said, expected);
        Ok(())
    }

    fn void(&mut self, customer: usize, which: prop::sample::Index) -> Result<(), TestCaseError> {
        let books = &mut self.customers[customer];
        let recorded: Vec<_> = books.ledger.purchases().map(|p| p.id.clone()).collect();
        if recorded.is_empty() {
            return Ok(());
        }
        let purchase = which.get(&recorded);
        let void = purchase::decide_void(
            &books.ledger,
            purchase,
            "a slip".into(),
            void_id(self.ids),
            self.now,
        );
        let said = match void {
            Ok(void) => {
                books.ledger.record(Entry::Void(void));
                Said::Recorded
            }
            Err(purchase::Refusal::AlreadyVoided) => Said::AlreadyVoided,
            Err(refusal) => return Err(TestCaseError::fail(format!("{refusal:?}"))),
        };
        let expected = self.model.void(customer, purchase.as_str(), self.now.as_second());
        prop_assert_eq!(said, expected);
        Ok(())
    }

    fn ask(&mut self, customer: usize, accounts: i64) -> Result<(), TestCaseError> {
        let books = &mut self.customers[customer];
        let (zone, offsets) = self.clock;
        let decision =
            emergency::decide(&books.ledger, accounts, grant_id(self.ids), self.now, zone);
        let said = match decision {
            Ok(emergency::Decision::Give(grant)) => {
                books.ledger.record(Entry::Grant(grant.clone()));
                Said::Given {
                    spent: grant.spent_order.as_str().into(),
                    from: grant.from.as_second(),
                    until: grant.until.as_second(),
                }
            }
            Ok(emergency::Decision::Active(grant)) => Said::Active {
                accounts: grant.accounts,
                from: grant.from.as_second(),
                until: grant.until.as_second(),
            },
            Err(emergency::Refusal::AccountsOutOfRange) => Said::AccountsOutOfRange,
            Err(emergency::Refusal::NoPermanentPurchase) => Said::NoPermanentPurchase,
            Err(emergency::Refusal::AlreadyUsed) => Said::AlreadyUsed,
        };
        let month_later = |from: i64| {
            let date = zone.to_datetime(Timestamp::from_second(from).unwrap()).date();
            let date = (date.year().into(), date.month().into(), date.day().into());
            offsets.first_instant(offsets.month_on(from, date))
        };
        let expected = self.model.ask(customer, accounts, self.now.as_second(), month_later);
        prop_assert_eq!(said, expected);
        Ok(())
    }

    /// Issues a license, as after every change.
    fn issue(&mut self, which: usize) -> Result<(), TestCaseError> {
        let Books { ledger, last_license, .. } = &mut self.customers[which];
        let id = LicenseId::from_ulid("01ARZ3NDEKTSV4RRFFQ69G5FAV");
        let license = Issuable::new(id, &customer(1), ledger, &[], *last_license, self.now);
        let issued_at = license.issued_at();
        if let Some(last) = last_license {
            prop_assert!(license.seq() > last.seq, "seq is strictly increasing");
            prop_assert!(issued_at >= last.issued_at, "iat never decreases");
            prop_assert_eq!(license.seq(), issued_at.as_second().max(last.seq + 1));
        } else {
            prop_assert_eq!(license.seq(), issued_at.as_second());
        }
        prop_assert!(issued_at >= self.now);
        if let Some(last) = ledger.entries().last() {
            prop_assert!(issued_at >= last.recorded_at(), "the whole ledger is stated");
        }
        prop_assert_eq!(license.entitlements(), &Entitlements::at(ledger, issued_at));
        *last_license = Some(Previous { seq: license.seq(), issued_at });
        Ok(())
    }

    /// Compares what the customer holds with a recount, now and at instants that are past.
    fn agrees_with_the_model(&mut self, customer: usize) -> Result<(), TestCaseError> {
        let Books { ledger, said, .. } = &mut self.customers[customer];
        let moment = ledger.moment(self.now);
        for instant in [moment, moment - SignedDuration::from_secs(1), moment - month()] {
            let held = Entitlements::at(ledger, instant);
            let expected = self.model.held(customer, instant.as_second());
            let emergency = held.emergency.as_ref().map(|grant| grant.accounts);
            let found =
                (held.user_accounts, held.external_connections, held.support_until, emergency);
            prop_assert_eq!(found, expected, "at {}", instant);
        }
        // What was before the last entry is past; the next entry may yet bear the same second.
        if let Some(last) = ledger.entries().last() {
            let past = last.recorded_at() - SignedDuration::from_secs(1);
            said.push((past, Entitlements::at(ledger, past)));
        }
        for (instant, held) in said.iter().rev().take(4) {
            prop_assert_eq!(&Entitlements::at(ledger, *instant), held, "at {}", instant);
        }
        Ok(())
    }

    /// At the end, nothing that was ever said has changed.
    fn closes(&self) -> Result<(), TestCaseError> {
        for Books { ledger, said, .. } in &self.customers {
            for (instant, held) in said {
                prop_assert_eq!(&Entitlements::at(ledger, *instant), held, "at {}", instant);
            }
        }
        Ok(())
    }
}

/// Thirty days.
fn month() -> SignedDuration {
    SignedDuration::from_hours(24 * 30)
}

#[test]
fn row_7_arbitrary_histories_keep_the_rules() {
    let default = ProptestConfig::default();
    // What `PROPTEST_CASES` says goes before the normal run's number.
    let unset = default.cases == 256;
    let config = ProptestConfig {
        cases: if unset { CASES } else { default.cases },
        failure_persistence: None,
        ..default
    };
    let three_years = 0..3 * 365 * 86_400_i64;
    let histories = (three_years, 0..ZONES.len(), prop::collection::vec(a_step(), 1..50));
    TestRunner::new(config)
        .run(&histories, |(start, zone, steps)| {
            let mut office = Office::new(start, zone);
            for step in steps {
                office.take(step)?;
            }
            office.closes()
        })
        .unwrap();
}
