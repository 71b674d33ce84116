//! A person's own account: name, password, recovery codes, sessions elsewhere.

use super::fields::{Field, Fields};
use super::form::Form;
use super::page::{Page, StaffPage, WebError, go_to, show};
use super::password_attempt::{check_own_password, hash_password};
use super::proof::require_proof;
use super::session_list::{self, Row};
use super::settings::{Done, staff_email};
use super::sign_in::too_many_attempts;
use crate::app::{self, Error, Office};
use crate::domain::customer::{EmailAddress, Language};
use crate::domain::field::{Fault, FieldError};
use crate::domain::staff::Staff;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get, post};
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
    sessions: Vec<Row>,
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
async fn change(
    page: StaffPage,
    request: HttpRequest,
    form: Form,
) -> Result<HttpResponse, WebError> {
    // Ending a session is an act on how the person gets in: a stolen session is no way to it.
    let form = if matches!(form.get("change"), "session" | "sessions") {
        require_proof(&page, &request, form).await?
    } else {
        form
    };
    let changed = match form.get("change") {
        "name" => change_name(&page, &form).await,
        "email" => change_email(&page, &request, &form).await,
        "password" => change_password(&page, &request, &form).await,
        "codes" => renew_codes(&page, &request, &form).await,
        "session" => end_session(&page, &form).await,
        "sessions" => end_sessions(&page).await,
        _ => Err(Error::Invalid(vec![Fault::UnknownWord.at("/change")]).into()),
    };
    match changed {
        Err(WebError::App(Error::Invalid(faults))) => {
            let shown = |fields: Fields| entered(&page, fields, &form, &faults);
            answer(&page, shown, None, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(WebError::App(Error::TooManyAttempts { retry_after })) => {
            let problem = too_many_attempts(&page, retry_after);
            let shown = |fields: Fields| fields.with_problem_text(problem);
            let mut refused = answer(&page, shown, None, StatusCode::TOO_MANY_REQUESTS).await?;
            refused.headers_mut().insert(header::RETRY_AFTER, retry_after.into());
            Ok(refused)
        }
        outcome => outcome,
    }
}

async fn change_name(page: &Page, form: &Form) -> Result<HttpResponse, WebError> {
    let (actor, full_name) = (page.actor()?, form.get("full_name").to_owned());
    page.run(move |office| app::change_own_name(office, &actor, &full_name)).await?;
    Ok(go_to("/account?done=saved"))
}

async fn change_email(
    page: &Page,
    request: &HttpRequest,
    form: &Form,
) -> Result<HttpResponse, WebError> {
    let mut faults = Vec::new();
    let checked = app::check_own_email(form.get("email"), form.get("language"));
    let checked = gather(&mut faults, checked.map_err(WebError::from))?;
    let proof =
        gather(&mut faults, check_own_password(page, request, form, "email_password").await)?;
    let (Some((email, language)), Some(proof)) = (checked, proof) else {
        return Err(Error::Invalid(faults).into());
    };
    let actor = page.actor()?;
    let work = move |office: &Office| {
        app::change_own_email(office, &actor, &proof, email.as_ref(), language)
    };
    page.run(work).await?;
    Ok(go_to("/account?done=saved"))
}

/// The session goes on under a new key; those elsewhere have ended.
async fn change_password(
    page: &Page,
    request: &HttpRequest,
    form: &Form,
) -> Result<HttpResponse, WebError> {
    let new = form.get("new_password").to_owned();
    let (actor, checked) = (page.actor()?, new.clone());
    let check =
        move |office: &Office| app::check_new_password(office, &actor, "/new_password", &checked);
    let mut faults = Vec::new();
    let fits = gather(&mut faults, page.run(check).await)?;
    let proof =
        gather(&mut faults, check_own_password(page, request, form, "present_password").await)?;
    let (Some(()), Some(proof)) = (fits, proof) else { return Err(Error::Invalid(faults).into()) };
    let actor = page.actor()?;
    let hash = hash_password(&page.state, page.person_id(), &new).await?;
    let session = page.session()?.session;
    let work =
        move |office: &Office| app::change_own_password(office, &actor, &session, &proof, &hash);
    let keyed = page.run(work).await?;
    page.visit.enter(&page.state, keyed);
    Ok(go_to("/account?done=password"))
}

/// Keeps wrong fields, so that a person corrects a form once.
fn gather<T>(
    faults: &mut Vec<FieldError>,
    outcome: Result<T, WebError>,
) -> Result<Option<T>, WebError> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(WebError::App(Error::Invalid(more))) => {
            faults.extend(more);
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

async fn renew_codes(
    page: &Page,
    request: &HttpRequest,
    form: &Form,
) -> Result<HttpResponse, WebError> {
    let proof = check_own_password(page, request, form, "codes_password").await?;
    let actor = page.actor()?;
    let codes = page.run(move |office| app::renew_recovery_codes(office, &actor, &proof)).await?;
    show(StatusCode::OK, &RecoveryCodes { page, codes, next: "/account".into() })
}

async fn end_session(page: &Page, form: &Form) -> Result<HttpResponse, WebError> {
    let (actor, id) = (page.actor()?, session_list::named(form)?);
    page.run(move |office| app::end_own_session(office, &actor, &id)).await?;
    Ok(go_to("/account?done=session"))
}

async fn end_sessions(page: &Page) -> Result<HttpResponse, WebError> {
    let (actor, session) = (page.actor()?, page.session()?.session);
    let end = move |office: &Office| app::end_other_own_sessions(office, &actor, &session);
    let keyed = page.run(end).await?;
    page.visit.enter(&page.state, keyed);
    Ok(go_to("/account?done=sessions"))
}

async fn answer(
    page: &Page,
    shown: impl FnOnce(Fields) -> Fields,
    done: Option<String>,
    status: StatusCode,
) -> Result<HttpResponse, WebError> {
    let actor = page.actor()?;
    let read = move |office: &Office| {
        Ok((app::own_account(office, &actor)?, app::own_sessions(office, &actor)?))
    };
    let ((own, codes), sessions) = page.run(read).await?;
    let sessions = session_list::rows(page, sessions);
    let role = page.t(&format!("role-{}", own.role.as_str()));
    let form = shown(fields(page, &own));
    let codes = page.count("account-codes-left", codes);
    show(status, &AccountPage { page, own, role, codes, sessions, form, done })
}

/// The form that was sent keeps what was entered; the others stand as they are.
fn entered(page: &Page, fields: Fields, form: &Form, faults: &[FieldError]) -> Fields {
    let mut fields = fields;
    let sent = match form.get("change") {
        "name" => ["full_name"].as_slice(),
        "email" => &["email", "language"],
        _ => &[],
    };
    for field in fields.list.iter_mut().filter(|field| sent.contains(&field.name)) {
        form.get(field.name).clone_into(&mut field.value);
    }
    fields.with_faults(page, faults)
}

fn fields(page: &Page, own: &Staff) -> Fields {
    let password = |name: &'static str, completed_by: &'static str| {
        Field::line(page, name, "").of_kind("password").completed_by(completed_by)
    };
    let languages = [Language::Ru, Language::En]
        .map(|language| (language.as_str(), page.t(&format!("language-{language}"))))
        .to_vec();
    let new =
        Field { label: page.t("account-new-password"), ..password("new_password", "new-password") };
    Fields::new(vec![
        Field::line(page, "full_name", &own.full_name).completed_by("name"),
        password("present_password", "current-password"),
        new,
        password("codes_password", "current-password"),
        staff_email(page, own.email.as_ref().map_or("", EmailAddress::as_str)),
        Field::line(page, "language", own.language.as_str()).one_of(languages),
        password("email_password", "current-password"),
    ])
}
