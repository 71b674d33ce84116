//! The server's own threads: whether each is at work. One that ends is started again.

use crate::clock::Stopwatch;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How long a thread that has ended stays ended.
const RESTART_PAUSE: Duration = Duration::from_secs(1);
/// How often it is looked meanwhile whether the server ends.
const STEP: Duration = Duration::from_millis(50);

/// The threads of one server.
#[derive(Default)]
pub struct Workers(Mutex<Vec<Arc<Heartbeat>>>);

/// The sign of life of one thread.
pub struct Heartbeat {
    name: &'static str,
    /// How long it may be silent; `None` for one that waits until it is needed.
    limit: Option<Duration>,
    last: Mutex<Stopwatch>,
    is_down: AtomicBool,
    restarts: AtomicU64,
}

impl Workers {
    /// Adds a thread that is at work from now on.
    pub fn add(&self, name: &'static str, limit: Option<Duration>) -> Arc<Heartbeat> {
        let heartbeat = Arc::new(Heartbeat {
            name,
            limit,
            last: Mutex::new(Stopwatch::start()),
            is_down: AtomicBool::new(false),
            restarts: AtomicU64::new(0),
        });
        self.lock().push(Arc::clone(&heartbeat));
        heartbeat
    }

    /// Whether all are at work; else which is not, and why.
    ///
    /// # Errors
    /// The threads that have ended or are silent.
    pub fn check(&self) -> Result<(), String> {
        let faults: Vec<String> = self.lock().iter().filter_map(|each| each.fault()).collect();
        if faults.is_empty() { Ok(()) } else { Err(faults.join("; ")) }
    }

    /// How often each was started again.
    pub fn restarts(&self) -> Vec<(&'static str, u64)> {
        let restarts = |each: &Arc<Heartbeat>| (each.name, each.restarts.load(Ordering::Relaxed));
        self.lock().iter().map(restarts).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Heartbeat>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Heartbeat {
    /// Says that the thread is at work.
    pub fn beat(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Stopwatch::start();
    }

    /// Does a thread's work until the server stops, and begins again where it ends before.
    pub fn supervise(&self, stop: &AtomicBool, work: impl Fn()) {
        loop {
            self.beat();
            let ended = catch_unwind(AssertUnwindSafe(&work));
            if stop.load(Ordering::SeqCst) && ended.is_ok() {
                return;
            }
            self.is_down.store(true, Ordering::SeqCst);
            tracing::error!(thread = self.name, "a thread has ended; it is started again");
            let pause = Stopwatch::start();
            while pause.elapsed() < RESTART_PAUSE && !stop.load(Ordering::SeqCst) {
                thread::sleep(STEP);
            }
            if stop.load(Ordering::SeqCst) {
                return;
            }
            self.restarts.fetch_add(1, Ordering::Relaxed);
            self.is_down.store(false, Ordering::SeqCst);
        }
    }

    /// One step of a thread's work; `None` where it panicked, which counts as another start.
    pub fn step<T>(&self, work: impl FnOnce() -> T) -> Option<T> {
        let done = catch_unwind(AssertUnwindSafe(work)).ok();
        if done.is_none() {
            self.restarts.fetch_add(1, Ordering::Relaxed);
            tracing::error!(
                thread = self.name,
                "a step of a thread panicked; the next one follows"
            );
        }
        done
    }

    fn fault(&self) -> Option<String> {
        if self.is_down.load(Ordering::SeqCst) {
            return Some(format!("the thread {} has ended, and is started again", self.name));
        }
        let silent = self.last.lock().unwrap_or_else(PoisonError::into_inner).elapsed();
        let is_late = self.limit.is_some_and(|limit| silent > limit);
        is_late.then(|| {
            format!("the thread {} has shown no sign of life for {} s", self.name, silent.as_secs())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_panics_or_returns_is_started_again_and_shows_until_then() {
        let (workers, stop) = (Workers::default(), AtomicBool::new(false));
        let heartbeat = workers.add("test", None);
        let (runs, said) = (AtomicU64::new(0), Mutex::new(Vec::new()));
        thread::scope(|scope| {
            let watched = scope.spawn(|| {
                heartbeat.supervise(&stop, || match runs.fetch_add(1, Ordering::SeqCst) {
                    0 => std::panic::resume_unwind(Box::new("panic")),
                    1 => (),
                    _ => stop.store(true, Ordering::SeqCst),
                });
            });
            while !watched.is_finished() {
                said.lock().unwrap().extend(workers.check().err());
                thread::sleep(Duration::from_millis(5));
            }
        });
        assert_eq!(runs.load(Ordering::SeqCst), 3);
        assert_eq!(workers.restarts(), [("test", 2)]);
        let said = said.into_inner().unwrap();
        assert!(said.iter().any(|said| said == "the thread test has ended, and is started again"));
        assert_eq!(workers.check(), Ok(()));
    }

    #[test]
    fn a_thread_that_is_silent_for_too_long_shows() {
        let workers = Workers::default();
        let heartbeat = workers.add("mail", Some(Duration::from_millis(20)));
        assert_eq!(workers.check(), Ok(()));
        thread::sleep(Duration::from_millis(40));
        assert!(workers.check().unwrap_err().contains("mail has shown no sign of life"));
        heartbeat.beat();
        assert_eq!(workers.check(), Ok(()));
    }
}
