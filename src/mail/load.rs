use super::compose::{compose, compose_notice};
use super::letter::{Letter, StatedKey};
use crate::domain::ids::CustomerId;
use crate::store::{Mail, MailTopic, StoreError, Tx};

/// Makes the activation key of a customer's generation; the secret stays with who made this.
pub type ActivationKeys = dyn Fn(&CustomerId, i64) -> Result<String, String> + Send + Sync;

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
        let key = activation_keys(&customer.id, customer.activation_generation);
        key.map(StatedKey::Itself).map_err(StoreError::Other)
    })
}
