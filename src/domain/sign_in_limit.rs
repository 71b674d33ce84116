//! How failed sign-ins are limited: failures in a row are counted, and from the fifth on each one
//! is followed by a pause that doubles from one second to 15 minutes.

use jiff::{SignedDuration, Timestamp};

/// The failure in a row that the first pause follows. As many wrong codes end a half-open session.
pub const FAILURES_BEFORE_PAUSE: i64 = 5;
/// The longest pause.
const MAX_PAUSE: SignedDuration = SignedDuration::from_mins(15);
/// How long an attempt may take before another one may begin: far longer than it does, so that it
/// ends by itself only where a server was killed meanwhile.
const MAX_ATTEMPT: SignedDuration = SignedDuration::from_secs(30);

/// What is known of the attempts of one counter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SignInFailures {
    /// Failures since the last success.
    pub in_a_row: i64,
    /// An attempt is under way, and blocks others until then at the latest.
    pub pending_until: Option<Timestamp>,
    /// When the pause ends.
    pub blocked_until: Option<Timestamp>,
}

impl SignInFailures {
    /// How long an attempt has to wait, if it may not be made now.
    ///
    /// A time further ahead than the counter ever sets was written under a clock that ran ahead;
    /// it blocks nothing.
    #[must_use]
    pub fn wait(&self, now: Timestamp) -> Option<SignedDuration> {
        let left = |until: Option<Timestamp>, longest| {
            let left = until?.duration_since(now);
            (left.is_positive() && left <= longest).then_some(left)
        };
        let pause = left(self.blocked_until, MAX_PAUSE);
        let attempt = left(self.pending_until, MAX_ATTEMPT).map(|_| SignedDuration::from_secs(1));
        pause.or(attempt)
    }

    /// The same while an attempt is under way.
    #[must_use]
    pub fn claimed(self, now: Timestamp) -> Self {
        Self { pending_until: Some(now + MAX_ATTEMPT), ..self }
    }

    /// The same after one more failure.
    #[must_use]
    pub fn failed(self, now: Timestamp) -> Self {
        let in_a_row = self.in_a_row.saturating_add(1);
        let blocked_until = pause_after(in_a_row).map(|pause| now + pause);
        Self { in_a_row, pending_until: None, blocked_until }
    }
}

/// The pause that follows so many failures in a row.
#[must_use]
pub fn pause_after(failures: i64) -> Option<SignedDuration> {
    let step = failures - FAILURES_BEFORE_PAUSE;
    if step < 0 {
        return None;
    }
    // The pause has reached its maximum long before 2^32 seconds.
    let pause = SignedDuration::from_secs(1 << step.min(32));
    Some(pause.min(MAX_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_doubles_from_a_second_to_fifteen_minutes() {
        let seconds = |failures| pause_after(failures).map(|pause| pause.as_secs());
        assert_eq!((0..=4).map(seconds).collect::<Vec<_>>(), [None; 5]);
        let steps: Vec<_> = (5..=16).filter_map(seconds).collect();
        assert_eq!(steps, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
        assert_eq!(seconds(i64::MAX), Some(900));
    }

    #[test]
    fn one_attempt_at_a_time_and_none_during_a_pause() {
        let now: Timestamp = "2014-05-13T10:00:00Z".parse().unwrap();
        let later = |seconds| now + SignedDuration::from_secs(seconds);
        let mut failures = SignInFailures::default();
        assert_eq!(failures.wait(now), None);
        assert!(failures.claimed(now).wait(now).is_some());
        assert_eq!(failures.claimed(now).wait(later(30)), None, "its server was killed");
        for _ in 0..6 {
            failures = failures.failed(now);
        }
        assert_eq!(failures.wait(now), Some(SignedDuration::from_secs(2)));
        assert_eq!(failures.wait(later(2)), None);
        assert_eq!(failures.wait(later(-100_000)), None, "the clock ran ahead");
    }
}
