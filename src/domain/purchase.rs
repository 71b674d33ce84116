//! Purchases and their voids: what may be recorded.

use super::entitlements::Entitlements;
use super::field::{self, Fault, Faults, FieldError};
use super::ids::{PurchaseId, VoidId};
use super::ledger::{Ledger, Purchase, Void};
use super::spelling;
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// The most of one item in one purchase.
pub const MOST_QUANTITY: i64 = 1_000_000;
/// The most of one item that a customer may hold: 2^31−1, so that every product can count it.
pub const MOST_TOTAL: i64 = i32::MAX as i64;

/// The vendor's number of an order, 1 to 64 characters, as it was typed. Two that are spelled
/// differently may be of one order: [`Self::key`] compares them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderNumber(String);

impl OrderNumber {
    /// Reads an order number; white space around it is dropped.
    ///
    /// # Errors
    /// What is wrong with the line.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        field::line(text, 64).map(Self)
    }

    /// Takes what the store kept.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The number as it was typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key by which it is compared.
    #[must_use]
    pub fn key(&self) -> OrderKey {
        OrderKey(spelling::folded(&self.0))
    }
}

/// An order number in the one spelling by which it is compared (see [`spelling::folded`]).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderKey(String);

impl OrderKey {
    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What was bought: 1 to 3 lines, each item at most once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lines {
    /// User accounts, 1 to 1,000,000.
    pub user_accounts: Option<i64>,
    /// External connections, 1 to 1,000,000.
    pub external_connections: Option<i64>,
    /// Support until this day, inclusive, in the vendor's time zone.
    pub support_until: Option<Date>,
}

/// A line as it was handed in.
#[derive(Debug, Clone)]
pub struct LineForm {
    /// `user_accounts`, `external_connections` or `support`.
    pub item: String,
    /// For accounts and connections.
    pub quantity: Option<i64>,
    /// For support: a date.
    pub until: Option<String>,
}

/// A purchase as it was handed in: not yet checked.
#[derive(Debug, Clone)]
pub struct OrderForm {
    /// The vendor's order number.
    pub order_number: String,
    /// The day it was paid, YYYY-MM-DD.
    pub paid_on: String,
    /// Its lines.
    pub items: Vec<LineForm>,
    /// Whether the customer is told by mail.
    pub notify: bool,
}

/// A purchase whose fields are right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The vendor's order number.
    pub order_number: OrderNumber,
    /// The day it was paid.
    pub paid_on: Date,
    /// What was bought.
    pub lines: Lines,
    /// Whether the customer is told by mail.
    pub notify: bool,
}

impl OrderForm {
    /// Checks every field; `today` is the day in the vendor's time zone.
    ///
    /// # Errors
    /// All the faults, by field.
    pub fn parse(self, today: Date) -> Result<Order, Vec<FieldError>> {
        let mut faults = Faults::default();
        let order_number = faults.take("/order_number", OrderNumber::parse(&self.order_number));
        let paid_on = field::date(&self.paid_on)
            .and_then(|day| if day > today { Err(Fault::InTheFuture) } else { Ok(day) });
        let paid_on = faults.take("/paid_on", paid_on);
        if !(1..=3).contains(&self.items.len()) {
            faults.add(Fault::LineCount.at("/items"));
        }
        let mut lines = Lines::default();
        for (index, line) in self.items.iter().take(3).enumerate() {
            if let Err(fault) = add_line(&mut lines, line, &format!("/items/{index}")) {
                faults.add(fault);
            }
        }
        let order = order_number.zip(paid_on).map(|(order_number, paid_on)| Order {
            order_number,
            paid_on,
            lines,
            notify: self.notify,
        });
        faults.finish(order)
    }
}

fn add_line(lines: &mut Lines, line: &LineForm, at: &str) -> Result<(), FieldError> {
    let quantity_at = || format!("{at}/quantity");
    let until_at = || format!("{at}/until");
    let repeated = match line.item.as_str() {
        item @ ("user_accounts" | "external_connections") => {
            if line.until.is_some() {
                return Err(Fault::NotForThisItem.at(until_at()));
            }
            let quantity = line.quantity.ok_or_else(|| Fault::Missing.at(quantity_at()))?;
            let quantity =
                field::whole(quantity, 1, MOST_QUANTITY).map_err(|f| f.at(quantity_at()))?;
            let slot = if item == "user_accounts" {
                &mut lines.user_accounts
            } else {
                &mut lines.external_connections
            };
            slot.replace(quantity).is_some()
        }
        "support" => {
            if line.quantity.is_some() {
                return Err(Fault::NotForThisItem.at(quantity_at()));
            }
            let until = line.until.as_deref().ok_or_else(|| Fault::Missing.at(until_at()))?;
            let until = field::date(until).map_err(|fault| fault.at(until_at()))?;
            lines.support_until.replace(until).is_some()
        }
        _ => return Err(Fault::UnknownWord.at(format!("{at}/item"))),
    };
    if repeated { Err(Fault::Repeated.at(format!("{at}/item"))) } else { Ok(()) }
}

/// What is to be done about an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It is new: record this purchase.
    Record(Purchase),
    /// It was recorded before, with the same content: answer as the first time.
    Repeated(PurchaseId),
}

/// Why a purchase or a void is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The order number stands with other content, or with another customer: under this purchase.
    OrderNumberTaken(PurchaseId),
    /// The customer's total of an item would pass [`MOST_TOTAL`].
    TotalTooLarge(FieldError),
    /// The purchase was voided before.
    AlreadyVoided,
}

/// Decides about an order.
///
/// `standing` are the purchases that stand under this order number, in any spelling and of any
/// customer: at most one, but where several were recorded before spellings were compared.
///
/// # Errors
/// [`Refusal::OrderNumberTaken`], [`Refusal::TotalTooLarge`].
pub fn decide(
    ledger: &Ledger,
    order: Order,
    standing: &[PurchaseId],
    id: PurchaseId,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    if let Some(first) = standing.first() {
        let same = ledger.standing().find(|purchase| {
            standing.contains(&purchase.id)
                && purchase.lines == order.lines
                && purchase.paid_on == order.paid_on
        });
        return match same {
            Some(purchase) => Ok(Decision::Repeated(purchase.id.clone())),
            None => Err(Refusal::OrderNumberTaken(first.clone())),
        };
    }
    let recorded_at = ledger.moment(now);
    let held = Entitlements::at(ledger, recorded_at);
    let within = |total: i64, more: Option<i64>| total + more.unwrap_or(0) <= MOST_TOTAL;
    if !within(held.user_accounts, order.lines.user_accounts)
        || !within(held.external_connections, order.lines.external_connections)
    {
        return Err(Refusal::TotalTooLarge(Fault::TotalTooLarge.at("/items")));
    }
    Ok(Decision::Record(Purchase {
        id,
        number: ledger.next_number(),
        order_number: order.order_number,
        paid_on: order.paid_on,
        lines: order.lines,
        notify: order.notify,
        recorded_at,
    }))
}

/// Decides about the void of a purchase of this ledger.
///
/// # Errors
/// [`Refusal::AlreadyVoided`].
pub fn decide_void(
    ledger: &Ledger,
    purchase: &PurchaseId,
    reason: String,
    id: VoidId,
    now: Timestamp,
) -> Result<Void, Refusal> {
    if ledger.void_of(purchase).is_some() {
        return Err(Refusal::AlreadyVoided);
    }
    Ok(Void {
        id,
        number: ledger.next_number(),
        purchase: purchase.clone(),
        reason,
        recorded_at: ledger.moment(now),
    })
}

#[cfg(test)]
mod tests;
