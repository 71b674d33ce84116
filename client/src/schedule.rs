//! Keeping the license current: a round of updates that never ends by itself.

use crate::surroundings::Stop;
use crate::{Error, Installation, Update};
use std::time::Duration;

/// The wait after the first failure; it doubles with each further one, up to the period.
const FIRST_BACKOFF: Duration = Duration::from_secs(60);
/// A server that asks for a longer pause (Retry-After) is asked again after this one.
const LONGEST_PAUSE: Duration = Duration::from_secs(24 * 60 * 60);
/// No period is shorter.
const SHORTEST_PERIOD: Duration = Duration::from_secs(1);

/// How often a license is updated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    period: Duration,
}

impl Schedule {
    /// An update each `period`, give or take a tenth, so that installations which were started
    /// together do not come together; at least a second.
    #[must_use]
    pub fn every(period: Duration) -> Self {
        Self { period: period.max(SHORTEST_PERIOD) }
    }

    /// How long to wait after an update, with `draw` for chance.
    ///
    /// - After a success: the period, ±10 %.
    /// - After the `failures`th failure in a row: between half and all of a minute, doubled with
    ///   each failure before; never more than the period.
    /// - At least as long as the server `asked` for (Retry-After), and up to a tenth longer; a
    ///   server that asks for more than a day gets a day.
    #[must_use]
    pub fn wait(&self, failures: u32, asked: Option<Duration>, draw: u32) -> Duration {
        let chance = f64::from(draw) / f64::from(u32::MAX);
        let wait = match failures.checked_sub(1) {
            None => self.period.mul_f64(0.9 + 0.2 * chance),
            Some(doublings) => self.backoff(doublings).mul_f64(0.5 + 0.5 * chance),
        };
        let asked = asked.unwrap_or_default().min(LONGEST_PAUSE);
        wait.max(asked.mul_f64(1.0 + 0.1 * chance))
    }

    fn backoff(&self, doublings: u32) -> Duration {
        let factor = 2_u32.saturating_pow(doublings);
        FIRST_BACKOFF.saturating_mul(factor).min(self.period)
    }
}

impl Installation {
    /// Updates the license now and then by the schedule, until it is stopped: for a thread of the
    /// product's own. `report` is told each outcome and how long the wait after it is.
    ///
    /// A server that is down, slow or out of order takes nothing from the license held. A stop
    /// ends a wait at once, and a call when it is over (30 seconds at most, see
    /// [`Installation::with_timeout`]).
    ///
    /// ```no_run
    /// use licentia_client::{Installation, Schedule, Stop};
    /// use std::{thread, time::Duration};
    /// # fn main() -> Result<(), licentia_client::Error> {
    /// let installation = Installation::open("/var/lib/pbx/license")?;
    /// let (stop, schedule) = (Stop::new(), Schedule::every(Duration::from_secs(6 * 60 * 60)));
    /// let thread = thread::spawn({
    ///     let stop = stop.clone();
    ///     move || installation.keep_current(schedule, &stop, |outcome, _| {
    ///         if let Err(error) = outcome {
    ///             eprintln!("the license could not be updated: {error}");
    ///         }
    ///     })
    /// });
    /// // … and when the product ends:
    /// stop.stop();
    /// # thread.join().unwrap();
    /// # Ok(()) }
    /// ```
    pub fn keep_current(
        &self,
        schedule: Schedule,
        stop: &Stop,
        mut report: impl FnMut(&Result<Update, Error>, Duration),
    ) {
        let mut failures: u32 = 0;
        while !stop.is_stopped() {
            // One try a round: the schedule is what tries again.
            let outcome = self.fetch(false, 1);
            failures = if outcome.is_ok() { 0 } else { failures.saturating_add(1) };
            let asked = outcome.as_ref().err().and_then(Error::retry_after);
            let wait = schedule.wait(failures, asked, self.surroundings.draw());
            report(&outcome, wait);
            (self.surroundings.wait)(wait, stop);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn seconds(schedule: Schedule, failures: u32, asked: Option<u64>) -> (u64, u64) {
        let asked = asked.map(Duration::from_secs);
        let wait = |draw| schedule.wait(failures, asked, draw).as_secs_f64().round();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small")]
        let whole = |seconds: f64| seconds as u64;
        (whole(wait(0)), whole(wait(u32::MAX)))
    }

    #[test]
    fn updates_come_each_period_give_or_take_a_tenth() {
        assert_eq!(seconds(Schedule::every(HOUR), 0, None), (3240, 3960));
        assert_eq!(seconds(Schedule::every(6 * HOUR), 0, None), (19440, 23760));
    }

    #[test]
    fn failures_are_retried_after_a_minute_at_most_doubling_up_to_the_period() {
        let waits: Vec<_> =
            (1..=8).map(|failures| seconds(Schedule::every(HOUR), failures, None)).collect();
        let expected = [(30, 60), (60, 120), (120, 240), (240, 480), (480, 960), (960, 1920)];
        assert_eq!(waits[..6], expected);
        assert_eq!(waits[6..], [(1800, 3600), (1800, 3600)]);
        assert_eq!(seconds(Schedule::every(HOUR), u32::MAX, None), (1800, 3600));
        assert_eq!(seconds(Schedule::every(Duration::from_secs(10)), 1, None), (5, 10));
    }

    #[test]
    fn a_pause_that_the_server_asks_for_is_kept_up_to_a_day() {
        let schedule = Schedule::every(HOUR);
        assert_eq!(seconds(schedule, 1, Some(10)), (30, 60), "a shorter one changes nothing");
        assert_eq!(seconds(schedule, 1, Some(600)), (600, 660));
        assert_eq!(seconds(schedule, 1, Some(7200)), (7200, 7920));
        assert_eq!(seconds(schedule, 1, Some(u64::MAX)), (86400, 95040));
    }

    proptest! {
        #[test]
        fn a_wait_is_never_shorter_than_asked_nor_longer_than_a_tenth_above_period_or_pause(
            period in 0..2_000_000_u64, failures in any::<u32>(), draw in any::<u32>(),
            asked in proptest::option::of(any::<u64>())
        ) {
            let schedule = Schedule::every(Duration::from_secs(period));
            let asked = asked.map(Duration::from_secs);
            let wait = schedule.wait(failures, asked, draw);
            let pause = asked.unwrap_or_default().min(LONGEST_PAUSE);
            prop_assert!(wait >= pause);
            let longest = schedule.period.max(pause).mul_f64(1.1) + Duration::from_millis(1);
            prop_assert!(wait <= longest);
            prop_assert!(wait > Duration::ZERO);
        }
    }
}
