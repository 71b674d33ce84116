use super::super::fields::{Field, Fields};
use super::super::form::Form;
use super::super::page::{Page, StaffPage, WebError, go_to, show};
use super::super::password_attempt::hash_password;
use super::super::proof::ProvenForm;
use super::super::session_list::{self, Row};
use super::{Done, role_words, roles, second_factor, staff_email};
use crate::app::{self, Actor, Error, Office, Role, Session, StaffChange, StaffFile};
use crate::domain::customer::EmailAddress;
use crate::domain::field::{Fault, FieldError};
use crate::domain::ids::StaffId;
use crate::domain::staff::Staff;
use actix_web::http::StatusCode;
use actix_web::web::{Path, Query, ServiceConfig};
use actix_web::{HttpResponse, get, post};
use askama::Template;

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(person_page).service(change);
}

#[derive(Template)]
#[template(path = "web/settings/person.html")]
struct PersonPage<'a> {
    page: &'a Page,
    file: StaffFile,
    role: String,
    second_factor: &'static str,
    temporary_password: Option<String>,
    is_own: bool,
    sessions: Vec<Row>,
    form: Fields,
    once: String,
    done: Option<String>,
}

#[get("/settings/staff/{id}")]
async fn person_page(
    page: StaffPage,
    id: Path<String>,
    done: Query<Done>,
) -> Result<HttpResponse, WebError> {
    let seen = seen(&page, &staff_id(&id)?).await?;
    let (form, done) = (fields(&page, &seen.0.person), done.words(&page));
    answer(&page, seen, form, done, StatusCode::OK)
}

/// What is to be changed stands in the form's button: `change`.
#[post("/settings/staff/{id}")]
async fn change(
    page: StaffPage,
    id: Path<String>,
    form: ProvenForm,
) -> Result<HttpResponse, WebError> {
    let id = staff_id(&id)?;
    if matches!(form.get("change"), "session" | "sessions") {
        return end_sessions(&page, id, &form).await;
    }
    let own = page.person.as_ref().is_some_and(|person| person.id == id);
    // One's own is changed on the account page, which asks for the present one.
    if own && form.get("change") == "password" {
        return Err(Error::Forbidden.into());
    }
    let actor = page.actor()?;
    let once = page.once(&actor, &form);
    let changed = match asked(&page, &actor, &id, &form).await {
        Ok(asked) => {
            let id = id.clone();
            let work = move |office: &Office| {
                app::change_staff(office, &actor, once.as_ref(), &id, &asked)
            };
            page.run(work).await
        }
        Err(error) => Err(error),
    };
    let (faults, refusal, status) = match changed {
        // Whoever has given its own role away may not look here any more.
        Ok(person) if own && person.role != Role::Admin => return Ok(go_to("/")),
        Ok(_) => return Ok(go_to(&format!("/settings/staff/{id}?done=saved"))),
        Err(WebError::App(Error::Refused(refusal))) => {
            (Vec::new(), Some(refusal), StatusCode::CONFLICT)
        }
        Err(WebError::App(Error::Invalid(faults))) => {
            (faults, None, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(error) => return Err(error),
    };
    let seen = seen(&page, &id).await?;
    let mut fields = fields(&page, &seen.0.person);
    for field in fields.list.iter_mut().filter(|field| field.name == "email") {
        if form.get("change") == "email" {
            form.get("email").clone_into(&mut field.value);
        }
    }
    let fields = fields.with_faults(&page, &of_new_password(faults));
    let fields = match refusal {
        Some(refusal) => fields.with_problem(&page, refusal.code()),
        None => fields,
    };
    answer(&page, seen, fields, None, status)
}

/// The page calls the password `new_password`.
fn of_new_password(mut faults: Vec<FieldError>) -> Vec<FieldError> {
    for fault in faults.iter_mut().filter(|fault| fault.pointer == "/password") {
        fault.pointer = "/new_password".into();
    }
    faults
}

/// Ends the one session that the form names, or all.
async fn end_sessions(page: &Page, id: StaffId, form: &Form) -> Result<HttpResponse, WebError> {
    let actor = page.actor()?;
    let one = if form.get("change") == "session" { Some(session_list::named(form)?) } else { None };
    let staff = id.clone();
    let end = move |office: &Office| match one {
        Some(session) => app::end_staff_session(office, &actor, &staff, &session).map(drop),
        None => app::end_staff_sessions(office, &actor, &staff),
    };
    page.run(end).await?;
    Ok(go_to(&format!("/settings/staff/{id}?done=session")))
}

async fn asked(
    page: &Page,
    actor: &Actor,
    id: &StaffId,
    form: &Form,
) -> Result<StaffChange, WebError> {
    let unknown = |name: &str| Error::Invalid(vec![Fault::UnknownWord.at(format!("/{name}"))]);
    Ok(match form.get("change") {
        "role" => StaffChange::Role(Role::parse(form.get("role")).ok_or_else(|| unknown("role"))?),
        "email" => StaffChange::Email(form.get("email").to_owned()),
        "disable" => StaffChange::Disable,
        "enable" => StaffChange::Enable,
        "second-factor" => StaffChange::ResetSecondFactor,
        "password" => {
            let password = form.get("new_password").to_owned();
            let (actor, id, checked) = (actor.clone(), id.clone(), password.clone());
            let check = move |office: &Office| {
                app::check_password_of(office, &actor, &id, "/password", &checked)
            };
            page.run(check).await?;
            StaffChange::Password(hash_password(&page.state, page.person_id(), &password).await?)
        }
        _ => return Err(unknown("change").into()),
    })
}

/// The person and their sessions.
async fn seen(page: &Page, id: &StaffId) -> Result<(StaffFile, Vec<Session>), WebError> {
    let (actor, id) = (page.actor()?, id.clone());
    let read = move |office: &Office| {
        let file = app::staff_file(office, &actor, &id)?;
        Ok((file, app::staff_sessions(office, &actor, &id)?))
    };
    page.run(read).await
}

fn staff_id(text: &str) -> Result<StaffId, WebError> {
    StaffId::parse(text).ok_or_else(|| Error::NotFound.into())
}

fn answer(
    page: &Page,
    (file, sessions): (StaffFile, Vec<Session>),
    form: Fields,
    done: Option<String>,
    status: StatusCode,
) -> Result<HttpResponse, WebError> {
    let shown = PersonPage {
        page,
        role: role_words(page, file.person.role),
        second_factor: second_factor(page, &file.person),
        temporary_password: temporary_password(page, &file.person),
        is_own: page.person.as_ref().is_some_and(|person| person.id == file.person.id),
        sessions: session_list::rows(page, sessions),
        file,
        form,
        once: page.state.once(),
        done,
    };
    show(status, &shown)
}

/// Until when a temporary password is accepted, or that it has expired.
fn temporary_password(page: &Page, person: &Staff) -> Option<String> {
    let until = person.password_until?;
    let is_valid = person.password_is_valid_at(page.state.office.clock.now());
    let id = if is_valid { "staff-password-works-until" } else { "staff-password-ended" };
    Some(page.text(id, &[("until", page.time(&until).as_str().into())]))
}

fn fields(page: &Page, person: &Staff) -> Fields {
    let password = Field {
        label: page.t("staff-new-password"),
        ..Field::line(page, "new_password", "").of_kind("password").completed_by("new-password")
    };
    let email = person.email.as_ref().map_or("", EmailAddress::as_str);
    Fields::new(vec![
        Field::line(page, "role", person.role.as_str()).one_of(roles(page)),
        Field { autocomplete: "off", ..staff_email(page, email) },
        password,
    ])
}
