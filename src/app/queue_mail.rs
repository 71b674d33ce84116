use super::Error;
use crate::domain::customer::{Customer, EmailAddress, Language};
use crate::domain::ids::MailId;
use crate::store::{Mail, MailKind, MailState, Tx};
use jiff::Timestamp;

/// A mail that the office owes from now on.
pub(super) struct Owed<'a> {
    pub id: MailId,
    pub kind: MailKind,
    pub customer: &'a Customer,
    pub cause_id: &'a str,
    pub now: Timestamp,
}

/// Puts a mail to the customer into the outbox, in the transaction that owes it. The first one that
/// says a license is ready carries the activation key.
pub(super) fn queue_for_customer(tx: &mut Tx<'_>, owed: &Owed<'_>) -> Result<(), Error> {
    let with_activation_key =
        owed.kind == MailKind::LicenseReady && !tx.was_told_activation_key(&owed.customer.id)?;
    let details = &owed.customer.details;
    queue(tx, owed, &details.email, details.language, with_activation_key)
}

/// Puts a mail to sales into the outbox.
pub(super) fn queue_for_sales(
    tx: &mut Tx<'_>,
    owed: &Owed<'_>,
    address: &EmailAddress,
    language: Language,
) -> Result<(), Error> {
    queue(tx, owed, address, language, false)
}

fn queue(
    tx: &mut Tx<'_>,
    owed: &Owed<'_>,
    recipient: &EmailAddress,
    language: Language,
    with_activation_key: bool,
) -> Result<(), Error> {
    Ok(tx.add_mail(&Mail {
        id: owed.id.clone(),
        customer: owed.customer.id.clone(),
        kind: owed.kind,
        cause_id: owed.cause_id.to_owned(),
        with_activation_key,
        language,
        recipient: recipient.clone(),
        state: MailState::Queued,
        attempts: 0,
        due_at: owed.now,
        last_error: None,
        created_at: owed.now,
        sent_at: None,
    })?)
}
