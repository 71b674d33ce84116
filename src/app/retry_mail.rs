use super::answer::write_once;
use super::audit::{Event, audit};
use super::{Actor, Answer, Error, Office, Once, Refusal, Right};
use crate::domain::ids::{EventId, MailId};
use crate::store::{Mail, MailState};
use serde_json::json;

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
        let now = office.clock.now();
        let before = tx.mail(id)?.ok_or(Error::NotFound)?;
        if before.state == MailState::Sent {
            return Err(Refusal::MailNotRetryable.into());
        }
        tx.queue_mail_again(id, now)?;
        let event = Event {
            id: office.id(EventId::from_ulid),
            at: now,
            actor,
            action: "mail.retried",
            subject: id.as_str(),
            customer: Some(&before.customer),
        };
        let [from, to] = [before.state, MailState::Queued].map(|state| json!({"state": state}));
        audit(tx, event, Some(&from), Some(&to))?;
        Ok(Answer::created(()))
    })?;
    office.store.read(|tx| tx.mail(id)?.ok_or(Error::NotFound))
}
