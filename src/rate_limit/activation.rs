use governor::clock::{Clock, DefaultClock, QuantaInstant, Reference};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Wrong activation keys that delay nobody.
const BURST: NonZeroU32 = NonZeroU32::new(20).unwrap();
/// Wrong activation keys per minute that delay nobody afterwards.
const PER_MINUTE: NonZeroU32 = NonZeroU32::new(30).unwrap();
/// The longest delay: a flood of wrong keys keeps no customer out.
const MAX_DELAY: Duration = Duration::from_secs(3);

/// Delays all activations while many wrong activation keys come in, from whatever addresses.
pub struct ActivationLimit {
    wrong_keys: DefaultDirectRateLimiter,
    delayed_until: Mutex<Option<QuantaInstant>>,
}

impl Default for ActivationLimit {
    fn default() -> Self {
        let wrong_keys = RateLimiter::direct(Quota::per_minute(PER_MINUTE).allow_burst(BURST));
        Self { wrong_keys, delayed_until: Mutex::default() }
    }
}

impl ActivationLimit {
    /// Waits before an activation key is checked, at most three seconds.
    pub async fn wait(&self) {
        let until = *self.delayed_until.lock().unwrap_or_else(PoisonError::into_inner);
        let delay: Option<Duration> =
            until.map(|until| until.duration_since(DefaultClock::default().now()).into());
        if let Some(delay) = delay.filter(|delay| !delay.is_zero()) {
            tokio::time::sleep(delay.min(MAX_DELAY)).await;
        }
    }

    /// Counts a wrong activation key.
    pub fn count_wrong_key(&self) {
        if let Err(too_early) = self.wrong_keys.check() {
            let until = Some(too_early.earliest_possible());
            *self.delayed_until.lock().unwrap_or_else(PoisonError::into_inner) = until;
        }
    }
}
