use super::record_purchase::{explained, warnings};
use super::{Actor, CustomerFile, Error, Office, Right, Warning, Written};
use crate::domain::customer::Customer;
use crate::domain::ids::{CustomerId, MailId, PurchaseId};
use crate::domain::ledger::{Entry, Purchase};
use crate::domain::purchase::{self, Decision, OrderForm};
use crate::store::{Mail, MailKind, MailState, MailTopic};
use licentia_license::Panel;

/// What a purchase would change, were it recorded now.
pub struct PurchasePreview {
    /// Who buys.
    pub customer: Customer,
    /// The panel as it is.
    pub before: Panel,
    /// The panel as it would be.
    pub after: Panel,
    /// The mail that would go, in the customer's language; none where nobody is to be told.
    pub letter: Option<Written>,
    /// Whether that mail would carry the activation key.
    pub has_activation_key: bool,
    /// Whether just this order was recorded before, so that nothing would change.
    pub is_recorded: bool,
    /// What the person who enters it should look at again.
    pub warnings: Vec<Warning>,
}

/// Looks at what a purchase would change, by the same rules that record it; records nothing.
///
/// # Errors
/// As [`super::record_purchase`].
pub fn preview_purchase(
    office: &Office,
    actor: &Actor,
    id: &CustomerId,
    form: OrderForm,
) -> Result<PurchasePreview, Error> {
    actor.require(Right::Sell)?;
    let today = office.today();
    let order = form.parse(today)?;
    let warnings = warnings(&order, today);
    let at = office.clock.now();
    let (file, decided, was_told) = office.store.read(|tx| {
        let file = CustomerFile::read(office, tx, id, at)?;
        let standing = tx.standing_purchases(&order.order_number)?;
        let purchase_id = office.id(PurchaseId::from_ulid);
        let decided = purchase::decide(&file.ledger, order, &standing, purchase_id, at);
        let decided = decided.map_err(|refusal| explained(tx, refusal))?;
        Ok::<_, Error>((file, decided, tx.was_told_activation_key(id)?))
    })?;
    let before = file.panel();
    let Decision::Record(purchase) = decided else {
        return Ok(PurchasePreview {
            after: before.clone(),
            before,
            customer: file.customer,
            letter: None,
            has_activation_key: false,
            is_recorded: true,
            warnings,
        });
    };
    let mut ledger = file.ledger.clone();
    ledger.record(Entry::Purchase(purchase.clone()));
    let after = CustomerFile { ledger, at: purchase.recorded_at, ..file };
    let mail = purchase.notify.then(|| mail_of(office, &after.customer, &purchase, !was_told));
    let letter = mail.as_ref().map(|mail| {
        let language = mail.language;
        let written = office.write_letter(mail, &after.customer, &after.ledger, language);
        written.map_err(Error::Internal)
    });
    Ok(PurchasePreview {
        before,
        after: after.panel(),
        letter: letter.transpose()?,
        has_activation_key: mail.is_some_and(|mail| mail.with_activation_key),
        is_recorded: false,
        warnings,
        customer: after.customer,
    })
}

/// The mail that would be owed.
fn mail_of(office: &Office, customer: &Customer, purchase: &Purchase, is_first: bool) -> Mail {
    Mail {
        id: office.id(MailId::from_ulid),
        topic: MailTopic::Customer(customer.id.clone()),
        kind: MailKind::LicenseReady,
        cause_id: purchase.id.to_string(),
        with_activation_key: is_first,
        language: customer.details.language,
        recipient: customer.details.email.clone(),
        state: MailState::Queued,
        attempts: 0,
        due_at: purchase.recorded_at,
        last_error: None,
        created_at: purchase.recorded_at,
        sent_at: None,
    }
}
