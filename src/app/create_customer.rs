use super::answer::write_once_for_customer;
use super::audit::{Event, NOTHING, audit};
use super::{Actor, Answer, Error, Office, Once, Right};
use crate::domain::customer::{Customer, CustomerForm};
use crate::domain::ids::{CustomerId, EventId};
use crate::signing::{ActivationKey, Keyring, KeyringError, SecretName};

/// A customer just entered, and what it activates its installations with.
#[derive(Clone)]
pub struct CreatedCustomer {
    /// The customer.
    pub customer: Customer,
    /// Its activation key.
    pub activation_key: ActivationKey,
}

/// Enters a customer.
///
/// # Errors
/// Wrong fields.
pub fn create_customer(
    office: &Office,
    actor: &Actor,
    once: Option<&Once>,
    form: CustomerForm,
) -> Result<Answer<CreatedCustomer>, Error> {
    actor.require(Right::Sell)?;
    let now = office.clock.now();
    let customer = Customer {
        id: office.id(CustomerId::from_ulid),
        details: form.parse()?,
        activation_generation: 1,
        activation_secret: 0,
        version: 1,
        created_at: now,
    };
    let event_id = office.id(EventId::from_ulid);

    let answer = write_once_for_customer(office, once, |tx| {
        // Read inside the transaction: a rotation of the secret waits for those under way.
        let keyring = office.keys.keyring()?;
        let activation_secret = keyring.secrets().version(SecretName::Activation).into();
        let customer = Customer { activation_secret, ..customer.clone() };
        tx.add_customer(&customer, &derive(&keyring, &customer)?.hash())?;
        let event = Event {
            id: event_id.clone(),
            at: now,
            actor,
            action: "customer.created",
            subject: customer.id.as_str(),
            customer: Some(&customer.id),
        };
        audit(tx, event, NOTHING, Some(&customer.details))?;
        Ok(Answer::created(customer))
    })?;
    // Derived again, also for a repeated request: the record of the answer holds no secret.
    let customer = answer.value;
    let activation_key = derive(&*office.keys.keyring()?, &customer)?;
    Ok(Answer { value: CreatedCustomer { customer, activation_key }, created: answer.created })
}

fn derive(keyring: &Keyring, customer: &Customer) -> Result<ActivationKey, KeyringError> {
    let Customer { id, activation_secret, activation_generation, .. } = customer;
    Ok(ActivationKey::derive(keyring, id, *activation_secret, *activation_generation)?)
}
