use super::super::fields::{Field, Fields};
use super::super::form::Form;
use super::super::page::{Page, StaffPage, WebError, go_to, show};
use super::super::proof::ProvenForm;
use super::{Done, role_words, roles};
use crate::app::{
    self, ApiToken, DEFAULT_OVERLAP_HOURS, DEFAULT_TOKEN_DAYS, Error, NewToken, Right, Role,
};
use crate::domain::field::{Fault, FieldError};
use actix_web::http::StatusCode;
use actix_web::web::{Path, Query, ServiceConfig};
use actix_web::{HttpResponse, get, post};
use askama::Template;

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(tokens_page).service(create).service(revoke_page).service(revoke);
    config.service(rotate_page).service(rotate);
}

#[derive(Template)]
#[template(path = "web/settings/tokens.html")]
struct ListPage<'a> {
    page: &'a Page,
    rows: Vec<Row>,
    form: Fields,
    once: String,
    done: Option<String>,
}

struct Row {
    token: ApiToken,
    role: String,
    has_ended: bool,
}

#[derive(Template)]
#[template(path = "web/settings/token.html")]
struct TokenPage<'a> {
    page: &'a Page,
    name: String,
    token: String,
}

#[derive(Template)]
#[template(path = "web/settings/token_revoke.html")]
struct RevokePage<'a> {
    page: &'a Page,
    token: ApiToken,
    once: String,
}

#[derive(Template)]
#[template(path = "web/settings/token_rotate.html")]
struct RotatePage<'a> {
    page: &'a Page,
    token: ApiToken,
    form: Fields,
    once: String,
}

#[get("/settings/tokens")]
async fn tokens_page(page: StaffPage, done: Query<Done>) -> Result<HttpResponse, WebError> {
    let (form, done) = (fields(&page), done.words(&page));
    answer(&page, form, done, StatusCode::OK).await
}

/// The token is shown in the answer to the form, and never again.
#[post("/settings/tokens")]
async fn create(page: StaffPage, form: ProvenForm) -> Result<HttpResponse, WebError> {
    let actor = page.actor()?;
    let once = page.once(&actor, &form);
    let asked = new_token(&form);
    let created = page
        .run(move |office| {
            actor.require(Right::Administer)?;
            app::create_token(office, &actor, once.as_ref(), &asked?)
        })
        .await;
    let fields = || fields(&page).filled(&form);
    match created {
        Ok(token) => {
            let name = form.get("token_name").trim().to_owned();
            show(StatusCode::OK, &TokenPage { page: &page, name, token })
        }
        Err(WebError::App(Error::Invalid(mut faults))) => {
            name_fields(&mut faults);
            let form = fields().with_faults(&page, &faults);
            answer(&page, form, None, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(WebError::App(Error::Refused(_))) => {
            let form = fields().with_faults(&page, &[Fault::Taken.at("/token_name")]);
            answer(&page, form, None, StatusCode::CONFLICT).await
        }
        Err(error) => Err(error),
    }
}

#[get("/settings/tokens/{id}/revoke")]
async fn revoke_page(page: StaffPage, id: Path<String>) -> Result<HttpResponse, WebError> {
    let token = active_token(&page, &id).await?;
    let once = page.state.once();
    show(StatusCode::OK, &RevokePage { page: &page, token, once })
}

#[post("/settings/tokens/{id}/revoke")]
async fn revoke(
    page: StaffPage,
    id: Path<String>,
    form: ProvenForm,
) -> Result<HttpResponse, WebError> {
    let token = tokens(&page).await?.into_iter().find(|token| token.id.as_str() == *id);
    let name = token.ok_or(Error::NotFound)?.name;
    let actor = page.actor()?;
    let once = page.once(&actor, &form);
    page.run(move |office| app::revoke_token(office, &actor, once.as_ref(), &name)).await?;
    Ok(go_to("/settings/tokens?done=token-revoked"))
}

#[get("/settings/tokens/{id}/rotate")]
async fn rotate_page(page: StaffPage, id: Path<String>) -> Result<HttpResponse, WebError> {
    let token = active_token(&page, &id).await?;
    answer_rotation(&page, token, rotation_fields(&page), StatusCode::OK)
}

/// The new token is shown in the answer to the form, and never again.
#[post("/settings/tokens/{id}/rotate")]
async fn rotate(
    page: StaffPage,
    id: Path<String>,
    form: ProvenForm,
) -> Result<HttpResponse, WebError> {
    let token = active_token(&page, &id).await?;
    let actor = page.actor()?;
    let once = page.once(&actor, &form);
    let (hours, days) = (number(&form, "overlap_hours"), number(&form, "token_days"));
    let name = token.name.clone();
    let rotated = page
        .run(move |office| app::rotate_token(office, &actor, once.as_ref(), &name, hours?, days?))
        .await;
    match rotated {
        Ok(value) => {
            let shown = TokenPage { page: &page, name: token.name, token: value };
            show(StatusCode::OK, &shown)
        }
        Err(WebError::App(Error::Invalid(mut faults))) => {
            name_fields(&mut faults);
            let form = rotation_fields(&page).filled(&form).with_faults(&page, &faults);
            answer_rotation(&page, token, form, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(error) => Err(error),
    }
}

/// A token that is not revoked, by its id.
async fn active_token(page: &Page, id: &str) -> Result<ApiToken, WebError> {
    let tokens = tokens(page).await?.into_iter();
    let mut active = tokens.filter(|token| token.revoked_at.is_none());
    Ok(active.find(|token| token.id.as_str() == id).ok_or(Error::NotFound)?)
}

fn new_token(form: &Form) -> Result<NewToken, Error> {
    let role = Role::parse(form.get("role"));
    Ok(NewToken {
        name: form.get("token_name").to_owned(),
        role: role.ok_or_else(|| Error::Invalid(vec![Fault::UnknownWord.at("/role")]))?,
        days: number(form, "token_days")?,
        addresses: form.get("token_addresses").to_owned(),
    })
}

fn number(form: &Form, name: &str) -> Result<i64, Error> {
    let fault = || Error::Invalid(vec![Fault::NotAWholeNumber.at(format!("/{name}"))]);
    form.get(name).trim().parse().map_err(|_| fault())
}

/// Names the fields of the form for those of the use case.
fn name_fields(faults: &mut [FieldError]) {
    for fault in faults {
        match fault.pointer.as_str() {
            "/name" => fault.pointer = "/token_name".into(),
            "/days" => fault.pointer = "/token_days".into(),
            "/addresses" => fault.pointer = "/token_addresses".into(),
            _ => {}
        }
    }
}

fn answer_rotation(
    page: &Page,
    token: ApiToken,
    form: Fields,
    status: StatusCode,
) -> Result<HttpResponse, WebError> {
    show(status, &RotatePage { page, token, form, once: page.state.once() })
}

async fn tokens(page: &Page) -> Result<Vec<ApiToken>, WebError> {
    let actor = page.actor()?;
    let tokens = move |office: &app::Office| {
        actor.require(Right::Administer)?;
        app::tokens(office, &actor)
    };
    page.run(tokens).await
}

async fn answer(
    page: &Page,
    form: Fields,
    done: Option<String>,
    status: StatusCode,
) -> Result<HttpResponse, WebError> {
    let mut tokens = tokens(page).await?;
    // Those that are good first; of each the newest first.
    tokens.reverse();
    tokens.sort_by_key(|token| token.revoked_at.is_some());
    let now = page.state.office.clock.now();
    let row = |token: ApiToken| Row {
        role: role_words(page, token.role),
        has_ended: token.expires_at <= now,
        token,
    };
    let rows = tokens.into_iter().map(row).collect();
    show(status, &ListPage { page, rows, form, once: page.state.once(), done })
}

fn fields(page: &Page) -> Fields {
    let role = Field::line(page, "role", "sales").one_of(roles(page));
    let days = Field::line(page, "token_days", DEFAULT_TOKEN_DAYS.to_string());
    let addresses = Field::line(page, "token_addresses", "");
    Fields::new(vec![Field::line(page, "token_name", ""), role, days, addresses])
}

fn rotation_fields(page: &Page) -> Fields {
    let hours = Field::line(page, "overlap_hours", DEFAULT_OVERLAP_HOURS.to_string());
    let days = Field::line(page, "token_days", DEFAULT_TOKEN_DAYS.to_string());
    Fields::new(vec![hours, days])
}
