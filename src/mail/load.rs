use super::compose::compose;
use super::letter::{Letter, StatedKey};
use crate::domain::ids::CustomerId;
use crate::store::{Mail, StoreError, Tx};

/// Makes the activation key of a customer's generation; the secret stays with who made this.
pub type ActivationKeys = dyn Fn(&CustomerId, i64) -> Result<String, String> + Send + Sync;

/// Loads what a mail tells of, for sending it.
pub(super) fn load(
    tx: &mut Tx<'_>,
    mail: &Mail,
    activation_keys: &ActivationKeys,
) -> Result<Letter, StoreError> {
    let missing = || StoreError::Unreadable(format!("the customer of the mail {}", mail.id));
    let customer = tx.customer(&mail.customer)?.ok_or_else(missing)?;
    let ledger = tx.ledger(&mail.customer)?;
    compose(mail, customer, &ledger, |customer| {
        let key = activation_keys(&customer.id, customer.activation_generation);
        key.map(StatedKey::Itself).map_err(StoreError::Other)
    })
}
