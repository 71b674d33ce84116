use crate::app::{self, Error, Right};
use crate::domain::customer::Customer;
use crate::domain::ids::PurchaseId;
use crate::domain::ledger::Purchase;
use crate::web::customer::{customer_id, file};
use crate::web::fields::{Field, Fields};
use crate::web::form::Form;
use crate::web::page::{Page, StaffPage, WebError, go_to, show};
use actix_web::http::StatusCode;
use actix_web::web::{Path, ServiceConfig};
use actix_web::{HttpResponse, get, post};
use askama::Template;

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(void_page).service(void);
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
    actor.require(Right::Sell)?;
    let ledger = file(&page, customer.clone()).await?.ledger;
    if !ledger.purchases().any(|known| known.id == purchase) {
        return Err(Error::NotFound.into());
    }
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

fn void_fields(page: &Page) -> Fields {
    Fields::new(vec![Field::line(page, "reason", "")])
}
