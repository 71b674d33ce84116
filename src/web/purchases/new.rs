//! A new purchase: its form, the look before it is recorded, the recording.

use super::order::{fields, on_the_page, order};
use crate::app::{self, Error, Panel, PurchasePreview, Right, Warning};
use crate::domain::customer::Customer;
use crate::domain::ids::CustomerId;
use crate::web::customer::{customer_id, file};
use crate::web::fields::Fields;
use crate::web::form::Form;
use crate::web::page::{Page, StaffPage, WebError, go_to, show};
use crate::web::panel::PanelView;
use actix_web::http::StatusCode;
use actix_web::web::{Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get, post};
use askama::Template;

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(new_page).service(check).service(record);
}

#[derive(Template)]
#[template(path = "web/purchase_form.html")]
struct FormPage<'a> {
    page: &'a Page,
    customer: Customer,
    form: Fields,
}

#[derive(Template)]
#[template(path = "web/purchase_check.html")]
struct CheckPage<'a> {
    page: &'a Page,
    preview: PurchasePreview,
    form: Fields,
    before: PanelView,
    after: PanelView,
    /// What the customer will hold, in one sentence: for whoever hears the page.
    said: String,
    /// The form again, with what was entered.
    back: String,
    once: String,
}

impl CheckPage<'_> {
    fn ends_in_the_past(&self) -> bool {
        self.preview.warnings.contains(&Warning::SupportInThePast)
    }
}

/// The form; what stands in the address is entered already.
#[get("/customers/{id}/purchases/new")]
async fn new_page(
    page: StaffPage,
    id: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, WebError> {
    page.actor()?.require(Right::Sell)?;
    let file = file(&page, customer_id(&id)?).await?;
    let form = fields(&page, file.held().support_until);
    let entered = !request.query_string().is_empty();
    let form = if entered { form.filled(&Form::in_address(&request)) } else { form };
    show(StatusCode::OK, &FormPage { page: &page, customer: file.customer, form })
}

/// The second step: before and after, and the mail that will go. Nothing is recorded, so that the
/// browser can come back here without asking whether to send something again.
#[get("/customers/{id}/purchases/check")]
async fn check(
    page: StaffPage,
    id: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, WebError> {
    let actor = page.actor()?;
    actor.require(Right::Sell)?;
    let id = customer_id(&id)?;
    let form = Form::in_address(&request);
    let customer = id.clone();
    let preview = match order(&form) {
        Err(faults) => Err(Error::Invalid(faults).into()),
        Ok(order) => {
            page.run(move |office| app::preview_purchase(office, &actor, &id, order)).await
        }
    };
    match preview {
        Ok(preview) => {
            let shown = CheckPage {
                page: &page,
                form: fields(&page, None).filled(&form),
                before: PanelView::new(&page, &preview.before),
                after: PanelView::new(&page, &preview.after),
                said: said(&page, &preview.after),
                back: format!("/customers/{customer}/purchases/new?{}", request.query_string()),
                once: page.state.once(),
                preview,
            };
            show(StatusCode::OK, &shown)
        }
        Err(error) => refused(&page, customer, &form, error).await,
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
        Err(error) => refused(&page, customer, &form, error).await,
    }
}

/// The form again, with what is wrong with it.
async fn refused(
    page: &Page,
    customer: CustomerId,
    form: &Form,
    error: WebError,
) -> Result<HttpResponse, WebError> {
    let file = file(page, customer).await?;
    let fields = fields(page, file.held().support_until).filled(form);
    let (status, form) = match error {
        WebError::App(Error::Invalid(wrong)) => {
            let faults = on_the_page(form, wrong);
            (StatusCode::UNPROCESSABLE_ENTITY, fields.with_faults(page, &faults))
        }
        WebError::App(Error::OrderNumberConflict(standing)) => {
            let texts = &page.state.texts;
            let other = texts.order_number_conflict(page.language, &standing.named());
            let text = format!("{}. {other}", page.t("order-number-conflict"));
            (StatusCode::CONFLICT, fields.with_problem_text(text))
        }
        WebError::App(Error::Refused(refusal)) => {
            (StatusCode::CONFLICT, fields.with_problem(page, refusal.code()))
        }
        error => return Err(error),
    };
    show(status, &FormPage { page, customer: file.customer, form })
}

/// «Станет: 30 учётных записей, поддержка до 31.10.2015.»
fn said(page: &Page, after: &Panel) -> String {
    let connections = after.external_connections.licensed;
    let support = after.support_until.map(|until| {
        let date = page.date(until);
        page.text("support-until", &[("date", (&date).into())])
    });
    let held = [
        Some(page.count("count-user-accounts", after.user_accounts.licensed)),
        (connections > 0).then(|| page.count("count-external-connections", connections)),
        support,
    ];
    let held = held.into_iter().flatten().collect::<Vec<_>>().join(", ");
    page.text("purchase-said", &[("held", (&held).into())])
}
