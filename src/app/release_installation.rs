use super::answer::write_once_for_customer;
use super::authenticate_installation::{SignedRequest, authenticate_installation, read_request};
use super::case::Case;
use super::{Actor, Answer, Error, Office, Once, Refusal, Right, Unauthenticated};
use crate::domain::ids::InstallationId;
use crate::domain::installation::Installation;
use crate::store::{Cause, Tx};
use licentia_license::Request;
use serde::{Deserialize, Serialize};

/// An installation that gave its place back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Released {
    /// The installation.
    pub installation: Installation,
    /// The license that no longer names it: a compact JWS.
    pub license: String,
}

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
    write_once_for_customer(office, once, |tx| {
        let installation = tx.installation(id)?.ok_or(Error::NotFound)?;
        let released = release(office, tx, None, &installation, actor)?;
        Ok(Answer::created(released.installation))
    })
}

/// An installation gives its own place back.
///
/// # Errors
/// `installation-unknown`, `installation-released`.
pub fn release_own(office: &Office, statement: &str) -> Result<Answer<Released>, Error> {
    release_by_request(office, &read_request(office, statement)?)
}

/// The same by a statement that was read.
pub(super) fn release_by_request(
    office: &Office,
    request: &SignedRequest,
) -> Result<Answer<Released>, Error> {
    let Request::Release {} = request.statement.req else {
        return Err(Unauthenticated::StatementMismatch.into());
    };
    write_once_for_customer(office, Some(&request.once), |tx| {
        let installation = authenticate_installation(tx, request)?;
        let actor = Actor::Installation(installation.clone());
        release(office, tx, Some(request), &installation, &actor).map(Answer::created)
    })
}

/// Frees the place and issues a license whose `aud` no longer names the installation.
fn release(
    office: &Office,
    tx: &mut Tx<'_>,
    request: Option<&SignedRequest>,
    installation: &Installation,
    actor: &Actor,
) -> Result<Released, Error> {
    if !installation.is_active() {
        return Err(Refusal::AlreadyReleased.into());
    }
    let mut case = Case::open(office, tx, &installation.customer)?;
    let after = Installation { released_at: Some(case.now), ..installation.clone() };
    let id = &installation.id;
    case.release(id)?;
    let license = case.issue(Cause::Release, id.as_str())?.document;
    case.audit(actor, "installation.released", id.as_str(), Some(installation), Some(&after))?;
    if let Some(request) = request {
        request.audit_carrier(&mut case, id)?;
    }
    Ok(Released { installation: after, license })
}
