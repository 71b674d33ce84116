use crate::domain::integrity::{MacKey, MacKeys, Tampering};
use crate::store::error::StoreError;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// How many alarms wait to be recorded.
const MAX_ALARMS: usize = 1000;

/// The key that records are checked with, and what did not fit and is not recorded yet.
#[derive(Default)]
pub(super) struct Integrity {
    keys: OnceLock<Arc<dyn MacKeys>>,
    noticed: Mutex<Vec<Tampering>>,
}

impl Integrity {
    /// Sets where the key comes from; the first one counts.
    pub fn protect(&self, keys: Arc<dyn MacKeys>) {
        let _ = self.keys.set(keys);
    }

    /// The key as it is now; none for a store that was opened without keys.
    pub fn key(&self) -> Result<Option<Arc<dyn MacKey>>, StoreError> {
        let key = self.keys.get().map(|keys| keys.mac_key());
        key.transpose().map_err(StoreError::KeysUnavailable)
    }

    /// Keeps an alarm until it is recorded.
    pub fn notice(&self, tampering: Tampering) {
        let mut noticed = self.noticed.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = noticed.iter().any(|other| other.subject == tampering.subject);
        if !is_known && noticed.len() < MAX_ALARMS {
            noticed.push(tampering);
        }
    }

    /// Takes the alarms that wait.
    pub fn take_noticed(&self) -> Vec<Tampering> {
        std::mem::take(&mut *self.noticed.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
