use governor::clock::{Clock, DefaultClock, QuantaInstant, Reference};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A limit per client address; of IPv6, per /64.
pub struct AddressLimit {
    counted: DefaultKeyedRateLimiter<IpAddr>,
    /// Until when an address that used up its limit is refused.
    refused_until: Mutex<HashMap<IpAddr, QuantaInstant>>,
}

impl AddressLimit {
    /// Allows `burst` at once, and `per_minute` afterwards.
    pub fn new(burst: NonZeroU32, per_minute: NonZeroU32) -> Self {
        let quota = Quota::per_minute(per_minute).allow_burst(burst);
        Self { counted: RateLimiter::keyed(quota), refused_until: Mutex::default() }
    }

    /// Counts one use by this address.
    ///
    /// # Errors
    /// How long the address has to wait, when it has used up its limit.
    pub fn count(&self, address: IpAddr) -> Result<(), Duration> {
        let address = network(address);
        let counted = self.counted.check_key(&address);
        self.counted.retain_recent();
        counted.map_err(|too_early| {
            let (now, until) = (DefaultClock::default().now(), too_early.earliest_possible());
            let mut refused = self.refused_until.lock().unwrap_or_else(PoisonError::into_inner);
            refused.retain(|_, until| *until > now);
            refused.insert(address, until);
            too_early.wait_time_from(now)
        })
    }

    /// Whether this address has used up its limit, without counting.
    ///
    /// # Errors
    /// How long the address has to wait.
    pub fn check(&self, address: IpAddr) -> Result<(), Duration> {
        let refused = self.refused_until.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(until) = refused.get(&network(address)) else { return Ok(()) };
        let wait: Duration = until.duration_since(DefaultClock::default().now()).into();
        if wait.is_zero() { Ok(()) } else { Err(wait) }
    }
}

/// What limits count an address as: a household or company has a whole /64 of IPv6.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)))
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_has_used_up_its_limit_waits_and_others_do_not() {
        let burst = NonZeroU32::new(60).unwrap();
        let limit = AddressLimit::new(burst, burst);
        let count = |address: &str| limit.count(address.parse().unwrap());
        let check = |address: &str| limit.check(address.parse().unwrap());
        for _ in 0..burst.get() {
            assert_eq!(count("192.0.2.1"), Ok(()));
            assert_eq!(count("2001:db8::1"), Ok(()));
        }
        assert_eq!(check("192.0.2.1"), Ok(()), "asking counts nothing");
        assert!(count("192.0.2.1").is_err());
        assert!(check("192.0.2.1").is_err());
        assert!(count("::ffff:192.0.2.1").is_err(), "the same address, written as IPv6");
        assert!(count("2001:db8::ffff").is_err(), "the same network");
        assert!(check("2001:db8::ffff:1").is_err());
        for other in ["192.0.2.2", "2001:db8:0:1::1"] {
            assert_eq!(check(other), Ok(()));
            assert_eq!(count(other), Ok(()));
        }
    }
}
