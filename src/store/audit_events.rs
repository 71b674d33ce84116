use super::Page;
use super::error::StoreError;
use super::heads::NO_CUSTOMER;
use super::schema::{audit_events, customers};
use super::time::{from_stored, to_stored};
use super::transaction::Tx;
use crate::domain::ids::{CustomerId, EventId};
use crate::domain::integrity::{self, Digest};
use chrono::NaiveDateTime;
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use jiff::Timestamp;
use std::collections::HashMap;

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
    number: Option<i64>,
    chain: Option<Vec<u8>>,
}

/// An event with its place in its chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainedEvent {
    /// The event.
    pub event: AuditEvent,
    /// Its number among the events about the same customer, or about none.
    pub number: Option<i64>,
    /// The chain's value that was stored with it.
    pub chain: Option<Vec<u8>>,
}

impl ChainedEvent {
    /// The next value of the chain, given the one before.
    pub fn link(&self, previous: &Digest) -> Digest {
        link(previous, self.number.unwrap_or(0), &self.event)
    }
}

fn link(previous: &Digest, number: i64, event: &AuditEvent) -> Digest {
    let customer = event.customer.as_ref().map(CustomerId::as_str);
    let fields = [event.id.as_str(), &event.actor, &event.action, &event.subject];
    let optional = [customer, event.before.as_deref(), event.after.as_deref()];
    integrity::event(previous, number, event.recorded_at, fields, optional)
}

impl Row {
    fn new(event: AuditEvent, number: i64, chain: Digest) -> Self {
        Self {
            number: Some(number),
            chain: Some(chain.to_vec()),
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
        let row = self.chained(event)?;
        self.add(diesel::insert_into(audit_events::table).values(row))
    }

    /// Gives an event its place in its chain.
    fn chained(&mut self, event: AuditEvent) -> Result<Row, StoreError> {
        let owner = event.customer.as_ref().map_or(NO_CUSTOMER, CustomerId::as_str);
        let head = self.head(owner)?;
        head.audit_number += 1;
        head.audit_chain = link(&head.audit_chain, head.audit_number, &event);
        let (number, chain) = (head.audit_number, head.audit_chain);
        Ok(Row::new(event, number, chain))
    }

    /// Records many events at once.
    pub fn add_audit_events(&mut self, events: Vec<AuditEvent>) -> Result<(), StoreError> {
        let rows: Result<Vec<_>, _> = events.into_iter().map(|event| self.chained(event)).collect();
        self.connection()?.add_audit_events(&rows?)?;
        Ok(())
    }

    /// All events about these customers, each customer's in the order of its chain.
    pub fn chained_events_about(
        &mut self,
        customers: &[&str],
    ) -> Result<HashMap<CustomerId, Vec<ChainedEvent>>, StoreError> {
        let rows: Vec<Row> = audit_events::table
            .filter(audit_events::customer_id.eq_any(customers))
            .select(Row::as_select())
            .load(self.connection()?)?;
        let mut events: HashMap<CustomerId, Vec<ChainedEvent>> = HashMap::new();
        for chained in rows.into_iter().map(chained) {
            if let Some(customer) = chained.event.customer.clone() {
                events.entry(customer).or_default().push(chained);
            }
        }
        for events in events.values_mut() {
            events.sort_by(|one, other| {
                (one.number, &one.event.id).cmp(&(other.number, &other.event.id))
            });
        }
        Ok(events)
    }

    /// The next events about no customer, in the order of their chain: at most so many after one.
    /// Those that have no number come first.
    pub fn chained_events_about_none(
        &mut self,
        after: Option<&ChainedEvent>,
        limit: i64,
    ) -> Result<Vec<ChainedEvent>, StoreError> {
        let query = || {
            audit_events::table
                .filter(audit_events::customer_id.is_null())
                .select(Row::as_select())
                .limit(limit)
                .into_boxed()
        };
        let number = after.and_then(|after| after.number);
        if number.is_none() {
            let after = after.map_or("", |after| after.event.id.as_str()).to_owned();
            let rows: Vec<Row> = query()
                .filter(audit_events::number.is_null())
                .filter(audit_events::id.gt(after))
                .order(audit_events::id)
                .load(self.connection()?)?;
            if !rows.is_empty() {
                return Ok(rows.into_iter().map(chained).collect());
            }
        }
        let rows: Vec<Row> = query()
            .filter(audit_events::number.gt(number.unwrap_or(i64::MIN)))
            .order(audit_events::number)
            .load(self.connection()?)?;
        Ok(rows.into_iter().map(chained).collect())
    }

    /// Events about customers that are not there: at most so many.
    pub fn events_about_nobody(&mut self, limit: i64) -> Result<Vec<AuditEvent>, StoreError> {
        let is_there = exists(
            customers::table
                .filter(customers::id.nullable().eq(audit_events::customer_id))
                .select(customers::id),
        );
        let rows: Vec<Row> = audit_events::table
            .filter(audit_events::customer_id.is_not_null())
            .filter(not(is_there))
            .limit(limit)
            .select(Row::as_select())
            .load(self.connection()?)?;
        Ok(rows.into_iter().map(event).collect())
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

fn chained(row: Row) -> ChainedEvent {
    let (number, chain) = (row.number, row.chain.clone());
    ChainedEvent { event: event(row), number, chain }
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
