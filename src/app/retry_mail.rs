use super::answer::write_once;
use super::audit::{Event, audit};
use super::{Actor, Answer, Error, Office, Once, Refusal, Right};
use crate::domain::ids::{EventId, MailId};
use crate::store::{Mail, MailState, Tx};
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
        let mail = tx.mail(id)?.ok_or(Error::NotFound)?;
        if mail.state == MailState::Sent {
            return Err(Refusal::MailNotRetryable.into());
        }
        queue_again(office, tx, actor, &mail)?;
        Ok(Answer::created(()))
    })?;
    office.store.read(|tx| tx.mail(id)?.ok_or(Error::NotFound))
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
