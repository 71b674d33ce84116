//! Waits until the machine is its own: on a virtual one, others may take its processors away for
//! minutes, and what is measured meanwhile says nothing of either side.
//!
//! The kernel counts the time that a processor had work and was not run (`steal`, proc(5)). Before a
//! round, all processors are kept busy for a moment: where more than a few hundredths of that were taken
//! away, it waits and looks again. The table says how long it waited.

use crate::Outcome;
use std::fs;
use std::hint::spin_loop;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How long all processors are kept busy.
const LOOK: Duration = Duration::from_millis(500);
/// How long it waits until it looks again.
const PAUSE: Duration = Duration::from_secs(5);
/// The share of the processors' time that may be taken away.
const TAKEN: f64 = 0.04;
/// How long it waits in all, in milliseconds; after that, rounds are measured as they come.
const PATIENCE: u64 = 15 * 60 * 1000;

/// How long this process has waited so far, in milliseconds.
static WAITED: AtomicU64 = AtomicU64::new(0);

/// Waits until the machine is its own, or its patience is at an end.
pub fn wait() -> Outcome<()> {
    while WAITED.load(Ordering::Relaxed) < PATIENCE {
        let began = Instant::now();
        let taken = taken_while_busy()?;
        if taken <= TAKEN {
            break;
        }
        eprintln!("waiting: {:.0} % of the processors' time was taken away", taken * 100.0);
        thread::sleep(PAUSE);
        let waited = u64::try_from(began.elapsed().as_millis())?;
        WAITED.fetch_add(waited, Ordering::Relaxed);
    }
    Ok(())
}

/// How long this process has waited so far.
pub fn waited() -> Duration {
    Duration::from_millis(WAITED.load(Ordering::Relaxed))
}

/// Keeps all processors busy, and answers with the share of their time that was taken away.
fn taken_while_busy() -> Outcome<f64> {
    let processors = thread::available_parallelism()?.get();
    let before = Times::now()?;
    thread::scope(|scope| {
        for _ in 0..processors {
            scope.spawn(|| {
                let began = Instant::now();
                while began.elapsed() < LOOK {
                    spin_loop();
                }
            });
        }
    });
    Ok(Times::now()?.taken_since(&before))
}

/// What all processors have done since the machine started, in ticks of the kernel.
struct Times {
    all: f64,
    taken: f64,
}

impl Times {
    fn now() -> Outcome<Self> {
        Self::read(&fs::read_to_string("/proc/stat")?)
    }

    /// The first line: user, nice, system, idle, iowait, irq, softirq, steal, and guests, which are
    /// counted among the users.
    fn read(stat: &str) -> Outcome<Self> {
        let line = stat.lines().next().and_then(|line| line.strip_prefix("cpu "));
        let fields = line.ok_or("no times of all processors")?.split_whitespace().take(8);
        let ticks = fields.map(str::parse).collect::<Result<Vec<f64>, _>>()?;
        let taken = *ticks.get(7).ok_or("no time that was taken away")?;
        Ok(Self { all: ticks.iter().sum(), taken })
    }

    fn taken_since(&self, before: &Self) -> f64 {
        (self.taken - before.taken) / (self.all - before.all).max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_that_was_taken_away_is_of_all_time_between() {
        let before = Times::read("cpu  100 0 50 800 0 0 0 50 7 0\ncpu0 1 2\n").unwrap();
        let after = Times::read("cpu  160 0 60 810 0 0 0 70 9 0\n").unwrap();
        assert!((after.taken_since(&before) - 0.2).abs() < 1e-9);
        assert!(Times::read("cpu0 1 2 3 4 5 6 7 8\n").is_err());
        assert!(Times::read("cpu  1 2 3 4 5 6 7\n").is_err());
    }
}
