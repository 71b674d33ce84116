//! Brakes: wrong tries are slowed, and nobody is locked out.

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::num::NonZeroU32;
use std::time::Duration;

/// How many tries for one name go at once.
const BURST: NonZeroU32 = NonZeroU32::new(5).unwrap();
/// How many more a minute.
const A_MINUTE: NonZeroU32 = NonZeroU32::new(20).unwrap();
/// The longest that anybody waits: a flood of tries does not keep the owner out.
const LONGEST: Duration = Duration::from_secs(3);

/// Slows the tries to sign in under one name.
pub struct Brakes(DefaultKeyedRateLimiter<String>);

impl Default for Brakes {
    fn default() -> Self {
        Self(RateLimiter::keyed(Quota::per_minute(A_MINUTE).allow_burst(BURST)))
    }
}

impl Brakes {
    /// Waits as long as the tries for this name ask for, at most three seconds.
    pub async fn slow_down(&self, name: &str) {
        let name: String = name.trim().to_lowercase().chars().take(100).collect();
        if let Err(too_early) = self.0.check_key(&name) {
            let wait = too_early.wait_time_from(DefaultClock::default().now());
            tokio::time::sleep(wait.min(LONGEST)).await;
        }
        self.0.retain_recent();
    }
}
