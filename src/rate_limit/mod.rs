//! Limits on what strangers may do, apart for each purpose: one that is used up closes no other.
//!
//! They are counted in this process. What must hold across replicas and restarts is counted in the
//! database instead.

mod activation;
mod address;

pub use activation::ActivationLimit;
pub use address::{AddressLimit, network};

use std::num::NonZeroU32;

/// All limits of a server.
pub struct RateLimits {
    /// Wrong activation keys: they delay activations while there are many.
    pub activation: ActivationLimit,
    /// Requests to `/check`, per client address.
    pub check: AddressLimit,
    /// Unusable uploads to `/offline`, per client address.
    pub unusable_uploads: AddressLimit,
}

impl Default for RateLimits {
    fn default() -> Self {
        const SIXTY: NonZeroU32 = NonZeroU32::new(60).unwrap();
        const TWENTY: NonZeroU32 = NonZeroU32::new(20).unwrap();
        Self {
            activation: ActivationLimit::default(),
            check: AddressLimit::new(SIXTY, SIXTY.saturating_add(60)),
            unusable_uploads: AddressLimit::new(TWENTY, TWENTY.saturating_add(10)),
        }
    }
}
