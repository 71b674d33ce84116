//! The machine, and numbers as they are printed.

use crate::Outcome;
use rustix::process::{Resource, getrlimit};
use std::fs;
use std::time::Duration;

/// The machine in one line.
pub fn describe() -> Outcome<String> {
    let cores = std::thread::available_parallelism()?;
    let info = fs::read_to_string("/proc/cpuinfo")?;
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    Ok(format!("{cores} cores, {}", model.unwrap_or("unknown processor").trim()))
}

/// The middle value.
pub fn median<T: Ord + Copy>(values: &mut [T]) -> T {
    values.sort_unstable();
    values[values.len() / 2]
}

/// The same of numbers that are not whole.
pub fn median_of(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Milliseconds.
pub fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// Mebibytes.
#[expect(clippy::cast_precision_loss, reason = "sizes are shown with one decimal")]
pub fn mib(bytes: u64) -> f64 {
    bytes as f64 / 1024.0 / 1024.0
}

/// Whether this process, and those that it starts, may have so many files and connections open.
///
/// # Errors
/// With the limit, where it is lower.
pub fn require_open_files(wanted: u64) -> Outcome<()> {
    match getrlimit(Resource::Nofile).current {
        Some(most) if most < wanted => {
            Err(format!("{wanted} open files are needed, and the limit is {most}").into())
        }
        _ => Ok(()),
    }
}
