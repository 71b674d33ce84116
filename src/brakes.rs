//! Brakes: wrong tries are slowed, and nobody is locked out.
//!
//! What is slowed is a name, or activation as a whole; never an address, which a stranger can forge
//! (`X-Forwarded-For`), or share with all customers behind one proxy.

use governor::clock::{Clock, DefaultClock, QuantaInstant, Reference};
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How many tries to sign in under one name go at once.
const BURST: NonZeroU32 = NonZeroU32::new(5).unwrap();
/// How many more a minute.
const A_MINUTE: NonZeroU32 = NonZeroU32::new(20).unwrap();
/// How many wrong activation keys slow nobody.
const WRONG_KEYS: NonZeroU32 = NonZeroU32::new(20).unwrap();
/// How many more a minute.
const WRONG_KEYS_A_MINUTE: NonZeroU32 = NonZeroU32::new(30).unwrap();
/// The longest that anybody waits: a flood of tries does not keep the owner out.
const LONGEST: Duration = Duration::from_secs(3);

/// Slows the tries to sign in under one name, and to activate while wrong keys come in.
pub struct Brakes {
    names: DefaultKeyedRateLimiter<String>,
    wrong_keys: DefaultDirectRateLimiter,
    /// Until when activations wait.
    keys_wait: Mutex<Option<QuantaInstant>>,
}

impl Default for Brakes {
    fn default() -> Self {
        let wrong_keys = Quota::per_minute(WRONG_KEYS_A_MINUTE).allow_burst(WRONG_KEYS);
        Self {
            names: RateLimiter::keyed(Quota::per_minute(A_MINUTE).allow_burst(BURST)),
            wrong_keys: RateLimiter::direct(wrong_keys),
            keys_wait: Mutex::default(),
        }
    }
}

impl Brakes {
    /// Waits as long as the tries for this name ask for, at most three seconds.
    pub async fn slow_down(&self, name: &str) {
        let name: String = name.trim().to_lowercase().chars().take(100).collect();
        if let Err(too_early) = self.names.check_key(&name) {
            let wait = too_early.wait_time_from(DefaultClock::default().now());
            tokio::time::sleep(wait.min(LONGEST)).await;
        }
        self.names.retain_recent();
    }

    /// Waits before an activation key is looked at, while many wrong ones come in: at most three
    /// seconds, and a right one is let in after that.
    pub async fn before_activation(&self) {
        let until = *self.keys_wait.lock().unwrap_or_else(PoisonError::into_inner);
        let wait: Option<Duration> =
            until.map(|until| until.duration_since(DefaultClock::default().now()).into());
        if let Some(wait) = wait.filter(|wait| !wait.is_zero()) {
            tokio::time::sleep(wait.min(LONGEST)).await;
        }
    }

    /// Notes a wrong activation key: the next ones wait when there are many.
    pub fn wrong_activation_key(&self) {
        if let Err(too_early) = self.wrong_keys.check() {
            let until = Some(too_early.earliest_possible());
            *self.keys_wait.lock().unwrap_or_else(PoisonError::into_inner) = until;
        }
    }
}
