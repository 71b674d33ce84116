//! A thousand days in the life of an installation whose network comes and goes: it never refuses
//! what the vendor has granted and it has learned of, and never allows what has ended.
//!
//! `LICENTIA_TEST_SEED` takes another course; a failure names the seed and the day.

use crate::support::{Customer, Database, Relay, TestOffice, accounts, support};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date, tz::TimeZone};
use licentia_client::{Error, Installation, Surroundings, Usage};
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use serde_json::json;
use std::sync::Arc;

const DAYS: u32 = 1000;
const SEED: u64 = 44;

#[test]
fn a_thousand_days_with_a_network_that_comes_and_goes_on_sqlite() {
    live(Database::Sqlite, DAYS);
}

#[test]
fn a_hundred_days_with_a_network_that_comes_and_goes_on_postgres() {
    live(Database::Postgres, 100);
}

/// What the vendor has granted, counted again without the office's rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Granted {
    accounts: i64,
    support_until: Option<Date>,
    emergency: Option<(i64, Timestamp, Timestamp)>,
}

impl Granted {
    fn emergency_accounts_at(&self, now: Timestamp) -> i64 {
        let runs = self.emergency.filter(|(_, from, until)| *from <= now && now < *until);
        runs.map_or(0, |(accounts, ..)| accounts)
    }
}

struct World {
    office: TestOffice,
    relay: Relay,
    customer: Customer,
    rng: SmallRng,
    /// What stands in the vendor's books.
    granted: Granted,
    /// What the installation could know: the books when it last reached the office.
    learned: Granted,
    /// Whether an order of user accounts was entered since the last emergency license.
    has_right: bool,
    /// The standing purchases: id, accounts, support.
    purchases: Vec<(String, i64, Date)>,
    orders: u32,
    installation: Installation,
    moves: u32,
}

fn live(database: Database, days: u32) {
    let seed = seed();
    let office = TestOffice::start(database);
    let relay = Relay::to(&office.url());
    let customer = office.customer();
    let installation = installation(&office, "pbx-0");
    let mut world = World {
        relay,
        customer,
        rng: SmallRng::seed_from_u64(seed),
        granted: Granted::default(),
        learned: Granted::default(),
        has_right: false,
        purchases: Vec::new(),
        orders: 0,
        installation,
        moves: 0,
        office,
    };
    world.buy();
    world.activate();
    for day in 1..=days {
        let told = format!("seed {seed}, day {day}");
        world.office.pass(SignedDuration::from_hours(24));
        world.happens(&told);
        world.holds(&told);
    }
    crate::integrity::assert_intact(&world.office);
    println!("{} orders, {} moves", world.orders, world.moves);
    assert!(days < 1000 || (world.orders > 5 && world.moves > 2), "enough has happened");
}

#[expect(
    clippy::disallowed_methods,
    reason = "which course a test takes is said by its environment"
)]
fn seed() -> u64 {
    std::env::var("LICENTIA_TEST_SEED").map_or(SEED, |seed| seed.parse().unwrap())
}

/// An installation on the office's clock that does not wait between its tries.
fn installation(office: &TestOffice, name: &str) -> Installation {
    let clock = office.clock.clone();
    let surroundings = Surroundings {
        clock: Arc::new(move || clock.now()),
        pause: Arc::new(|_| ()),
        ..Surroundings::system()
    };
    Installation::create_with(office.installation_folder(name), surroundings).unwrap()
}

impl World {
    /// What may happen on a day.
    fn happens(&mut self, told: &str) {
        if self.rng.random_ratio(1, 4) {
            let up = self.rng.random_ratio(3, 5);
            self.relay.set_up(up);
        }
        if self.rng.random_ratio(1, 60) {
            self.buy();
        }
        if self.rng.random_ratio(1, 300) {
            self.void();
        }
        if self.rng.random_ratio(1, 100) {
            self.moves_to_another_machine();
        }
        if self.rng.random_ratio(1, 15) {
            self.asks_for_an_emergency(told);
        }
        match self.installation.update() {
            Ok(_) => {
                assert!(self.relay.is_up(), "{told}");
                self.learned = self.granted.clone();
            }
            Err(error) => assert!(!self.relay.is_up(), "{told}: {error}"),
        }
    }

    /// The rule: what is learned is allowed, what has ended is not.
    fn holds(&self, told: &str) {
        let now = self.office.now();
        let learned = &self.learned;
        let with = |user_accounts, emergency_accounts| {
            let usage = Usage { user_accounts, emergency_accounts, external_connections: 0 };
            self.installation.check(usage).unwrap()
        };
        let emergency = learned.emergency_accounts_at(now);
        assert!(with(learned.accounts - 1, 0).may_add_user_account, "{told}: {learned:?}");
        assert!(!with(learned.accounts, 0).may_add_user_account, "{told}: {learned:?}");
        let full = with(learned.accounts, emergency);
        assert!(full.is_within(), "{told}: {learned:?} {full:?}");
        assert!(!full.may_add_emergency_account, "{told}: {learned:?}");
        if emergency > 0 {
            let room = with(learned.accounts, emergency - 1);
            assert!(room.may_add_emergency_account, "{told}: {learned:?}");
        }
        assert_eq!(with(0, 10).blocked_emergency_accounts, 10 - emergency, "{told}: {learned:?}");
        // Whatever it has learned: what has ended in the books is over everywhere.
        if self.granted.emergency_accounts_at(now) == 0 {
            assert_eq!(with(0, 10).blocked_emergency_accounts, 10, "{told}: it has ended");
        }
        let shown = self.installation.show().unwrap();
        assert_eq!(shown.license.support_until, learned.support_until, "{told}");
    }

    fn buy(&mut self) {
        self.orders += 1;
        let (order, today) = (format!("2014-{}", self.orders), self.today());
        let bought = self.rng.random_range(1..30_i64);
        let until = today.saturating_add(1.year());
        let items = [accounts(bought), support(&until.to_string())];
        let order = json!({"order_number": order, "paid_on": today.to_string(), "items": items});
        let made = self.office.buy(&self.customer, &order).expect(201);
        self.purchases.push((made.text_at("/purchase/id"), bought, until));
        self.count();
        self.has_right = true;
    }

    /// Voids the last purchase, which was entered by mistake; its support goes with it.
    fn void(&mut self) {
        if self.purchases.len() < 2 {
            return;
        }
        let (id, ..) = self.purchases.pop().unwrap();
        self.office.void(&id).expect(201);
        self.count();
        // Whether the right has gone with it depends on what came before: the office is asked.
        self.has_right = false;
    }

    /// Counts what the standing purchases come to.
    fn count(&mut self) {
        self.granted.accounts = self.purchases.iter().map(|(_, bought, _)| bought).sum();
        self.granted.support_until = self.purchases.iter().map(|(.., until)| *until).max();
    }

    fn asks_for_an_emergency(&mut self, told: &str) {
        let now = self.office.now();
        let wanted = self.rng.random_range(1..=10_i64);
        match self.installation.emergency(wanted) {
            Ok(answer) => {
                assert!(self.relay.is_up(), "{told}");
                let given = answer.license.emergency.as_ref().unwrap();
                let running = self.granted.emergency_accounts_at(now);
                assert_eq!(answer.granted, running == 0, "{told}: one at a time");
                if answer.granted {
                    assert_eq!(given.accounts, wanted, "{told}");
                    assert_eq!(given.until, month_after(now), "{told}");
                    self.granted.emergency = Some((given.accounts, given.from, given.until));
                    self.has_right = false;
                }
                self.learned = self.granted.clone();
            }
            Err(Error::Office(problem)) => {
                assert!(self.relay.is_up(), "{told}");
                assert_eq!(problem.code, "emergency-already-used", "{told}");
                assert!(!self.has_right, "{told}: a right that was bought is refused");
            }
            Err(error) => assert!(!self.relay.is_up(), "{told}: {error}"),
        }
    }

    /// The old machine gives its place back, and another takes it.
    fn moves_to_another_machine(&mut self) {
        if !self.relay.is_up() || self.installation.release().is_err() {
            return;
        }
        self.moves += 1;
        self.installation = installation(&self.office, &format!("pbx-{}", self.moves));
        self.activate();
    }

    fn activate(&mut self) {
        let (url, roots) = (self.relay.url(), self.office.roots());
        let name = format!("pbx-{}", self.moves);
        let asked = self.office.activate(&self.customer, &name);
        self.installation.activate(&url, &roots, asked).unwrap();
        self.learned = self.granted.clone();
    }

    fn today(&self) -> Date {
        TimeZone::UTC.to_datetime(self.office.now()).date()
    }
}

fn month_after(now: Timestamp) -> Timestamp {
    let local = TimeZone::UTC.to_datetime(now).saturating_add(1.month());
    TimeZone::UTC.to_timestamp(local).unwrap()
}
