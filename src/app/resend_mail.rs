use super::answer::write_once;
use super::case::Case;
use super::retry_mail::{ask_for_mail, queue_again};
use super::{Actor, Answer, Error, Office, Once, Right};
use crate::domain::ids::{CustomerId, MailId};
use crate::store::{MailKind, MailState};
use serde_json::json;

/// Sends a customer's mail again. Of one that was sent, a new one is owed that tells the same, to the
/// address and in the language that count now; one that was not sent goes back into the queue, as
/// [`super::retry_mail`] does it.
///
/// # Errors
/// A customer or a mail that is not there; another customer's mail.
pub fn resend_mail(
    office: &Office,
    actor: &Actor,
    once: Option<&Once>,
    customer: &CustomerId,
    id: &MailId,
) -> Result<(), Error> {
    actor.require(Right::Sell)?;
    write_once(office, once, |tx| {
        let mail = tx.mail(id)?.filter(|mail| mail.customer() == Some(customer));
        let mail = mail.ok_or(Error::NotFound)?;
        if mail.state != MailState::Sent {
            queue_again(office, tx, actor, &mail)?;
            return Ok(Answer::created(()));
        }
        let mut case = Case::open(office, tx, customer)?;
        let details = case.customer.details.clone();
        let settings = office.settings();
        let (recipient, language) = match (mail.kind, settings.sales_address.clone()) {
            (MailKind::EmergencyOwed, Some(sales)) => (sales, settings.sales_language),
            // Sales have no address any more: it goes where it went.
            (MailKind::EmergencyOwed, None) => (mail.recipient.clone(), mail.language),
            _ => (details.email, details.language),
        };
        let (before, after) = (json!({"to": mail.recipient}), json!({"to": recipient}));
        case.owe(mail.kind, &mail.cause_id, recipient, language, mail.with_activation_key)?;
        case.audit(actor, "mail.resent", id.as_str(), Some(&before), Some(&after))?;
        Ok(Answer::created(()))
    })?;
    ask_for_mail(office);
    Ok(())
}
