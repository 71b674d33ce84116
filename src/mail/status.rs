use jiff::{SignedDuration, Timestamp};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// State of the mail transport. A failure of the session is held against no letter:
/// all of them wait, and one at a time is tried.
#[derive(Debug, Default)]
pub struct Status(Mutex<Option<Trouble>>);

/// Why no mail leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Answer of the mail server, or the fault here.
    pub error: String,
    /// Since when.
    pub since: Timestamp,
    /// When the next mail is tried.
    pub retry_at: Timestamp,
    /// How many tries have failed.
    failures: i64,
}

/// How many mails may be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// All.
    All,
    /// One, to see whether mails leave again.
    One,
    /// None, before the next try is due.
    None,
}

impl Status {
    /// Why no mail leaves, where none does.
    pub fn trouble(&self) -> Option<Trouble> {
        self.inner().clone()
    }

    /// The next mail is tried at once: somebody asks for it, or the settings are new.
    pub fn try_now(&self, now: Timestamp) {
        if let Some(trouble) = &mut *self.inner() {
            (trouble.retry_at, trouble.failures) = (now, 0);
        }
    }

    pub(super) fn turn(&self, now: Timestamp) -> Turn {
        match &*self.inner() {
            None => Turn::All,
            Some(trouble) if trouble.retry_at <= now => Turn::One,
            Some(_) => Turn::None,
        }
    }

    /// Notes a failure; `pause` makes the time until the next try of the failures before. Returns when
    /// that is.
    pub(super) fn failed(
        &self,
        error: &str,
        now: Timestamp,
        pause: impl FnOnce(i64) -> SignedDuration,
    ) -> Timestamp {
        let mut inner = self.inner();
        if let Some(trouble) = inner.as_ref().filter(|trouble| now < trouble.retry_at) {
            // It was tried at the same time as the one that failed first.
            return trouble.retry_at;
        }
        let (since, failures) =
            inner.as_ref().map_or((now, 0), |trouble| (trouble.since, trouble.failures));
        let retry_at = now + pause(failures);
        let failures = failures + 1;
        *inner = Some(Trouble { error: error.to_owned(), since, retry_at, failures });
        retry_at
    }

    /// Notes that the mail server has talked about a letter. Returns since when there was trouble.
    pub(super) fn worked(&self) -> Option<Timestamp> {
        self.inner().take().map(|trouble| trouble.since)
    }

    fn inner(&self) -> MutexGuard<'_, Option<Trouble>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
