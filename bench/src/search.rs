//! Search: how long `GET /customers?search=…` takes among few customers and among many.
//!
//! Two servers on the same kind of database answer in turn, so that both see the same machine. What
//! is sought exists in both. The goal is a median of all kinds that grows at most by 1.3; the
//! beginning of a name finds more among many, and so takes longer to answer.

use crate::database::Kind;
use crate::machine::median;
use crate::office::Office;
use crate::report::{Goal, Measured};
use crate::seed::{Size, company, order_number};
use crate::server::Server;
use crate::{Bench, Outcome};
use std::rc::Rc;
use std::time::{Duration, Instant};

/// How often each kind of search is asked of each server.
const ROUNDS: usize = 200;

/// Measures and reports.
pub fn measure(bench: &mut Bench, kind: Kind) -> Outcome<()> {
    let (few, many) = bench.sizes();
    let rounds = if bench.small { 20 } else { ROUNDS };
    let places = [Place::serve(bench, kind, few)?, Place::serve(bench, kind, many)?];
    let mut all: [Vec<Duration>; 2] = [Vec::new(), Vec::new()];
    for (what, words) in searches(few.customers) {
        let mut times: [Vec<Duration>; 2] = [Vec::new(), Vec::new()];
        for round in 0..rounds {
            for (place, times) in places.iter().zip(&mut times) {
                times.push(place.search(&words[round % words.len()])?);
            }
        }
        for (all, times) in all.iter_mut().zip(&times) {
            all.extend(times);
        }
        report(bench, kind, what, times, None);
    }
    report(bench, kind, "all of these", all, Some(Goal::AtMost(1.3)));
    Ok(())
}

/// Adds a line: many customers against few.
fn report(
    bench: &mut Bench,
    kind: Kind,
    what: &str,
    times: [Vec<Duration>; 2],
    goal: Option<Goal>,
) {
    let [few, many] = times.map(|mut times| median(&mut times));
    let ratio = many.as_secs_f64() / few.as_secs_f64();
    let what = format!("{what}, {}", kind.name());
    let (few, many) = (Some(Measured::millis(few)), Measured::millis(many));
    bench.report.row("search", &what, many, few, Some(ratio), goal);
}

/// What is looked for, by kind: words of customers that are in both offices.
fn searches(few: usize) -> Vec<(&'static str, Vec<String>)> {
    let companies: Vec<_> = (0..few).map(company).collect();
    let each = |words: &dyn Fn(usize) -> String| (0..few).map(words).collect::<Vec<_>>();
    let beginning = |text: &str| text.chars().take(6).collect::<String>();
    vec![
        ("a name", each(&|n| companies[n].own.clone())),
        ("a name's beginning", each(&|n| beginning(&companies[n].own))),
        ("a word that many have", vec!["ооо".into(), "сервис".into()]),
        ("that and a city", each(&|n| format!("ооо {}", companies[n].city))),
        ("a name and a city", each(&|n| format!("{} {}", companies[n].own, companies[n].city))),
        ("a postal code", each(&|n| companies[n].postal_code.clone())),
        ("an order number", each(&|n| order_number(n, 0))),
        ("nothing that is there", vec!["щщщ".into()]),
    ]
}

/// An office that is served, and searched over one connection.
struct Place {
    office: Rc<Office>,
    server: Server,
    agent: ureq::Agent,
}

impl Place {
    fn serve(bench: &mut Bench, kind: Kind, size: Size) -> Outcome<Self> {
        let office = bench.offices.office(kind, size)?;
        let server = office.serve()?;
        Ok(Self { office, server, agent: ureq::Agent::new_with_defaults() })
    }

    fn search(&self, words: &str) -> Outcome<Duration> {
        let url = format!("http://{}/api/v1/customers", self.server.address);
        let began = Instant::now();
        let mut answer = self
            .agent
            .get(url)
            .query("search", words)
            .header("authorization", format!("Bearer {}", self.office.token))
            .call()?;
        answer.body_mut().read_to_vec()?;
        Ok(began.elapsed())
    }
}
