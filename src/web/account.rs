//! A person's own account: name, password, recovery codes, sessions elsewhere.

use super::fields::{Field, Fields};
use super::form::Form;
use super::page::{Page, StaffPage, WebError, go_to, show};
use super::settings::Done;
use crate::app::{self, Error};
use crate::domain::field::{Fault, FieldError};
use crate::domain::staff::Staff;
use actix_web::http::StatusCode;
use actix_web::web::{Query, ServiceConfig};
use actix_web::{HttpResponse, get, post};
use askama::Template;

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(account_page).service(change);
}

#[derive(Template)]
#[template(path = "web/account.html")]
struct AccountPage<'a> {
    page: &'a Page,
    own: Staff,
    role: String,
    codes: String,
    form: Fields,
    done: Option<String>,
}

#[derive(Template)]
#[template(path = "web/recovery_codes.html")]
struct RecoveryCodes<'a> {
    page: &'a Page,
    codes: Vec<String>,
    next: String,
}

#[get("/account")]
async fn account_page(page: StaffPage, done: Query<Done>) -> Result<HttpResponse, WebError> {
    let done = done.words(&page);
    answer(&page, |fields| fields, done, StatusCode::OK).await
}

/// What is to be changed stands in the form's button: `change`.
#[post("/account")]
async fn change(page: StaffPage, form: Form) -> Result<HttpResponse, WebError> {
    let changed = match form.get("change") {
        "name" => change_name(&page, &form).await,
        "password" => change_password(&page, &form).await,
        "codes" => renew_codes(&page, &form).await,
        "sessions" => end_sessions(&page).await,
        _ => Err(Error::Invalid(vec![Fault::UnknownWord.at("/change")]).into()),
    };
    match changed {
        Err(WebError::App(Error::Invalid(faults))) => {
            let shown = |fields: Fields| entered(&page, fields, &form, &faults);
            answer(&page, shown, None, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        outcome => outcome,
    }
}

async fn change_name(page: &Page, form: &Form) -> Result<HttpResponse, WebError> {
    let (actor, full_name) = (page.actor()?, form.get("full_name").to_owned());
    page.run(move |office| app::change_own_name(office, &actor, &full_name)).await?;
    Ok(go_to("/account?done=saved"))
}

/// The session goes on under a new key; those elsewhere have ended.
async fn change_password(page: &Page, form: &Form) -> Result<HttpResponse, WebError> {
    slow_down(page).await;
    let actor = page.actor()?;
    let [present, new] = ["present_password", "new_password"].map(|name| form.get(name).to_owned());
    page.run(move |office| app::change_own_password(office, &actor, &present, &new)).await?;
    page.session.renew();
    Ok(go_to("/account?done=password"))
}

async fn renew_codes(page: &Page, form: &Form) -> Result<HttpResponse, WebError> {
    slow_down(page).await;
    let (actor, present) = (page.actor()?, form.get("codes_password").to_owned());
    let codes = page.run(move |office| app::renew_recovery_codes(office, &actor, &present)).await?;
    show(StatusCode::OK, &RecoveryCodes { page, codes, next: "/account".into() })
}

async fn end_sessions(page: &Page) -> Result<HttpResponse, WebError> {
    let actor = page.actor()?;
    page.run(move |office| app::end_own_sessions(office, &actor)).await?;
    page.session.renew();
    Ok(go_to("/account?done=sessions"))
}

/// A stolen session is no way to try passwords.
async fn slow_down(page: &Page) {
    if let Some(person) = &page.person {
        page.state.brakes.slow_down(&person.name).await;
    }
}

async fn answer(
    page: &Page,
    shown: impl FnOnce(Fields) -> Fields,
    done: Option<String>,
    status: StatusCode,
) -> Result<HttpResponse, WebError> {
    let actor = page.actor()?;
    let (own, codes) = page.run(move |office| app::own_account(office, &actor)).await?;
    let role = page.t(&format!("role-{}", own.role.as_str()));
    let form = shown(fields(page, &own));
    let codes = page.count("account-codes-left", codes);
    show(status, &AccountPage { page, own, role, codes, form, done })
}

/// The form that was sent keeps what was entered; the others stand as they are.
fn entered(page: &Page, fields: Fields, form: &Form, faults: &[FieldError]) -> Fields {
    let fields = if form.get("change") == "name" { fields.filled(form) } else { fields };
    fields.with_faults(page, faults)
}

fn fields(page: &Page, own: &Staff) -> Fields {
    let password = |name: &'static str, completed_by: &'static str| {
        Field::line(page, name, "").of_kind("password").completed_by(completed_by)
    };
    let new =
        Field { label: page.t("account-new-password"), ..password("new_password", "new-password") };
    Fields::new(vec![
        Field::line(page, "full_name", &own.full_name).completed_by("name"),
        password("present_password", "current-password"),
        new,
        password("codes_password", "current-password"),
    ])
}
