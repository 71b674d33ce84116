use super::fields::{Field, Fields};
use super::form::Form;
use super::new_password;
use super::page::{Page, WebError, go_to, show};
use super::password_attempt::{device_cookies, set_device_cookie};
use super::qr_code::qr_code;
use super::sign_in::{Refused, SIGN_IN_AGAIN, own_path, refusal, show_refused};
use crate::app::{self, Enrolment, Error, HalfOpenSession, Stage, Unauthenticated};
use crate::domain::ids::StaffId;
use actix_web::http::StatusCode;
use actix_web::web::ServiceConfig;
use actix_web::{HttpRequest, HttpResponse, get, post};
use askama::Template;

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(second_factor_page).service(check).service(enrol_page).service(confirm);
}

#[derive(Template)]
#[template(path = "web/second_factor.html")]
struct SecondFactor<'a> {
    page: &'a Page,
    form: Fields,
}

#[derive(Template)]
#[template(path = "web/enrol.html")]
struct Enrol<'a> {
    page: &'a Page,
    form: Fields,
    secret: String,
    picture: String,
}

#[derive(Template)]
#[template(path = "web/recovery_codes.html")]
struct RecoveryCodes<'a> {
    page: &'a Page,
    codes: Vec<String>,
    next: String,
}

#[get("/second-factor")]
async fn second_factor_page(page: Page) -> Result<HttpResponse, WebError> {
    person(&page, Stage::SecondFactor)?;
    let form = fields(&page);
    show(StatusCode::OK, &SecondFactor { page: &page, form })
}

#[post("/second-factor")]
async fn check(page: Page, request: HttpRequest, form: Form) -> Result<HttpResponse, WebError> {
    let session = half_open(&page, &request, Stage::SecondFactor)?;
    let code = form.get("code").to_owned();
    let checked = page.run(move |office| app::check_second_factor(office, &session, &code)).await;
    match checked.inspect_err(|error| page.record_refused_code(error)) {
        Ok(signed_in) => {
            let next = come_in(&page).await?;
            set_device_cookie(&page, signed_in.device);
            Ok(go_to(&next))
        }
        Err(WebError::App(error)) => refused(&page, fields(&page), error, |form, refused| {
            show_refused(refused, &SecondFactor { page: &page, form })
        }),
        Err(error) => Err(error),
    }
}

/// Shows the form again; after too many wrong codes the session is over.
fn refused(
    page: &Page,
    form: Fields,
    error: Error,
    again: impl FnOnce(Fields, &Refused) -> Result<HttpResponse, WebError>,
) -> Result<HttpResponse, WebError> {
    match refusal(page, form, &error) {
        Some((form, refused)) => again(form, &refused),
        None => session_over(page, error),
    }
}

/// Where a half-open session is over, name and password are asked again.
fn session_over(page: &Page, error: Error) -> Result<HttpResponse, WebError> {
    if let Error::Unauthenticated(Unauthenticated::SignInAgain) = error {
        page.visit.leave();
        return Ok(go_to(SIGN_IN_AGAIN));
    }
    Err(error.into())
}

#[get("/second-factor/enrol")]
async fn enrol_page(page: Page, request: HttpRequest) -> Result<HttpResponse, WebError> {
    let session = half_open(&page, &request, Stage::Enrol)?;
    match page.run(move |office| app::enrolment(office, &session)).await {
        Ok(enrolment) => show(StatusCode::OK, &enrol(&page, first_fields(&page), &enrolment)?),
        Err(WebError::App(error)) => session_over(&page, error),
        Err(error) => Err(error),
    }
}

#[post("/second-factor/enrol")]
async fn confirm(page: Page, request: HttpRequest, form: Form) -> Result<HttpResponse, WebError> {
    let session = half_open(&page, &request, Stage::Enrol)?;
    let code = form.get("code").to_owned();
    let confirmed =
        page.run(move |office| app::confirm_second_factor(office, &session, &code)).await;
    match confirmed.inspect_err(|error| page.record_refused_code(error)) {
        Ok((codes, device)) => {
            let next = come_in(&page).await?;
            set_device_cookie(&page, device);
            show(StatusCode::OK, &RecoveryCodes { page: &page, codes, next })
        }
        Err(WebError::App(error)) => {
            let Some((form, refused)) = refusal(&page, first_fields(&page), &error) else {
                return session_over(&page, error);
            };
            let session = half_open(&page, &request, Stage::Enrol)?;
            let enrolment = page.run(move |office| app::enrolment(office, &session)).await?;
            show_refused(&refused, &enrol(&page, form, &enrolment)?)
        }
        Err(error) => Err(error),
    }
}

fn enrol<'a>(page: &'a Page, form: Fields, enrolment: &Enrolment) -> Result<Enrol<'a>, WebError> {
    let picture = qr_code(&enrolment.url)?;
    Ok(Enrol { page, form, secret: enrolment.secret.clone(), picture })
}

/// The person of a session that stands at this stage; others start again.
fn person(page: &Page, expected: Stage) -> Result<StaffId, WebError> {
    let live = page.session()?;
    if live.session.stage == expected { Ok(live.person.id) } else { Err(page.sign_in_first("/")) }
}

/// The same, as a code is checked for it.
fn half_open(
    page: &Page,
    request: &HttpRequest,
    expected: Stage,
) -> Result<HalfOpenSession, WebError> {
    let person = person(page, expected)?;
    let session = page.session()?.session;
    let enrolment = session.enrolment.unwrap_or_default();
    let (devices, address) = (device_cookies(request)?, page.visit.visitor.address.clone());
    Ok(HalfOpenSession { person, id: session.id, devices, address, enrolment })
}

/// The session of a person who has shown their second factor; returns where they wanted to go, or where
/// they choose a password first.
async fn come_in(page: &Page) -> Result<String, WebError> {
    let session = page.session()?.session;
    let keyed = page.run(move |office| app::renew_session(office, &session)).await?;
    let chooses = keyed.session.stage == Stage::NewPassword;
    let next = if chooses { new_password::PATH } else { own_path(&keyed.session.next) }.to_owned();
    page.visit.enter(&page.state, keyed);
    Ok(next)
}

fn fields(page: &Page) -> Fields {
    Fields::new(vec![Field::line(page, "code", "").completed_by("one-time-code")])
}

/// The first code: there are no recovery codes yet.
fn first_fields(page: &Page) -> Fields {
    let mut fields = fields(page);
    for field in &mut fields.list {
        field.hint = Some(page.t("enrol-code"));
    }
    fields
}
