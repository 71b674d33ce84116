use super::super::fields::{Field, Fields};
use super::super::page::{Page, StaffPage, WebError, go_to, show};
use super::super::proof::ProvenForm;
use super::{Done, role_words, roles};
use crate::app::{self, ApiToken, Error, Right, Role};
use crate::domain::field::Fault;
use actix_web::http::StatusCode;
use actix_web::web::{Path, Query, ServiceConfig};
use actix_web::{HttpResponse, get, post};
use askama::Template;

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(tokens_page).service(create).service(revoke_page).service(revoke);
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
    let name = form.get("token_name").to_owned();
    let role = Role::parse(form.get("role"));
    let created = page
        .run(move |office| {
            actor.require(Right::Administer)?;
            let role = role.ok_or_else(|| Error::Invalid(vec![Fault::UnknownWord.at("/role")]))?;
            app::create_token(office, &actor, once.as_ref(), &name, role)
        })
        .await;
    let fields = || fields(&page).filled(&form);
    match created {
        Ok(token) => {
            let name = form.get("token_name").trim().to_owned();
            show(StatusCode::OK, &TokenPage { page: &page, name, token })
        }
        Err(WebError::App(Error::Invalid(mut faults))) => {
            for fault in faults.iter_mut().filter(|fault| fault.pointer == "/name") {
                fault.pointer = "/token_name".into();
            }
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
    let tokens = tokens(&page).await?.into_iter();
    let good = tokens.filter(|token| token.revoked_at.is_none());
    let token = { good }.find(|token| token.id.as_str() == *id).ok_or(Error::NotFound)?;
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
    let row = |token: ApiToken| Row { role: role_words(page, token.role), token };
    let rows = tokens.into_iter().map(row).collect();
    show(status, &ListPage { page, rows, form, once: page.state.once(), done })
}

fn fields(page: &Page) -> Fields {
    let role = Field::line(page, "role", "sales").one_of(roles(page));
    Fields::new(vec![Field::line(page, "token_name", ""), role])
}
