use super::super::page::{Page, StaffPage, WebError, show};
use super::customer_id;
use super::people::{Doer, People};
use crate::app::{self, CustomerFile};
use crate::domain::customer::Customer;
use crate::domain::ledger::{LedgerNumber, Purchase};
use actix_web::http::StatusCode;
use actix_web::web::{Path, Query};
use actix_web::{HttpResponse, get};
use askama::Template;
use serde::Deserialize;
use std::collections::BTreeMap;

/// How many purchases a page of them shows.
const A_PAGE: usize = 50;

/// A purchase in the table.
pub(super) struct PurchaseRow {
    /// Its id.
    pub id: String,
    /// Its place in the ledger.
    pub number: LedgerNumber,
    /// The order it was paid under.
    pub order: String,
    /// The day it was paid.
    pub paid_on: String,
    /// What was bought: «20 учётных записей, поддержка до 31.10.2014».
    pub lines: String,
    /// When it was recorded.
    pub recorded_at: String,
    /// By whom.
    pub recorded_by: Doer,
    /// Its void.
    pub void: Option<VoidRow>,
}

/// The void of a purchase.
pub(super) struct VoidRow {
    /// Why.
    pub reason: String,
    /// When it was recorded.
    pub recorded_at: String,
    /// By whom.
    pub recorded_by: Doer,
}

#[derive(Template)]
#[template(path = "web/customer/all_purchases.html")]
struct PurchasesPage<'a> {
    page: &'a Page,
    customer: Customer,
    purchases: Vec<PurchaseRow>,
    all_purchases: i64,
    /// What the next page begins before.
    next: Option<LedgerNumber>,
}

/// Where a page of a list begins.
#[derive(Deserialize)]
pub(super) struct Before {
    /// Only what comes before this one.
    pub before: Option<i64>,
}

#[get("/customers/{id}/purchases")]
pub(super) async fn all(
    page: StaffPage,
    id: Path<String>,
    query: Query<Before>,
) -> Result<HttpResponse, WebError> {
    let (id, actor) = (customer_id(&id)?, page.actor()?);
    let (file, recorded_by) =
        page.run(move |office| app::purchase_history(office, &actor, &id)).await?;
    // Installations record no purchases.
    let installations = BTreeMap::new();
    let people = People::new(&page, &installations);
    let purchases = purchase_rows(&page, &people, &file, &recorded_by, query.before, A_PAGE + 1);
    let (purchases, next) = a_page(purchases, A_PAGE, |row| row.number);
    let all_purchases = page.number(file.ledger.purchases().count());
    let customer = file.customer;
    show(StatusCode::OK, &PurchasesPage { page: &page, customer, purchases, all_purchases, next })
}

/// The rows of a page, and what the next one begins before, if there is one.
pub(super) fn a_page<T>(
    mut rows: Vec<T>,
    size: usize,
    number: impl Fn(&T) -> i64,
) -> (Vec<T>, Option<i64>) {
    let more = rows.len() > size;
    rows.truncate(size);
    let last = rows.last().map(number);
    (rows, last.filter(|_| more))
}

/// The last purchases, newest first: those before a number of the ledger, at most so many.
pub(super) fn purchase_rows(
    page: &Page,
    people: &People<'_>,
    file: &CustomerFile,
    recorded_by: &BTreeMap<LedgerNumber, String>,
    before: Option<LedgerNumber>,
    most: usize,
) -> Vec<PurchaseRow> {
    let by = |number| people.doer(recorded_by.get(&number).map_or("", String::as_str));
    let purchases: Vec<&Purchase> = file.ledger.purchases().collect();
    let purchases = purchases.into_iter().rev();
    let purchases =
        purchases.filter(|purchase| before.is_none_or(|before| purchase.number < before));
    let row = |purchase: &Purchase| PurchaseRow {
        id: purchase.id.to_string(),
        number: purchase.number,
        order: purchase.order_number.as_str().to_owned(),
        paid_on: page.date(purchase.paid_on),
        lines: lines(page, purchase),
        recorded_at: page.time(&purchase.recorded_at),
        recorded_by: by(purchase.number),
        void: file.ledger.void_of(&purchase.id).map(|void| VoidRow {
            reason: void.reason.clone(),
            recorded_at: page.time(&void.recorded_at),
            recorded_by: by(void.number),
        }),
    };
    purchases.take(most).map(row).collect()
}

/// What was bought, in words: «20 учётных записей, поддержка до 31.10.2014».
pub(super) fn lines(page: &Page, purchase: &Purchase) -> String {
    let lines = &purchase.lines;
    let counted = |id: &str, quantity: Option<i64>| quantity.map(|q| page.count(id, q));
    let support = lines.support_until.map(|until| {
        let date = page.date(until);
        page.text("support-until", &[("date", (&date).into())])
    });
    let parts = [
        counted("count-user-accounts", lines.user_accounts),
        counted("count-external-connections", lines.external_connections),
        support,
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
