//! Named points at which a test kills or stops the server; nothing in a build without the feature
//! `failpoints`.
//!
//! `LICENTIA_KILL_AT=after-commit` ends the process there with SIGKILL, at the first time it is
//! reached; `after-commit:3` at the third. The points stand in the order of an issue:
//! `before-sign`, `after-sign`, `before-commit`, `after-commit`, `before-reply`; in the mail worker
//! `after-smtp`; in a start `between-migrations`.
//!
//! `LICENTIA_FAIL_AT=mail-thread=1*panic` does what crate `fail` understands by the words after the
//! name. The points are those of the server's threads, `mail-thread`, `observations-thread`,
//! `alarms-thread`, `checkpoint-thread` and `licenses-thread`, and `api-answer`, where the API answers
//! the probe of `/readyz`.

/// Marks a point.
pub fn reached(name: &str) {
    fail::fail_point!(name);
    let _ = name;
}

/// Arms the point that the environment names, if it is one of a start.
#[cfg(feature = "failpoints")]
pub fn arm_for_start(kill_at: &str) {
    if kill_at.starts_with("between-migrations") {
        arm(kill_at);
    }
}

/// Arms the point that the environment names, if it is one of what is served: what a start itself
/// writes does not count.
#[cfg(feature = "failpoints")]
pub fn arm_for_calls(kill_at: &str) {
    if !kill_at.is_empty() && !kill_at.starts_with("between-migrations") {
        arm(kill_at);
    }
}

/// Arms a point with an action, `NAME=ACTION`.
#[cfg(feature = "failpoints")]
pub fn arm_action(point: &str) {
    let (name, action) = point.split_once('=').unwrap_or((point, "panic"));
    if let Err(error) = fail::cfg(name, action) {
        tracing::error!(%error, "the failpoint cannot be armed");
    }
}

#[cfg(feature = "failpoints")]
fn arm(kill_at: &str) {
    use std::sync::atomic::{AtomicU32, Ordering};
    let (name, count) = kill_at.split_once(':').unwrap_or((kill_at, "1"));
    let left = AtomicU32::new(count.parse().unwrap_or(1));
    let kill = move || {
        if left.fetch_sub(1, Ordering::SeqCst) == 1 {
            // SIGKILL, as the kernel or a power cut would: nothing is unwound, nothing flushed.
            let _ = rustix::process::kill_process(
                rustix::process::getpid(),
                rustix::process::Signal::KILL,
            );
        }
    };
    if let Err(error) = fail::cfg_callback(name, kill) {
        tracing::error!(%error, "the failpoint cannot be armed");
    }
}
