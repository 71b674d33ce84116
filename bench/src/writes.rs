//! Calls that write, against the database's own rate for the same rows: what `issue` and `emergency`
//! have in common.
//!
//! A round is the office over one connection and the database with one client by turns, a quarter of the
//! office's time, half of the database's, half, half, a quarter, since the time that the disk takes changes
//! within seconds; then the same over 16 connections. Each time the office has a server that was started
//! for it and has answered some calls; it sends its mails meanwhile, as it always does, into a folder in
//! memory: a mail server does not wait for the disk of the office's database. The server is ended
//! before the database is measured, and what a run left to do is done before the next: the mails are
//! taken as sent, and the database writes its log into its tables.

use crate::compared::{Compared, by_turns, inner_mean, median, outer_mean};
use crate::database::{Database, Kind, psql};
use crate::machine::millis;
use crate::office::Office;
use crate::report::{Goal, Measured, Report};
use crate::rows::{Sample, Work};
use crate::seed::customer_id;
use crate::server::Server;
use crate::wrk::{Expected, Load, Requests, Run};
use crate::{Outcome, bare_sqlite, crowd, http, pgbench};
use rusqlite::Connection;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// How many clients.
const CLIENTS: [usize; 2] = [1, 16];
/// The share of the database's own rate that the office should reach.
const SHARE: f64 = 0.6;
/// Numbers the runs of this process, so that no row of one is that of another.
static RUNS: AtomicUsize = AtomicUsize::new(1);

/// How much is done.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How long the office, and how long the database, is measured in a round at most.
    pub seconds: u64,
    /// How many calls a new server has answered before it is measured.
    pub warm: usize,
    /// How many calls there are for a round with 1 client and for one with 16.
    pub calls: [usize; 2],
}

/// Makes so many requests of the next customers: a customer's number, and the request.
pub type Next<'a> = dyn FnMut(usize) -> Outcome<Vec<(usize, String)>> + 'a;

/// What the rounds came to, with 1 client and with 16.
pub struct Writes {
    office: Rc<Office>,
    work: Work,
    plan: Plan,
    sample: Sample,
    rates: [Compared; 2],
    p99: [Vec<f64>; 2],
}

/// A number of its own for a run.
pub fn run() -> usize {
    RUNS.fetch_add(1, Ordering::Relaxed)
}

impl Writes {
    /// Gets ready.
    pub fn begin(office: Rc<Office>, work: Work, plan: Plan, next: &mut Next<'_>) -> Outcome<Self> {
        let sample = sample(&office, next)?;
        if office.database.kind == Kind::Postgres {
            pgbench::prepare(&office.database.url)?;
        }
        let (rates, p99) = Default::default();
        Ok(Self { office, work, plan, sample, rates, p99 })
    }

    /// Measures once.
    pub fn round(&mut self, next: &mut Next<'_>) -> Outcome<()> {
        let Self { office, work, plan, sample, .. } = self;
        for (place, clients) in CLIENTS.into_iter().enumerate() {
            let part_of = |part: u64| (plan.seconds / part).max(1);
            let (runs, floors) = by_turns(
                |part| {
                    let (connections, seconds) = (clients, part_of(part));
                    let load = Load { connections, seconds, expected: Expected::Status(201) };
                    ours(office, plan.warm, load, plan.calls[place] / usize::try_from(part)?, next)
                },
                |part| floor(office, *work, sample, clients, part_of(part)),
            )?;
            let ours = outer_mean(runs.map(|run| run.per_second));
            self.rates[place].add(ours, inner_mean(floors));
            self.p99[place].extend(runs.map(|run| millis(run.p99)));
        }
        Ok(())
    }

    /// Adds their lines.
    pub fn report(&self, report: &mut Report, room: &str) {
        let kind = self.office.database.kind;
        for ((rates, p99), clients) in self.rates.iter().zip(&self.p99).zip(CLIENTS) {
            let clients =
                if clients == 1 { "1 client".into() } else { format!("{clients} clients") };
            let what = format!("{}, {clients}", kind.name());
            let [ours, floor] = [rates.ours(), rates.floor()].map(Measured::per_second);
            let (ratio, goal) = (Some(rates.ratio()), Some(Goal::AtLeast(SHARE)));
            report.row(room, &what, ours, Some(floor), ratio, goal);
            report.value(room, &format!("{what}, p99"), Measured::new(median(p99.clone()), "ms"));
        }
    }
}

/// The texts of one call's rows, as the office writes them.
fn sample(office: &Office, next: &mut Next<'_>) -> Outcome<Sample> {
    let server = office.serve()?;
    let (n, request) = next(1)?.pop().ok_or("no request")?;
    let answer = http::call(&server.address, &request)?;
    server.stop()?;
    if !answer.status_is(201) {
        return Err(format!("nothing was written: {answer:?}").into());
    }
    Sample::of(&office.database, customer_id(n).as_str())
}

/// A new server that has answered so many calls, made at once, and so has all its connections to the
/// database.
pub fn warm_server(office: &Office, calls: usize, next: &mut Next<'_>) -> Outcome<Server> {
    let server = office.serve()?;
    let requests = next(calls)?.into_iter();
    let requests = requests.map(|(_, request)| (Duration::ZERO, http::alone(&request)));
    let answers = crowd::ask(&server.address, 201, requests)?;
    if answers.errors.is_empty() { Ok(server) } else { Err(answers.errors_in_words().into()) }
}

/// Answers per second of a server of its own, to these calls.
fn ours(
    office: &Office,
    warm: usize,
    load: Load,
    calls: usize,
    next: &mut Next<'_>,
) -> Outcome<Run> {
    let server = warm_server(office, warm, next)?;
    let requests = Requests::new(next(calls)?.into_iter().map(|(_, request)| request))?;
    let run = load.send(&requests, &server.address)?;
    server.stop()?;
    settle(&office.database)?;
    Ok(run)
}

/// Transactions per second of the database itself.
fn floor(
    office: &Office,
    work: Work,
    sample: &Sample,
    clients: usize,
    seconds: u64,
) -> Outcome<f64> {
    let (url, customers, run) = (&office.database.url, office.size.customers, run());
    let rate = match office.database.kind {
        Kind::Sqlite => bare_sqlite::rate(url, work, sample, customers, run, seconds)?,
        Kind::Postgres => pgbench::rate(url, work, sample, customers, run, clients, seconds)?,
    };
    settle(&office.database)?;
    Ok(rate)
}

/// Does what a run left to do.
pub fn settle(database: &Database) -> Outcome<()> {
    let sent = "UPDATE mails SET state = 'sent' WHERE state = 'queued'";
    match database.kind {
        Kind::Sqlite => {
            let connection = Connection::open(&database.url)?;
            connection.execute_batch(sent)?;
            let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
            connection.query_row(checkpoint, [], |_| Ok(()))?;
        }
        Kind::Postgres => {
            psql(&database.url, sent)?;
            psql(&database.url, "CHECKPOINT")?;
        }
    }
    Ok(())
}
