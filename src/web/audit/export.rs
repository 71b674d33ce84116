use super::super::csv::{A_SLICE, Cell, Slice, download};
use super::super::page::{StaffPage, WebError};
use super::Asked;
use crate::app::{self, AuditLine};
use crate::domain::customer::Language;
use crate::text::Texts;
use actix_web::web::Query;
use actix_web::{HttpResponse, get};
use std::sync::Arc;

/// All events that the filters let pass, as the page shows them thirty at a time: times in UTC, what
/// was done in words and as the API names it, before and after as JSON.
#[get("/audit.csv")]
pub(super) async fn table(page: StaffPage, asked: Query<Asked>) -> Result<HttpResponse, WebError> {
    let (actor, form) = (page.actor()?, asked.form());
    let headings = [
        "audit-csv-time",
        "audit-csv-by",
        "audit-csv-action",
        "audit-csv-words",
        "audit-csv-subject",
        "audit-csv-customer-id",
        "audit-csv-customer",
        "audit-csv-before",
        "audit-csv-after",
    ];
    let headings = headings.map(|id| Cell::from(page.t(id))).into();
    let (texts, language) = (Arc::clone(&page.state.texts), page.language);
    download(&page, "audit.csv", headings, move |office, after| {
        let most = usize::try_from(A_SLICE).unwrap_or(usize::MAX);
        let trail = app::audit_trail(office, &actor, &form, after.as_deref(), most)?;
        let rows = trail.lines.into_iter().map(|line| row(&texts, language, line)).collect();
        Ok(Slice { rows, next: trail.next })
    })
    .await
}

fn row(texts: &Texts, language: Language, line: AuditLine) -> Vec<Cell> {
    let AuditLine { event, customer, .. } = line;
    vec![
        Cell::from(event.recorded_at.to_string()),
        Cell::from(event.actor),
        Cell::from(event.action.as_str()),
        Cell::from(texts.action(language, &event.action)),
        Cell::from(event.subject),
        Cell::optional(event.customer.map(|id| id.to_string())),
        Cell::optional(customer),
        Cell::optional(event.before),
        Cell::optional(event.after),
    ]
}
