//! Herd: 10,000 installations that ask at once when the office is back after an outage. Each opens
//! a connection of its own and fetches its license; none asks a second time.

use crate::compared::median;
use crate::database::Kind;
use crate::http;
use crate::machine::millis;
use crate::report::{Goal, Measured};
use crate::statement::signed_by_many;
use crate::{Bench, Outcome, crowd, machine};
use licentia_license::Request;
use std::time::Duration;

/// How many ask.
const INSTALLATIONS: usize = 10_000;
/// How many files a process has open beside its connections, at most.
const OTHER_FILES: u64 = 200;

/// Measures and reports: those that were not served in any round, and medians of the rounds.
pub fn measure(bench: &mut Bench, kind: Kind) -> Outcome<()> {
    let office = bench.offices.office(kind, bench.sizes().1)?;
    let all = office.size.customers;
    let some = all.min(INSTALLATIONS);
    machine::require_open_files(u64::try_from(some)? + OTHER_FILES)?;
    let numbers: Vec<_> = (0..some).map(|n| n * (all / some)).collect();
    let (mut errors, mut p99, mut took) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.rounds {
        bench.quiet()?;
        let statements = signed_by_many(&office, &numbers, &Request::License {})?;
        let requests = statements
            .iter()
            .map(|statement| (Duration::ZERO, http::alone(&http::fetch(statement, None))));
        let server = office.serve()?;
        let answers = crowd::ask(&server.address, 200, requests)?;
        server.stop()?;
        if !answers.errors.is_empty() {
            eprintln!("herd: {}", answers.errors_in_words());
        }
        errors.push(answers.errors.len());
        p99.push(millis(answers.p99()));
        took.push(millis(answers.took));
    }
    let what = format!("{some} at once, {}", kind.name());
    let missed = u32::try_from(errors.iter().sum::<usize>())?;
    let missed = Measured::new(missed.into(), "");
    let report = &mut bench.report;
    let goal = Some(Goal::AtMost(0.0));
    report.row("herd", &format!("{what}, not served"), missed, None, None, goal);
    report.value("herd", &format!("{what}, p99"), Measured::new(median(p99), "ms"));
    report.value("herd", &format!("{what}, all"), Measured::new(median(took), "ms"));
    Ok(())
}
