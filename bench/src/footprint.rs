//! Footprint: how long from the start of the process to the first answer, on an empty database and
//! on the same one again; the memory it holds when idle; the size of the binary. Each time is the
//! median of several starts.

use crate::machine::median;
use crate::report::Measured;
use crate::server::Server;
use crate::{Bench, Outcome};
use std::fs;
use std::time::Duration;

/// How many starts a median is taken of.
const STARTS: usize = 9;

/// Measures and reports.
pub fn measure(bench: &mut Bench) -> Outcome<()> {
    let mut empty = Vec::new();
    let mut again = Vec::new();
    let mut idle = Vec::new();
    for _ in 0..if bench.small { 1 } else { STARTS } {
        let folder = tempfile::tempdir()?;
        let first = Server::start(&bench.binary, folder.path(), &[])?;
        empty.push(first.answered);
        first.stop()?;
        let second = Server::start(&bench.binary, folder.path(), &[])?;
        again.push(second.answered);
        std::thread::sleep(Duration::from_secs(2));
        idle.push(second.resident_kib()?);
        second.stop()?;
    }
    let room = "footprint";
    let report = &mut bench.report;
    report.value(room, "start to first answer, empty", Measured::millis(median(&mut empty)));
    report.value(room, "start to first answer, again", Measured::millis(median(&mut again)));
    report.value(room, "resident memory, idle", Measured::mib(median(&mut idle) * 1024));
    report.value(room, "the binary", Measured::mib(fs::metadata(&bench.binary)?.len()));
    Ok(())
}
