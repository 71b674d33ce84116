//! The thread that raises alarms: about records that were changed outside of the server, and about an
//! issuing key that ends.

use crate::app::{self, KeyEnd, Office};
use crate::clock::Stopwatch;
use crate::failpoint;
use crate::store::log_failure;
use crate::workers::Heartbeat;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often it looks for changed records.
const PERIOD: Duration = Duration::from_millis(200);
/// How often it looks at the end of the issuing key.
const KEY_PERIOD: Duration = Duration::from_secs(1);

pub(super) fn raise_alarms(office: &Office, stop: &AtomicBool, alive: &Heartbeat) {
    let (mut looked, mut told) = (None::<Stopwatch>, None);
    loop {
        alive.beat();
        failpoint::reached("alarms-thread");
        let ends = stop.load(Ordering::SeqCst);
        if let Err(error) = app::raise_alarms(office) {
            log_failure(&error, "an alarm about changed records cannot be recorded");
        }
        if looked.as_ref().is_none_or(|looked| looked.elapsed() >= KEY_PERIOD) {
            looked = Some(Stopwatch::start());
            tell_key_end(office, &mut told);
        }
        if ends {
            return;
        }
        std::thread::sleep(PERIOD);
    }
}

/// Tells of a key's end; `told` keeps the database from being asked the same each second.
fn tell_key_end(office: &Office, told: &mut Option<KeyEnd>) {
    let Some(end) = app::near_key_end(office).filter(|end| told.as_ref() != Some(end)) else {
        return;
    };
    match app::tell_key_end(office, &end) {
        Ok(()) => *told = Some(end),
        Err(error) => log_failure(&error, "administrators cannot be told of the key's end"),
    }
}
