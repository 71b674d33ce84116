//! What every person changes of its own account.

use super::audit::{NOTHING, audit};
use super::change_staff::event;
use super::sign_in::new_recovery_codes;
use super::{Actor, Error, Office};
use crate::domain::field::{self, Fault, FieldError};
use crate::domain::ids::StaffId;
use crate::domain::staff::{self, Staff};
use crate::store::Tx;

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

/// Changes a person's own password, which it proves to know; all its sessions end.
///
/// # Errors
/// `/present_password` that is wrong; `/new_password` that is too short or too long.
pub fn change_own_password(
    office: &Office,
    actor: &Actor,
    present_password: &str,
    new: &str,
) -> Result<(), Error> {
    let id = own_id(actor)?;
    let mut faults: Vec<FieldError> = Vec::new();
    faults.extend(wrong(office, id, present_password)?.map(|fault| fault.at("/present_password")));
    faults.extend(staff::password(new).err().map(|fault| fault.at("/new_password")));
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let hash = office.passwords.hash(new, &office.chance)?;
    office.store.write(|tx| {
        present(tx, id)?;
        tx.change_password(id, &hash)?;
        tx.end_sessions_of(id)?;
        audit(tx, event(office, actor, "staff.password-changed", id), NOTHING, NOTHING)
    })
}

/// Makes new recovery codes, which are shown only now; those before stop.
///
/// # Errors
/// `/codes_password` that is wrong; [`Error::Forbidden`] for who has no second factor.
pub fn renew_recovery_codes(
    office: &Office,
    actor: &Actor,
    present_password: &str,
) -> Result<Vec<String>, Error> {
    let id = own_id(actor)?;
    if let Some(fault) = wrong(office, id, present_password)? {
        return Err(vec![fault.at("/codes_password")].into());
    }
    let (codes, hashes) = new_recovery_codes(office);
    office.store.write(|tx| {
        if !present(tx, id)?.totp.confirmed {
            return Err(Error::Forbidden);
        }
        tx.replace_recovery_codes(id, &hashes)?;
        audit(tx, event(office, actor, "staff.recovery-codes-renewed", id), NOTHING, NOTHING)
    })?;
    Ok(codes)
}

/// Ends all sessions of a person; whoever serves it keeps the one it sits at.
///
/// # Errors
/// What the store says.
pub fn end_own_sessions(office: &Office, actor: &Actor) -> Result<(), Error> {
    let id = own_id(actor)?;
    office.store.write(|tx| {
        tx.end_sessions_of(id)?;
        audit(tx, event(office, actor, "staff.signed-out-elsewhere", id), NOTHING, NOTHING)
    })
}

fn own_id(actor: &Actor) -> Result<&StaffId, Error> {
    if let Actor::Staff(person) = actor { Ok(&person.id) } else { Err(Error::Forbidden) }
}

fn present(tx: &mut Tx<'_>, id: &StaffId) -> Result<Staff, Error> {
    tx.staff(id)?.filter(Staff::is_enabled).ok_or(Error::Forbidden)
}

/// What is wrong with a password that a person should know.
fn wrong(office: &Office, id: &StaffId, password: &str) -> Result<Option<Fault>, Error> {
    let hash = office.store.read(|tx| tx.password(id))?;
    let fits = office.passwords.fits(password, hash.as_deref());
    Ok((!fits).then_some(Fault::WrongPassword))
}
