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
