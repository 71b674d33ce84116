//! Where a person chooses a password in place of a temporary one, before any other page.

use super::fields::{Field, Fields};
use super::form::Form;
use super::page::{Page, WebError, go_to, show};
use super::password_attempt::{hash_password, matches_password, set_device_cookie};
use super::sign_in::own_path;
use crate::app::{self, DeviceCookie, Error, KeyedSession, Office, Session, Stage};
use crate::domain::field::Fault;
use actix_web::http::StatusCode;
use actix_web::web::ServiceConfig;
use actix_web::{HttpResponse, get, post};
use askama::Template;

/// Where the page is.
pub(super) const PATH: &str = "/new-password";

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(new_password_page).service(choose);
}

#[derive(Template)]
#[template(path = "web/new_password.html")]
struct NewPassword<'a> {
    page: &'a Page,
    name: String,
    form: Fields,
}

#[get("/new-password")]
async fn new_password_page(page: Page) -> Result<HttpResponse, WebError> {
    choosing(&page)?;
    answer(&page, fields(&page), StatusCode::OK)
}

#[post("/new-password")]
async fn choose(page: Page, form: Form) -> Result<HttpResponse, WebError> {
    let session = choosing(&page)?;
    let next = own_path(&session.next).to_owned();
    match replace(&page, session, form.get("new_password").to_owned()).await {
        Ok((keyed, device)) => {
            page.visit.enter(&page.state, keyed);
            set_device_cookie(&page, device);
            Ok(go_to(&next))
        }
        Err(WebError::App(Error::Invalid(faults))) => {
            let fields = fields(&page).with_faults(&page, &faults);
            answer(&page, fields, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(error) => Err(error),
    }
}

async fn replace(
    page: &Page,
    session: Session,
    new: String,
) -> Result<(KeyedSession, DeviceCookie), WebError> {
    let (checked, password) = (session.clone(), new.clone());
    let person = session.staff.to_string();
    let check = move |office: &Office| app::check_chosen_password(office, &checked, &password);
    let temporary = page.run(check).await?;
    if matches_password(&page.state, &person, &new, temporary).await? {
        return Err(Error::Invalid(vec![Fault::TemporaryPassword.at("/new_password")]).into());
    }
    let hash = hash_password(&page.state, &person, &new).await?;
    page.run(move |office| app::choose_password(office, &session, &hash)).await
}

/// The session of a person who has to choose a password; others sign in first.
fn choosing(page: &Page) -> Result<Session, WebError> {
    let session = page.session()?.session;
    if session.stage == Stage::NewPassword { Ok(session) } else { Err(page.sign_in_first("/")) }
}

fn answer(page: &Page, form: Fields, status: StatusCode) -> Result<HttpResponse, WebError> {
    let name = page.session()?.person.name;
    show(status, &NewPassword { page, name, form })
}

fn fields(page: &Page) -> Fields {
    let label = page.t("account-new-password");
    let field = Field { label, ..Field::line(page, "new_password", "") };
    Fields::new(vec![field.of_kind("password").completed_by("new-password")])
}
