use super::super::page::Page;
use super::licenses::order_of;
use super::people::{Doer, People};
use crate::app::{AuditEvent, CustomerFile};

/// An event in the table.
pub(super) struct EventRow {
    /// When.
    pub at: String,
    /// Who.
    pub by: Doer,
    /// What, in words.
    pub what: String,
    /// On what, where that has a name.
    pub on: Option<String>,
}

/// Events in words; an action that has none is shown as the audit writes it.
pub(super) fn event_rows(
    page: &Page,
    people: &People<'_>,
    file: &CustomerFile,
    events: &[AuditEvent],
) -> Vec<EventRow> {
    let row = |event: &AuditEvent| EventRow {
        at: page.time(&event.recorded_at),
        by: people.doer(&event.actor),
        what: page.state.texts.action(page.language, &event.action),
        on: order_of(&file.ledger, &event.subject).or_else(|| people.named(&event.subject)),
    };
    events.iter().map(row).collect()
}
