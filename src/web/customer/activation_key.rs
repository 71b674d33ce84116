use super::super::form::Form;
use super::super::page::{Page, StaffPage, WebError, show};
use super::customer_id;
use crate::app;
use crate::domain::customer::Customer;
use actix_web::http::StatusCode;
use actix_web::web::Path;
use actix_web::{HttpResponse, post};
use askama::Template;

#[derive(Template)]
#[template(path = "web/customer/activation_key.html")]
struct ActivationKeyPage<'a> {
    page: &'a Page,
    customer: Customer,
    key: String,
}

#[post("/customers/{id}/activation-key")]
pub(super) async fn renew(
    page: StaffPage,
    id: Path<String>,
    form: Form,
) -> Result<HttpResponse, WebError> {
    let (id, actor) = (customer_id(&id)?, page.actor()?);
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
