use super::form::Form;
use super::page::{Page, StaffPage, WebError, go_to, show};
use super::panel::PanelView;
use crate::app::{self, CustomerFile, Error, License};
use crate::domain::customer::Customer;
use crate::domain::ids::{CustomerId, InstallationId};
use crate::domain::installation::Installation;
use crate::domain::ledger::{Grant, Purchase};
use actix_web::http::StatusCode;
use actix_web::web::{Path, ServiceConfig};
use actix_web::{HttpResponse, get, post};
use askama::Template;
use jiff::Timestamp;

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(customer_page).service(renew_key).service(release);
}

#[derive(Template)]
#[template(path = "web/customer.html")]
struct CustomerPage<'a> {
    page: &'a Page,
    customer: Customer,
    panel: PanelView,
    license: Option<License>,
    purchases: Vec<PurchaseRow>,
    grants: Vec<GrantRow>,
    installations: Vec<Installation>,
    once: String,
}

struct PurchaseRow {
    purchase: Purchase,
    lines: String,
    void_reason: Option<String>,
}

struct GrantRow {
    grant: Grant,
    is_active: bool,
}

#[derive(Template)]
#[template(path = "web/activation_key.html")]
struct ActivationKeyPage<'a> {
    page: &'a Page,
    customer: Customer,
    key: String,
}

#[get("/customers/{id}")]
async fn customer_page(page: StaffPage, id: Path<String>) -> Result<HttpResponse, WebError> {
    let id = customer_id(&id)?;
    let file = file(&page, id).await?;
    let panel = PanelView::new(&page, &file.panel());
    let purchases = file.ledger.purchases().map(|purchase| PurchaseRow {
        lines: lines(&page, purchase),
        void_reason: file.ledger.void_of(&purchase.id).map(|void| void.reason.clone()),
        purchase: purchase.clone(),
    });
    let mut purchases: Vec<PurchaseRow> = purchases.collect();
    purchases.reverse();
    let at: Timestamp = file.at;
    let grants = file.ledger.grants().rev();
    let grants =
        grants.map(|grant| GrantRow { is_active: grant.is_active(at), grant: grant.clone() });
    let shown = CustomerPage {
        page: &page,
        panel,
        purchases,
        grants: grants.collect(),
        license: file.license,
        installations: file.installations,
        customer: file.customer,
        once: page.state.once(),
    };
    show(StatusCode::OK, &shown)
}

#[post("/customers/{id}/activation-key")]
async fn renew_key(
    page: StaffPage,
    id: Path<String>,
    form: Form,
) -> Result<HttpResponse, WebError> {
    let id = customer_id(&id)?;
    let actor = page.actor()?;
    let once = page.once(&actor, &form);
    let (customer, key) = page
        .run(move |office| {
            let key = app::renew_activation_key(office, &actor, once.as_ref(), &id)?.value;
            Ok((app::customer(office, &actor, &id)?, key))
        })
        .await?;
    let key = key.as_str().to_owned();
    show(StatusCode::OK, &ActivationKeyPage { page: &page, customer, key })
}

#[post("/installations/{id}/release")]
async fn release(page: StaffPage, id: Path<String>, form: Form) -> Result<HttpResponse, WebError> {
    let id = InstallationId::parse(&id).ok_or(Error::NotFound)?;
    let actor = page.actor()?;
    let once = page.once(&actor, &form);
    let released =
        page.run(move |office| app::release_by_staff(office, &actor, once.as_ref(), &id)).await?;
    Ok(go_to(&format!("/customers/{}", released.value.customer)))
}

/// A customer's file, for who reads the page.
pub(super) async fn file(page: &Page, id: CustomerId) -> Result<CustomerFile, WebError> {
    let actor = page.actor()?;
    page.run(move |office| app::customer_file(office, &actor, &id)).await
}

/// Reads a customer's id.
pub(super) fn customer_id(text: &str) -> Result<CustomerId, WebError> {
    CustomerId::parse(text).ok_or_else(|| Error::NotFound.into())
}

/// What was bought, in words: «20 учётных записей, поддержка до 31.10.2014».
fn lines(page: &Page, purchase: &Purchase) -> String {
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
