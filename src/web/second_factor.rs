use super::fields::{Field, Fields};
use super::form::Form;
use super::page::{Page, Stage, WebError, go_to, show, staff_id, stage};
use super::password_attempt::{device_cookies, set_device_cookie};
use super::qr_code::qr_code;
use super::sign_in::{HALF_OPEN, Refused, SIGN_IN_AGAIN, own_path, refusal, show_refused};
use crate::app::{self, Enrolment, Error, HalfOpenSession, Unauthenticated};
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
    match page.run(move |office| app::check_second_factor(office, &session, &code)).await {
        Ok(signed_in) => {
            let mut answer = go_to(&come_in(&page)?);
            set_device_cookie(&page.state, &mut answer, signed_in.device)?;
            Ok(answer)
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
    if let Error::Unauthenticated(Unauthenticated::SignInAgain) = error {
        page.session.purge();
        return Ok(go_to(SIGN_IN_AGAIN));
    }
    match refusal(page, form, &error) {
        Some((form, refused)) => again(form, &refused),
        None => Err(error.into()),
    }
}

#[get("/second-factor/enrol")]
async fn enrol_page(page: Page) -> Result<HttpResponse, WebError> {
    let form = first_fields(&page);
    enrolment(&page, form, StatusCode::OK).await
}

#[post("/second-factor/enrol")]
async fn confirm(page: Page, request: HttpRequest, form: Form) -> Result<HttpResponse, WebError> {
    let session = half_open(&page, &request, Stage::Enrol)?;
    let code = form.get("code").to_owned();
    match page.run(move |office| app::confirm_second_factor(office, &session, &code)).await {
        Ok((codes, device)) => {
            let next = come_in(&page)?;
            let shown = RecoveryCodes { page: &page, codes, next };
            let mut answer = show(StatusCode::OK, &shown)?;
            set_device_cookie(&page.state, &mut answer, device)?;
            Ok(answer)
        }
        Err(error) => Err(error),
    }
}

async fn enrolment(
    page: &Page,
    form: Fields,
    status: StatusCode,
) -> Result<HttpResponse, WebError> {
    let id = person(page, Stage::Enrol)?;
    let Enrolment { secret, url } = page.run(move |office| app::enrolment(office, &id)).await?;
    let picture = qr_code(&url)?;
    show(status, &Enrol { page, form, secret, picture })
}

/// The person of a session that stands at this stage; others start again.
fn person(page: &Page, expected: Stage) -> Result<StaffId, WebError> {
    let id = staff_id(&page.session).filter(|_| stage(&page.session) == Some(expected));
    id.ok_or_else(|| WebError::SignInFirst("/".into()))
}

/// The same, as a code is checked for it.
fn half_open(
    page: &Page,
    request: &HttpRequest,
    expected: Stage,
) -> Result<HalfOpenSession, WebError> {
    let person = person(page, expected)?;
    let id: Option<String> = page.session.get(HALF_OPEN).ok().flatten();
    let id = id.ok_or_else(|| WebError::SignInFirst("/".into()))?;
    Ok(HalfOpenSession { person, id, devices: device_cookies(request) })
}

/// The session of a person who has shown its second factor; returns where it wanted to go.
fn come_in(page: &Page) -> Result<String, WebError> {
    page.session.renew();
    let fault = |error: actix_session::SessionInsertError| Error::Internal(error.to_string());
    page.session.insert("stage", Stage::In).map_err(fault)?;
    let next: Option<String> = page.session.get("next").ok().flatten();
    Ok(own_path(&next.unwrap_or_default()).to_owned())
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
