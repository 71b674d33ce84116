//! Builds: purchases of this build of the server beside those of another, by turns; `--other BINARY`
//! names it, say one of an earlier commit. Without it there are two servers of this build, which shows
//! how far equal builds are apart.
//!
//! Each has an office of its own that is filled by calls alone, since another build may have other
//! tables. A round is eight turns of each, over one connection and then over 16.

use crate::compared::Compared;
use crate::connection::Connection;
use crate::database::Kind;
use crate::office::Office;
use crate::report::{Goal, Measured, Report};
use crate::server::Server;
use crate::{Bench, Outcome, Rounds};
use std::path::Path;
use std::thread;
use std::time::Instant;

/// How many clients record purchases at once.
const CLIENTS: [usize; 2] = [1, 16];
/// How many turns each build has in a round, for each number of clients.
const TURNS: usize = 8;
/// The share of the other build's rate that is kept.
const SHARE: f64 = 0.9;

/// One of the two builds, with its server under way.
struct Build {
    office: Office,
    server: Server,
    customers: Vec<String>,
}

struct Builds {
    kind: Kind,
    ours: Build,
    other: Build,
    calls: usize,
    is_other: bool,
    rates: [Compared; 2],
}

/// Gets ready.
pub fn begin(bench: &mut Bench, kind: Kind) -> Outcome<Box<dyn Rounds>> {
    let (customers, calls) = if bench.small { (4, 16) } else { (200, 160) };
    let other = bench.other.as_deref().unwrap_or(&bench.binary);
    let ours = Build::start(&bench.binary, kind, "builds_this", customers)?;
    let other = Build::start(other, kind, "builds_other", customers)?;
    let (is_other, rates) = (bench.other.is_some(), Default::default());
    Ok(Box::new(Builds { kind, ours, other, calls, is_other, rates }))
}

impl Rounds for Builds {
    fn round(&mut self) -> Outcome<()> {
        for (place, clients) in CLIENTS.into_iter().enumerate() {
            let mut seconds = [0.0, 0.0];
            for turn in 0..TURNS {
                let mut builds = [(0, &self.ours), (1, &self.other)];
                // Neither is always the one after the other.
                builds.rotate_left(turn % 2);
                for (build, at) in builds {
                    seconds[build] += at.purchases(clients, self.calls)?;
                }
            }
            let made = f64::from(u32::try_from(TURNS * self.calls)?);
            let [ours, other] = seconds.map(|seconds| made / seconds);
            self.rates[place].add(ours, other);
        }
        Ok(())
    }

    fn report(&self, report: &mut Report) {
        let other = if self.is_other { "another build" } else { "itself" };
        for (rates, clients) in self.rates.iter().zip(CLIENTS) {
            let what = format!(
                "purchases beside {other}, {}, {clients} client{}",
                self.kind.name(),
                if clients == 1 { "" } else { "s" }
            );
            let [ours, floor] = [rates.ours(), rates.floor()].map(Measured::per_second);
            let goal = self.is_other.then_some(Goal::AtLeast(SHARE));
            report.row("builds", &what, ours, Some(floor), Some(rates.ratio()), goal);
        }
    }
}

impl Build {
    fn start(binary: &Path, kind: Kind, name: &str, customers: usize) -> Outcome<Self> {
        let office = Office::empty(binary, kind, name)?;
        let server = office.serve()?;
        let mut build = Self { office, server, customers: Vec::new() };
        let mut connection = Connection::open(&build.server.address)?;
        for number in 0..customers {
            let body = format!(
                r#"{{"name":"Customer {number}","country":"Germany","region":"Hesse","city":"Fulda","postal_code":"36037","email":"it-{number}@customer.example","language":"en"}}"#
            );
            let made =
                connection.post("/api/v1/customers", &build.headers(), &body)?.expect(201)?;
            let made: serde_json::Value = serde_json::from_slice(&made.body)?;
            build.customers.push(made["id"].as_str().ok_or("a customer without id")?.to_owned());
        }
        // So that all its connections to the database are open.
        build.purchases(CLIENTS[1], CLIENTS[1])?;
        Ok(build)
    }

    fn headers(&self) -> String {
        let token = &self.office.token;
        format!("Authorization: Bearer {token}\r\nContent-Type: application/json\r\n")
    }

    /// Records so many purchases, each client its share; returns how many seconds it took.
    fn purchases(&self, clients: usize, calls: usize) -> Outcome<f64> {
        let mut work = vec![Vec::new(); clients];
        for call in 0..calls {
            let number = self.office.next_order();
            let customer = &self.customers[number % self.customers.len()];
            let body = format!(
                r#"{{"order_number":"builds-{number}","paid_on":"2020-01-01","items":[{{"item":"user_accounts","quantity":1}}]}}"#
            );
            work[call % clients].push((format!("/api/v1/customers/{customer}/purchases"), body));
        }
        let (address, headers) = (&self.server.address, &self.headers());
        let began = Instant::now();
        let done: Result<(), String> = thread::scope(|scope| {
            let send = |calls: Vec<(String, String)>| {
                let mut connection =
                    Connection::open(address).map_err(|error| error.to_string())?;
                for (path, body) in calls {
                    let answer = connection.post(&path, headers, &body);
                    let answer = answer.and_then(|answer| answer.expect(201));
                    answer.map_err(|error| error.to_string())?;
                }
                Ok(())
            };
            let clients: Vec<_> =
                work.into_iter().map(|calls| scope.spawn(move || send(calls))).collect();
            let ended = |client: thread::ScopedJoinHandle<'_, _>| {
                client.join().unwrap_or_else(|_| Err("a client panicked".to_owned()))
            };
            clients.into_iter().try_for_each(ended)
        });
        done?;
        Ok(began.elapsed().as_secs_f64())
    }
}
