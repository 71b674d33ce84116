//! The form of an order: its fields, and what was entered in them.

use crate::domain::field::{Fault, FieldError};
use crate::domain::purchase::{LineForm, OrderForm};
use crate::web::fields::{Field, Fields};
use crate::web::form::Form;
use crate::web::page::Page;
use jiff::{ToSpan, civil::Date};

/// The order as it was entered; faults point to the form's own fields.
pub(super) fn order(form: &Form) -> Result<OrderForm, Vec<FieldError>> {
    let mut faults = Vec::new();
    let mut items = Vec::new();
    for name in ["user_accounts", "external_connections"] {
        let Some(text) = form.optional(name) else { continue };
        let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        match digits.parse::<i64>() {
            Ok(quantity) => {
                items.push(LineForm { item: name.into(), quantity: Some(quantity), until: None });
            }
            Err(_) => faults.push(Fault::NotAWholeNumber.at(format!("/{name}"))),
        }
    }
    if let Some(until) = form.optional("support_until") {
        items.push(LineForm { item: "support".into(), quantity: None, until: Some(until) });
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(OrderForm {
        order_number: form.get("order_number").to_owned(),
        paid_on: form.get("paid_on").to_owned(),
        items,
        notify: notify(form),
    })
}

/// A line of the order is a field of the page: `/items/0/quantity` is the first that was filled in.
pub(super) fn on_the_page(form: &Form, mut faults: Vec<FieldError>) -> Vec<FieldError> {
    let names = ["user_accounts", "external_connections", "support_until"];
    let filled: Vec<&str> =
        names.into_iter().filter(|name| form.optional(name).is_some()).collect();
    for fault in &mut faults {
        let Some(rest) = fault.pointer.strip_prefix("/items") else { continue };
        let index = rest.split('/').nth(1).and_then(|index| index.parse::<usize>().ok());
        let name = index.and_then(|index| filled.get(index)).unwrap_or(&"user_accounts");
        fault.pointer = format!("/{name}");
    }
    faults
}

fn notify(form: &Form) -> bool {
    form.get("notify") != "no"
}

/// The fields; `support` is what the customer has, for the button that adds a year to it.
pub(super) fn fields(page: &Page, support: Option<Date>) -> Fields {
    let today = page.state.office.today();
    let extended = support.unwrap_or(today).saturating_add(1.year());
    let choices = vec![("yes", page.t("choice-notify")), ("no", page.t("choice-quiet"))];
    let mut until = Field::line(page, "support_until", "").of_kind("date");
    let date = page.date(extended);
    let label = page.text("purchase-twelve-months", &[("date", (&date).into())]);
    until.suggestion = Some((extended.to_string(), label));
    Fields::new(vec![
        Field::line(page, "order_number", ""),
        Field::line(page, "paid_on", today.to_string()).of_kind("date"),
        Field::line(page, "user_accounts", "").of_kind("number"),
        Field::line(page, "external_connections", "").of_kind("number"),
        until,
        Field::line(page, "notify", "yes").one_of(choices),
    ])
}
