//! An outage of the database in the log: one line when it begins, one when it ends, and between them
//! how many operations failed, not a line for each.

use super::error::{RunAgain, StoreError};
use crate::clock::Stopwatch;
use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How often an outage that goes on is logged.
const PERIOD: Duration = Duration::from_secs(30);
/// How long nothing may have failed before a success ends an outage: while a server is replaced,
/// connections to the old one still break beside those to the new one.
const QUIET: Duration = Duration::from_secs(2);

/// Whether the database works, as this process finds it.
#[derive(Default)]
pub(super) struct Outage {
    /// Whether there is one: read by every operation that succeeds.
    is_on: AtomicBool,
    state: Mutex<Option<State>>,
}

struct State {
    began: Stopwatch,
    failed_last: Stopwatch,
    logged_last: Stopwatch,
    count: u64,
}

impl Outage {
    /// An operation failed with this error, after all its attempts.
    pub fn failed(&self, error: &StoreError) {
        if !error.is_outage() {
            return;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(state) = &mut *state else {
            tracing::error!(%error, "the database fails; the next lines about it count");
            let now = Stopwatch::start;
            let (began, failed_last, logged_last) = (now(), now(), now());
            *state = Some(State { began, failed_last, logged_last, count: 1 });
            self.is_on.store(true, Ordering::Relaxed);
            return;
        };
        state.count += 1;
        state.failed_last = Stopwatch::start();
        if state.logged_last.elapsed() >= PERIOD {
            state.logged_last = Stopwatch::start();
            let (seconds, failed) = (state.began.elapsed().as_secs(), state.count);
            tracing::error!(%error, seconds, failed, "the database still fails");
        }
    }

    /// An operation succeeded.
    pub fn worked(&self) {
        if !self.is_on.load(Ordering::Relaxed) {
            return;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = |state: &mut State| state.failed_last.elapsed() >= QUIET;
        if let Some(state) = state.take_if(is_over) {
            self.is_on.store(false, Ordering::Relaxed);
            let (seconds, failed) = (state.began.elapsed().as_secs(), state.count);
            tracing::warn!(seconds, failed, "the database works again");
        }
    }

    /// Records how an operation ended.
    pub fn record<T, E: RunAgain>(&self, result: &Result<T, E>) {
        match result {
            Ok(_) => self.worked(),
            Err(error) => error.store_error().into_iter().for_each(|error| self.failed(error)),
        }
    }
}

/// Logs an error; one of an outage, which the log already names, only for debugging.
pub fn log_failure(error: &(impl RunAgain + Display), what: &str) {
    if error.store_error().is_some_and(StoreError::is_outage) {
        tracing::debug!(%error, "{what}");
    } else {
        tracing::error!(%error, "{what}");
    }
}
