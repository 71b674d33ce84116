use super::call::{ListQuery, StaffCall};
use super::customers::customer_id;
use super::lists::{ListView, list_answer};
use super::problem::Problem;
use crate::app;
use actix_web::web::Query;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Which events a list shows.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AuditQuery {
    /// At most so many, 1 to 200; 50 where it is left out.
    limit: Option<i64>,
    /// Only what comes after this id.
    after: Option<String>,
    /// Only what is about this customer.
    customer: Option<String>,
}

/// Who did what, oldest first.
#[utoipa::path(tag = "Audit", params(AuditQuery), responses(
    (status = 200, body = ListView<AuditEventView>)))]
#[get("/audit-events")]
pub(super) async fn audit_events(
    request: HttpRequest,
    call: StaffCall,
    query: Query<AuditQuery>,
) -> Result<HttpResponse, Problem> {
    let AuditQuery { limit, after, customer } = query.into_inner();
    let customer = customer.as_deref().map(customer_id).transpose()?;
    let slice = ListQuery { limit, after }.slice()?;
    let load = move |office: &_, actor: &_, page: &_| {
        app::audit_events(office, actor, page, customer.as_ref())
    };
    list_answer::<AuditEventView, _>(&request, call, slice, load, |row| row.id.to_string()).await
}

/// Who did what, when, before and after.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "AuditEvent")]
struct AuditEventView {
    /// `evt_…`
    id: String,
    #[schema(format = DateTime)]
    recorded_at: String,
    actor: String,
    action: String,
    subject: String,
    customer: Option<String>,
    #[schema(value_type = Object, nullable)]
    before: Option<serde_json::Value>,
    #[schema(value_type = Object, nullable)]
    after: Option<serde_json::Value>,
}

impl From<app::AuditEvent> for AuditEventView {
    fn from(event: app::AuditEvent) -> Self {
        let json = |text: Option<String>| text.and_then(|text| serde_json::from_str(&text).ok());
        Self {
            id: event.id.to_string(),
            recorded_at: event.recorded_at.to_string(),
            actor: event.actor,
            action: event.action,
            subject: event.subject,
            customer: event.customer.map(|id| id.to_string()),
            before: json(event.before),
            after: json(event.after),
        }
    }
}
