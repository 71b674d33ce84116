use super::compose::{compose, compose_notice};
use super::letter::{Letter, StatedKey};
use crate::domain::customer::Customer;
use crate::store::{Mail, MailTopic, StoreError, Tx};

/// Derives a customer's activation key. The secret stays with the caller that made this.
pub type ActivationKeys = dyn Fn(&Customer) -> Result<String, String> + Send + Sync;

/// Loads what a mail tells of, for sending it.
pub(super) fn load(
    tx: &mut Tx<'_>,
    mail: &Mail,
    activation_keys: &ActivationKeys,
) -> Result<Letter, StoreError> {
    let missing = |what| StoreError::Unreadable(format!("the {what} of the mail {}", mail.id));
    let customer = match &mail.topic {
        MailTopic::Customer(customer) => customer,
        MailTopic::Staff(id, notice) => {
            let person = tx.staff(id)?.ok_or_else(|| missing("member of staff"))?;
            return Ok(compose_notice(mail, person, notice.clone()));
        }
    };
    let ledger = tx.ledger(customer)?;
    let customer = tx.customer(customer)?.ok_or_else(|| missing("customer"))?;
    compose(mail, customer, &ledger, |customer| {
        let key = activation_keys(customer);
        key.map(StatedKey::Itself).map_err(StoreError::Other)
    })
}
