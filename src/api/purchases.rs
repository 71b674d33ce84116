use super::body::JsonBody;
use super::call::{ListQuery, StaffCall};
use super::created::{created, created_or_ok};
use super::customers::customer_id;
use super::lists::{ListView, list_answer};
use super::problem::Problem;
use super::views::{PurchaseView, RecordedPurchaseView, VoidedPurchaseView};
use crate::app::{self, Error, PurchaseState};
use crate::domain::field::{Fault, FieldError};
use crate::domain::ids::PurchaseId;
use crate::domain::purchase::{LineForm, OrderForm};
use crate::text::negotiate;
use actix_web::http::header;
use actix_web::web::{Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use serde::Deserialize;
use serde_json::Number;
use utoipa::ToSchema;

/// A purchase as it is entered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(title = "NewPurchase")]
pub(super) struct NewPurchase {
    /// The vendor's order number, unique among the purchases that stand.
    #[schema(max_length = 64)]
    order_number: String,
    /// The day it was paid, not after today.
    #[schema(format = Date)]
    paid_on: String,
    /// 1 to 3 lines, each item at most once.
    #[schema(min_items = 1, max_items = 3)]
    items: Vec<NewItem>,
    /// Whether the customer is told by mail; left out: it is.
    #[serde(default = "yes")]
    notify: bool,
}

/// A line of a purchase as it is entered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(title = "NewItem")]
struct NewItem {
    /// `user_accounts`, `external_connections` or `support`
    item: String,
    /// For accounts and connections: 1 to 1,000,000.
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 1_000_000)]
    quantity: Option<Number>,
    /// For support: its last day.
    #[schema(format = Date)]
    until: Option<String>,
}

/// Why a purchase is voided.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(title = "NewVoid")]
pub(super) struct NewVoid {
    #[schema(max_length = 500)]
    reason: String,
}

/// Records a purchase and issues the license that states it.
///
/// The same order number with the same content is answered 200, as the first time.
#[utoipa::path(tag = "Purchases", request_body = NewPurchase, params(
    ("Idempotency-Key" = Option<String>, Header, description = "The same key gets the same answer")
), responses(
    (status = 201, body = RecordedPurchaseView), (status = 200, body = RecordedPurchaseView)))]
#[post("/customers/{id}/purchases")]
pub(super) async fn record_purchase(
    request: HttpRequest,
    call: StaffCall,
    id: Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, Problem> {
    let id = customer_id(&id)?;
    let path = format!("/customers/{id}/purchases");
    let form = order_form(body.parse()?)?;
    let once = call.once(body.bytes());
    let actor = call.actor;
    let answer = call
        .state
        .write(move |office| app::record_purchase(office, &actor, once.as_ref(), &id, form))
        .await?;
    let accept = request.headers().get(header::ACCEPT_LANGUAGE);
    let language = negotiate(accept.and_then(|value| value.to_str().ok()));
    let view = RecordedPurchaseView::new(answer.value, language, &call.state.texts);
    Ok(created_or_ok(answer.created, &path).json(view))
}

/// A customer's purchases, oldest first, voided ones included.
#[utoipa::path(tag = "Purchases", params(ListQuery), responses(
    (status = 200, body = ListView<PurchaseView>)))]
#[get("/customers/{id}/purchases")]
pub(super) async fn purchases(
    request: HttpRequest,
    call: StaffCall,
    id: Path<String>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let id = customer_id(&id)?;
    let slice = query.into_inner().slice()?;
    let load = move |office: &_, actor: &_, page: &_| app::purchases(office, actor, &id, page);
    let row_id = |row: &PurchaseState| row.purchase.id.to_string();
    list_answer::<PurchaseView, _>(&request, call, slice, load, row_id).await
}

/// Voids a purchase; its order number may then be entered again.
#[utoipa::path(tag = "Purchases", request_body = NewVoid, params(
    ("Idempotency-Key" = Option<String>, Header, description = "The same key gets the same answer")
), responses((status = 201, body = VoidedPurchaseView)))]
#[post("/purchases/{id}/void")]
pub(super) async fn void_purchase(
    call: StaffCall,
    id: Path<String>,
    body: JsonBody,
) -> Result<HttpResponse, Problem> {
    let id = PurchaseId::parse(&id).ok_or(Error::NotFound)?;
    let NewVoid { reason } = body.parse()?;
    let once = call.once(body.bytes());
    let actor = call.actor;
    let answer = call
        .state
        .write(move |office| app::void_purchase(office, &actor, once.as_ref(), &id, &reason))
        .await?;
    let path = format!("/customers/{}/purchases", answer.value.license.customer);
    Ok(created(&path).json(VoidedPurchaseView::from(answer.value)))
}

fn order_form(new: NewPurchase) -> Result<OrderForm, Problem> {
    let mut faults: Vec<FieldError> = Vec::new();
    let mut items = Vec::new();
    for (index, item) in new.items.into_iter().enumerate() {
        let quantity = item.quantity.as_ref().map(whole).transpose();
        let quantity = quantity.unwrap_or_else(|fault| {
            faults.push(fault.at(format!("/items/{index}/quantity")));
            None
        });
        items.push(LineForm { item: item.item, quantity, until: item.until });
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults).into());
    }
    let NewPurchase { order_number, paid_on, notify, .. } =
        NewPurchase { items: Vec::new(), ..new };
    Ok(OrderForm { order_number, paid_on, items, notify })
}

/// A whole number, however large: what is too large for an `i64` is left to the range check.
fn whole(number: &Number) -> Result<i64, Fault> {
    if let Some(number) = number.as_i64() {
        return Ok(number);
    }
    let beyond = number.as_f64().is_some_and(|number| number.abs() >= 9e18);
    match number.to_string().starts_with('-') {
        _ if !beyond => Err(Fault::NotAWholeNumber),
        true => Ok(i64::MIN),
        false => Ok(i64::MAX),
    }
}

fn yes() -> bool {
    true
}
