//! Rotation: every license of the large office issued again, by the command line's own withdrawal
//! of the issuing key, against bare Ed25519 signing of documents of the same size on one core. The
//! goal is a quarter of that rate, and memory that stays flat: the most that the process has held
//! (`VmHWM`) is at most 1.2 of what it held (`VmRSS`) when a tenth was done.
//!
//! How far it is is read from the database. A withdrawal is for good, so each round withdraws the
//! key that the last one has made, and re-issues all the same.

use crate::database::Kind;
use crate::machine::median_of;
use crate::office::Office;
use crate::report::{Goal, Measured};
use crate::seed::{customer_id, installation_key};
use crate::server::memory_kib;
use crate::{Bench, Outcome};
use ed25519_dalek::Signer;
use std::hint::black_box;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// How often its memory is read.
const LOOK: Duration = Duration::from_millis(20);
/// At which of these looks it is asked how far it is, until a tenth is done.
const ASK: u32 = 5;
/// For how long bare signatures are counted.
const BARE: Duration = Duration::from_secs(1);

/// Measures and reports.
pub fn measure(bench: &mut Bench, kind: Kind) -> Outcome<()> {
    // The baseline of writes has added rows past the server, for which it issues nothing.
    bench.offices.forget();
    let office = bench.offices.office(kind, bench.sizes().1)?;
    let bytes = document_bytes(&office)?;
    let (mut rates, mut floors, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let (mut tenths, mut peaks, mut growths) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.rounds {
        bench.quiet()?;
        // The machine's own speed changes meanwhile.
        let half = if bench.small { BARE / 10 } else { BARE };
        let before = bare(bytes, half);
        let run = rotate(&office)?;
        let floor = f64::midpoint(before, bare(bytes, half));
        ratios.push(run.rate / floor);
        rates.push(run.rate);
        floors.push(floor);
        growths.push(run.peak / run.tenth);
        tenths.push(run.tenth);
        peaks.push(run.peak);
    }
    let (room, on) = ("rotation", kind.name());
    let count = office.size.customers;
    bench.report.row(
        room,
        &format!("{count} licenses issued again, against bare signing, {on}"),
        Measured::per_second(median_of(&mut rates)),
        Some(Measured::per_second(median_of(&mut floors))),
        Some(median_of(&mut ratios)),
        Some(Goal::AtLeast(0.25)),
    );
    bench.report.row(
        room,
        &format!("most memory, against that at a tenth, {on}"),
        Measured::new(median_of(&mut peaks), "MiB"),
        Some(Measured::new(median_of(&mut tenths), "MiB")),
        Some(median_of(&mut growths)),
        Some(Goal::AtMost(1.2)),
    );
    Ok(())
}

/// What one rotation did.
struct Run {
    /// Licenses each second, the process's start and end included.
    rate: f64,
    /// What it held at a tenth, in MiB.
    tenth: f64,
    /// The most that it held, in MiB.
    peak: f64,
}

#[expect(clippy::cast_precision_loss, reason = "counts of thousands")]
fn rotate(office: &Office) -> Outcome<Run> {
    let key = signing_key(office)?;
    let customers = office.size.customers;
    let began = Instant::now();
    let mut process = office
        .command()
        .args(["keys", "rotate", "--withdraw", &key])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let watched = watch(office, &mut process, &key);
    if watched.is_err() {
        let _ = process.kill();
    }
    let ended = process.wait_with_output()?;
    let took = began.elapsed();
    if !ended.status.success() {
        return Err(String::from_utf8_lossy(&ended.stderr).into());
    }
    let (tenth, peak) = watched?;
    let left = signed_by(office, &key)?;
    if left > 0 {
        return Err(format!("{left} licenses were not issued again").into());
    }
    let mib = |kib: u64| kib as f64 / 1024.0;
    let rate = customers as f64 / took.as_secs_f64();
    Ok(Run { rate, tenth: mib(tenth), peak: mib(peak) })
}

/// Waits until it ends; answers with its memory at a tenth and at the most, in KiB. A process that
/// has just ended has no memory any more, so the last that was read counts.
fn watch(office: &Office, process: &mut Child, key: &str) -> Outcome<(u64, u64)> {
    // Licenses are issued again in the order of the customers' ids.
    let last = customer_id(office.size.customers / 10);
    let asked = format!("SELECT license_key FROM customers WHERE id = '{last}'");
    let (mut tenth, mut peak) = (None, 0);
    for look in 0_u32.. {
        if process.try_wait()?.is_some() {
            break;
        }
        peak = memory_kib(process.id(), "VmHWM:").unwrap_or(peak);
        if tenth.is_none() && look.is_multiple_of(ASK) && office.database.ask(&asked)? != key {
            tenth = memory_kib(process.id(), "VmRSS:").ok();
        }
        std::thread::sleep(LOOK);
    }
    // A small office is done before anybody has looked.
    let is_small = office.size.customers < 10_000;
    let tenth = tenth.or_else(|| is_small.then_some(peak)).ok_or("a tenth was never seen")?;
    Ok((tenth, peak))
}

/// How many documents of so many bytes are signed each second, and nothing else done.
fn bare(bytes: usize, during: Duration) -> f64 {
    let key = installation_key(0);
    let mut document = vec![b'a'; bytes];
    let mut signed = 0_u32;
    let began = Instant::now();
    while began.elapsed() < during {
        signed += 1;
        for (byte, number) in document.iter_mut().zip(signed.to_le_bytes()) {
            *byte = number;
        }
        black_box(key.sign(black_box(&document)));
    }
    f64::from(signed) / began.elapsed().as_secs_f64()
}

/// The issuing key that signed the current licenses.
fn signing_key(office: &Office) -> Outcome<String> {
    let first = customer_id(0);
    office.database.ask(&format!("SELECT license_key FROM customers WHERE id = '{first}'"))
}

fn signed_by(office: &Office, key: &str) -> Outcome<usize> {
    let count = format!("SELECT count(*) FROM customers WHERE license_key = '{key}'");
    Ok(office.database.ask(&count)?.parse()?)
}

/// How long a license is.
fn document_bytes(office: &Office) -> Outcome<usize> {
    Ok(office.database.ask("SELECT length(document) FROM licenses LIMIT 1")?.parse()?)
}
