use super::answer::write_once;
use super::authenticate_installation::{authenticate_installation, read_request};
use super::case::Case;
use super::{Actor, Answer, Error, Office, Once, Refusal, Right, Unauthenticated};
use crate::domain::ids::InstallationId;
use crate::domain::installation::Installation;
use crate::store::{Cause, Tx};
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
    write_once(office, once, |tx| {
        let installation = tx.installation(id)?.ok_or(Error::NotFound)?;
        release(office, tx, &installation, actor)
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
    write_once(office, Some(&request.once), |tx| {
        let installation = authenticate_installation(tx, &request)?;
        release(office, tx, &installation, &Actor::Installation(installation.clone()))
    })
}

/// Frees the place and issues a license whose `aud` no longer names the installation.
fn release(
    office: &Office,
    tx: &mut Tx<'_>,
    installation: &Installation,
    actor: &Actor,
) -> Result<Answer<Installation>, Error> {
    if !installation.is_active() {
        return Err(Refusal::AlreadyReleased.into());
    }
    let mut case = Case::open(office, tx, &installation.customer)?;
    let after = Installation { released_at: Some(case.now), ..installation.clone() };
    let (id, at) = (&installation.id, case.now);
    case.tx().release_installation(id, at)?;
    case.issue(Cause::Release, id.as_str())?;
    case.audit(actor, "installation.released", id.as_str(), Some(installation), Some(&after))?;
    Ok(Answer::created(after))
}
