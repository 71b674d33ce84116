//! Choosing a password in place of a temporary one. Until then the session opens nothing else.

use super::audit::{NOTHING, audit};
use super::change_staff::{check_password, event, notify_of_change};
use super::known_device::{DeviceCookie, KnownDevice};
use super::sessions::{KeyedSession, change, renewed};
use super::{Actor, Error, HashedPassword, Office, Unauthenticated};
use crate::domain::staff::Staff;
use crate::domain::staff_notice::AccessChange;
use crate::store::{Session, Stage, Tx};

/// Checks the new password before it is hashed. Returns the hash of the temporary one, which it must
/// not have.
///
/// # Errors
/// `/new_password`: too short, too long or easily guessed; `session-ended`.
pub fn check_chosen_password(
    office: &Office,
    session: &Session,
    password: &str,
) -> Result<String, Error> {
    office.store.read(|tx| {
        let person = choosing(tx, session)?;
        check_password(office, &person, "/new_password", password)?;
        Ok(tx.password(&person.id)?.unwrap_or_default())
    })
}

/// Replaces the temporary password: the person is in, under a new key, and their other sessions end.
///
/// # Errors
/// `session-ended` where the session has ended meanwhile, as it does with another temporary password.
pub fn choose_password(
    office: &Office,
    session: &Session,
    new: &HashedPassword,
) -> Result<(KeyedSession, DeviceCookie), Error> {
    let now = office.clock.now();
    office.store.write(|tx| {
        let person = choosing(tx, session)?;
        let renewed = renewed(office, session, now);
        change(tx, session, &renewed.session)?;
        tx.change_password(&person.id, new.as_str(), None)?;
        tx.end_other_sessions(&person.id, &session.id)?;
        let actor = Actor::Staff(person.clone());
        let event = event(office, &actor, "staff.password-changed", &person.id);
        audit(tx, event, NOTHING, NOTHING)?;
        notify_of_change(office, tx, &actor, [&person, &person], AccessChange::Password)?;
        let device = KnownDevice::new(office)?.cookie(office, &person, new.as_str())?;
        Ok((renewed, device))
    })
}

/// The person of a session who has a temporary password, and has shown the second factor.
fn choosing(tx: &mut Tx<'_>, session: &Session) -> Result<Staff, Error> {
    let person = tx.staff(&session.staff)?.filter(|person| {
        let chooses = person.has_temporary_password() && session.stage == Stage::NewPassword;
        chooses && person.is_enabled()
    });
    person.ok_or_else(|| Unauthenticated::SessionEnded.into())
}
