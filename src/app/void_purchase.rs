use super::answer::write_once_for_customer;
use super::case::Case;
use super::{Actor, Answer, Error, Office, Once, Right};
use crate::domain::field;
use crate::domain::ids::{PurchaseId, VoidId};
use crate::domain::ledger::{Entry, Void};
use crate::domain::purchase;
use crate::store::{Cause, License, MailKind};
use serde::{Deserialize, Serialize};

/// A void and the license that states what is left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoidedPurchase {
    /// The void.
    pub void: Void,
    /// The license issued for it.
    pub license: License,
}

/// Takes a purchase back, with a reason: a new entry of the ledger. Its order number may then be
/// entered again, which is how a mistake is corrected.
///
/// # Errors
/// `already-voided`; a purchase that is not there; a reason that is empty or longer than 500.
pub fn void_purchase(
    office: &Office,
    actor: &Actor,
    once: Option<&Once>,
    id: &PurchaseId,
    reason: &str,
) -> Result<Answer<VoidedPurchase>, Error> {
    actor.require(Right::Sell)?;
    let reason = field::line(reason, 500).map_err(|fault| vec![fault.at("/reason")])?;

    write_once_for_customer(office, once, |tx| {
        let customer = tx.customer_of_purchase(id)?.ok_or(Error::NotFound)?;
        let mut case = Case::open(office, tx, &customer)?;
        let void_id = office.id(VoidId::from_ulid);
        let void = purchase::decide_void(&case.ledger, id, reason.clone(), void_id, case.now)?;
        case.record(&Entry::Void(void.clone()), actor)?;
        let license = case.issue(Cause::Void, void.id.as_str())?;
        let purchase = case.ledger.purchases().find(|purchase| purchase.id == *id).cloned();
        case.audit(actor, "purchase.voided", id.as_str(), purchase.as_ref(), Some(&void))?;
        case.tell_customer(MailKind::PurchaseVoided, void.id.as_str())?;
        Ok(Answer::created(VoidedPurchase { void, license }))
    })
}
