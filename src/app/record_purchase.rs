use super::answer::write_once;
use super::audit::{Event, NOTHING, audit};
use super::issue_license::{Issue, issue_license, take_customer};
use super::queue_mail::{Owed, queue_for_customer};
use super::{Actor, Answer, Error, Office, Once, Right};
use crate::domain::ids::{CustomerId, EventId, LicenseId, MailId, PurchaseId};
use crate::domain::ledger::{Entry, Purchase};
use crate::domain::purchase::{self, Decision, OrderForm};
use crate::store::{Cause, License, MailKind};
use serde::{Deserialize, Serialize};

/// A recorded purchase and the license it made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedPurchase {
    /// The purchase.
    pub purchase: Purchase,
    /// The license that states it.
    pub license: License,
    /// What the person who entered it should look at again.
    pub warnings: Vec<Warning>,
}

/// Something that is allowed but seldom meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Warning {
    /// The support that was bought has ended already.
    SupportInThePast,
}

/// Records what a customer has bought and paid, and issues the license that states it.
///
/// The same order number with the same content answers as the first time.
///
/// # Errors
/// Wrong fields; `order-number-conflict`; a customer that is not there.
pub fn record_purchase(
    office: &Office,
    actor: &Actor,
    once: Option<&Once>,
    customer: &CustomerId,
    form: OrderForm,
) -> Result<Answer<RecordedPurchase>, Error> {
    actor.require(Right::Sell)?;
    let today = office.today();
    let order = form.parse(today)?;
    let ended = order.lines.support_until.is_some_and(|until| until < today);
    let warnings = if ended { vec![Warning::SupportInThePast] } else { Vec::new() };

    let now = office.clock.now();
    let purchase_id = office.id(now, PurchaseId::from_ulid);
    let license_id = office.id(now, LicenseId::from_ulid);
    let event_id = office.id(now, EventId::from_ulid);
    let mail_id = office.id(now, MailId::from_ulid);

    write_once(office, once, now, |tx| {
        let (customer, mut ledger, now) = take_customer(tx, customer, now)?;
        let standing = tx.standing_purchase(&order.order_number)?;
        let decision =
            purchase::decide(&ledger, order.clone(), standing.as_ref(), purchase_id.clone(), now)?;
        let purchase = match decision {
            Decision::Record(purchase) => purchase,
            Decision::Repeated(first) => {
                let purchase = ledger.purchases().find(|p| p.id == first).cloned();
                let license = tx.license_for(first.as_str())?;
                let (purchase, license) = purchase.zip(license).ok_or(Error::NotFound)?;
                let warnings = warnings.clone();
                return Ok(Answer::existing(RecordedPurchase { purchase, license, warnings }));
            }
        };
        ledger.record(Entry::Purchase(purchase.clone()));
        tx.record(&customer.id, &Entry::Purchase(purchase.clone()), &actor.name())?;
        let license = issue_license(
            office,
            tx,
            Issue {
                id: license_id.clone(),
                customer: &customer,
                ledger: &ledger,
                cause: Cause::Purchase,
                cause_id: purchase.id.as_str(),
                now,
            },
        )?;
        let event = Event {
            id: event_id.clone(),
            at: now,
            actor,
            action: "purchase.recorded",
            subject: purchase.id.as_str(),
            customer: Some(&customer.id),
        };
        audit(tx, event, NOTHING, Some(&purchase))?;
        if purchase.notify {
            let owed = Owed {
                id: mail_id.clone(),
                kind: MailKind::LicenseReady,
                customer: &customer,
                cause_id: purchase.id.as_str(),
                now,
            };
            queue_for_customer(tx, &owed)?;
        }
        Ok(Answer::created(RecordedPurchase { purchase, license, warnings: warnings.clone() }))
    })
}
