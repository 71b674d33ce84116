//! Passwords: argon2id on threads of its own, so that no request for a license waits behind one.
//!
//! Each hash takes about 40 ms and 19 MiB. Two are computed at a time, and one more for browsers
//! that are known (`known_device`); the threads run at the lowest priority. A few more requests wait
//! up to two seconds; the others are refused at once.

use super::Error;
use crate::chance::Chance;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// How many passwords of strangers are hashed at once, and how many of known browsers.
const STRANGERS: usize = 2;
const KNOWN: usize = 1;
/// How many more wait, of either, and how long.
const WAITING: usize = 8;
const QUEUE_TIMEOUT: Duration = Duration::from_secs(2);
/// When a request that found no room may come again, in seconds.
const RETRY_AFTER: u32 = 2;
/// A hash that no password is known to have, made as `hash` makes them: checked for names that nobody
/// has, so that they take the same work.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyB0aGlzIQ$\
                      bm8gcGFzc3dvcmQgaXMga25vd24gdG8gaGF2ZSB0aGk";

/// The hash of a password, as a PHC string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashedPassword(String);

impl HashedPassword {
    /// Hashes on this thread: for the command line.
    ///
    /// # Errors
    /// A fault of the program.
    pub fn new(password: &str, chance: &Chance) -> Result<Self, Error> {
        Self::salted(password, chance.bytes())
    }

    fn salted(password: &str, salt: [u8; 16]) -> Result<Self, Error> {
        Argon2::default()
            .hash_password_with_salt(password.as_bytes(), &salt)
            .map(|hash: PasswordHash| Self(hash.to_string()))
            .map_err(|error| Error::Internal(error.to_string()))
    }

    /// The PHC string.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Hashes and checks passwords, a few at a time.
pub struct Passwords {
    strangers: Queue,
    known: Queue,
    /// The known browsers and people that have a place: one each.
    known_names: Arc<Mutex<HashSet<String>>>,
    checked: Arc<AtomicU64>,
}

/// Permits to be admitted at all, and to run.
struct Queue {
    admitted: Arc<Semaphore>,
    running: Arc<Semaphore>,
}

impl Queue {
    fn new(running: usize) -> Self {
        let semaphore = |permits| Arc::new(Semaphore::new(permits));
        Self { admitted: semaphore(running + WAITING), running: semaphore(running) }
    }
}

impl Default for Passwords {
    fn default() -> Self {
        let (strangers, known) = (Queue::new(STRANGERS), Queue::new(KNOWN));
        Self { strangers, known, known_names: Arc::default(), checked: Arc::default() }
    }
}

impl Passwords {
    /// Takes a place in the queue of strangers: before the database is asked anything, so that an
    /// attempt which is turned away costs next to nothing.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`] where too many wait.
    pub fn admit(&self) -> Result<PasswordPlace, Error> {
        self.place_in(&self.strangers, None)
    }

    /// Takes a place in the queue of known browsers and people. Each, whom `name` names, has one at a time, so that none fills the queue.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`] where too many wait, or this one does already.
    pub fn admit_known(&self, name: &str) -> Result<PasswordPlace, Error> {
        let name = KnownName::take(&self.known_names, name).ok_or_else(full)?;
        self.place_in(&self.known, Some(name))
    }

    fn place_in(&self, queue: &Queue, name: Option<KnownName>) -> Result<PasswordPlace, Error> {
        let admitted = Arc::clone(&queue.admitted).try_acquire_owned().map_err(|_| full())?;
        let (running, checked) = (Arc::clone(&queue.running), Arc::clone(&self.checked));
        Ok(PasswordPlace { checked, admitted, name, running })
    }

    /// How many passwords were checked: each takes the same work.
    pub fn checked(&self) -> u64 {
        self.checked.load(Ordering::Relaxed)
    }
}

/// The refusal of an attempt for which there is no room.
fn full() -> Error {
    Error::TooManyAttempts { retry_after: RETRY_AFTER }
}

/// The only place of a known browser or person, which is free again when this is dropped.
struct KnownName {
    name: String,
    names: Arc<Mutex<HashSet<String>>>,
}

impl KnownName {
    fn take(names: &Arc<Mutex<HashSet<String>>>, name: &str) -> Option<Self> {
        let is_free = names.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned());
        is_free.then(|| Self { name: name.to_owned(), names: Arc::clone(names) })
    }
}

impl Drop for KnownName {
    fn drop(&mut self) {
        self.names.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.name);
    }
}

/// A place in the queue.
pub struct PasswordPlace {
    checked: Arc<AtomicU64>,
    admitted: OwnedSemaphorePermit,
    name: Option<KnownName>,
    running: Arc<Semaphore>,
}

impl PasswordPlace {
    /// Waits for a permit to hash one password.
    ///
    /// # Errors
    /// [`Error::TooManyAttempts`] after two seconds.
    pub async fn permit(self) -> Result<PasswordPermit, Error> {
        let Self { checked, admitted, name, running } = self;
        match tokio::time::timeout(QUEUE_TIMEOUT, running.acquire_owned()).await {
            Ok(Ok(running)) => {
                Ok(PasswordPermit { checked, _name: name, _permits: [admitted, running] })
            }
            _ => Err(full()),
        }
    }
}

/// The right to hash one password, or to check one.
pub struct PasswordPermit {
    checked: Arc<AtomicU64>,
    _name: Option<KnownName>,
    _permits: [OwnedSemaphorePermit; 2],
}

impl PasswordPermit {
    /// Hashes a new password.
    ///
    /// # Errors
    /// A thread that cannot be started.
    pub async fn hash(self, password: String, chance: &Chance) -> Result<HashedPassword, Error> {
        let salt = chance.bytes();
        self.run(move || HashedPassword::salted(&password, salt)).await?
    }

    /// Whether a password has this hash; without a hash it takes as long, and is wrong.
    ///
    /// # Errors
    /// A thread that cannot be started.
    pub async fn matches(self, password: String, hash: Option<String>) -> Result<bool, Error> {
        self.checked.fetch_add(1, Ordering::Relaxed);
        self.run(move || matches(&password, hash.as_deref())).await
    }

    /// Runs `work` on a thread, which holds the permit until it ends, whoever still waits for it.
    async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let (send, receive) = oneshot::channel();
        let run = move || {
            // On Linux this is the priority of the thread alone. Without it the work is the same.
            let _ = rustix::process::nice(19);
            let done = work();
            drop(self);
            // Nobody may be waiting any more.
            let _ = send.send(done);
        };
        let failed = |error: &dyn std::fmt::Display| Error::Internal(error.to_string());
        thread::Builder::new()
            .name("password".into())
            .spawn(run)
            .map_err(|error| failed(&error))?;
        receive.await.map_err(|error| failed(&error))
    }
}

fn matches(password: &str, hash: Option<&str>) -> bool {
    let parsed = PasswordHash::new(hash.unwrap_or(NOBODY));
    let matches = parsed.is_ok_and(|parsed| {
        Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok()
    });
    matches && hash.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All that says how much work a check is: everything but the bytes themselves.
    fn work(hash: &str) -> (String, usize, usize) {
        let parts: Vec<&str> = hash.split('$').collect();
        assert_eq!(parts.len(), 6, "{hash}");
        (parts[1..4].join("$"), parts[4].len(), parts[5].len())
    }

    #[test]
    fn a_name_that_nobody_has_takes_the_work_of_one_that_somebody_has() {
        let made = HashedPassword::new("correct horse battery", &Chance::default()).unwrap();
        let made = made.as_str();
        assert!(PasswordHash::new(NOBODY).is_ok(), "it is checked, not refused at once");
        assert_eq!(work(NOBODY), work(made));
        assert!(matches("correct horse battery", Some(made)));
        assert!(!matches("correct horse", Some(made)));
        assert!(!matches("correct horse", None));
    }

    #[tokio::test]
    async fn a_full_queue_refuses_strangers_at_once_and_admits_a_known_browser() {
        let passwords = Passwords::default();
        let mut running = Vec::new();
        for _ in 0..STRANGERS {
            running.push(passwords.admit().unwrap().permit().await.unwrap());
        }
        let waiting: Vec<_> =
            (0..WAITING).map(|_| tokio::spawn(passwords.admit().unwrap().permit())).collect();
        tokio::task::yield_now().await;
        let refused = passwords.admit().map(drop);
        assert!(matches!(refused, Err(Error::TooManyAttempts { .. })), "{refused:?}");
        assert!(passwords.admit_known("a").unwrap().permit().await.is_ok());
        drop(running);
        for waited in waiting {
            drop(waited.await.unwrap().unwrap());
        }
        assert!(passwords.admit().is_ok(), "whoever is done has left");
    }

    #[tokio::test]
    async fn one_known_browser_does_not_fill_the_queue_of_all_known_browsers() {
        let passwords = Passwords::default();
        let permit = passwords.admit_known("a").unwrap().permit().await.unwrap();
        for _ in 0..2 * WAITING {
            let refused = passwords.admit_known("a").map(drop);
            assert!(matches!(refused, Err(Error::TooManyAttempts { .. })), "{refused:?}");
        }
        assert!(passwords.admit_known("b").is_ok());
        drop(permit);
        assert!(passwords.admit_known("a").is_ok(), "its place is free again");
    }
}
