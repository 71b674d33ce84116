//! Current licenses in memory, so that a fetch asks the database one question and not three.
//!
//! What is kept is never older than the last write that was acknowledged when a call came in, be it
//! another server's or the command line's. It rests on a rule of the office: whatever changes what
//! a fetch is answered issues a license in the same transaction. So the question before each answer
//! is to which customers licenses were issued since it was asked last, and those are forgotten.
//! A thread of its own, with a connection of its own, asks it for all calls that wait at that moment, once
//! in a millisecond at most.
//!
//! Where the question cannot be asked, nothing is answered from here.

use super::backend::{AnyConnection, Location};
use super::error::StoreError;
use super::outage::log_failure;
use super::pool::Store;
use crate::clock::Stopwatch;
use crate::failpoint;
use crate::workers::{Heartbeat, Workers};
use bytes::Bytes;
use licentia_license::{PublicKey, Thumbprint};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};
use std::io;
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio::sync::oneshot;

/// How long a call waits to learn what has changed, before it goes the other way.
const PATIENCE: Duration = Duration::from_millis(500);
/// How far apart the looks begin, at least: the more calls one is for, the less it costs each.
const APART: Duration = Duration::from_millis(1);
/// Of how many licenses at a time it is looked whose they are; when there are more, all is
/// forgotten.
const MOST_CHANGES: i64 = 1000;
/// What a license takes in memory beside its document, in bytes, about.
const OVERHEAD: u64 = 300;
/// How large a license is, in bytes, about.
const USUAL: u64 = 1500;

/// A customer's current license: the very bytes that were stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrentDocument {
    /// A compact JWS.
    pub document: Bytes,
    /// Its SHA-256.
    pub hash: [u8; 32],
}

impl CurrentDocument {
    fn new(document: Vec<u8>) -> Self {
        let hash = Sha256::digest(&document).into();
        Self { document: document.into(), hash }
    }
}

/// The current licenses of the customers that fetched last.
pub struct LicenseCache {
    /// None where nothing is kept.
    shared: Option<Arc<Shared>>,
    /// The thread that looks, where its end is waited for.
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    /// Installations, active once, by their keys: a hint to the customer.
    installations: Cache<[u8; 32], Arc<Known>>,
    /// By customer.
    licenses: Cache<String, Arc<Held>, ByDocument>,
    /// How often something was forgotten: what was read before and comes after is not kept.
    forgotten: Mutex<u64>,
    /// Calls that wait for the next look.
    waiting: Mutex<Waiting>,
    bell: Condvar,
}

struct Known {
    key: PublicKey,
    thumbprint: Thumbprint,
    customer: String,
}

struct Held {
    license: CurrentDocument,
    /// The customer's active installations.
    installations: Vec<Thumbprint>,
}

#[derive(Default)]
struct Waiting {
    calls: Vec<oneshot::Sender<bool>>,
    /// Nobody looks any longer.
    ended: bool,
}

#[derive(Clone)]
struct ByDocument;

impl Weighter<String, Arc<Held>> for ByDocument {
    fn weight(&self, _: &String, held: &Arc<Held>) -> u64 {
        held.license.document.len() as u64 + OVERHEAD
    }
}

impl LicenseCache {
    /// Keeps nothing: every call goes to the store.
    pub fn off() -> Self {
        Self { shared: None, thread: None }
    }

    /// Keeps licenses of about so many bytes; starts the thread that looks what has changed.
    ///
    /// # Errors
    /// When the thread cannot be made.
    pub fn start(location: Location, most_bytes: u64, workers: &Workers) -> io::Result<Self> {
        let shared = Arc::new(Shared::new(most_bytes));
        let watched = Arc::clone(&shared);
        // A server may hang, and must not keep this process from ending. A file's last connection
        // takes its log away, and so must be closed before the process is gone.
        let is_waited_for = !location.is_far();
        let alive = workers.add("licenses", None);
        let eye = move || Eye { shared: watched, location, open: None }.watch(&alive);
        let thread = thread::Builder::new().name("licenses".into()).spawn(eye)?;
        Ok(Self { shared: Some(shared), thread: is_waited_for.then_some(thread) })
    }

    /// The key with these bytes, if an active installation had it: it is known to be a good one.
    pub fn key(&self, bytes: &[u8; 32]) -> Option<PublicKey> {
        let known = self.shared.as_ref()?.installations.get(bytes)?;
        Some(known.key.clone())
    }

    /// The current license of the active installation with this key, if it is at hand, as it was
    /// when this was called or later.
    pub async fn get(&self, key: &PublicKey) -> Option<CurrentDocument> {
        let shared = self.shared.as_ref()?;
        let known = shared.installations.get(key.as_bytes())?;
        if shared.licenses.peek(&known.customer).is_none() || !shared.is_fresh().await {
            return None;
        }
        let held = shared.licenses.get(&known.customer)?;
        held.installations.contains(&known.thumbprint).then(|| held.license.clone())
    }

    /// Reads the current license of the active installation with this key from the store, and
    /// keeps it at hand; `None` where there is no such installation.
    ///
    /// # Errors
    /// What the store says.
    pub fn read(
        &self,
        store: &Store,
        key: &PublicKey,
    ) -> Result<Option<CurrentDocument>, StoreError> {
        let thumbprint = key.thumbprint();
        let before = self.shared.as_ref().map(|shared| *lock(&shared.forgotten));
        let found = store.read(|tx| {
            let Some((customer, document)) = tx.document_for_installation(&thumbprint)? else {
                return Ok(None);
            };
            let installations = match before {
                Some(_) => tx.active_thumbprints(&customer)?,
                None => Vec::new(),
            };
            Ok::<_, StoreError>(Some((customer, document, installations)))
        })?;
        let Some((customer, document, installations)) = found else { return Ok(None) };
        let license = CurrentDocument::new(document);
        if let Some((shared, before)) = self.shared.as_ref().zip(before) {
            let known = Known { key: key.clone(), thumbprint, customer: customer.to_string() };
            shared.keep(before, known, Held { license: license.clone(), installations });
        }
        Ok(Some(license))
    }
}

impl Drop for LicenseCache {
    fn drop(&mut self) {
        if let Some(shared) = &self.shared {
            lock(&shared.waiting).ended = true;
            shared.bell.notify_all();
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn new(most_bytes: u64) -> Self {
        let items = usize::try_from(most_bytes / USUAL).unwrap_or(usize::MAX).max(1);
        Self {
            installations: Cache::new(items),
            licenses: Cache::with_weighter(items, most_bytes, ByDocument),
            forgotten: Mutex::default(),
            waiting: Mutex::default(),
            bell: Condvar::new(),
        }
    }

    /// Waits until what has changed before this call is forgotten; `false` where that cannot be
    /// known.
    async fn is_fresh(&self) -> bool {
        let Some(told) = self.wait_for_look() else { return false };
        matches!(tokio::time::timeout(PATIENCE, told).await, Ok(Ok(true)))
    }

    /// Whether the next look succeeds, once it is done; `None` where nobody looks any longer.
    fn wait_for_look(&self) -> Option<oneshot::Receiver<bool>> {
        let (tell, told) = oneshot::channel();
        let mut waiting = lock(&self.waiting);
        if waiting.ended {
            return None;
        }
        // The thread takes all that wait, so only the first has to wake it.
        if waiting.calls.is_empty() {
            self.bell.notify_one();
        }
        waiting.calls.push(tell);
        Some(told)
    }

    fn keep(&self, before: u64, known: Known, held: Held) {
        let forgotten = lock(&self.forgotten);
        if *forgotten == before {
            self.licenses.insert(known.customer.clone(), Arc::new(held));
            self.installations.insert(*known.key.as_bytes(), Arc::new(known));
        }
    }

    fn forget(&self, customers: &[String]) {
        let mut forgotten = lock(&self.forgotten);
        *forgotten += 1;
        for customer in customers {
            self.licenses.remove(customer);
        }
    }

    fn forget_all(&self) {
        let mut forgotten = lock(&self.forgotten);
        *forgotten += 1;
        self.licenses.clear();
    }

    /// Waits until there are calls; `false` at the end.
    fn has_calls(&self) -> bool {
        let idle = |waiting: &mut Waiting| waiting.calls.is_empty() && !waiting.ended;
        let waiting = self.bell.wait_while(lock(&self.waiting), idle);
        !waiting.unwrap_or_else(PoisonError::into_inner).ended
    }
}

/// Looks what has changed.
struct Eye {
    shared: Arc<Shared>,
    location: Location,
    /// A connection, and up to where it has seen the licenses.
    open: Option<(AnyConnection, i64)>,
}

impl Eye {
    /// Answers those who wait, all at once, until the cache is dropped.
    fn watch(mut self, alive: &Heartbeat) {
        let mut last: Option<Stopwatch> = None;
        while self.shared.has_calls() {
            // The calls that come meanwhile are answered by the same look.
            thread::sleep(last.map_or(Duration::ZERO, |last| APART.saturating_sub(last.elapsed())));
            last = Some(Stopwatch::start());
            let calls = mem::take(&mut lock(&self.shared.waiting).calls);
            let looked = alive.step(|| {
                failpoint::reached("licenses-thread");
                self.look()
            });
            let panicked = || Err(StoreError::Other("a look at the licenses panicked".into()));
            let looked = looked.unwrap_or_else(panicked);
            if let Err(error) = &looked {
                log_failure(error, "licenses are fetched past the memory");
                self.shared.forget_all();
                self.open = None;
            }
            for call in calls {
                // Who has waited too long has gone the other way.
                let _ = call.send(looked.is_ok());
            }
        }
    }

    /// Forgets whatever has changed since the last look.
    fn look(&mut self) -> Result<(), StoreError> {
        let Some((connection, mark)) = &mut self.open else {
            let mut connection = self.location.connect()?;
            let mark = connection.license_mark()?;
            self.shared.forget_all();
            self.open = Some((connection, mark));
            return Ok(());
        };
        let issued = connection.licenses_since(*mark, MOST_CHANGES)?;
        if issued.len() as u64 == MOST_CHANGES.unsigned_abs() {
            *mark = connection.license_mark()?;
            self.shared.forget_all();
        } else if let Some(next) = issued.iter().map(|(next, _)| *next).max() {
            let customers: Vec<String> = issued.into_iter().map(|(_, customer)| customer).collect();
            self.shared.forget(&customers);
            *mark = next;
        }
        Ok(())
    }
}

impl Drop for Eye {
    /// Lets the calls go the other way, those that wait and all that come: it may be a panic that
    /// ends this.
    fn drop(&mut self) {
        let mut waiting = lock(&self.shared.waiting);
        waiting.ended = true;
        waiting.calls.clear();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::SigningKey;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    #[tokio::test]
    async fn when_nobody_looks_any_longer_no_call_waits() {
        let shared = Arc::new(Shared::new(1 << 20));
        let location = Location::Sqlite("none".into());
        let eye = Eye { shared: Arc::clone(&shared), location, open: None };
        let mut waits = pin!(shared.is_fresh());
        let mut context = Context::from_waker(Waker::noop());
        assert!(waits.as_mut().poll(&mut context).is_pending());
        drop(eye);
        assert_eq!(waits.as_mut().poll(&mut context), Poll::Ready(false));
        let mut comes = pin!(shared.is_fresh());
        assert_eq!(comes.as_mut().poll(&mut context), Poll::Ready(false));
    }

    #[test]
    fn what_was_read_before_something_was_forgotten_is_not_kept() {
        let shared = Shared::new(1 << 20);
        let read = |before| {
            let key = PublicKey::from(SigningKey::from_bytes(&[7; 32]).verifying_key());
            let thumbprint = key.thumbprint();
            let license = CurrentDocument::new(b"the license of before".to_vec());
            let installations = vec![thumbprint.clone()];
            shared.keep(
                before,
                Known { key, thumbprint, customer: "cus_1".into() },
                Held { license, installations },
            );
            shared.licenses.get("cus_1").is_some()
        };
        let before = *lock(&shared.forgotten);
        shared.forget(&["cus_1".into()]);
        assert!(!read(before), "a purchase was recorded between its reading and its keeping");
        let before = *lock(&shared.forgotten);
        assert!(read(before));
        shared.forget_all();
        assert!(shared.licenses.get("cus_1").is_none());
        assert!(!read(before));
    }
}
