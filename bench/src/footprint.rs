//! Footprint: how long from the start of the process to the first answer, on an empty database and
//! on the same one again; the memory it holds when idle; the size of the binary. Each time is the
//! median of several starts.

use crate::Outcome;
use crate::machine::{median, mib, millis};
use crate::server::{Server, beside_this};
use std::fs;
use std::time::Duration;

/// How many starts a median is taken of.
const STARTS: usize = 9;

/// Measures and prints.
pub fn measure(small: bool) -> Outcome<()> {
    let binary = beside_this("licentia")?;
    let mut empty = Vec::new();
    let mut again = Vec::new();
    let mut idle = Vec::new();
    for _ in 0..if small { 1 } else { STARTS } {
        let folder = tempfile::tempdir()?;
        let first = Server::start(&binary, folder.path(), None)?;
        empty.push(first.answered);
        first.stop()?;
        let second = Server::start(&binary, folder.path(), None)?;
        again.push(second.answered);
        std::thread::sleep(Duration::from_secs(2));
        idle.push(second.resident_kib()?);
        second.stop()?;
    }
    let size = fs::metadata(&binary)?.len();
    println!("start to first answer, empty       {:>7.1} ms", millis(median(&mut empty)));
    println!("start to first answer, again       {:>7.1} ms", millis(median(&mut again)));
    println!("resident memory, idle              {:>7.1} MiB", mib(median(&mut idle) * 1024));
    println!("size of the binary                 {:>7.1} MiB", mib(size));
    Ok(())
}
