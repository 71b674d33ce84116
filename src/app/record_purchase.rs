use super::answer::write_once_for_customer;
use super::audit::NOTHING;
use super::case::Case;
use super::{Actor, Answer, Error, Office, Once, Right, StandingOrder};
use crate::domain::ids::{CustomerId, PurchaseId};
use crate::domain::ledger::{Entry, Purchase};
use crate::domain::purchase::{self, Decision, Order, OrderForm};
use crate::store::{Cause, License, MailKind, Tx};
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
        let standing = tx.standing_purchases(&order.order_number)?;
        let mut case = Case::open(office, tx, customer)?;
        let id = office.id(PurchaseId::from_ulid);
        let decided = purchase::decide(&case.ledger, order.clone(), &standing, id, case.now);
        let purchase = match decided.map_err(|refusal| explained(case.tx(), refusal))? {
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

/// A refusal, with the purchase that stands under the order number.
pub(super) fn explained(tx: &mut Tx<'_>, refusal: purchase::Refusal) -> Error {
    let purchase::Refusal::OrderNumberTaken(id) = refusal else { return refusal.into() };
    let read = |tx: &mut Tx<'_>| {
        let (customer, purchase) = tx.purchase(&id)?.ok_or(Error::NotFound)?;
        let customer = tx.customer(&customer)?.ok_or(Error::NotFound)?;
        Ok::<_, Error>(StandingOrder {
            purchase: id,
            order_number: purchase.order_number,
            customer: customer.id,
            customer_name: customer.details.licensee.name,
        })
    };
    read(tx).map_or_else(|error| error, |standing| Error::OrderNumberConflict(Box::new(standing)))
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
