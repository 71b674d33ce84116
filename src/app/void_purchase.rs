use super::answer::write_once;
use super::audit::{Event, audit};
use super::issue_license::{Issue, issue_license, take_customer};
use super::queue_mail::{Owed, queue_for_customer};
use super::{Actor, Answer, Error, Office, Once, Right};
use crate::domain::field::{self, Fault};
use crate::domain::ids::{EventId, LicenseId, MailId, PurchaseId, VoidId};
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
    let reason = field::line(reason, 500).map_err(|fault: Fault| vec![fault.at("/reason")])?;

    let now = office.clock.now();
    let void_id = office.id(now, VoidId::from_ulid);
    let license_id = office.id(now, LicenseId::from_ulid);
    let event_id = office.id(now, EventId::from_ulid);
    let mail_id = office.id(now, MailId::from_ulid);

    write_once(office, once, now, |tx| {
        let customer = tx.customer_of_purchase(id)?.ok_or(Error::NotFound)?;
        let (customer, mut ledger, now) = take_customer(tx, &customer, now)?;
        let void = purchase::decide_void(&ledger, id, reason.clone(), void_id.clone(), now)?;
        ledger.record(Entry::Void(void.clone()));
        tx.record(&customer.id, &Entry::Void(void.clone()), &actor.name())?;
        let license = issue_license(
            office,
            tx,
            Issue {
                id: license_id.clone(),
                customer: &customer,
                ledger: &ledger,
                cause: Cause::Void,
                cause_id: void.id.as_str(),
                now,
            },
        )?;
        let event = Event {
            id: event_id.clone(),
            at: now,
            actor,
            action: "purchase.voided",
            subject: id.as_str(),
            customer: Some(&customer.id),
        };
        audit(tx, event, ledger.purchases().find(|p| p.id == *id), Some(&void))?;
        let owed = Owed {
            id: mail_id.clone(),
            kind: MailKind::PurchaseVoided,
            customer: &customer,
            cause_id: void.id.as_str(),
            now,
        };
        queue_for_customer(tx, &owed)?;
        Ok(Answer::created(VoidedPurchase { void, license }))
    })
}
