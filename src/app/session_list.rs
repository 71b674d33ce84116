//! The sessions of a person, seen and ended by themselves or by an administrator.

use super::audit::{NOTHING, audit};
use super::change_staff::event;
use super::own_account::own_id;
use super::sessions::{KeyedSession, change, is_live, renewed};
use super::{Actor, Error, Office, Right};
use crate::domain::ids::{SessionId, StaffId};
use crate::store::{Session, Tx};
use serde_json::json;

/// The sessions of whoever has signed in, the newest first.
///
/// # Errors
/// [`Error::Forbidden`] for an actor that is no person.
pub fn own_sessions(office: &Office, actor: &Actor) -> Result<Vec<Session>, Error> {
    let id = own_id(actor)?;
    office.store.read(|tx| live(office, tx, id))
}

/// Ends one of a person's own sessions; `false` where it had ended.
///
/// # Errors
/// [`Error::Forbidden`] for an actor that is no person.
pub fn end_own_session(office: &Office, actor: &Actor, id: &SessionId) -> Result<bool, Error> {
    end_one(office, actor, own_id(actor)?, id)
}

/// Ends all sessions of a person but this one, which gets a new key: a copy of it ends too.
///
/// # Errors
/// [`Error::Forbidden`] for an actor that is no person.
pub fn end_other_own_sessions(
    office: &Office,
    actor: &Actor,
    session: &Session,
) -> Result<KeyedSession, Error> {
    let id = own_id(actor)?;
    let renewed = renewed(office, session, session.proved_at);
    office.store.write(|tx| {
        change(tx, session, &renewed.session)?;
        tx.end_other_sessions(id, &session.id)?;
        audit(tx, event(office, actor, "staff.signed-out-elsewhere", id), NOTHING, NOTHING)
    })?;
    Ok(renewed)
}

/// The sessions of a person of staff, the newest first.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn staff_sessions(office: &Office, actor: &Actor, id: &StaffId) -> Result<Vec<Session>, Error> {
    actor.require(Right::Administer)?;
    office.store.read(|tx| live(office, tx, id))
}

/// Ends one session of a person of staff; `false` where it had ended.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn end_staff_session(
    office: &Office,
    actor: &Actor,
    staff: &StaffId,
    id: &SessionId,
) -> Result<bool, Error> {
    actor.require(Right::Administer)?;
    end_one(office, actor, staff, id)
}

/// Ends all sessions of a person of staff.
///
/// # Errors
/// [`Error::Forbidden`]; a person that is not there.
pub fn end_staff_sessions(office: &Office, actor: &Actor, staff: &StaffId) -> Result<(), Error> {
    actor.require(Right::Administer)?;
    office.store.write(|tx| {
        tx.staff(staff)?.ok_or(Error::NotFound)?;
        if tx.sessions_of(staff)?.is_empty() {
            return Ok(());
        }
        tx.end_sessions_of(staff)?;
        audit(tx, event(office, actor, "staff.sessions-ended", staff), NOTHING, NOTHING)
    })
}

fn live(office: &Office, tx: &mut Tx<'_>, id: &StaffId) -> Result<Vec<Session>, Error> {
    let now = office.clock.now();
    let all = tx.sessions_of(id)?.into_iter();
    Ok(all.filter(|session| is_live(office, session, now)).collect())
}

/// A session of somebody else is none that could be ended here.
fn end_one(office: &Office, actor: &Actor, staff: &StaffId, id: &SessionId) -> Result<bool, Error> {
    office.store.write(|tx| {
        let theirs = tx.sessions_of(staff)?.into_iter().find(|session| session.id == *id);
        let Some(session) = theirs else { return Ok(false) };
        tx.end_session(id)?;
        let before = json!({
            "address": session.address,
            "browser": session.browser,
            "created_at": session.created_at,
        });
        let event = event(office, actor, "staff.session-ended", staff);
        audit(tx, event, Some(&before), NOTHING)?;
        Ok(true)
    })
}
