use super::answer::write_once;
use super::audit::{Event, audit};
use super::issue_license::take_customer;
use super::{Actor, Answer, Error, Office, Once, Right};
use crate::domain::ids::{CustomerId, EventId};
use crate::signing::ActivationKey;

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
    let now = office.clock.now();
    let event_id = office.id(now, EventId::from_ulid);
    let keyring = office.keys.keyring()?;

    let answer = write_once(office, once, now, |tx| {
        let (customer, _, now) = take_customer(tx, id, now)?;
        let generation = customer.activation_generation + 1;
        let hash = ActivationKey::derive(&keyring, id, generation).hash();
        tx.change_activation_key(id, generation, &hash)?;
        let event = Event {
            id: event_id.clone(),
            at: now,
            actor,
            action: "activation-key.renewed",
            subject: id.as_str(),
            customer: Some(id),
        };
        audit(tx, event, Some(&customer.activation_generation), Some(&generation))?;
        Ok(Answer::created(generation))
    })?;
    let key = ActivationKey::derive(&keyring, id, answer.value);
    Ok(Answer { value: key, created: answer.created })
}
