use super::answer::write_once;
use super::audit::{Event, NOTHING, audit};
use super::authenticate_installation::read_request;
use super::issue_license::{Issue, issue_license, take_customer};
use super::{Actor, Answer, Error, Office, Refusal, Unauthenticated};
use crate::domain::ids::{EventId, InstallationId, LicenseId};
use crate::domain::installation::{self, Decision, Installation, InstallationDetails};
use crate::signing::hash_activation_key;
use crate::store::Cause;
use licentia_license::Request;
use serde::{Deserialize, Serialize};

/// An activated installation and its license.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activated {
    /// The installation.
    pub installation: Installation,
    /// The customer's current license: a compact JWS.
    pub license: String,
}

/// Binds an installation to the customer whose activation key it brings, if a place is free.
///
/// An installation that is active already is answered with the current license.
///
/// # Errors
/// `activation-key-unknown`, `no-free-place`, `installation-elsewhere`; wrong fields.
pub fn activate(office: &Office, statement: &str) -> Result<Answer<Activated>, Error> {
    let request = read_request(office, statement)?;
    let Request::Activate(asked) = &request.statement.req else {
        return Err(Unauthenticated::StatementMismatch.into());
    };
    let details =
        InstallationDetails::parse(&asked.name, &asked.product_version, asked.fingerprint.clone())?;
    let hash = hash_activation_key(&asked.activation_key);
    let thumbprint = &request.statement.iss;
    let now = office.clock.now();
    let installation_id = office.id(now, InstallationId::from_ulid);
    let license_id = office.id(now, LicenseId::from_ulid);
    let event_id = office.id(now, EventId::from_ulid);

    write_once(office, Some(&request.once), now, |tx| {
        let customer = tx.customer_by_activation_key(&hash)?;
        let customer = customer.ok_or(Unauthenticated::ActivationKeyUnknown)?;
        let (customer, ledger, now) = take_customer(tx, &customer.id, now)?;
        let elsewhere = tx
            .installation_by_thumbprint(thumbprint)?
            .is_some_and(|other| other.is_active() && other.customer != customer.id);
        if elsewhere {
            return Err(Refusal::InstallationElsewhere.into());
        }
        let active = tx.active_installations(&customer.id)?;
        if let Decision::AlreadyActive(installation) =
            installation::decide(&customer, &active, thumbprint)?
        {
            let license = super::fetch_license::current(tx, &customer.id)?;
            return Ok(Answer::existing(Activated { installation: *installation, license }));
        }
        let installation = Installation {
            id: installation_id.clone(),
            customer: customer.id.clone(),
            thumbprint: thumbprint.clone(),
            details: details.clone(),
            activated_at: now,
            released_at: None,
            usage: None,
        };
        tx.add_installation(&installation)?;
        let issue = Issue {
            id: license_id.clone(),
            customer: &customer,
            ledger: &ledger,
            cause: Cause::Activation,
            cause_id: installation.id.as_str(),
            now,
        };
        let license = issue_license(office, tx, issue)?.document;
        let event = Event {
            id: event_id.clone(),
            at: now,
            actor: &Actor::Installation(installation.clone()),
            action: "installation.activated",
            subject: installation.id.as_str(),
            customer: Some(&customer.id),
        };
        audit(tx, event, NOTHING, Some(&installation))?;
        Ok(Answer::created(Activated { installation, license }))
    })
}
