use super::base_path::base_path;
use super::cookies::LANGUAGE;
use super::fields::{Field, Fields};
use super::form::{Form, OpenForm};
use super::new_password;
use super::page::{Page, WebError, go_to, show};
use super::password_attempt::{check_password, device_cookies, set_device_cookie};
use crate::app::{self, AccessKind, Error, NextStep, Stage, Unauthenticated};
use crate::domain::staff::Staff;
use actix_web::cookie::time::Duration;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue, RETRY_AFTER};
use actix_web::web::{Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get, post};
use askama::Template;
use serde::Deserialize;

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(sign_in_page).service(sign_in).service(sign_out).service(choose_language);
}

#[derive(Template)]
#[template(path = "web/sign_in.html")]
struct SignIn<'a> {
    page: &'a Page,
    form: Fields,
    next: String,
    /// What is said of a session that was over.
    ended: Option<String>,
}

/// Where to go after signing in.
#[derive(Deserialize)]
pub(super) struct Next {
    #[serde(default)]
    next: String,
    /// Why the browser was sent here, where a person should know.
    #[serde(default)]
    reason: String,
}

/// The reason that a session was over.
pub(super) const ENDED: &str = "ended";

/// Where a half-open session leads after too many wrong codes.
pub(super) const SIGN_IN_AGAIN: &str = "/sign-in?reason=codes";

#[get("/sign-in")]
async fn sign_in_page(mut page: Page, next: Query<Next>) -> Result<HttpResponse, WebError> {
    if page.person.is_some() {
        return Ok(go_to("/"));
    }
    if page.visit.session().is_some_and(|live| live.session.stage == Stage::NewPassword) {
        return Ok(go_to(new_password::PATH));
    }
    page.open_form()?;
    let Next { next, reason } = next.into_inner();
    let form = fields(&page);
    let again = reason == "codes";
    let form = if again { form.with_problem(&page, "sign-in-again") } else { form };
    let minutes = page.state.office.settings().session_idle_minutes;
    let ended = (reason == ENDED).then(|| page.count("sign-in-ended", minutes));
    show(StatusCode::OK, &SignIn { page: &page, form, next, ended })
}

#[post("/sign-in")]
async fn sign_in(page: Page, request: HttpRequest, form: Form) -> Result<HttpResponse, WebError> {
    let (name, password) = (form.get("name").to_owned(), form.get("password").to_owned());
    let devices = device_cookies(&request)?;
    let refused = match check_password(&page, name, devices, password).await {
        Ok(proof) => {
            let person = proof.person().clone();
            let (step, device) = page.run(move |office| app::sign_in(office, &proof)).await?;
            let answer = enter(&page, person, step, form.get("next")).await?;
            if let Some(device) = device {
                set_device_cookie(&page, device);
            }
            return Ok(answer);
        }
        Err(refused) => refused,
    };
    page.record_refusal(AccessKind::Password, form.get("name"), &refused);
    let fields = fields(&page).filled(&form);
    let next = form.get("next").to_owned();
    let fields = refusal(&page, fields, &refused).ok_or(refused)?;
    show_refused(&fields.1, &SignIn { page: &page, form: fields.0, next, ended: None })
}

/// How a form says that an attempt failed, or may not be made now.
pub(super) struct Refused {
    status: StatusCode,
    retry_after: Option<u32>,
}

/// The form with a refusal of the attempt; none where something else went wrong.
pub(super) fn refusal(page: &Page, fields: Fields, error: &Error) -> Option<(Fields, Refused)> {
    let refused = |status, retry_after| Refused { status, retry_after };
    match error {
        Error::TooManyAttempts { retry_after } => {
            let fields = fields.with_problem_text(too_many_attempts(page, *retry_after));
            Some((fields, refused(StatusCode::TOO_MANY_REQUESTS, Some(*retry_after))))
        }
        Error::Unauthenticated(
            reason @ (Unauthenticated::SignInFailed | Unauthenticated::SecondFactorWrong),
        ) => {
            let fields = fields.with_problem(page, reason.code());
            Some((fields, refused(StatusCode::UNAUTHORIZED, None)))
        }
        _ => None,
    }
}

/// The page with a form that was refused.
pub(super) fn show_refused(
    refused: &Refused,
    template: &impl Template,
) -> Result<HttpResponse, WebError> {
    let mut answer = show(refused.status, template)?;
    if let Some(seconds) = refused.retry_after {
        answer.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    Ok(answer)
}

/// In words, when the next attempt may be made.
pub(super) fn too_many_attempts(page: &Page, seconds: u32) -> String {
    let (id, count) = match seconds {
        0..=90 => ("wait-seconds", seconds),
        _ => ("wait-minutes", seconds.div_ceil(60)),
    };
    let wait = page.count(id, count.into());
    format!("{}. {wait}", page.t("too-many-attempts"))
}

/// Where no session is left there is nothing to end, and no token that the form could have.
#[post("/sign-out")]
async fn sign_out(page: Page, form: Result<Form, WebError>) -> Result<HttpResponse, WebError> {
    if let Some(live) = page.visit.session() {
        form?;
        page.run(move |office| app::end_session(office, &live.session.id)).await?;
    }
    page.visit.leave();
    let mut answer = go_to("/sign-in");
    // Pages are not stored anyway; this clears what a browser keeps in spite of that. It would clear
    // what other services of the host keep too, so only where the host is ours alone.
    if base_path(&page.state.office).is_empty() {
        let everything_kept = HeaderValue::from_static("\"cache\", \"storage\"");
        answer.headers_mut().insert(HeaderName::from_static("clear-site-data"), everything_kept);
    }
    Ok(answer)
}

#[post("/language")]
async fn choose_language(page: Page, form: OpenForm) -> Result<HttpResponse, WebError> {
    let OpenForm(form) = form;
    let language = if form.get("to") == "ru" { "ru" } else { "en" };
    let mut cookie = page.visit.cookies.make(LANGUAGE, language);
    cookie.set_max_age(Duration::days(365));
    page.visit.set(cookie);
    Ok(go_to(own_path(form.get("back"))))
}

/// Begins the session of a person whose password was right.
pub(super) async fn enter(
    page: &Page,
    person: Staff,
    step: NextStep,
    next: &str,
) -> Result<HttpResponse, WebError> {
    let next = own_path(next).to_owned();
    let (stage, path) = match step {
        NextStep::In => (Stage::In, next.clone()),
        NextStep::SecondFactor => (Stage::SecondFactor, "/second-factor".into()),
        NextStep::Enrol => (Stage::Enrol, "/second-factor/enrol".into()),
        NextStep::NewPassword => (Stage::NewPassword, new_password::PATH.into()),
    };
    let before = page.visit.session().map(|live| live.session.id);
    let visitor = page.visit.visitor.clone();
    let begin = move |office: &app::Office| {
        app::begin_session(office, before.as_ref(), &person, stage, &next, &visitor)
    };
    let keyed = page.run(begin).await?;
    page.visit.enter(&page.state, keyed);
    Ok(go_to(&path))
}

/// A path of this server: nobody is sent elsewhere.
pub(super) fn own_path(path: &str) -> &str {
    // Browsers read `\` as `/` and leave tabs and line ends out: `/<tab>/elsewhere` is another site.
    let misread = |c: char| c == '\\' || c.is_control();
    let own = path.starts_with('/') && !path.starts_with("//") && !path.contains(misread);
    if own { path } else { "/" }
}

fn fields(page: &Page) -> Fields {
    Fields::new(vec![
        Field::line(page, "name", "").completed_by("username"),
        Field::line(page, "password", "").of_kind("password").completed_by("current-password"),
    ])
}
