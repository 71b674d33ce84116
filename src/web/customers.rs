use super::fields::{Field, Fields};
use super::form::Form;
use super::page::{Page, StaffPage, WebError, go_to, show};
use crate::app::{self, Error};
use crate::domain::customer::{Customer, CustomerForm};
use actix_web::http::StatusCode;
use actix_web::web::{Query, ServiceConfig};
use actix_web::{HttpResponse, get, post};
use askama::Template;
use serde::Deserialize;

/// How many customers a page shows.
const A_PAGE: i64 = 50;

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(list).service(new_page).service(create);
}

#[derive(Template)]
#[template(path = "web/customers.html")]
struct ListPage<'a> {
    page: &'a Page,
    customers: Vec<Customer>,
    search: String,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "web/customer_form.html")]
struct CustomerPage<'a> {
    page: &'a Page,
    form: Fields,
    once: String,
}

/// What is looked for.
#[derive(Deserialize)]
pub(super) struct Search {
    #[serde(default)]
    search: String,
    after: Option<String>,
}

#[get("/customers")]
async fn list(page: StaffPage, query: Query<Search>) -> Result<HttpResponse, WebError> {
    let Search { search, after } = query.into_inner();
    let actor = page.actor()?;
    let words = search.trim().to_owned();
    let mut customers = page
        .run(move |office| {
            let slice = app::Page { after, limit: A_PAGE + 1 };
            let words = Some(words.as_str()).filter(|words| !words.is_empty());
            app::customers(office, &actor, &slice, words)
        })
        .await?;
    let more = customers.len() > usize::try_from(A_PAGE).unwrap_or_default();
    customers.truncate(usize::try_from(A_PAGE).unwrap_or_default());
    let last = customers.last().map(|customer| customer.id.to_string());
    let next = last.filter(|_| more);
    show(StatusCode::OK, &ListPage { page: &page, customers, search, next })
}

#[get("/customers/new")]
async fn new_page(page: StaffPage) -> Result<HttpResponse, WebError> {
    page.actor()?.require(app::Right::Sell)?;
    let form =
        fields(&page, &CustomerForm { language: "ru".into(), places: 1, ..Default::default() });
    let once = page.state.once();
    show(StatusCode::OK, &CustomerPage { page: &page, form, once })
}

#[post("/customers/new")]
async fn create(page: StaffPage, form: Form) -> Result<HttpResponse, WebError> {
    let entered = entered(&form);
    let actor = page.actor()?;
    let once = page.once(&actor, &form);
    match page.run(move |office| app::create_customer(office, &actor, once.as_ref(), entered)).await
    {
        Ok(answer) => Ok(go_to(&format!("/customers/{}", answer.value.customer.id))),
        Err(WebError::App(Error::Invalid(faults))) => {
            let fields =
                fields(&page, &CustomerForm::default()).filled(&form).with_faults(&page, &faults);
            let once = page.state.once();
            show(
                StatusCode::UNPROCESSABLE_ENTITY,
                &CustomerPage { page: &page, form: fields, once },
            )
        }
        Err(error) => Err(error),
    }
}

/// The customer as it was entered.
pub(super) fn entered(form: &Form) -> CustomerForm {
    CustomerForm {
        name: form.get("name").to_owned(),
        country: form.optional("country"),
        region: form.get("region").to_owned(),
        city: form.get("city").to_owned(),
        postal_code: form.get("postal_code").to_owned(),
        email: form.get("email").to_owned(),
        language: form.get("language").to_owned(),
        places: form.get("places").trim().parse().unwrap_or(0),
    }
}

/// The fields of a customer.
pub(super) fn fields(page: &Page, customer: &CustomerForm) -> Fields {
    let languages = vec![("ru", page.t("language-ru")), ("en", page.t("language-en"))];
    let name =
        Field { label: page.t("field-company-name"), ..Field::line(page, "name", &customer.name) };
    Fields::new(vec![
        name,
        Field::line(page, "country", customer.country.clone().unwrap_or_default()),
        Field::line(page, "region", &customer.region),
        Field::line(page, "city", &customer.city),
        Field::line(page, "postal_code", &customer.postal_code),
        Field::line(page, "email", &customer.email).of_kind("email"),
        Field::line(page, "language", &customer.language).one_of(languages),
        Field::line(page, "places", customer.places.to_string()).of_kind("number"),
    ])
}
