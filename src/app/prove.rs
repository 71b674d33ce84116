//! Proof of identity again, in a session that is signed in: before sensitive acts, when the last
//! proof is old.

use super::sessions::{KeyedSession, change, end_session, renewed};
use super::sign_in::{note, try_code, use_code};
use super::{Error, HalfOpenSession, LiveSession, Office, PasswordProof, Unauthenticated};
use crate::domain::staff::Staff;

/// What a person proves with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// The password.
    Password,
    /// A code of the second factor, or a recovery code.
    Code,
}

/// What a person is asked for: the second factor where there is one.
pub fn proof_asked(person: &Staff) -> Proof {
    if person.totp.confirmed { Proof::Code } else { Proof::Password }
}

/// Takes a code; the session gets a new key. Wrong codes count as those at sign-in: after five in one
/// session it ends.
///
/// # Errors
/// `second-factor-wrong`; `sign-in-again` after five wrong codes; [`Error::TooManyAttempts`] during a
/// pause; `session-ended` where the session has ended meanwhile.
pub fn prove_by_code(
    office: &Office,
    live: &LiveSession,
    devices: &[String],
    address: Option<String>,
    code: &str,
) -> Result<KeyedSession, Error> {
    let attempt = HalfOpenSession {
        person: live.person.id.clone(),
        id: live.session.id.clone(),
        devices: devices.to_vec(),
        address,
        enrolment: Vec::new(),
    };
    let renewed = renewed(office, &live.session, office.clock.now());
    let proved = try_code(office, &attempt, |tx, mut person| {
        if !use_code(office, tx, &mut person, code, attempt.address.as_deref())? {
            return Ok(None);
        }
        change(tx, &live.session, &renewed.session)?;
        note(office, tx, &person, "staff.identity-confirmed")?;
        Ok(Some(()))
    });
    if let Err(Error::Unauthenticated(Unauthenticated::SignInAgain)) = proved {
        end_session(office, &live.session.id)?;
    }
    proved.map(|_| renewed)
}

/// Takes the proof of a password; the session gets a new key.
///
/// # Errors
/// [`Error::Forbidden`] where the proof is another person's; `session-ended` where the session has
/// ended meanwhile.
pub fn prove_by_password(
    office: &Office,
    live: &LiveSession,
    proof: &PasswordProof,
) -> Result<KeyedSession, Error> {
    if proof.person().id != live.person.id {
        return Err(Error::Forbidden);
    }
    let renewed = renewed(office, &live.session, office.clock.now());
    office.store.write(|tx| {
        change(tx, &live.session, &renewed.session)?;
        note(office, tx, &live.person, "staff.identity-confirmed")
    })?;
    Ok(renewed)
}
