use super::case::Case;
use super::{Actor, Error, Office, Right};
use crate::domain::customer::{Customer, CustomerForm};
use crate::domain::ids::CustomerId;
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

    office.store.write_for_customer(|tx| {
        let mut case = Case::open(office, tx, id)?;
        let before = case.customer.clone();
        if before.version != version {
            return Err(Error::PreconditionFailed);
        }
        if before.details == details {
            return Ok(before);
        }
        let after = Customer { details: details.clone(), version: version + 1, ..before.clone() };
        case.customer = after.clone();
        case.tx().change_customer(&after)?;
        let licensee_changed = before.details.licensee != after.details.licensee;
        if licensee_changed && case.current.is_some() {
            case.issue(Cause::Licensee, id.as_str())?;
        }
        let (before, now) = (Some(&before.details), Some(&after.details));
        case.audit(actor, "customer.changed", id.as_str(), before, now)?;
        Ok(after)
    })
}
