use super::customer::{customer_id, file};
use super::fields::{Field, Fields};
use super::form::Form;
use super::page::{Page, StaffPage, WebError, go_to, show};
use super::panel::PanelView;
use crate::app::{self, Error, Right};
use crate::domain::customer::Customer;
use crate::domain::field::{Fault, FieldError};
use crate::domain::ids::PurchaseId;
use crate::domain::ledger::Purchase;
use crate::domain::purchase::{LineForm, OrderForm};
use actix_web::http::StatusCode;
use actix_web::web::{Path, ServiceConfig};
use actix_web::{HttpResponse, get, post};
use askama::Template;
use jiff::{ToSpan, civil::Date};

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(new_page).service(preview).service(record).service(void_page).service(void);
}

#[derive(Template)]
#[template(path = "web/purchase_form.html")]
struct FormPage<'a> {
    page: &'a Page,
    customer: Customer,
    form: Fields,
}

#[derive(Template)]
#[template(path = "web/purchase_preview.html")]
struct PreviewPage<'a> {
    page: &'a Page,
    customer: Customer,
    form: Fields,
    before: PanelView,
    after: PanelView,
    notify: bool,
    once: String,
}

#[derive(Template)]
#[template(path = "web/void.html")]
struct VoidPage<'a> {
    page: &'a Page,
    customer: Customer,
    purchase: Purchase,
    form: Fields,
    once: String,
}

#[get("/customers/{id}/purchases/new")]
async fn new_page(page: StaffPage, id: Path<String>) -> Result<HttpResponse, WebError> {
    page.actor()?.require(Right::Sell)?;
    let file = file(&page, customer_id(&id)?).await?;
    let form = fields(&page, file.held().support_until);
    show(StatusCode::OK, &FormPage { page: &page, customer: file.customer, form })
}

/// The second step: before and after, and what will be mailed. Nothing is recorded.
#[post("/customers/{id}/purchases/new")]
async fn preview(page: StaffPage, id: Path<String>, form: Form) -> Result<HttpResponse, WebError> {
    page.actor()?.require(Right::Sell)?;
    let file = file(&page, customer_id(&id)?).await?;
    let fields = fields(&page, file.held().support_until).filled(&form);
    let after = order(&form).and_then(|order| file.panel_with(&page.state.office, order));
    let after = after.map_err(|faults| on_the_page(&form, faults));
    match after {
        Ok(after) => {
            let shown = PreviewPage {
                page: &page,
                before: PanelView::new(&page, &file.panel()),
                after: PanelView::new(&page, &after),
                customer: file.customer,
                form: fields,
                notify: notify(&form),
                once: page.state.once(),
            };
            show(StatusCode::OK, &shown)
        }
        Err(faults) => refused(&page, file.customer, fields, &faults),
    }
}

#[post("/customers/{id}/purchases")]
async fn record(page: StaffPage, id: Path<String>, form: Form) -> Result<HttpResponse, WebError> {
    let id = customer_id(&id)?;
    let actor = page.actor()?;
    let once = page.once(&actor, &form);
    let customer = id.clone();
    let recorded = match order(&form) {
        Err(faults) => Err(Error::Invalid(faults).into()),
        Ok(order) => {
            page.run(move |office| app::record_purchase(office, &actor, once.as_ref(), &id, order))
                .await
        }
    };
    match recorded {
        Ok(_) => Ok(go_to(&format!("/customers/{customer}"))),
        Err(WebError::App(Error::Invalid(faults))) => {
            let file = file(&page, customer).await?;
            let fields = fields(&page, None).filled(&form);
            refused(&page, file.customer, fields, &on_the_page(&form, faults))
        }
        Err(WebError::App(Error::Refused(refusal))) => {
            let file = file(&page, customer).await?;
            let form = fields(&page, None).filled(&form).with_problem(&page, refusal.code());
            let shown = FormPage { page: &page, customer: file.customer, form };
            show(StatusCode::CONFLICT, &shown)
        }
        Err(error) => Err(error),
    }
}

#[get("/customers/{id}/purchases/{purchase}/void")]
async fn void_page(
    page: StaffPage,
    path: Path<(String, String)>,
) -> Result<HttpResponse, WebError> {
    page.actor()?.require(Right::Sell)?;
    let form = void_fields(&page);
    show_void(&page, &path, form, StatusCode::OK).await
}

#[post("/customers/{id}/purchases/{purchase}/void")]
async fn void(
    page: StaffPage,
    path: Path<(String, String)>,
    form: Form,
) -> Result<HttpResponse, WebError> {
    let customer = customer_id(&path.0)?;
    let purchase = PurchaseId::parse(&path.1).ok_or(Error::NotFound)?;
    let actor = page.actor()?;
    let once = page.once(&actor, &form);
    let reason = form.get("reason").to_owned();
    let voided = page
        .run(move |office| app::void_purchase(office, &actor, once.as_ref(), &purchase, &reason))
        .await;
    match voided {
        Ok(_) => Ok(go_to(&format!("/customers/{customer}"))),
        Err(WebError::App(Error::Invalid(faults))) => {
            let form = void_fields(&page).filled(&form).with_faults(&page, &faults);
            show_void(&page, &path, form, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(error) => Err(error),
    }
}

async fn show_void(
    page: &Page,
    path: &(String, String),
    form: Fields,
    status: StatusCode,
) -> Result<HttpResponse, WebError> {
    let file = file(page, customer_id(&path.0)?).await?;
    let purchase = file.ledger.standing().find(|purchase| purchase.id.as_str() == path.1);
    let purchase = purchase.cloned().ok_or(Error::NotFound)?;
    let once = page.state.once();
    show(status, &VoidPage { page, customer: file.customer, purchase, form, once })
}

fn refused(
    page: &Page,
    customer: Customer,
    fields: Fields,
    faults: &[FieldError],
) -> Result<HttpResponse, WebError> {
    let form = fields.with_faults(page, faults);
    show(StatusCode::UNPROCESSABLE_ENTITY, &FormPage { page, customer, form })
}

/// The order as it was entered; faults point to the form's own fields.
fn order(form: &Form) -> Result<OrderForm, Vec<FieldError>> {
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
fn on_the_page(form: &Form, mut faults: Vec<FieldError>) -> Vec<FieldError> {
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

fn fields(page: &Page, support: Option<Date>) -> Fields {
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

fn void_fields(page: &Page) -> Fields {
    Fields::new(vec![Field::line(page, "reason", "")])
}
