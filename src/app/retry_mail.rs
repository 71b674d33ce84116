use super::answer::write_once;
use super::audit::{Event, NOTHING, audit};
use super::{Actor, Answer, Error, Office, Once, Refusal, Right};
use crate::domain::ids::{EventId, MailId};
use crate::store::{Mail, MailState, Tx};
use serde_json::json;
use std::sync::atomic::Ordering;

/// Puts a mail that was stopped back into the queue, due at once; one that waits for its next try
/// is tried now.
///
/// # Errors
/// `mail-not-retryable` for one that was sent; a mail that is not there.
pub fn retry_mail(
    office: &Office,
    actor: &Actor,
    once: Option<&Once>,
    id: &MailId,
) -> Result<Mail, Error> {
    actor.require(Right::Sell)?;
    write_once(office, once, |tx| {
        let mail = tx.mail(id)?.ok_or(Error::NotFound)?;
        if mail.state == MailState::Sent {
            return Err(Refusal::MailNotRetryable.into());
        }
        queue_again(office, tx, actor, &mail)?;
        Ok(Answer::created(()))
    })?;
    ask_for_mail(office);
    office.store.read(|tx| tx.mail(id)?.ok_or(Error::NotFound))
}

/// Puts all mails that were stopped back into the queue, due at once; returns how many.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn retry_stopped_mails(
    office: &Office,
    actor: &Actor,
    once: Option<&Once>,
) -> Result<usize, Error> {
    actor.require(Right::Sell)?;
    let retried = write_once(office, once, |tx| {
        let now = office.clock.now();
        let retried = tx.queue_stopped_mails(now)?;
        if retried == 0 {
            return Ok(Answer::existing(retried));
        }
        let event = Event {
            id: office.id(EventId::from_ulid),
            at: now,
            actor,
            action: "mail.stopped-retried",
            subject: "outbox",
            customer: None,
        };
        audit(tx, event, NOTHING, Some(&json!({"mails": retried})))?;
        Ok(Answer::created(retried))
    })?;
    ask_for_mail(office);
    Ok(retried.value)
}

/// The mail worker tries now what is due, whatever the mail server has said.
pub(super) fn ask_for_mail(office: &Office) {
    office.mail_asked_for.store(true, Ordering::SeqCst);
    office.bell.ring();
}

/// Makes a mail that was not sent due at once.
pub(super) fn queue_again(
    office: &Office,
    tx: &mut Tx<'_>,
    actor: &Actor,
    mail: &Mail,
) -> Result<(), Error> {
    let now = office.clock.now();
    tx.queue_mail_again(&mail.id, now)?;
    let event = Event {
        id: office.id(EventId::from_ulid),
        at: now,
        actor,
        action: "mail.retried",
        subject: mail.id.as_str(),
        customer: mail.customer(),
    };
    let [from, to] = [mail.state, MailState::Queued].map(|state| json!({"state": state}));
    audit(tx, event, Some(&from), Some(&to))
}
