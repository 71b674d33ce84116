use super::audit::{Event, audit};
use super::issue_license::{Issue, issue_license, take_customer};
use super::{Actor, Error, Office, Right};
use crate::domain::customer::{Customer, CustomerForm};
use crate::domain::ids::{CustomerId, EventId, LicenseId};
use crate::store::Cause;

/// Changes a customer's details. A change of the licensee issues a license that states it, unless
/// the customer has none yet.
///
/// `version` is the one that was read: an edit of something that has changed since is refused.
///
/// # Errors
/// Wrong fields; [`Error::PreconditionFailed`]; a customer that is not there.
pub fn change_customer(
    office: &Office,
    actor: &Actor,
    id: &CustomerId,
    version: i64,
    form: CustomerForm,
) -> Result<Customer, Error> {
    actor.require(Right::Sell)?;
    let details = form.parse()?;
    let now = office.clock.now();
    let license_id = office.id(now, LicenseId::from_ulid);
    let event_id = office.id(now, EventId::from_ulid);

    office.store.write(|tx| {
        let (before, ledger, now) = take_customer(tx, id, now)?;
        if before.version != version {
            return Err(Error::PreconditionFailed);
        }
        if before.details == details {
            return Ok(before);
        }
        let after = Customer { details: details.clone(), version: version + 1, ..before.clone() };
        tx.change_customer(&after)?;
        let licensee_changed = before.details.licensee != after.details.licensee;
        if licensee_changed && tx.current_license(id)?.is_some() {
            issue_license(
                office,
                tx,
                Issue {
                    id: license_id.clone(),
                    customer: &after,
                    ledger: &ledger,
                    cause: Cause::Licensee,
                    cause_id: id.as_str(),
                    now,
                },
            )?;
        }
        let event = Event {
            id: event_id.clone(),
            at: now,
            actor,
            action: "customer.changed",
            subject: id.as_str(),
            customer: Some(id),
        };
        audit(tx, event, Some(&before.details), Some(&after.details))?;
        Ok(after)
    })
}
