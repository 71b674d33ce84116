//! What every person changes of its own account.

use super::audit::{NOTHING, audit};
use super::change_staff::{check_password, event, notify_of_change};
use super::sessions::{KeyedSession, change, renewed};
use super::sign_in::new_recovery_codes;
use super::{Actor, Error, HashedPassword, Office, PasswordProof};
use crate::domain::customer::{EmailAddress, Language};
use crate::domain::field::{self, Faults};
use crate::domain::ids::StaffId;
use crate::domain::staff::{self, Staff};
use crate::domain::staff_notice::AccessChange;
use crate::store::{Session, Tx};

/// Who has signed in, and how many recovery codes are left to it.
///
/// # Errors
/// [`Error::Forbidden`] for who is no person.
pub fn own_account(office: &Office, actor: &Actor) -> Result<(Staff, i64), Error> {
    let id = own_id(actor)?;
    office.store.read(|tx| Ok((present(tx, id)?, tx.count_recovery_codes(id)?)))
}

/// Changes what a person is called.
///
/// # Errors
/// A name that is empty or longer than 100 characters.
pub fn change_own_name(office: &Office, actor: &Actor, full_name: &str) -> Result<(), Error> {
    let id = own_id(actor)?;
    let full_name = field::line(full_name, 100).map_err(|fault| vec![fault.at("/full_name")])?;
    office.store.write(|tx| {
        let before = present(tx, id)?;
        if before.full_name == full_name {
            return Ok(());
        }
        let after = Staff { full_name: full_name.clone(), ..before.clone() };
        tx.change_staff(&after)?;
        audit(tx, event(office, actor, "staff.renamed", id), Some(&before), Some(&after))
    })
}

/// Checks an address for notices about the person's own account, and their language.
///
/// # Errors
/// `/email`, `/language`.
pub fn check_own_email(
    email: &str,
    language: &str,
) -> Result<(Option<EmailAddress>, Language), Error> {
    let mut faults = Faults::default();
    let email = faults.take("/email", staff::notice_address(email));
    let language = faults.take("/language", Language::parse(language));
    Ok(faults.finish(email.zip(language))?)
}

/// Changes where notices about a person's account go, and their language; they have proved to know
/// the password. The former address is told.
///
/// # Errors
/// [`Error::Forbidden`] where the proof is another person's.
pub fn change_own_email(
    office: &Office,
    actor: &Actor,
    proof: &PasswordProof,
    email: Option<&EmailAddress>,
    language: Language,
) -> Result<(), Error> {
    let id = proved(actor, proof)?;
    office.store.write(|tx| {
        let before = present(tx, id)?;
        let after = Staff { email: email.cloned(), language, ..before.clone() };
        if before == after {
            return Ok(());
        }
        tx.change_staff(&after)?;
        let event = event(office, actor, "staff.email-changed", id);
        audit(tx, event, Some(&before), Some(&after))?;
        if before.email == after.email {
            return Ok(());
        }
        let change = AccessChange::Email { email: email.cloned() };
        notify_of_change(office, tx, actor, [&before, &after], change)
    })
}

/// Checks a person's own new password, before it is hashed; `field` is where it was entered.
///
/// # Errors
/// A password that is too short, too long or easily guessed.
pub fn check_new_password(
    office: &Office,
    actor: &Actor,
    field: &str,
    password: &str,
) -> Result<(), Error> {
    let Actor::Staff(person) = actor else { return Err(Error::Forbidden) };
    check_password(office, person, field, password)
}

/// Changes a person's own password, which they have proved to know; their other sessions end, and this
/// one gets a new key.
///
/// # Errors
/// [`Error::Forbidden`] where the proof is another person's.
pub fn change_own_password(
    office: &Office,
    actor: &Actor,
    session: &Session,
    proof: &PasswordProof,
    new: &HashedPassword,
) -> Result<KeyedSession, Error> {
    let id = proved(actor, proof)?;
    let renewed = renewed(office, session, office.clock.now());
    office.store.write(|tx| {
        let person = present(tx, id)?;
        tx.change_password(id, new.as_str(), None)?;
        change(tx, session, &renewed.session)?;
        tx.end_other_sessions(id, &session.id)?;
        audit(tx, event(office, actor, "staff.password-changed", id), NOTHING, NOTHING)?;
        notify_of_change(office, tx, actor, [&person, &person], AccessChange::Password)
    })?;
    Ok(renewed)
}

/// Makes new recovery codes, which are shown only now; those before stop.
///
/// # Errors
/// [`Error::Forbidden`] for a person without a second factor, and where the proof is another
/// person's.
pub fn renew_recovery_codes(
    office: &Office,
    actor: &Actor,
    proof: &PasswordProof,
) -> Result<Vec<String>, Error> {
    let id = proved(actor, proof)?;
    let (codes, hashes) = new_recovery_codes(office);
    office.store.write(|tx| {
        let person = present(tx, id)?;
        if !person.totp.confirmed {
            return Err(Error::Forbidden);
        }
        tx.replace_recovery_codes(id, &hashes)?;
        audit(tx, event(office, actor, "staff.recovery-codes-renewed", id), NOTHING, NOTHING)?;
        notify_of_change(office, tx, actor, [&person, &person], AccessChange::RecoveryCodes)
    })?;
    Ok(codes)
}

pub(super) fn own_id(actor: &Actor) -> Result<&StaffId, Error> {
    if let Actor::Staff(person) = actor { Ok(&person.id) } else { Err(Error::Forbidden) }
}

fn present(tx: &mut Tx<'_>, id: &StaffId) -> Result<Staff, Error> {
    tx.staff(id)?.filter(Staff::is_enabled).ok_or(Error::Forbidden)
}

/// The id of a person who has proved to know their password.
fn proved<'a>(actor: &'a Actor, proof: &PasswordProof) -> Result<&'a StaffId, Error> {
    own_id(actor).and_then(|id| if *id == proof.person.id { Ok(id) } else { Err(Error::Forbidden) })
}
