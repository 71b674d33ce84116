//! The only room that draws random numbers: ids, keys, tokens and the jitter of retries.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use ulid::Ulid;

/// The source of everything random.
#[derive(Clone, Default)]
pub struct Chance {
    last: Arc<Mutex<Ulid>>,
}

impl Chance {
    /// A ULID: sorts by time, and after every other that this process made.
    pub fn ulid(&self, milliseconds: u64) -> String {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = Ulid::from_parts(milliseconds, u128::from_be_bytes(self.bytes()) >> 1);
        // Within one millisecond, and when the clock goes back, the next one follows the last.
        let next = if fresh.timestamp_ms() > last.timestamp_ms() {
            fresh
        } else {
            last.increment().unwrap_or(fresh)
        };
        *last = next;
        next.to_string()
    }

    /// Bytes that nobody can guess.
    #[expect(clippy::disallowed_methods, reason = "this is the room that draws random numbers")]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        use rand::Rng as _;
        let mut bytes = [0; N];
        rand::rng().fill_bytes(&mut bytes);
        bytes
    }

    /// A duration between half of `around` and one and a half of it.
    pub fn jitter(&self, around: Duration) -> Duration {
        let [byte] = self.bytes();
        around / 2 + around * u32::from(byte) / 255
    }
}

impl fmt::Debug for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chance")
    }
}
