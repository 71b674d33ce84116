use super::call::{ListQuery, StaffCall};
use super::lists::{ListView, list_answer};
use super::problem::Problem;
use crate::app;
use actix_web::web::Query;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

/// Failed and refused access of the last 90 days, counted by day, for administrators; oldest first.
#[utoipa::path(tag = "Audit", params(ListQuery), responses(
    (status = 200, body = ListView<AccessRefusalsView>)))]
#[get("/access-refusals")]
pub(super) async fn access_refusals(
    request: HttpRequest,
    call: StaffCall,
    query: Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let slice = query.into_inner().slice()?;
    let id = |row: &app::CountedRefusals| row.id.to_string();
    list_answer::<AccessRefusalsView, _>(&request, call, slice, app::access_refusals, id).await
}

/// Refusals of a UTC day that have kind, reason, address and name in common.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "AccessRefusals")]
struct AccessRefusalsView {
    /// `ref_…`
    id: String,
    /// The day, in UTC.
    #[schema(format = Date)]
    day: String,
    /// `password`, `code`, `token`, `setup_link` or `statement`
    kind: &'static str,
    /// The stable word for the reason: `sign-in-failed`, `token-expired`, …
    reason: String,
    /// The client's address, of IPv6 its /64; null where it is not known.
    address: Option<String>,
    /// The sign-in name that was typed, or the id of the token or installation, or the thumbprint of
    /// an unknown installation's key; null where there is none.
    name: Option<String>,
    /// Whether the row counts all those of its day, kind and reason that have no row of their own,
    /// since there were too many.
    others: bool,
    count: i64,
    #[schema(format = DateTime)]
    first_at: String,
    #[schema(format = DateTime)]
    last_at: String,
}

impl From<app::CountedRefusals> for AccessRefusalsView {
    fn from(refusals: app::CountedRefusals) -> Self {
        let key = refusals.key;
        let known = |text: String| (!text.is_empty()).then_some(text);
        Self {
            id: refusals.id.to_string(),
            day: key.day.to_string(),
            kind: key.kind.as_str(),
            reason: key.reason,
            address: known(key.address),
            name: known(key.name),
            others: key.others,
            count: refusals.count,
            first_at: refusals.first_at.to_string(),
            last_at: refusals.last_at.to_string(),
        }
    }
}
