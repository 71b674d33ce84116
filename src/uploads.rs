//! Permits for uploads: taken before an upload is read, so that many at once hold little memory.

use crate::rate_limit::network;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Uploads that are read at a time.
const AT_ONCE: usize = 4;
/// Uploads of one client address that are read at a time: one address leaves room for others.
const AT_ONCE_PER_ADDRESS: usize = 2;
/// How long an upload waits for its permit.
const QUEUE_TIMEOUT: Duration = Duration::from_secs(5);

/// Hands out permits, first come, first served among those of other addresses.
pub struct Uploads {
    all: Arc<Semaphore>,
    by_address: Mutex<HashMap<IpAddr, Weak<Semaphore>>>,
}

/// The right to read one upload, until it is dropped.
pub struct UploadPermit {
    _own: OwnedSemaphorePermit,
    _shared: OwnedSemaphorePermit,
}

/// Too many uploads wait already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyUploads;

impl Default for Uploads {
    fn default() -> Self {
        Self { all: Arc::new(Semaphore::new(AT_ONCE)), by_address: Mutex::default() }
    }
}

impl Uploads {
    /// Waits for a permit, five seconds at most.
    ///
    /// # Errors
    /// [`TooManyUploads`] after that.
    pub async fn permit(&self, address: IpAddr) -> Result<UploadPermit, TooManyUploads> {
        let (own, all) = (self.of(address), Arc::clone(&self.all));
        let both = async {
            let own = own.acquire_owned().await.ok()?;
            // The waiters of one address hold none of what all share.
            let shared = all.acquire_owned().await.ok()?;
            Some(UploadPermit { _own: own, _shared: shared })
        };
        let permit = tokio::time::timeout(QUEUE_TIMEOUT, both).await;
        permit.ok().flatten().ok_or(TooManyUploads)
    }

    fn of(&self, address: IpAddr) -> Arc<Semaphore> {
        let mut by_address = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        let known = by_address.get(&network(address)).and_then(Weak::upgrade);
        known.unwrap_or_else(|| {
            by_address.retain(|_, own| own.strong_count() > 0);
            let own = Arc::new(Semaphore::new(AT_ONCE_PER_ADDRESS));
            by_address.insert(network(address), Arc::downgrade(&own));
            own
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a permit is there without waiting.
    async fn at_once(uploads: &Uploads, address: [u8; 4]) -> Option<UploadPermit> {
        let permit = uploads.permit(IpAddr::from(address));
        tokio::time::timeout(Duration::from_millis(50), permit).await.ok().and_then(Result::ok)
    }

    #[test]
    fn one_address_leaves_permits_for_others_and_gets_its_own_back() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let uploads = Uploads::default();
            let (one, another, third) = ([192, 0, 2, 1], [192, 0, 2, 2], [192, 0, 2, 3]);
            let first = at_once(&uploads, one).await.expect("the first");
            let _second = at_once(&uploads, one).await.expect("the second");
            assert!(at_once(&uploads, one).await.is_none(), "no third of one address");
            let _other = (at_once(&uploads, another).await, at_once(&uploads, another).await);
            assert!(at_once(&uploads, third).await.is_none(), "four in all");
            drop(first);
            assert!(at_once(&uploads, third).await.is_some());
            assert!(at_once(&uploads, one).await.is_some());
        });
    }
}
