use super::answer::write_once_for_customer;
use super::audit::NOTHING;
use super::case::Case;
use super::{Actor, Answer, Error, Office, Once, Right};
use crate::domain::ids::{CustomerId, PurchaseId};
use crate::domain::ledger::{Entry, Purchase};
use crate::domain::purchase::{self, Decision, Order, OrderForm};
use crate::store::{Cause, License, MailKind};
use jiff::civil::Date;
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
    let warnings = warnings(&order, today);

    write_once_for_customer(office, once, |tx| {
        let standing = tx.standing_purchase(&order.order_number)?;
        let mut case = Case::open(office, tx, customer)?;
        let id = office.id(PurchaseId::from_ulid);
        let order = order.clone();
        let purchase = match purchase::decide(&case.ledger, order, standing.as_ref(), id, case.now)?
        {
            Decision::Record(purchase) => purchase,
            Decision::Repeated(id) => return first_answer(case, &id, warnings.clone()),
        };
        case.record(&Entry::Purchase(purchase.clone()), actor)?;
        let license = case.issue(Cause::Purchase, purchase.id.as_str())?;
        if purchase.notify {
            case.tell_customer(MailKind::LicenseReady, purchase.id.as_str())?;
        }
        case.audit(actor, "purchase.recorded", purchase.id.as_str(), NOTHING, Some(&purchase))?;
        Ok(Answer::created(RecordedPurchase { purchase, license, warnings: warnings.clone() }))
    })
}

/// What should be looked at again.
pub(super) fn warnings(order: &Order, today: Date) -> Vec<Warning> {
    let ended = order.lines.support_until.is_some_and(|until| until < today);
    if ended { vec![Warning::SupportInThePast] } else { Vec::new() }
}

fn first_answer(
    mut case: Case<'_, '_>,
    id: &PurchaseId,
    warnings: Vec<Warning>,
) -> Result<Answer<RecordedPurchase>, Error> {
    let purchase = case.ledger.purchases().find(|purchase| purchase.id == *id).cloned();
    let license = case.tx().license_for(id.as_str())?;
    let (purchase, license) = purchase.zip(license).ok_or(Error::NotFound)?;
    Ok(Answer::existing(RecordedPurchase { purchase, license, warnings }))
}
