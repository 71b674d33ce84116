use super::fields::{Field, Fields};
use super::form::Form;
use super::page::{Page, Stage, WebError, go_to, show, staff_id, stage};
use super::qr_code::qr_code;
use super::sign_in::own_path;
use crate::app::{self, Enrolment, Error, Unauthenticated};
use crate::domain::ids::StaffId;
use actix_web::http::StatusCode;
use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, get, post};
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
async fn check(page: Page, form: Form) -> Result<HttpResponse, WebError> {
    let id = person(&page, Stage::SecondFactor)?;
    page.state.brakes.slow_down(id.as_str()).await;
    let code = form.get("code").to_owned();
    match page.run(move |office| app::check_second_factor(office, &id, &code)).await {
        Ok(_) => {
            let next = come_in(&page)?;
            Ok(go_to(&next))
        }
        Err(WebError::App(Error::Unauthenticated(Unauthenticated::SecondFactorWrong))) => {
            let form = fields(&page).with_problem(&page, "second-factor-wrong");
            show(StatusCode::UNAUTHORIZED, &SecondFactor { page: &page, form })
        }
        Err(error) => Err(error),
    }
}

#[get("/second-factor/enrol")]
async fn enrol_page(page: Page) -> Result<HttpResponse, WebError> {
    let form = first_fields(&page);
    enrolment(&page, form, StatusCode::OK).await
}

#[post("/second-factor/enrol")]
async fn confirm(page: Page, form: Form) -> Result<HttpResponse, WebError> {
    let id = person(&page, Stage::Enrol)?;
    let code = form.get("code").to_owned();
    match page.run(move |office| app::confirm_second_factor(office, &id, &code)).await {
        Ok(codes) => {
            let next = come_in(&page)?;
            show(StatusCode::OK, &RecoveryCodes { page: &page, codes, next })
        }
        Err(WebError::App(Error::Unauthenticated(Unauthenticated::SecondFactorWrong))) => {
            let form = first_fields(&page).with_problem(&page, "second-factor-wrong");
            enrolment(&page, form, StatusCode::UNAUTHORIZED).await
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
