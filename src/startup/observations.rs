//! The thread that notes what installations say of themselves, which API tokens were used, and which
//! access was refused.

use crate::app::{self, Office};
use crate::failpoint;
use crate::store::log_failure;
use crate::workers::Heartbeat;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long what was heard waits, so that many calls make one transaction.
const PAUSE: Duration = Duration::from_secs(2);
/// How long the next ones wait when there are many: there is no hurry, unless the server ends.
const BREATH: Duration = Duration::from_millis(50);

pub(super) fn note_observations(office: &Office, stop: &AtomicBool, alive: &Heartbeat) {
    loop {
        alive.beat();
        failpoint::reached("observations-thread");
        let ends = stop.load(Ordering::SeqCst);
        let between = || {
            alive.beat();
            if !stop.load(Ordering::SeqCst) {
                std::thread::sleep(BREATH);
            }
        };
        if let Err(error) = app::note_observations(office, between) {
            log_failure(&error, "what installations say of themselves cannot be noted");
        }
        if let Err(error) = app::record_token_uses(office) {
            log_failure(&error, "the last use of API tokens cannot be recorded");
        }
        if let Err(error) = app::store_access_refusals(office, ends) {
            log_failure(&error, "refused access cannot be counted");
        }
        if ends {
            return;
        }
        office.observations.bell.wait(PAUSE);
    }
}
