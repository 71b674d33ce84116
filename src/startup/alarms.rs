//! The thread that records alarms about records that were changed outside of the server.

use crate::app::{self, Office};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often it looks.
const PERIOD: Duration = Duration::from_millis(200);

pub(super) fn raise_alarms(office: &Office, stop: &AtomicBool) {
    loop {
        let ends = stop.load(Ordering::SeqCst);
        if let Err(error) = app::raise_alarms(office) {
            tracing::error!(%error, "an alarm about changed records cannot be recorded");
        }
        if ends {
            return;
        }
        std::thread::sleep(PERIOD);
    }
}
