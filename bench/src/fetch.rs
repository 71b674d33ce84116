//! Fetch: licenses that installations fetch, per second, against the bare server of [`floor`].
//!
//! 10,000 installations of the large office ask, ten times each in a round; each statement is signed
//! beforehand and asked once of the office. A round is the floor and the office by turns: a quarter of
//! the floor's time, half of the office's, half, half, a quarter, since the machine changes within
//! seconds. Rounds with licenses (200) take turns with those for installations that have the license
//! (304).
//!
//! [`floor`]: crate::floor

use crate::compared::{Compared, by_turns, inner_mean, outer_mean};
use crate::database::Kind;
use crate::floor::{Floor, Known};
use crate::http;
use crate::machine::millis;
use crate::office::Office;
use crate::report::{Goal, Measured};
use crate::seed::installation_key;
use crate::statement::signed_by_many;
use crate::wrk::{Expected, Load, Requests, Run};
use crate::{Bench, Outcome};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use licentia_license::Request;
use sha2::{Digest, Sha256};

/// How many installations ask, how often each in half a round, and over how many connections.
const INSTALLATIONS: usize = 10_000;
const EACH: usize = 5;
const CONNECTIONS: usize = 64;
/// How much longer than the floor's the office's p99 may be.
const P99: f64 = 2.0;

/// The floor's share that the office should reach.
fn share(kind: Kind) -> f64 {
    match kind {
        Kind::Sqlite => 0.8,
        Kind::Postgres => 0.5,
    }
}

/// Measures and reports.
pub fn measure(bench: &mut Bench, kind: Kind) -> Outcome<()> {
    let office = bench.offices.office(kind, bench.sizes().1)?;
    let server = office.serve()?;
    let asking = Asking::new(&office, &server.address)?;
    let floor = Floor::start(asking.known()?)?;
    let addresses = [server.address.as_str(), &floor.address];
    // Every answer is looked at once, while both warm up: each installation asks, and so is noted.
    let looked_at = Load { connections: CONNECTIONS, seconds: 20, expected: Expected::Status(200) };
    let (requests, _) = asking.requests(addresses, false)?;
    for address in addresses {
        looked_at.send(&requests, address)?;
    }
    let seconds = if bench.small { 1 } else { 4 };
    let mut answers = [200, 304].map(|status| (status, Compared::default(), Compared::default()));
    for _ in 0..bench.rounds {
        for (status, rates, p99) in &mut answers {
            bench.quiet()?;
            let requests = || asking.requests(addresses, *status == 304);
            let ((any, length), (early, _), (late, _)) = (requests()?, requests()?, requests()?);
            let send = |address, requests: &Requests, part: u64| {
                let seconds = (seconds / part).max(1);
                let load = Load { seconds, expected: Expected::Length(length), ..looked_at };
                load.send(requests, address)
            };
            let [office, floor] = addresses;
            // The office is asked each statement once.
            let mut unused = vec![late, early];
            let (floors, ours) = by_turns(
                |part| send(floor, &any, part),
                |part| send(office, &unused.pop().ok_or("two are enough")?, part),
            )?;
            let rate = |run: Run| run.per_second;
            let tail = |run: Run| millis(run.p99);
            rates.add(inner_mean(ours.map(rate)), outer_mean(floors.map(rate)));
            p99.add(inner_mean(ours.map(tail)), outer_mean(floors.map(tail)));
        }
    }
    for (status, rates, p99) in answers {
        let what = format!("{} with {status}", kind.name());
        let rows = [
            (what.clone(), rates, "/s", Goal::AtLeast(share(kind))),
            (format!("{what}, p99"), p99, "ms", Goal::AtMost(P99)),
        ];
        for (what, values, unit, goal) in rows {
            let [ours, floor] = [values.ours(), values.floor()].map(|v| Measured::new(v, unit));
            let ratio = Some(values.ratio());
            bench.report.row("fetch", &what, ours, Some(floor), ratio, Some(goal));
        }
    }
    server.stop()
}

/// The installations that ask, with the licenses that they are answered.
struct Asking<'a> {
    office: &'a Office,
    numbers: Vec<usize>,
    documents: Vec<String>,
}

impl<'a> Asking<'a> {
    /// Picks them from all over the office, and learns from it what each is answered.
    fn new(office: &'a Office, address: &str) -> Outcome<Self> {
        let all = office.size.customers;
        let some = all.min(INSTALLATIONS);
        let numbers: Vec<_> = (0..some).map(|n| n * (all / some)).collect();
        let agent = ureq::Agent::new_with_defaults();
        let url = format!("http://{address}/api/v1/license");
        let statements = signed_by_many(office, &numbers, &Request::License {})?;
        let document = |statement: &String| {
            let bearer = format!("Bearer {statement}");
            let mut answer = agent.get(&url).header("authorization", bearer).call()?;
            Ok(answer.body_mut().read_to_string()?)
        };
        let documents = statements.iter().map(document).collect::<Outcome<_>>()?;
        Ok(Self { office, numbers, documents })
    }

    /// What the floor has to know beforehand.
    fn known(&self) -> Outcome<Vec<Known>> {
        let statements = signed_by_many(self.office, &self.numbers, &Request::License {})?;
        let all = self.numbers.iter().zip(&self.documents).zip(statements);
        let known = all.map(|((&n, document), statement)| Known {
            header: statement.split('.').next().unwrap_or_default().to_owned(),
            key: installation_key(n).verifying_key().to_bytes(),
            document: document.clone(),
        });
        Ok(known.collect())
    }

    /// Requests for both, and how long an answer is; `known` says whether the installations have
    /// their licenses already. One of them is asked here: both must answer the same.
    fn requests(&self, addresses: [&str; 2], known: bool) -> Outcome<(Requests, usize)> {
        let numbers: Vec<_> = (0..EACH).flat_map(|_| self.numbers.iter().copied()).collect();
        let mut statements = signed_by_many(self.office, &numbers, &Request::License {})?;
        let request = |(n, statement): (usize, String)| {
            let tag = known.then(|| tag(&self.documents[n % self.documents.len()]));
            http::fetch(&statement, tag.as_deref())
        };
        let last = statements.pop().ok_or("no statement")?;
        let one = request((statements.len(), last));
        let length = same_answers(addresses, &one, if known { 304 } else { 200 })?;
        let requests = Requests::new(statements.into_iter().enumerate().map(request))?;
        Ok((requests, length))
    }
}

/// The ETag of a license, as the office makes it.
fn tag(document: &str) -> String {
    let hash = Sha256::digest(document.as_bytes());
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(&hash[..16]))
}

/// How long the answer to a request is, that office and floor answer alike.
fn same_answers(addresses: [&str; 2], request: &str, status: u16) -> Outcome<usize> {
    let [office, floor] = addresses.map(|address| http::call(address, request));
    let (office, floor) = (office?, floor?);
    let same = |answer: &http::Answer| (answer.headers.clone(), answer.body.clone());
    if !office.status_is(status) || !floor.status_is(status) || same(&office) != same(&floor) {
        return Err(format!("the floor answers otherwise: {office:?}, {floor:?}").into());
    }
    Ok(office.length)
}
