//! Search: how long `GET /customers?search=…` takes among few customers and among many.
//!
//! Two servers on the same kind of database answer in turn, so that both see the same machine. What
//! is sought exists in both. The goal is a median of all kinds that grows at most by 1.3; the
//! beginning of a name finds more among many, and so takes longer to answer.

use crate::compared::Compared;
use crate::database::Kind;
use crate::machine::{median, millis};
use crate::office::Office;
use crate::report::{Goal, Measured};
use crate::seed::{Size, company, order_number};
use crate::server::Server;
use crate::{Bench, Outcome};
use std::rc::Rc;
use std::time::{Duration, Instant};

/// How often each kind of search is asked of each server in a round.
const ASKED: usize = 200;

/// Measures and reports: in each round every kind, after one that only warms up.
pub fn measure(bench: &mut Bench, kind: Kind) -> Outcome<()> {
    let (few, many) = bench.sizes();
    let asked = if bench.small { 20 } else { ASKED };
    let places = [Place::serve(bench, kind, few)?, Place::serve(bench, kind, many)?];
    let searches = searches(few.customers);
    let mut each: Vec<Compared> = searches.iter().map(|_| Compared::default()).collect();
    let mut all = Compared::default();
    for round in 0..=bench.rounds {
        bench.quiet()?;
        let mut together: [Vec<Duration>; 2] = [Vec::new(), Vec::new()];
        for ((_, words), compared) in searches.iter().zip(&mut each) {
            let times = in_turn(&places, words, asked)?;
            for (together, times) in together.iter_mut().zip(&times) {
                together.extend(times);
            }
            if round > 0 {
                add(compared, times);
            }
        }
        if round > 0 {
            add(&mut all, together);
        }
    }
    for ((what, _), compared) in searches.iter().zip(each) {
        report(bench, kind, what, &compared, None);
    }
    report(bench, kind, "all of these", &all, Some(Goal::AtMost(1.3)));
    Ok(())
}

/// How long each search took, where there are few customers and where there are many.
fn in_turn(places: &[Place; 2], words: &[String], asked: usize) -> Outcome<[Vec<Duration>; 2]> {
    let mut times: [Vec<Duration>; 2] = [Vec::new(), Vec::new()];
    for n in 0..asked {
        for (place, times) in places.iter().zip(&mut times) {
            times.push(place.search(&words[n % words.len()])?);
        }
    }
    Ok(times)
}

/// Adds a round's medians, in milliseconds.
fn add(compared: &mut Compared, times: [Vec<Duration>; 2]) {
    let [few, many] = times.map(|mut times| millis(median(&mut times)));
    compared.add(many, few);
}

/// Adds a line: many customers against few.
fn report(bench: &mut Bench, kind: Kind, what: &str, compared: &Compared, goal: Option<Goal>) {
    let what = format!("{what}, {}", kind.name());
    let [many, few] = [compared.ours(), compared.floor()].map(|ms| Measured::new(ms, "ms"));
    bench.report.row("search", &what, many, Some(few), Some(compared.ratio()), goal);
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
