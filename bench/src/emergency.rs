//! Emergency: emergency licenses given per second, against the database's own rate for the same rows;
//! how long the decision takes under load; and 1,000 customers that ask within one second.
//!
//! A customer may have one such license, so each is asked for once: of each two customers of the
//! large office the first, in an order that goes all over it; the other is the floor's.

use crate::compared::median;
use crate::database::Kind;
use crate::machine::millis;
use crate::office::Office;
use crate::report::{Goal, Measured, Report};
use crate::rows::Work;
use crate::statement::signed_by_many;
use crate::writes::{Plan, Writes, settle, warm_server};
use crate::{Bench, Outcome, Rounds, crowd, http};
use licentia_license::Request;
use std::rc::Rc;
use std::time::Duration;

/// How many ask within one second.
const CROWD: usize = 1000;
/// How many servers a round starts: three for each number of clients, and one for the crowd.
const SERVERS: usize = 7;
/// From one customer to the next: prime, and so meets all.
const STRIDE: usize = 7919;

struct Emergency {
    asking: Asking,
    writes: Writes,
    plan: Plan,
    /// How many ask within one second, and what came of it.
    crowd: usize,
    missed: u32,
    p50: Vec<f64>,
    p99: Vec<f64>,
    longest: Vec<f64>,
}

/// Gets ready.
pub fn begin(bench: &mut Bench, kind: Kind) -> Outcome<Box<dyn Rounds>> {
    let customers = bench.sizes().1.customers / 2;
    let Shares { plan, crowd } = Shares::of(customers, bench.rounds, bench.small);
    let office = bench.offices.office(kind, bench.sizes().1)?;
    let mut asking = Asking { office: Rc::clone(&office), customers, asked: 0 };
    let mut next = |count| asking.next(count);
    let writes = Writes::begin(office, Work::Grant, plan, &mut next)?;
    let (p50, p99, longest) = Default::default();
    Ok(Box::new(Emergency { asking, writes, plan, crowd, missed: 0, p50, p99, longest }))
}

impl Rounds for Emergency {
    fn round(&mut self) -> Outcome<()> {
        self.writes.round(&mut |count| self.asking.next(count))?;
        self.ask_at_once()
    }

    fn report(&self, report: &mut Report) {
        self.writes.report(report, "emergency");
        let kind = self.asking.office.database.kind;
        let what = format!("{} within one second, {}", self.crowd, kind.name());
        let (missed, goal) = (Measured::new(self.missed.into(), ""), Some(Goal::AtMost(0.0)));
        report.row("emergency", &format!("{what}, not given"), missed, None, None, goal);
        for (name, values) in [("p50", &self.p50), ("p99", &self.p99), ("longest", &self.longest)] {
            let value = Measured::new(median(values.clone()), "ms");
            report.value("emergency", &format!("{what}, {name}"), value);
        }
    }
}

impl Emergency {
    /// Has the crowd ask a new server within one second.
    fn ask_at_once(&mut self) -> Outcome<()> {
        let office = Rc::clone(&self.asking.office);
        let mut next = |count| self.asking.next(count);
        let server = warm_server(&office, self.plan.warm, &mut next)?;
        let requests = next(self.crowd)?.into_iter();
        let pause = Duration::from_secs(1) / u32::try_from(self.crowd)?;
        let moments = (0..).map(|place| pause * place);
        let requests = moments.zip(requests.map(|(_, request)| http::alone(&request)));
        let answers = crowd::ask(&server.address, 201, requests)?;
        server.stop()?;
        settle(&office.database)?;
        if !answers.errors.is_empty() {
            eprintln!("emergency: {}", answers.errors_in_words());
        }
        self.missed += u32::try_from(answers.errors.len())?;
        self.p50.push(millis(answers.p50()));
        self.p99.push(millis(answers.p99()));
        self.longest.push(millis(answers.longest()));
        Ok(())
    }
}

/// How the customers are shared out among the runs.
struct Shares {
    plan: Plan,
    crowd: usize,
}

impl Shares {
    fn of(customers: usize, rounds: usize, small: bool) -> Self {
        let each = (customers - 1) / rounds;
        let warm = (each / 20).min(128);
        let left = each - SERVERS * warm;
        let crowd = (left / 9).min(CROWD);
        let calls = [(left - crowd) / 3, (left - crowd) * 2 / 3];
        let plan = Plan { seconds: if small { 1 } else { 8 }, warm, calls };
        Self { plan, crowd }
    }
}

/// Customers that ask, one after the other.
struct Asking {
    office: Rc<Office>,
    customers: usize,
    asked: usize,
}

impl Asking {
    fn next(&mut self, count: usize) -> Outcome<Vec<(usize, String)>> {
        let places = self.asked..self.asked + count;
        if places.end > self.customers {
            return Err("no customer is left that may ask".into());
        }
        self.asked = places.end;
        let numbers: Vec<_> = places.map(|n| 2 * (n * STRIDE % self.customers)).collect();
        let request = Request::Emergency { accounts: 5 };
        let statements = signed_by_many(&self.office, &numbers, &request)?;
        let posted = |statement: String| {
            http::post("/api/v1/emergency-licenses", "application/jwt", "", &statement)
        };
        Ok(numbers.into_iter().zip(statements.into_iter().map(posted)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_customers_are_enough_for_every_round() {
        for (customers, rounds) in [(50_000, 5), (50_000, 11), (200, 1)] {
            let Shares { plan, crowd } = Shares::of(customers, rounds, false);
            let round = SERVERS * plan.warm + plan.calls.iter().sum::<usize>() + crowd;
            assert!(rounds * round < customers, "{plan:?}");
            assert!(crowd > 0 && plan.warm > 0, "{plan:?}");
            // In the shortest turn, a quarter, each connection has a call.
            assert!(plan.calls[0] / 4 >= 1 && plan.calls[1] / 4 >= 16, "{plan:?}");
        }
        assert_eq!(Shares::of(50_000, 5, false).crowd, 1000);
    }
}
