//! Footprint: how long from the start of the process to the first answer, on an empty database, on
//! the same one again, and on the large office; the memory it holds when idle, and with many
//! connections kept open; the size of the binary. Each is the median of several starts.
//!
//! A connection that is kept open has had one answer. The server closes one that has been silent for
//! some seconds, so they are opened at once, and those that are open still are counted when the
//! memory has been read.

use crate::connection::Connection;
use crate::database::Kind;
use crate::machine::median;
use crate::report::{Goal, Measured};
use crate::server::Server;
use crate::{Bench, Outcome};
use std::fs;
use std::time::Duration;

/// How many starts a median is taken of.
const STARTS: usize = 9;
/// How many connections are kept open.
const CONNECTIONS: usize = 10_000;
/// How many threads open them.
const OPENERS: usize = 10;
/// How long a server is left alone before its memory is read.
const PAUSE: Duration = Duration::from_secs(1);

/// Measures and reports.
pub fn measure(bench: &mut Bench, kind: Kind) -> Outcome<()> {
    let starts = starts(bench);
    let room = "footprint";
    let office = bench.offices.office(kind, bench.sizes().1)?;
    let customers = office.size.customers;
    let (mut answered, mut idle) = (Vec::new(), Vec::new());
    for _ in 0..starts {
        let server = office.serve()?;
        answered.push(server.answered);
        std::thread::sleep(PAUSE);
        idle.push(server.resident_kib()?);
        server.stop()?;
    }
    let on = format!("{customers} customers, {}", kind.name());
    let took = Measured::millis(median(&mut answered));
    let goal = Some(Goal::AtMost(200.0));
    let what = format!("start to first answer, {on}");
    bench.report.row(room, &what, took, None, None, goal);
    let memory = Measured::mib(median(&mut idle) * 1024);
    bench.report.value(room, &format!("resident memory, idle, {on}"), memory);

    let count = if bench.small { 100 } else { CONNECTIONS };
    let mut crowded = Vec::new();
    for _ in 0..bench.rounds {
        crowded.push(with_connections(&office.serve()?, count)?);
    }
    let memory = Measured::mib(median(&mut crowded) * 1024);
    let what = format!("resident memory, {count} idle connections, {on}");
    bench.report.row(room, &what, memory, None, None, Some(Goal::AtMost(150.0)));
    Ok(())
}

/// Starts on a new folder, and on the same one again; the size of the binary.
pub fn measure_empty(bench: &mut Bench) -> Outcome<()> {
    let starts = starts(bench);
    let (mut first, mut again, mut idle) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..starts {
        let folder = tempfile::tempdir()?;
        let server = Server::start(&bench.binary, folder.path(), &[])?;
        first.push(server.answered);
        server.stop()?;
        let server = Server::start(&bench.binary, folder.path(), &[])?;
        again.push(server.answered);
        std::thread::sleep(PAUSE);
        idle.push(server.resident_kib()?);
        server.stop()?;
    }
    let (room, report) = ("footprint", &mut bench.report);
    report.value(room, "start to first answer, new", Measured::millis(median(&mut first)));
    report.value(room, "start to first answer, empty", Measured::millis(median(&mut again)));
    report.value(room, "resident memory, idle, empty", Measured::mib(median(&mut idle) * 1024));
    report.value(room, "the binary", Measured::mib(fs::metadata(&bench.binary)?.len()));
    Ok(())
}

fn starts(bench: &Bench) -> usize {
    if bench.small { 1 } else { STARTS }
}

/// The resident memory of a server that keeps so many connections open.
fn with_connections(server: &Server, count: usize) -> Outcome<u64> {
    // By many at a time, so that the first are not silent for long when the last are open.
    let some = || {
        let open = || {
            let mut connection = Connection::open(&server.address)?;
            connection.get("/api/v1/keys", "")?.expect(200)?;
            Ok(connection)
        };
        let opened: Outcome<Vec<_>> = (0..count / OPENERS).map(|_| open()).collect();
        opened.map_err(|error| error.to_string())
    };
    let connections = std::thread::scope(|scope| {
        let openers: Vec<_> = (0..OPENERS).map(|_| scope.spawn(some)).collect();
        let opened = openers
            .into_iter()
            .map(|opener| opener.join().unwrap_or_else(|_| Err("an opener broke off".into())));
        opened.collect::<Result<Vec<_>, String>>()
    })?
    .into_iter()
    .flatten()
    .collect::<Vec<_>>();
    std::thread::sleep(PAUSE);
    let resident = server.resident_kib()?;
    for (number, connection) in connections.iter().enumerate() {
        if !connection.is_open()? {
            return Err(format!("the server closed connection {number} of {count}").into());
        }
    }
    Ok(resident)
}
