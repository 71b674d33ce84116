//! Notices to staff about their accounts, and alarms to administrators, by email.
//!
//! A notice is enqueued in the caller's transaction: it is sent if, and only if, what it tells of was
//! committed. A person without an address gets none.

use super::{Error, Office};
use crate::domain::ids::MailId;
use crate::domain::staff::{Role, Staff};
use crate::domain::staff_notice::StaffNotice;
use crate::store::{Mail, MailKind, MailState, MailTopic, Tx};
use jiff::SignedDuration;

/// How often a person gets a notice that outsiders can cause any number of.
const LIMITED_TO_ONE_IN: SignedDuration = SignedDuration::from_hours(1);

/// Enqueues a notice to a person, at the address and in the language of their account.
///
/// Of a kind that outsiders can cause ([`StaffNotice::is_limited`]), at most one an hour is sent to a
/// person; later ones are dropped.
///
/// # Errors
/// What the store says.
pub fn notify_staff(
    office: &Office,
    tx: &mut Tx<'_>,
    person: &Staff,
    notice: &StaffNotice,
) -> Result<(), Error> {
    let Some(address) = &person.email else { return Ok(()) };
    let (now, kind) = (office.clock.now(), MailKind::of_notice(notice));
    if notice.is_limited() && tx.was_notified_since(&person.id, kind, now - LIMITED_TO_ONE_IN)? {
        return Ok(());
    }
    Ok(tx.add_mail(&Mail {
        id: office.id(MailId::from_ulid),
        topic: MailTopic::Staff(person.id.clone(), notice.clone()),
        kind,
        cause_id: person.id.to_string(),
        with_activation_key: false,
        language: person.language,
        recipient: address.clone(),
        state: MailState::Queued,
        attempts: 0,
        due_at: now,
        last_error: None,
        created_at: now,
        sent_at: None,
    })?)
}

/// The same to all enabled administrators that have an address.
///
/// Returns how many of them have an address.
///
/// # Errors
/// What the store says.
pub fn notify_administrators(
    office: &Office,
    tx: &mut Tx<'_>,
    notice: &StaffNotice,
) -> Result<usize, Error> {
    let mut told = 0;
    for person in tx.all_staff()? {
        if person.role == Role::Admin && person.is_enabled() {
            notify_staff(office, tx, &person, notice)?;
            told += usize::from(person.email.is_some());
        }
    }
    Ok(told)
}
