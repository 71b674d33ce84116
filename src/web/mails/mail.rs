//! A mail: what it says, in both languages, and what became of it.

use super::words::MailView;
use crate::app::{self, Error, MailFile, Written};
use crate::domain::customer::Language;
use crate::domain::ids::MailId;
use crate::web::form::Form;
use crate::web::guard::{FRAMED_LETTER, FRAMING};
use crate::web::page::{Page, StaffPage, WebError, go_to, show};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderValue};
use actix_web::web::{Path, Query, ServiceConfig};
use actix_web::{HttpResponse, get, post};
use askama::Template;
use serde::Deserialize;

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(mail_page).service(body).service(retry);
}

#[derive(Template)]
#[template(path = "web/mail.html")]
struct MailPage<'a> {
    page: &'a Page,
    mail: MailView,
    order_number: Option<String>,
    letter: Result<Written, String>,
    language: Language,
    has_activation_key: bool,
    once: String,
}

/// What the letter is shown in; its own language, where nothing is asked.
#[derive(Deserialize)]
struct In {
    language: Option<String>,
}

#[get("/mails/{id}")]
async fn mail_page(
    page: StaffPage,
    id: Path<String>,
    query: Query<In>,
) -> Result<HttpResponse, WebError> {
    let language = language(&query);
    let file = file(&page, &id, language).await?;
    let shown = MailPage {
        page: &page,
        mail: MailView::new(&page, &file.mail, file.about.name()),
        order_number: file.order_number().map(str::to_owned),
        language: language.unwrap_or(file.mail.language),
        has_activation_key: file.mail.with_activation_key,
        letter: file.letter,
        once: page.state.once(),
    };
    Ok(under(FRAMING, show(StatusCode::OK, &shown)?))
}

/// The letter's HTML alone, for the frame on its page: as the customer's mail program shows it.
#[get("/mails/{id}/body")]
async fn body(
    page: StaffPage,
    id: Path<String>,
    query: Query<In>,
) -> Result<HttpResponse, WebError> {
    let file = file(&page, &id, language(&query)).await?;
    let letter = file.letter.map_err(|_| Error::NotFound)?;
    let answer = HttpResponse::Ok().content_type("text/html; charset=utf-8").body(letter.html);
    Ok(under(FRAMED_LETTER, answer))
}

#[post("/mails/{id}/retry")]
async fn retry(page: StaffPage, id: Path<String>, form: Form) -> Result<HttpResponse, WebError> {
    let id = MailId::parse(&id).ok_or(Error::NotFound)?;
    let actor = page.actor()?;
    let once = page.once(&actor, &form);
    let mail = page.run(move |office| app::retry_mail(office, &actor, once.as_ref(), &id)).await?;
    Ok(go_to(&format!("/mails/{}", mail.id)))
}

async fn file(page: &Page, id: &str, language: Option<Language>) -> Result<MailFile, WebError> {
    let id = MailId::parse(id).ok_or(Error::NotFound)?;
    let actor = page.actor()?;
    page.run(move |office| app::mail_file(office, &actor, &id, language)).await
}

fn language(asked: &In) -> Option<Language> {
    asked.language.as_deref().and_then(|word| Language::parse(word).ok())
}

fn under(policy: &'static str, mut answer: HttpResponse) -> HttpResponse {
    answer.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    answer
}
