use super::super::page::{Page, StaffPage, WebError, go_to, show};
use super::super::proof::ProvenForm;
use super::Done;
use crate::app::{self, Error, IssuingKeyFile, KeyState, KeysFile, Right};
use actix_web::http::{StatusCode, header};
use actix_web::web::{Query, ServiceConfig};
use actix_web::{HttpResponse, get, post};
use askama::Template;

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(keys_page).service(roots).service(rotate_page).service(rotate);
}

#[derive(Template)]
#[template(path = "web/settings/keys.html")]
struct KeysPage<'a> {
    page: &'a Page,
    keys: KeysFile,
    done: Option<String>,
}

#[derive(Template)]
#[template(path = "web/settings/rotate.html")]
struct RotatePage<'a> {
    page: &'a Page,
    key: IssuingKeyFile,
}

#[get("/settings/keys")]
async fn keys_page(page: StaffPage, done: Query<Done>) -> Result<HttpResponse, WebError> {
    let keys = keys(&page).await?;
    let done = done.words(&page);
    show(StatusCode::OK, &KeysPage { page: &page, keys, done })
}

/// What products pin: the same as `licentia keys export`.
#[get("/settings/keys/roots.json")]
async fn roots(page: StaffPage) -> Result<HttpResponse, WebError> {
    let actor = page.actor()?;
    let roots = page
        .run(move |office| {
            actor.require(Right::Administer)?;
            Ok(app::public_keys(office)?.0)
        })
        .await?;
    let text = serde_json::to_string_pretty(&roots);
    let text = text.map_err(|error| Error::Internal(error.to_string()))? + "\n";
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"roots.json\""))
        .body(text))
}

#[get("/settings/keys/rotate")]
async fn rotate_page(page: StaffPage) -> Result<HttpResponse, WebError> {
    let keys = keys(&page).await?;
    if !keys.root_is_here {
        return Err(Error::Refused(app::Refusal::RootDetached).into());
    }
    let current = keys.issuing.into_iter().find(|key| key.state == KeyState::Signs);
    let key = current.ok_or(Error::NotFound)?;
    show(StatusCode::OK, &RotatePage { page: &page, key })
}

/// The form names the key that is replaced: sent twice, one new key is made.
#[post("/settings/keys/rotate")]
async fn rotate(page: StaffPage, form: ProvenForm) -> Result<HttpResponse, WebError> {
    let actor = page.actor()?;
    let key = form.get("key").to_owned();
    page.run(move |office| app::rotate_key(office, &actor, &key)).await?;
    Ok(go_to("/settings/keys?done=key-rotated"))
}

async fn keys(page: &Page) -> Result<KeysFile, WebError> {
    let actor = page.actor()?;
    page.run(move |office| app::issuing_keys(office, &actor)).await
}
