//! The only room that reads the time; it is handed down from here, in whole seconds.

use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime};

/// A clock: the machine's, or one that a demo or a test moves by hand.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that stands still until it is set; seconds since 1970.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `at` until it is moved.
    #[must_use]
    pub fn manual(at: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(at.as_second())))
    }

    /// The time, in whole seconds.
    #[expect(clippy::disallowed_methods, reason = "this is the room that reads the time")]
    pub fn now(&self) -> Timestamp {
        let seconds = match self {
            Self::System => SystemTime::now()
                .duration_since(SystemTime::UNIX_EPOCH)
                .map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX)),
            Self::Manual(seconds) => seconds.load(Ordering::SeqCst),
        };
        Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
    }

    /// The time in milliseconds since 1970: for ids alone, so that they sort by when they were made.
    #[expect(clippy::disallowed_methods, reason = "this is the room that reads the time")]
    pub fn milliseconds(&self) -> u64 {
        match self {
            Self::System => SystemTime::now()
                .duration_since(SystemTime::UNIX_EPOCH)
                .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX)),
            Self::Manual(seconds) => seconds.load(Ordering::SeqCst).unsigned_abs() * 1000,
        }
    }

    /// Moves a manual clock; the machine's stays as it is.
    pub fn set(&self, at: Timestamp) {
        if let Self::Manual(seconds) = self {
            seconds.store(at.as_second(), Ordering::SeqCst);
        }
    }

    /// Moves a manual clock ahead; the machine's stays as it is.
    pub fn advance(&self, by: SignedDuration) {
        if let Self::Manual(seconds) = self {
            seconds.fetch_add(by.as_secs(), Ordering::SeqCst);
        }
    }
}

/// How long something takes on this machine, for deadlines and measurements; not a date.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts to measure.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the room that reads the time")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since the start.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}
