use super::fields::{Field, Fields};
use super::form::Form;
use super::page::{Page, WebError, show};
use super::password_attempt::hash_password;
use super::settings::staff_email;
use super::sign_in::enter;
use crate::app::{self, AccessKind, Error, NextStep, ON_THE_PAGE, Office, Unauthenticated};
use crate::domain::staff::{Staff, StaffForm};
use actix_web::http::StatusCode;
use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, get, post};
use askama::Template;
use std::collections::BTreeMap;

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(set_up_page).service(set_up);
}

#[derive(Template)]
#[template(path = "web/set_up.html")]
struct SetUp<'a> {
    page: &'a Page,
    form: Fields,
    code: Field,
}

/// The page of a setup link. The code stands in the link's fragment, which browsers do not send: so
/// it is in no log of a proxy. The script fills it in; without it a person does.
#[get("/setup")]
async fn set_up_page(mut page: Page) -> Result<HttpResponse, WebError> {
    page.run(app::require_no_staff).await?;
    page.open_form()?;
    let (form, code) = (fields(&page), code(&page, ""));
    show(StatusCode::OK, &SetUp { page: &page, form, code })
}

#[post("/setup")]
async fn set_up(page: Page, form: Form) -> Result<HttpResponse, WebError> {
    let token = form.get("setup_code").trim().to_owned();
    let staff = StaffForm {
        name: form.get("name").to_owned(),
        full_name: form.get("full_name").to_owned(),
        role: String::new(),
        email: form.get("email").to_owned(),
        language: Some(page.language),
        password: form.get("new_password").to_owned(),
    };
    let fixed = page.state.office.settings().fixed.clone();
    let settings: BTreeMap<String, String> = ON_THE_PAGE
        .into_iter()
        .filter(|name| !fixed.contains_key(*name))
        .map(|name| (name.to_owned(), form.get(name).trim().to_owned()))
        .collect();
    let finished = finish(&page, token.clone(), staff, settings).await;
    if let Err(WebError::App(error @ Error::Unauthenticated(_))) = &finished {
        page.record_refusal(AccessKind::SetupLink, form.get("name"), error);
    }
    match finished {
        Ok(person) => enter(&page, person, NextStep::Enrol, "/customers/new").await,
        Err(WebError::App(Error::Invalid(mut faults))) => {
            for fault in &mut faults {
                if fault.pointer == "/password" {
                    fault.pointer = "/new_password".into();
                }
            }
            let form = fields(&page).filled(&form).with_faults(&page, &faults);
            let code = code(&page, &token);
            show(StatusCode::UNPROCESSABLE_ENTITY, &SetUp { page: &page, form, code })
        }
        Err(WebError::App(Error::Unauthenticated(Unauthenticated::SetupLinkUnknown))) => {
            let form = fields(&page).filled(&form).with_problem(&page, "setup-link-unknown");
            let code = code(&page, &token);
            show(StatusCode::UNAUTHORIZED, &SetUp { page: &page, form, code })
        }
        Err(error) => Err(error),
    }
}

/// Checks the form, hashes the password, and does it.
async fn finish(
    page: &Page,
    token: String,
    form: StaffForm,
    settings: BTreeMap<String, String>,
) -> Result<Staff, WebError> {
    let password = form.password.clone();
    let check = move |office: &Office| {
        app::check_set_up(office, &token, &form, &settings).map(|()| (token, form, settings))
    };
    let (token, form, settings) = page.run(check).await?;
    let hash = hash_password(&page.state, "set-up", &password).await?;
    page.run(move |office| app::set_up(office, &token, &form, &hash, &settings)).await
}

fn code(page: &Page, entered: &str) -> Field {
    Field::line(page, "setup_code", entered)
}

/// The person's own fields, then what the vendor settles; what is settled elsewhere is shown.
fn fields(page: &Page) -> Fields {
    let settings = page.state.office.settings();
    let sales = settings.sales_address.as_ref().map_or("", |address| address.as_str());
    let zone = settings.time_zone.iana_name().unwrap_or("UTC").to_owned();
    let mut list = vec![
        Field::line(page, "full_name", "").completed_by("name"),
        Field::line(page, "name", "").completed_by("username"),
        staff_email(page, ""),
        Field::line(page, "new_password", "").of_kind("password").completed_by("new-password"),
        Field::line(page, "vendor_name", settings.vendor_name.clone()).completed_by("organization"),
        Field::line(page, "issuer", settings.issuer.clone()).of_kind("url"),
        Field::line(page, "time_zone", zone),
        Field::line(page, "sales_address", sales).of_kind("email"),
        Field::line(page, "mail_url", ""),
        Field::line(page, "mail_from", ""),
    ];
    for field in &mut list {
        field.fixed = settings.fixed.contains_key(field.name);
    }
    Fields::new(list)
}
