use super::fields::{Field, Fields};
use super::form::Form;
use super::page::{Page, Stage, WebError, go_to, show};
use crate::app::{self, Error, NextStep, Unauthenticated};
use crate::domain::staff::Staff;
use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::{Query, ServiceConfig};
use actix_web::{HttpResponse, get, post};
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
}

/// Where to go after signing in.
#[derive(Deserialize)]
pub(super) struct Next {
    #[serde(default)]
    next: String,
}

#[get("/sign-in")]
async fn sign_in_page(page: Page, next: Query<Next>) -> Result<HttpResponse, WebError> {
    if page.person.is_some() {
        return Ok(go_to("/"));
    }
    let form = fields(&page);
    show(StatusCode::OK, &SignIn { page: &page, form, next: next.into_inner().next })
}

#[post("/sign-in")]
async fn sign_in(page: Page, form: Form) -> Result<HttpResponse, WebError> {
    let (name, password) = (form.get("name").to_owned(), form.get("password").to_owned());
    page.state.brakes.slow_down(&name).await;
    match page.run(move |office| app::sign_in(office, &name, &password)).await {
        Ok((person, step)) => enter(&page, &person, step, form.get("next")),
        Err(WebError::App(Error::Unauthenticated(Unauthenticated::SignInFailed))) => {
            let fields = fields(&page).filled(&form).with_problem(&page, "sign-in-failed");
            let next = form.get("next").to_owned();
            show(StatusCode::UNAUTHORIZED, &SignIn { page: &page, form: fields, next })
        }
        Err(error) => Err(error),
    }
}

#[post("/sign-out")]
async fn sign_out(page: Page, _form: Form) -> Result<HttpResponse, WebError> {
    page.session.purge();
    let mut answer = go_to("/sign-in");
    // Pages are not stored anyway; this clears what a browser keeps in spite of that.
    let everything_kept = HeaderValue::from_static("\"cache\", \"storage\"");
    answer.headers_mut().insert(HeaderName::from_static("clear-site-data"), everything_kept);
    Ok(answer)
}

#[post("/language")]
async fn choose_language(_page: Page, form: Form) -> Result<HttpResponse, WebError> {
    let language = if form.get("to") == "ru" { "ru" } else { "en" };
    let cookie = Cookie::build("language", language)
        .path("/")
        .same_site(SameSite::Lax)
        .http_only(true)
        .max_age(Duration::days(365))
        .finish();
    let mut answer = go_to(own_path(form.get("back")));
    answer.add_cookie(&cookie).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(answer)
}

/// The session of a person whose password was right: under a new key, so that nobody who knew the
/// old one comes in with it.
pub(super) fn enter(
    page: &Page,
    person: &Staff,
    step: NextStep,
    next: &str,
) -> Result<HttpResponse, WebError> {
    let (stage, path) = match step {
        NextStep::In => (Stage::In, own_path(next)),
        NextStep::SecondFactor => (Stage::SecondFactor, "/second-factor"),
        NextStep::Enrol => (Stage::Enrol, "/second-factor/enrol"),
    };
    let fault = |error: actix_session::SessionInsertError| Error::Internal(error.to_string());
    page.session.renew();
    page.session.insert("staff", person.id.as_str()).map_err(fault)?;
    page.session.insert("stage", stage).map_err(fault)?;
    page.session.insert("next", own_path(next)).map_err(fault)?;
    Ok(go_to(path))
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
