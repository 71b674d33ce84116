use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

/// How many checks from one address go at once.
const BURST: NonZeroU32 = NonZeroU32::new(60).unwrap();
/// How many more a minute.
const A_MINUTE: NonZeroU32 = NonZeroU32::new(120).unwrap();

/// How often one address may ask for licenses by their numbers.
///
/// A number has 79 random bits and is not to be found by trying; this keeps trying cheap for us. The
/// address is the connection's own: what a header says of it, anybody can write. So behind a proxy
/// all callers share the limit, which is why it is generous.
pub struct CheckLimit(DefaultKeyedRateLimiter<IpAddr>);

impl Default for CheckLimit {
    fn default() -> Self {
        Self(RateLimiter::keyed(Quota::per_minute(A_MINUTE).allow_burst(BURST)))
    }
}

impl CheckLimit {
    /// Whether this address may ask now, else how long it should wait.
    pub(super) fn ask(&self, address: IpAddr) -> Result<(), Duration> {
        let asked = self.0.check_key(&owner(address));
        self.0.retain_recent();
        asked.map_err(|too_early| too_early.wait_time_from(DefaultClock::default().now()))
    }
}

/// One household or company has a whole network of IPv6 addresses: the first 64 bits count.
fn owner(address: IpAddr) -> IpAddr {
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
    fn an_address_that_asks_too_often_is_told_to_wait_and_others_are_not() {
        let limit = CheckLimit::default();
        let ask = |address: &str| limit.ask(address.parse().unwrap());
        for _ in 0..BURST.get() {
            assert_eq!(ask("192.0.2.1"), Ok(()));
            assert_eq!(ask("2001:db8::1"), Ok(()));
        }
        assert!(ask("192.0.2.1").is_err());
        assert!(ask("::ffff:192.0.2.1").is_err(), "the same address, written as IPv6");
        assert!(ask("2001:db8::ffff").is_err(), "the same network");
        assert_eq!(ask("192.0.2.2"), Ok(()));
        assert_eq!(ask("2001:db8:0:1::1"), Ok(()));
    }
}
