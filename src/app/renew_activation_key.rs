use super::answer::write_once_for_customer;
use super::case::Case;
use super::{Actor, Answer, Error, Office, Once, Right};
use crate::domain::ids::CustomerId;
use crate::signing::{ActivationKey, KeyringError, SecretName};
use serde_json::json;

/// Gives a customer the activation key of its next generation; the old one stops. Installations
/// that are active stay so.
///
/// # Errors
/// A customer that is not there.
pub fn renew_activation_key(
    office: &Office,
    actor: &Actor,
    once: Option<&Once>,
    id: &CustomerId,
) -> Result<Answer<ActivationKey>, Error> {
    actor.require(Right::Sell)?;

    let answer = write_once_for_customer(office, once, |tx| {
        let mut case = Case::open(office, tx, id)?;
        let before = case.customer.activation_generation;
        let after = before + 1;
        let keyring = office.keys.keyring()?;
        let secret_version = i64::from(keyring.secrets().version(SecretName::Activation));
        let key = ActivationKey::derive(&keyring, id, secret_version, after);
        let hash = key.map_err(KeyringError::from)?.hash();
        case.tx().change_activation_key(id, secret_version, after, &hash)?;
        let [from, to] = [before, after].map(|number| json!({"generation": number}));
        case.audit(actor, "activation-key.renewed", id.as_str(), Some(&from), Some(&to))?;
        Ok(Answer::created((secret_version, after)))
    })?;
    // Derived again, also for a repeated request: the record of the answer holds no secret.
    let (secret_version, generation) = answer.value;
    let keyring = office.keys.keyring()?;
    let key = ActivationKey::derive(&keyring, id, secret_version, generation);
    Ok(Answer { value: key.map_err(KeyringError::from)?, created: answer.created })
}
