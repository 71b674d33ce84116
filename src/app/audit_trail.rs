//! The audit as staff look through it: by whom, what, about whom, when.

use super::{Actor, Error, Office, Right};
use crate::domain::field::{Fault, Faults};
use crate::domain::ids::{CustomerId, EventId, InstallationId};
use crate::domain::search;
use crate::domain::staff::Staff;
use crate::store::{AuditEvent, AuditFilter, Page, Tx};
use jiff::{Timestamp, ToSpan, civil::Date};
use std::collections::BTreeMap;

/// How many people, and how many customers, words may stand for.
const MOST: usize = 10;

/// What is looked for, as it was handed in; what is empty narrows nothing.
#[derive(Debug, Clone, Default)]
pub struct AuditForm {
    /// A person, a token, an installation: a part of its name, or its id.
    pub by: String,
    /// What was done: `purchase.recorded`.
    pub action: String,
    /// A customer: its id, or words that find it.
    pub customer: String,
    /// The first day, in the vendor's zone: YYYY-MM-DD.
    pub from: String,
    /// The last day.
    pub to: String,
}

/// A page of the audit.
#[derive(Debug, Clone, Default)]
pub struct AuditTrail {
    /// The events, the newest first.
    pub lines: Vec<AuditLine>,
    /// Where the older ones begin.
    pub next: Option<String>,
}

/// An event, with the names of whom it names.
#[derive(Debug, Clone)]
pub struct AuditLine {
    /// The event.
    pub event: AuditEvent,
    /// What the person is called who did it.
    pub person: Option<String>,
    /// What the customer is called that it is about.
    pub customer: Option<String>,
    /// Who or what it was done to, where that has a name: another person, an issuing key.
    pub subject: Option<String>,
}

/// Events, the newest first, at most `limit`; `after` is the `next` of the page before.
///
/// # Errors
/// [`Error::Forbidden`]; days that are none, words that stand for more than ten people or customers.
pub fn audit_trail(
    office: &Office,
    actor: &Actor,
    form: &AuditForm,
    after: Option<&str>,
    limit: usize,
) -> Result<AuditTrail, Error> {
    actor.require(Right::Read)?;
    let mut faults = Faults::default();
    let [from, until] = [("/from", &form.from, 0), ("/to", &form.to, 1)].map(|(at, text, days)| {
        faults.take(at, day(text)).flatten().map(|day| start_of(office, day, days))
    });
    let before = after.map(place).transpose()?;
    let action = Some(form.action.clone()).filter(|action| !action.is_empty());
    office.store.read(|tx| {
        let people = tx.all_staff()?;
        let actors = faults.take("/by", actors(tx, &people, form.by.trim())?);
        let customers = faults.take("/customer", customers(tx, form.customer.trim())?);
        let found = (|| Some((actors?, customers?)))();
        let (actors, customers) = faults.finish(found)?;
        let mut events = Vec::new();
        for actor in &actors {
            for customer in &customers {
                let filter = AuditFilter {
                    actor: actor.clone(),
                    action: action.clone(),
                    customer: customer.clone(),
                    from,
                    until,
                    before: before.clone(),
                };
                let most = i64::try_from(limit + 1).unwrap_or(i64::MAX);
                events.extend(tx.latest_audit_events(&filter, most)?);
            }
        }
        events.sort_by(|a, b| (b.recorded_at, b.id.as_str()).cmp(&(a.recorded_at, a.id.as_str())));
        let more = events.len() > limit;
        events.truncate(limit);
        let next = events
            .last()
            .filter(|_| more)
            .map(|last| format!("{}-{}", last.recorded_at.as_second(), last.id));
        Ok(AuditTrail { lines: named(tx, &people, events)?, next })
    })
}

/// Where a page begins: the second and the id of the event before it.
fn place(text: &str) -> Result<(Timestamp, String), Error> {
    let read = || {
        let (second, id) = text.split_once('-')?;
        let at = Timestamp::from_second(second.parse().ok()?).ok()?;
        EventId::parse(id).map(|id| (at, id.to_string()))
    };
    read().ok_or_else(|| vec![Fault::NotUnderstood.at("/after")].into())
}

fn day(text: &str) -> Result<Option<Date>, Fault> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let is_iso = text.len() == 10;
    text.parse().ok().filter(|_| is_iso).map(Some).ok_or(Fault::NotADate)
}

/// When a day begins in the vendor's zone, or one that comes so many days later.
fn start_of(office: &Office, day: Date, later: i64) -> Timestamp {
    let zone = office.settings().time_zone.clone();
    let day = day.saturating_add(later.days());
    zone.to_timestamp(day.into()).unwrap_or(Timestamp::MAX)
}

/// Who may be meant, as the audit names them; `None` stands for everybody.
fn actors(
    tx: &mut Tx<'_>,
    people: &[Staff],
    text: &str,
) -> Result<Result<Vec<Option<String>>, Fault>, Error> {
    if text.is_empty() {
        return Ok(Ok(vec![None]));
    }
    if text.contains(':') {
        return Ok(Ok(vec![Some(text.to_owned())]));
    }
    let words = search::fold(text);
    let is_meant = |name: &str| search::fold(name).contains(&words);
    let people = people.iter().filter(|p| is_meant(&p.name) || is_meant(&p.full_name));
    let mut meant: Vec<Option<String>> =
        people.map(|person| Some(Actor::Staff(person.clone()).name())).collect();
    let tokens = tx.api_tokens()?.into_iter().filter(|token| is_meant(&token.name));
    meant.extend(tokens.map(|token| Some(Actor::Token(token).name())));
    meant.push(Some(Actor::CommandLine(text.to_owned()).name()));
    meant.extend(InstallationId::parse(text).map(|id| Some(format!("installation:{id}"))));
    Ok(if meant.len() > MOST + 2 { Err(Fault::TooMany) } else { Ok(meant) })
}

/// Which customers may be meant, by id; `None` stands for all, and for what concerns none.
fn customers(tx: &mut Tx<'_>, text: &str) -> Result<Result<Vec<Option<String>>, Fault>, Error> {
    if text.is_empty() {
        return Ok(Ok(vec![None]));
    }
    if let Some(id) = CustomerId::parse(text) {
        return Ok(Ok(vec![Some(id.to_string())]));
    }
    let terms = search::terms(text);
    if terms.is_empty() {
        return Ok(Ok(Vec::new()));
    }
    let most = i64::try_from(MOST + 1).unwrap_or(i64::MAX);
    let found = tx.customers(&Page { after: None, limit: most }, &terms)?;
    let ids: Vec<_> = found.into_iter().map(|customer| Some(customer.id.to_string())).collect();
    Ok(if ids.len() > MOST { Err(Fault::TooMany) } else { Ok(ids) })
}

fn named(
    tx: &mut Tx<'_>,
    people: &[Staff],
    events: Vec<AuditEvent>,
) -> Result<Vec<AuditLine>, Error> {
    let called: BTreeMap<String, &Staff> =
        people.iter().map(|person| (Actor::Staff(person.clone()).name(), person)).collect();
    let mut customers: BTreeMap<CustomerId, Option<String>> = BTreeMap::new();
    let mut lines = Vec::new();
    for event in events {
        let customer = match &event.customer {
            None => None,
            Some(id) => {
                if !customers.contains_key(id) {
                    let name = tx.customer(id)?.map(|found| found.details.licensee.name);
                    customers.insert(id.clone(), name);
                }
                customers.get(id).cloned().flatten()
            }
        };
        let person = called.get(&event.actor).map(|person| person.full_name.clone());
        let subject = subject(people, &event);
        lines.push(AuditLine { event, person, customer, subject });
    }
    Ok(lines)
}

/// What the event was done to, unless that is who did it, a customer, or named by what changed.
fn subject(people: &[Staff], event: &AuditEvent) -> Option<String> {
    if event.action == "key.rotated" {
        return Some(event.subject.clone());
    }
    let person = people.iter().find(|person| person.id.as_str() == event.subject)?;
    let own = Actor::Staff(person.clone()).name() == event.actor;
    (!own).then(|| person.full_name.clone())
}
