//! Counters of failed sign-ins, in the database: across connections, servers and restarts.

use super::audit::{Event, audit};
use super::known_device::KnownDevice;
use super::notify_staff::notify_staff;
use super::{Actor, Error, Office};
use crate::domain::ids::{EventId, StaffId};
use crate::domain::sign_in_limit::{FAILURES_BEFORE_PAUSE, SignInFailures, pause_after};
use crate::domain::staff::Staff;
use crate::domain::staff_notice::{Proof, StaffNotice};
use crate::store::Tx;
use jiff::SignedDuration;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// One counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counter([u8; 32]);

impl Counter {
    /// Wrong passwords for a name, also for one that nobody has; or from one known browser.
    pub(super) fn passwords(name: &str, device: Option<&KnownDevice>) -> Self {
        Self::new("password", name, device)
    }

    /// Wrong codes of a person; or from one known browser.
    pub(super) fn codes(person: &StaffId, device: Option<&KnownDevice>) -> Self {
        Self::new("code", person.as_str(), device)
    }

    /// Wrong codes in one half-open session.
    pub(super) fn half_open_session(session: &str) -> Self {
        Self::new("half-open session", session, None)
    }

    fn new(kind: &str, subject: &str, device: Option<&KnownDevice>) -> Self {
        let device = device.map_or("", KnownDevice::as_str);
        let mut hash = Sha256::new();
        for part in [kind, subject, device] {
            hash.update(format!("{}\n{part}\n", part.len()));
        }
        Self(hash.finalize().into())
    }

    /// Refuses an attempt that may not be made now.
    pub(super) fn check(&self, office: &Office, tx: &mut Tx<'_>) -> Result<SignInFailures, Error> {
        let failures = tx.sign_in_failures(&self.0)?;
        match failures.wait(office.clock.now()) {
            Some(wait) => Err(too_many(wait)),
            None => Ok(failures),
        }
    }

    /// Begins an attempt: until it ends, others are refused.
    pub(super) fn claim(&self, office: &Office, tx: &mut Tx<'_>) -> Result<(), Error> {
        let (failures, now) = (self.check(office, tx)?, office.clock.now());
        Ok(tx.set_sign_in_failures(&self.0, &failures.claimed(now), now)?)
    }

    /// Ends an attempt that failed. A pause is recorded, and the person is notified of it.
    pub(super) fn add_failure(
        &self,
        office: &Office,
        tx: &mut Tx<'_>,
        person: Option<&Staff>,
        what: FailedAttempt,
        address: Option<&str>,
    ) -> Result<SignInFailures, Error> {
        let now = office.clock.now();
        let failures = tx.sign_in_failures(&self.0)?.failed(now);
        tx.set_sign_in_failures(&self.0, &failures, now)?;
        let pause = pause_after(failures.in_a_row);
        if let (Some(person), Some(pause)) = (person, pause) {
            let slowed =
                Slowed { what, failures: failures.in_a_row, pause_seconds: pause.as_secs() };
            record(office, tx, person, &slowed, address)?;
        }
        Ok(failures)
    }

    /// Counts one more failure, and records nothing.
    pub(super) fn count(&self, office: &Office, tx: &mut Tx<'_>) -> Result<SignInFailures, Error> {
        let now = office.clock.now();
        let failures = tx.sign_in_failures(&self.0)?.failed(now);
        tx.set_sign_in_failures(&self.0, &failures, now)?;
        Ok(failures)
    }

    /// Whether the counter has reached its limit.
    pub(super) fn is_used_up(&self, tx: &mut Tx<'_>) -> Result<bool, Error> {
        Ok(tx.sign_in_failures(&self.0)?.in_a_row >= FAILURES_BEFORE_PAUSE)
    }

    /// Ends an attempt that succeeded.
    pub(super) fn clear(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        Ok(tx.clear_sign_in_failures(&self.0)?)
    }
}

/// What was attempted and failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FailedAttempt {
    /// A password.
    Password,
    /// A code of the second factor, or a recovery code.
    Code,
}

/// What the audit log says of a pause.
#[derive(Debug, Serialize)]
struct Slowed {
    #[serde(rename = "attempt")]
    what: FailedAttempt,
    failures: i64,
    pause_seconds: i64,
}

/// A pause begins with each failure from the fifth on, so there is one event for each pause.
fn record(
    office: &Office,
    tx: &mut Tx<'_>,
    person: &Staff,
    slowed: &Slowed,
    address: Option<&str>,
) -> Result<(), Error> {
    let event = Event {
        id: office.id(EventId::from_ulid),
        at: office.clock.now(),
        actor: &Actor::Server,
        action: "staff.sign-in-slowed",
        subject: person.id.as_str(),
        customer: None,
    };
    audit(tx, event, super::audit::NOTHING, Some(slowed))?;
    let notice = StaffNotice::SignInSlowed {
        proof: match slowed.what {
            FailedAttempt::Password => Proof::Password,
            FailedAttempt::Code => Proof::Code,
        },
        failures: slowed.failures,
        address: address.map(Into::into),
        until: office.clock.now() + SignedDuration::from_secs(slowed.pause_seconds),
    };
    notify_staff(office, tx, person, &notice)
}

/// The refusal that says when to try again.
pub(super) fn too_many(wait: SignedDuration) -> Error {
    Error::TooManyAttempts { retry_after: u32::try_from(wait.as_secs()).unwrap_or(1).max(1) }
}
