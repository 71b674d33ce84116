//! The audit, newest first, as staff look through it.

use super::audit_events::{AuditEvent, Row, event};
use super::error::StoreError;
use super::schema::audit_events;
use super::time::to_stored;
use super::transaction::Tx;
use chrono::NaiveDateTime;
use diesel::prelude::*;
use jiff::Timestamp;

/// Which events are looked for; each that is named narrows them.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// By whom.
    pub actor: Option<String>,
    /// What was done.
    pub action: Option<String>,
    /// About which customer, by its id.
    pub customer: Option<String>,
    /// Not before this time.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
    /// Older than this event: its time and its id.
    pub before: Option<(Timestamp, String)>,
}

impl Tx<'_> {
    /// Events, the newest first, at most `limit`. Each filter has an index that ends in time and id,
    /// so that a page is read from it without sorting, whatever the audit's length.
    pub fn latest_audit_events(
        &mut self,
        filter: &AuditFilter,
        limit: i64,
    ) -> Result<Vec<AuditEvent>, StoreError> {
        let mut query = audit_events::table
            .select(Row::as_select())
            .order((audit_events::recorded_at.desc(), audit_events::id.desc()))
            .limit(limit)
            .into_boxed();
        if let Some(actor) = &filter.actor {
            query = query.filter(audit_events::actor.eq(actor.clone()));
        }
        if let Some(action) = &filter.action {
            query = query.filter(audit_events::action.eq(action.clone()));
        }
        if let Some(customer) = &filter.customer {
            query = query.filter(audit_events::customer_id.eq(customer.clone()));
        }
        if let Some(from) = filter.from {
            query = query.filter(audit_events::recorded_at.ge(to_stored(from)));
        }
        if let Some(until) = filter.until {
            query = query.filter(audit_events::recorded_at.lt(to_stored(until)));
        }
        if let Some((at, id)) = &filter.before {
            let at: NaiveDateTime = to_stored(*at);
            let earlier = audit_events::recorded_at.lt(at);
            let same = audit_events::recorded_at.eq(at).and(audit_events::id.lt(id.clone()));
            // The first of the two is for the index: it begins to read there.
            query = query.filter(audit_events::recorded_at.le(at)).filter(earlier.or(same));
        }
        let rows: Vec<Row> = query.load(self.connection()?)?;
        Ok(rows.into_iter().map(event).collect())
    }
}
