use super::super::fields::{Field, Fields};
use super::super::page::{Page, StaffPage, WebError, go_to, show};
use super::super::password_attempt::hash_password;
use super::super::proof::ProvenForm;
use super::{role_words, roles, second_factor, staff_email};
use crate::app::{self, Actor, Error, Office, Once, Right, StaffFile};
use crate::domain::staff::{Staff, StaffForm};
use actix_web::http::StatusCode;
use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, get, post};
use askama::Template;

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(staff_page).service(new_page).service(add);
}

#[derive(Template)]
#[template(path = "web/settings/staff.html")]
struct ListPage<'a> {
    page: &'a Page,
    rows: Vec<Row>,
}

struct Row {
    file: StaffFile,
    role: String,
    second_factor: &'static str,
}

#[derive(Template)]
#[template(path = "web/settings/staff_new.html")]
struct NewPage<'a> {
    page: &'a Page,
    form: Fields,
    once: String,
}

#[get("/settings/staff")]
async fn staff_page(page: StaffPage) -> Result<HttpResponse, WebError> {
    let actor = page.actor()?;
    let staff = page.run(move |office| app::staff(office, &actor)).await?;
    let row = |file: StaffFile| Row {
        role: role_words(&page, file.person.role),
        second_factor: second_factor(&page, &file.person),
        file,
    };
    show(StatusCode::OK, &ListPage { page: &page, rows: staff.into_iter().map(row).collect() })
}

#[get("/settings/staff/new")]
async fn new_page(page: StaffPage) -> Result<HttpResponse, WebError> {
    page.actor()?.require(Right::Administer)?;
    let (form, once) = (fields(&page), page.state.once());
    show(StatusCode::OK, &NewPage { page: &page, form, once })
}

#[post("/settings/staff/new")]
async fn add(page: StaffPage, form: ProvenForm) -> Result<HttpResponse, WebError> {
    let staff = StaffForm {
        name: form.get("name").to_owned(),
        full_name: form.get("full_name").to_owned(),
        role: form.get("role").to_owned(),
        email: form.get("email").to_owned(),
        language: Some(page.language),
        password: form.get("new_password").to_owned(),
    };
    let actor = page.actor()?;
    let once = page.once(&actor, &form);
    match add_person(&page, actor, once, staff).await {
        Ok(person) => Ok(go_to(&format!("/settings/staff/{}?done=staff-added", person.id))),
        Err(WebError::App(Error::Invalid(mut faults))) => {
            for fault in faults.iter_mut().filter(|fault| fault.pointer == "/password") {
                fault.pointer = "/new_password".into();
            }
            let form = fields(&page).filled(&form).with_faults(&page, &faults);
            let once = page.state.once();
            show(StatusCode::UNPROCESSABLE_ENTITY, &NewPage { page: &page, form, once })
        }
        Err(error) => Err(error),
    }
}

/// Checks the form, hashes the password, and adds the person.
async fn add_person(
    page: &Page,
    actor: Actor,
    once: Option<Once>,
    form: StaffForm,
) -> Result<Staff, WebError> {
    let password = form.password.clone();
    let check =
        move |office: &Office| app::check_new_staff(office, &actor, &form).map(|()| (actor, form));
    let (actor, form) = page.run(check).await?;
    let hash = hash_password(&page.state, page.person_id(), &password).await?;
    page.run(move |office| app::add_staff(office, &actor, once.as_ref(), &form, &hash)).await
}

fn fields(page: &Page) -> Fields {
    let full_name =
        Field { label: page.t("staff-full-name"), ..Field::line(page, "full_name", "") };
    let password = Field {
        label: page.t("staff-first-password"),
        hint: Some(page.t("staff-first-password-hint")),
        ..Field::line(page, "new_password", "").of_kind("password").completed_by("new-password")
    };
    let name = Field { hint: Some(page.t("staff-name-hint")), ..Field::line(page, "name", "") };
    let role = Field::line(page, "role", "sales").one_of(roles(page));
    let email = Field { autocomplete: "off", ..staff_email(page, "") };
    Fields::new(vec![full_name, name, email, role, password])
}
