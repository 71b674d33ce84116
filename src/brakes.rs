//! Brakes: activation is slowed while wrong keys come in, and nobody is locked out.
//!
//! It is slowed as a whole; never by an address, which a stranger can forge (`X-Forwarded-For`), or
//! share with all customers behind one proxy.

use governor::clock::{Clock, DefaultClock, QuantaInstant, Reference};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How many wrong activation keys slow nobody.
const WRONG_KEYS: NonZeroU32 = NonZeroU32::new(20).unwrap();
/// How many more a minute.
const WRONG_KEYS_A_MINUTE: NonZeroU32 = NonZeroU32::new(30).unwrap();
/// The longest that anybody waits: a flood of tries does not keep the owner out.
const LONGEST: Duration = Duration::from_secs(3);

/// Slows activation while wrong keys come in.
pub struct Brakes {
    wrong_keys: DefaultDirectRateLimiter,
    /// Until when activations wait.
    keys_wait: Mutex<Option<QuantaInstant>>,
}

impl Default for Brakes {
    fn default() -> Self {
        let wrong_keys = Quota::per_minute(WRONG_KEYS_A_MINUTE).allow_burst(WRONG_KEYS);
        Self { wrong_keys: RateLimiter::direct(wrong_keys), keys_wait: Mutex::default() }
    }
}

impl Brakes {
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
