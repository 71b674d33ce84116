use super::call::{ListQuery, StaffCall};
use super::lists::{ListView, list_answer};
use super::problem::Problem;
use super::views::MailView;
use crate::app::{self, Error};
use crate::domain::ids::MailId;
use actix_web::web::{Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};

/// The mails of the outbox, oldest first.
#[utoipa::path(tag = "Mails", params(ListQuery), responses(
    (status = 200, body = ListView<MailView>)))]
#[get("/mails")]
pub(super) async fn mails(
    request: HttpRequest,
    call: StaffCall,
    query: Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let slice = query.into_inner().slice()?;
    list_answer::<MailView, _>(&request, call, slice, app::mails, |row| row.id.to_string()).await
}

/// How many mails go again.
#[derive(serde::Serialize, utoipa::ToSchema)]
pub(super) struct RetriedMailsView {
    /// Mails that were stopped and are queued now.
    retried: usize,
}

/// Sends all mails again that were stopped.
#[utoipa::path(tag = "Mails", params(
    ("Idempotency-Key" = Option<String>, Header, description = "The same key gets the same answer")
), responses((status = 200, body = RetriedMailsView)))]
#[post("/mails/retry")]
pub(super) async fn retry_stopped_mails(call: StaffCall) -> Result<HttpResponse, Problem> {
    let once = call.once(b"");
    let actor = call.actor;
    let work = move |office: &_| app::retry_stopped_mails(office, &actor, once.as_ref());
    let retried = call.state.write(work).await?;
    Ok(HttpResponse::Ok().json(RetriedMailsView { retried }))
}

/// Sends a mail that was stopped again.
#[utoipa::path(tag = "Mails", params(
    ("Idempotency-Key" = Option<String>, Header, description = "The same key gets the same answer")
), responses((status = 200, body = MailView)))]
#[post("/mails/{id}/retry")]
pub(super) async fn retry_mail(call: StaffCall, id: Path<String>) -> Result<HttpResponse, Problem> {
    let id = MailId::parse(&id).ok_or(Error::NotFound)?;
    let once = call.once(b"");
    let actor = call.actor;
    let mail =
        call.state.write(move |office| app::retry_mail(office, &actor, once.as_ref(), &id)).await?;
    Ok(HttpResponse::Ok().json(MailView::from(mail)))
}
