use super::answer::write_once;
use super::audit::{Event, NOTHING, audit};
use super::{Actor, Answer, Error, Office, Once, Right};
use crate::domain::ids::{EventId, InstallationId};
use crate::domain::installation::Installation;

/// Staff have looked at a possible clone and found it in order: the machines that were seen may go
/// on as they do.
///
/// # Errors
/// An installation that is not there; [`Error::Forbidden`].
pub fn find_in_order(
    office: &Office,
    actor: &Actor,
    once: Option<&Once>,
    id: &InstallationId,
) -> Result<Answer<Installation>, Error> {
    actor.require(Right::Sell)?;
    write_once(office, once, |tx| {
        let installation = tx.installation(id)?.ok_or(Error::NotFound)?;
        let observed = tx.observed(id)?;
        let seen =
            observed.and_then(|observed| observed.possible_clone.map(|seen| (observed, seen)));
        let Some((observed, seen)) = seen else { return Ok(Answer::existing(installation)) };
        tx.remember(id, &observed.found_in_order(), false)?;
        let event = Event {
            id: office.id(EventId::from_ulid),
            at: office.clock.now(),
            actor,
            action: "installation.found-in-order",
            subject: id.as_str(),
            customer: Some(&installation.customer),
        };
        audit(tx, event, Some(&seen), NOTHING)?;
        Ok(Answer::created(installation))
    })
}
