use super::audit::{Event, audit};
use super::{Actor, Error, Office, Refusal, Right};
use crate::domain::ids::{EventId, MailId};
use crate::store::{Mail, MailState};

/// Puts a mail that was stopped back into the queue, due at once; one that waits for its next try
/// is tried now.
///
/// # Errors
/// `mail-not-retryable` for one that was sent; a mail that is not there.
pub fn retry_mail(office: &Office, actor: &Actor, id: &MailId) -> Result<Mail, Error> {
    actor.require(Right::Sell)?;
    let now = office.clock.now();
    let event_id = office.id(now, EventId::from_ulid);
    let mail = office.store.write(|tx| -> Result<Mail, Error> {
        let before = tx.mail(id)?.ok_or(Error::NotFound)?;
        if before.state == MailState::Sent {
            return Err(Refusal::MailNotRetryable.into());
        }
        let error = before.last_error.as_deref();
        tx.note_mail(id, MailState::Queued, now, error, now)?;
        let event = Event {
            id: event_id.clone(),
            at: now,
            actor,
            action: "mail.retried",
            subject: id.as_str(),
            customer: Some(&before.customer),
        };
        audit(tx, event, Some(&before.state), Some(&MailState::Queued))?;
        Ok(Mail { state: MailState::Queued, due_at: now, ..before })
    })?;
    office.bell.ring();
    Ok(mail)
}
