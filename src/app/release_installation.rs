use super::answer::write_once;
use super::audit::{Event, audit};
use super::authenticate_installation::{authenticate_installation, read_request};
use super::issue_license::{Issue, issue_license, take_customer};
use super::{Actor, Answer, Error, Office, Once, Refusal, Right, Unauthenticated};
use crate::domain::ids::{EventId, InstallationId, LicenseId};
use crate::domain::installation::Installation;
use crate::store::{Cause, Tx};
use jiff::Timestamp;
use licentia_license::Request;

/// Takes an installation's place back for the vendor.
///
/// # Errors
/// `already-released`; an installation that is not there.
pub fn release_by_staff(
    office: &Office,
    actor: &Actor,
    once: Option<&Once>,
    id: &InstallationId,
) -> Result<Answer<Installation>, Error> {
    actor.require(Right::Sell)?;
    let release = Release::new(office);
    write_once(office, once, release.now, |tx| {
        let installation = tx.installation(id)?.ok_or(Error::NotFound)?;
        release.run(office, tx, &installation, actor).map(Answer::created)
    })
}

/// An installation gives its own place back.
///
/// # Errors
/// `installation-unknown`, `installation-released`.
pub fn release_own(office: &Office, statement: &str) -> Result<Answer<Installation>, Error> {
    let request = read_request(office, statement)?;
    let Request::Release {} = request.statement.req else {
        return Err(Unauthenticated::StatementMismatch.into());
    };
    let release = Release::new(office);
    write_once(office, Some(&request.once), release.now, |tx| {
        let installation = authenticate_installation(tx, &request)?;
        let actor = Actor::Installation(installation.clone());
        release.run(office, tx, &installation, &actor).map(Answer::created)
    })
}

struct Release {
    now: Timestamp,
    license_id: LicenseId,
    event_id: EventId,
}

impl Release {
    fn new(office: &Office) -> Self {
        let now = office.clock.now();
        Self {
            now,
            license_id: office.id(now, LicenseId::from_ulid),
            event_id: office.id(now, EventId::from_ulid),
        }
    }

    /// Frees the place and issues a license whose `aud` no longer names the installation.
    fn run(
        &self,
        office: &Office,
        tx: &mut Tx<'_>,
        installation: &Installation,
        actor: &Actor,
    ) -> Result<Installation, Error> {
        let (customer, ledger, now) = take_customer(tx, &installation.customer, self.now)?;
        // Read again: on PostgreSQL a rival may have released it while this one queued.
        let before = tx.installation(&installation.id)?.ok_or(Error::NotFound)?;
        if !before.is_active() {
            return Err(Refusal::AlreadyReleased.into());
        }
        tx.release_installation(&before.id, now)?;
        let after = Installation { released_at: Some(now), ..before.clone() };
        issue_license(
            office,
            tx,
            Issue {
                id: self.license_id.clone(),
                customer: &customer,
                ledger: &ledger,
                cause: Cause::Release,
                cause_id: after.id.as_str(),
                now,
            },
        )?;
        let event = Event {
            id: self.event_id.clone(),
            at: now,
            actor,
            action: "installation.released",
            subject: after.id.as_str(),
            customer: Some(&customer.id),
        };
        audit(tx, event, Some(&before), Some(&after))?;
        Ok(after)
    }
}
