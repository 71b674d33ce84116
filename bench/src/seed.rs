//! An office with many customers, written in bulk past the API.

use crate::Outcome;
use crate::names::{Numbers, company};
use licentia::chance::Chance;
use licentia::domain::customer::{Customer, CustomerForm};
use licentia::domain::deadlines::Deadlines;
use licentia::domain::ids::{CustomerId, PurchaseId};
use licentia::domain::ledger::{Entry, Ledger, Purchase};
use licentia::domain::purchase::{LineForm, OrderForm};
use licentia::store::{Location, Store, StoreError};
use std::time::SystemTime;

/// How many customers a transaction writes.
const BATCH: usize = 1000;

/// Writes `customers` customers, each with one purchase, order number `2026-N`.
///
/// # Errors
/// What the database says.
pub fn customers(database_url: &str, count: usize) -> Outcome<()> {
    let location = Location::parse(database_url).ok_or("no such database")?;
    let chance = Chance::default();
    let store = Store::open(location, chance.clone())?;
    let now = jiff::Timestamp::try_from(SystemTime::now())?.round(jiff::Unit::Second)?;
    let milliseconds = u64::try_from(now.as_millisecond())?;
    let mut numbers = Numbers::new(2026);
    for start in (0..count).step_by(BATCH) {
        let mut batch = Vec::new();
        for n in start..count.min(start + BATCH) {
            let id = || chance.ulid(milliseconds);
            let company = company(&mut numbers);
            let form = CustomerForm {
                name: company.name,
                country: Some("Россия".into()),
                region: "Область".into(),
                city: company.city.into(),
                postal_code: company.postal_code,
                email: format!("it@c{n}.example"),
                language: "ru".into(),
                places: 1,
            };
            let customer = Customer {
                id: CustomerId::from_ulid(&id()),
                details: form.parse().map_err(|faults| format!("{faults:?}"))?,
                activation_generation: 1,
                version: 1,
                created_at: now,
            };
            let accounts = i64::try_from(1 + numbers.below(100))?;
            let line =
                LineForm { item: "user_accounts".into(), quantity: Some(accounts), until: None };
            let order = OrderForm {
                order_number: order_number(n),
                paid_on: "2026-01-01".into(),
                items: vec![line],
                notify: false,
            };
            let order =
                order.parse("2026-11-24".parse()?).map_err(|faults| format!("{faults:?}"))?;
            let purchase = Purchase {
                id: PurchaseId::from_ulid(&id()),
                number: 1,
                order_number: order.order_number,
                paid_on: order.paid_on,
                lines: order.lines,
                notify: false,
                recorded_at: now,
            };
            batch.push((customer, chance.bytes::<32>(), Entry::Purchase(purchase)));
        }
        store.write(|tx| {
            for (customer, hash, entry) in &batch {
                tx.add_customer(customer, hash)?;
                let deadlines = Deadlines::of(&Ledger::new(vec![entry.clone()]));
                tx.record(&customer.id, entry, "bench", &deadlines)?;
            }
            Ok::<(), StoreError>(())
        })?;
    }
    Ok(())
}

/// The order number of the customer with this number.
pub fn order_number(n: usize) -> String {
    format!("2026-{n:07}")
}
