use super::answer::write_once_for_customer;
use super::audit::NOTHING;
use super::authenticate_installation::{SignedRequest, read_request};
use super::case::Case;
use super::moves::moves;
use super::{Actor, Answer, Error, Office, Refusal, Unauthenticated};
use crate::domain::ids::InstallationId;
use crate::domain::installation::{self, Decision, Installation, InstallationDetails};
use crate::domain::moves::{Move, Moving};
use crate::signing::hash_activation_key;
use crate::store::Cause;
use licentia_license::Request;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An activated installation and its license.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activated {
    /// The installation.
    pub installation: Installation,
    /// The customer's current license: a compact JWS.
    pub license: String,
}

/// Binds an installation to the customer whose activation key it brings, if a place is free, or if
/// it may take over one: then the installation whose place it was is released.
///
/// An installation that is active already is answered with the current license.
///
/// # Errors
/// `activation-key-unknown`, `no-free-place`, `no-moves-left`, `replaced-unknown`,
/// `installation-elsewhere`; wrong fields.
pub fn activate(office: &Office, statement: &str) -> Result<Answer<Activated>, Error> {
    activate_by(office, &read_request(office, statement)?)
}

/// The same by a statement that was read.
pub(super) fn activate_by(
    office: &Office,
    request: &SignedRequest,
) -> Result<Answer<Activated>, Error> {
    let (details, hash) = asked(request)?;
    let thumbprint = &request.statement.iss;
    let may_move = match &request.statement.req {
        Request::Activate(asked) => asked.moving.as_ref(),
        _ => None,
    };

    let answer = write_once_for_customer(office, Some(&request.once), |tx| {
        let customer = tx.customer_by_activation_key(&hash)?;
        let customer = customer.ok_or(Unauthenticated::ActivationKeyUnknown)?.id;
        let known = tx.installation_by_thumbprint(thumbprint)?;
        if known.is_some_and(|known| known.is_active() && known.customer != customer) {
            return Err(Refusal::InstallationElsewhere.into());
        }
        let mut case = Case::open(office, tx, &customer)?;
        let now = case.now;
        let made = moves(office, case.tx(), &customer, now)?;
        let heard = match may_move {
            Some(_) => case.tx().heard_at(&customer)?,
            None => BTreeMap::new(),
        };
        let moving = may_move.map(|asked| Moving {
            replaces: asked.replaces.as_deref(),
            moves: made,
            heard: &heard,
        });
        let decision =
            installation::decide(&case.customer, &case.active, thumbprint, moving.as_ref())?;
        let replaced = match decision {
            Decision::AlreadyActive(installation) => {
                let license = case.current_license()?;
                return Ok(Answer::existing(Activated { installation: *installation, license }));
            }
            Decision::Activate => None,
            Decision::Move(replaced) => Some(*replaced),
        };
        let installation = Installation {
            id: office.id(InstallationId::from_ulid),
            customer,
            thumbprint: thumbprint.clone(),
            details: details.clone(),
            activated_at: case.now,
            released_at: None,
            usage: None,
        };
        case.activate(&installation)?;
        let actor = Actor::Installation(installation.clone());
        let issued_for = if replaced.is_some() { Cause::Move } else { Cause::Activation };
        if let Some(replaced) = replaced {
            replace(&mut case, &actor, &installation, &replaced)?;
        }
        let id = installation.id.as_str();
        let license = case.issue(issued_for, id)?.document;
        case.audit(&actor, "installation.activated", id, NOTHING, Some(&installation))?;
        request.audit_carrier(&mut case, &installation.id)?;
        Ok(Answer::created(Activated { installation, license }))
    })?;
    office.observations.hear(request, office.clock.now());
    Ok(answer)
}

/// Whether a statement brings an activation key that some customer has, or was answered before:
/// asked without writing, so that wrong keys hold nobody up.
///
/// # Errors
/// `activation-key-unknown`; wrong fields.
pub fn check_activation_key(office: &Office, statement: &str) -> Result<(), Error> {
    check_key_of(office, &read_request(office, statement)?)
}

/// The same of a statement that was read.
pub(super) fn check_key_of(office: &Office, request: &SignedRequest) -> Result<(), Error> {
    let (_, hash) = asked(request)?;
    office.store.read(|tx| {
        let is_known = tx.customer_by_activation_key(&hash)?.is_some();
        if is_known || request.once.was_answered(tx)? {
            return Ok(());
        }
        Err(Unauthenticated::ActivationKeyUnknown.into())
    })
}

/// What a statement asks to be activated, and the hash of the key that it brings.
fn asked(request: &SignedRequest) -> Result<(InstallationDetails, [u8; 32]), Error> {
    let Request::Activate(asked) = &request.statement.req else {
        return Err(Unauthenticated::StatementMismatch.into());
    };
    let fingerprint = asked.fingerprint.clone();
    let details = InstallationDetails::parse(&asked.name, &asked.product_version, fingerprint)?;
    let hash = hash_activation_key(&asked.activation_key);
    Ok((details, hash))
}

/// Releases the installation whose place is taken over, and counts the move.
fn replace(
    case: &mut Case<'_, '_>,
    actor: &Actor,
    installation: &Installation,
    replaced: &Installation,
) -> Result<(), Error> {
    let moved_at = case.now;
    case.release(&replaced.id)?;
    case.tx().add_move(&Move {
        customer: installation.customer.clone(),
        installation: installation.id.clone(),
        replaced: replaced.id.clone(),
        moved_at,
    })?;
    let after = Installation { released_at: Some(moved_at), ..replaced.clone() };
    let id = replaced.id.as_str();
    case.audit(actor, "installation.replaced", id, Some(replaced), Some(&after))
}
