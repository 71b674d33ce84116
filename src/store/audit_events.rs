use super::Page;
use super::error::StoreError;
use super::schema::audit_events;
use super::time::{from_stored, to_stored};
use super::transaction::Tx;
use crate::domain::ids::{CustomerId, EventId};
use chrono::NaiveDateTime;
use diesel::prelude::*;
use jiff::Timestamp;

/// Who did what, when, before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// Its id.
    pub id: EventId,
    /// When.
    pub recorded_at: Timestamp,
    /// Who: `token:crm`, `installation:ins_…`, `command line:anna`.
    pub actor: String,
    /// What: `purchase.recorded`, …
    pub action: String,
    /// On what: an id.
    pub subject: String,
    /// Which customer it is about.
    pub customer: Option<CustomerId>,
    /// How it was before, as JSON.
    pub before: Option<String>,
    /// How it is after, as JSON.
    pub after: Option<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_events, treat_none_as_default_value = false)]
pub(super) struct Row {
    id: String,
    recorded_at: NaiveDateTime,
    actor: String,
    action: String,
    subject: String,
    customer_id: Option<String>,
    before: Option<String>,
    after: Option<String>,
}

impl From<AuditEvent> for Row {
    fn from(event: AuditEvent) -> Self {
        Self {
            id: event.id.to_string(),
            recorded_at: to_stored(event.recorded_at),
            actor: event.actor,
            action: event.action,
            subject: event.subject,
            customer_id: event.customer.map(|id| id.to_string()),
            before: event.before,
            after: event.after,
        }
    }
}

impl Tx<'_> {
    /// Records an event.
    pub fn add_audit_event(&mut self, event: AuditEvent) -> Result<(), StoreError> {
        self.add(diesel::insert_into(audit_events::table).values(Row::from(event)))
    }

    /// Records many events at once.
    pub fn add_audit_events(&mut self, events: Vec<AuditEvent>) -> Result<(), StoreError> {
        let rows: Vec<_> = events.into_iter().map(Row::from).collect();
        self.connection()?.add_audit_events(&rows)?;
        Ok(())
    }

    /// Events by id, oldest first; with `customer`, those about it.
    pub fn audit_events(
        &mut self,
        page: &Page,
        customer: Option<&CustomerId>,
    ) -> Result<Vec<AuditEvent>, StoreError> {
        let mut query = audit_events::table
            .select(Row::as_select())
            .order(audit_events::id)
            .limit(page.limit)
            .into_boxed();
        if let Some(after) = &page.after {
            query = query.filter(audit_events::id.gt(after.clone()));
        }
        if let Some(customer) = customer {
            query = query.filter(audit_events::customer_id.eq(customer.to_string()));
        }
        let rows: Vec<Row> = query.load(self.connection()?)?;
        Ok(rows.into_iter().map(event).collect())
    }

    /// The last events about a customer, newest first.
    pub fn latest_audit_events_about(
        &mut self,
        customer: &CustomerId,
        limit: i64,
    ) -> Result<Vec<AuditEvent>, StoreError> {
        let rows: Vec<Row> = audit_events::table
            .filter(audit_events::customer_id.eq(customer.as_str()))
            .order(audit_events::id.desc())
            .limit(limit)
            .select(Row::as_select())
            .load(self.connection()?)?;
        Ok(rows.into_iter().map(event).collect())
    }

    /// When somebody did something last.
    pub fn last_done(
        &mut self,
        actor: &str,
        action: &str,
    ) -> Result<Option<Timestamp>, StoreError> {
        let last: Option<NaiveDateTime> = audit_events::table
            .filter(audit_events::actor.eq(actor))
            .filter(audit_events::action.eq(action))
            .order((audit_events::recorded_at.desc(), audit_events::id.desc()))
            .select(audit_events::recorded_at)
            .limit(1)
            .get_result(self.connection()?)
            .optional()?;
        Ok(last.map(from_stored))
    }
}

pub(super) fn event(row: Row) -> AuditEvent {
    AuditEvent {
        id: EventId::stored(row.id),
        recorded_at: from_stored(row.recorded_at),
        actor: row.actor,
        action: row.action,
        subject: row.subject,
        customer: row.customer_id.map(CustomerId::stored),
        before: row.before,
        after: row.after,
    }
}
