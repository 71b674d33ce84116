//! Accepting records that were changed outside of the server, after a person has looked: their heads
//! are made anew from what is stored.

use super::audit::{Event, audit};
use super::case::Case;
use super::integrity::Records;
use super::{Actor, Error, Office};
use crate::domain::field;
use crate::domain::ids::{CustomerId, EventId};
use crate::domain::integrity::{ChainWalk, Digest, Head, StoredHead, Tampering};
use crate::signing;
use crate::store::{Cause, ChainedEvent, StoreError, Tx};
use serde_json::json;

/// How many customers are accepted in one transaction.
const TOGETHER: i64 = 200;
/// How many events are read at a time.
const EVENTS: i64 = 1000;
/// The most characters of a reason.
const MAX_REASON: usize = 500;

/// Accepts a customer's records as they are stored, from the command line; returns what did not fit.
///
/// Where the current license states something else than they say, they are refused, unless a license
/// is to be issued that states them (`issue`).
///
/// # Errors
/// [`Error::Tampered`] with how the license differs; a customer that is not there; a reason that is
/// empty or longer than 500 characters.
pub fn accept_customer(
    office: &Office,
    actor: &Actor,
    id: &CustomerId,
    reason: &str,
    issue: bool,
) -> Result<Vec<String>, Error> {
    let reason = checked(actor, reason)?;
    let keyring = office.keys.keyring()?;
    let issuer = office.settings().issuer.clone();
    let found = office.store.write_for_customer(|tx| {
        let taken = tx.take_customer(id)?.ok_or(Error::NotFound)?;
        let lines = tx.ledger_lines(&[id.as_str()])?.remove(id).unwrap_or_default();
        let active = tx.active_installations(id)?;
        let events = tx.chained_events_about(&[id.as_str()])?.remove(id).unwrap_or_default();
        let mut records = Records {
            customer: &taken.customer,
            activation_key_hash: &taken.activation_key_hash,
            lines: &lines,
            active: &active,
            current: taken.current.as_ref(),
            document: taken.document.as_deref(),
            head: taken.head,
        };
        let found = records.findings();
        let (number, chain) = walk(&events).end();
        let head = records.head_as_stored(number, chain);
        records.head = StoredHead::Genuine(head);
        if !issue {
            records.require_integrity()?;
            let license = taken.document.as_deref().map(String::from_utf8_lossy);
            if let Some(Err(fault)) =
                license.map(|license| signing::check_license(&keyring, &issuer, &license))
            {
                let finding = format!("the current license does not verify: {fault}");
                let tampering = Tampering::of_customer(id, vec![finding]);
                return Err(Error::Tampered(Box::new(tampering)));
            }
        }
        tx.accept_head(Some(id), head)?;
        tx.write_heads()?;
        tx.end_alarm(id.as_str())?;
        if issue {
            let mut case = Case::open_accepted(office, tx, id)?;
            case.issue(Cause::Correction, id.as_str())?;
        }
        record(office, tx, actor, (id.as_str(), Some(id)), &reason, &found)?;
        Ok(found)
    })?;
    office.bell.ring();
    Ok(found)
}

/// Accepts the audit events that are about no customer as they are stored; returns what did not fit.
///
/// # Errors
/// A wrong reason; what the store says.
pub fn accept_audit(office: &Office, actor: &Actor, reason: &str) -> Result<Vec<String>, Error> {
    let reason = checked(actor, reason)?;
    office.store.write(|tx| {
        let found = accept_events_about_none(tx)?;
        record(office, tx, actor, (AUDIT, None), &reason, &found)?;
        Ok(found)
    })
}

/// Accepts a row that gives access as it is stored, or ends the alarm of one that was removed since.
///
/// # Errors
/// [`Error::NotFound`] where there is neither; a wrong reason.
pub fn accept_row(
    office: &Office,
    actor: &Actor,
    subject: &str,
    reason: &str,
) -> Result<Vec<String>, Error> {
    let reason = checked(actor, reason)?;
    office.store.write(|tx| {
        let accepted = tx.accept_rows(Some(subject))?;
        if !tx.end_alarm(subject)? && accepted == 0 {
            return Err(Error::NotFound);
        }
        record(office, tx, actor, (subject, None), &reason, &[])?;
        Ok(if accepted > 0 { vec!["the row as it is stored".to_owned()] } else { Vec::new() })
    })
}

/// Accepts everything as it is stored: after a change of the tables, or where rows were written past
/// the server on purpose. Tells `done` how many customers were accepted, from time to time.
///
/// # Errors
/// A wrong reason; what the store says; what was accepted before stays so.
pub fn accept_all(
    office: &Office,
    actor: &Actor,
    reason: &str,
    mut done: impl FnMut(usize),
) -> Result<(), Error> {
    let reason = checked(actor, reason)?;
    let mut after = String::new();
    loop {
        let last = office.store.write(|tx| accept_next(tx, &after))?;
        let Some((last, accepted)) = last else { break };
        done(accepted);
        after = last;
    }
    office.store.write(|tx| {
        for alarm in tx.alarms(i64::MAX)? {
            tx.end_alarm(&alarm.subject)?;
        }
        tx.accept_rows(None)?;
        accept_events_about_none(tx)?;
        record(office, tx, actor, ("all", None), &reason, &[])
    })
}

/// The audit events that are about no customer, as alarms name them.
const AUDIT: &str = "audit";

fn checked(actor: &Actor, reason: &str) -> Result<String, Error> {
    if !matches!(actor, Actor::CommandLine(_)) {
        return Err(Error::Forbidden);
    }
    field::line(reason, MAX_REASON).map_err(|fault| vec![fault.at("/reason")].into())
}

fn record(
    office: &Office,
    tx: &mut Tx<'_>,
    actor: &Actor,
    (subject, customer): (&str, Option<&CustomerId>),
    reason: &str,
    found: &[String],
) -> Result<(), Error> {
    let event = Event {
        id: office.id(EventId::from_ulid),
        at: office.clock.now(),
        actor,
        action: "integrity.accepted",
        subject,
        customer,
    };
    let before = (!found.is_empty()).then(|| json!({"findings": found}));
    audit(tx, event, before.as_ref(), Some(&json!({"reason": reason})))
}

/// A chain of events that is held in memory.
pub(super) fn walk(events: &[ChainedEvent]) -> ChainWalk {
    let mut walk = ChainWalk::default();
    for event in events {
        step(&mut walk, event);
    }
    walk
}

/// Takes the next event of a chain.
pub(super) fn step(walk: &mut ChainWalk, chained: &ChainedEvent) {
    let event = &chained.event;
    let name = || format!("event {} ({} by {})", event.id, event.action, event.actor);
    let number = chained.number.unwrap_or(0);
    walk.row(number, chained.chain.as_deref(), name, |previous: &Digest| chained.link(previous));
}

/// Follows the events that are about no customer.
pub(super) fn walk_events_about_none(
    tx: &mut Tx<'_>,
    mut each: impl FnMut(),
) -> Result<ChainWalk, StoreError> {
    let mut walk = ChainWalk::default();
    let mut last = None;
    loop {
        let events = tx.chained_events_about_none(last.as_ref(), EVENTS)?;
        for event in &events {
            step(&mut walk, event);
            each();
        }
        last = events.into_iter().last();
        if last.is_none() {
            return Ok(walk);
        }
    }
}

fn accept_events_about_none(tx: &mut Tx<'_>) -> Result<Vec<String>, Error> {
    let walk = walk_events_about_none(tx, || ())?;
    let (audit_number, audit_chain) = walk.end();
    let stored = tx.stored_heads(&[""])?.remove("").unwrap_or(StoredHead::Missing);
    let stated = stored.stated();
    let found = walk.finish(stated.audit_number, &stated.audit_chain);
    tx.accept_head(None, Head { audit_number, audit_chain, ..Head::default() })?;
    tx.write_heads()?;
    tx.end_alarm(AUDIT)?;
    Ok(found)
}

/// Accepts the next customers; returns the last one's id and how many there were.
fn accept_next(tx: &mut Tx<'_>, after: &str) -> Result<Option<(String, usize)>, Error> {
    let customers = tx.customers_with_hashes(after, TOGETHER)?;
    let ids: Vec<_> = customers.iter().map(|(customer, ..)| &customer.id).collect();
    let texts: Vec<_> = ids.iter().map(|id| id.as_str()).collect();
    let mut lines = tx.ledger_lines(&texts)?;
    let mut events = tx.chained_events_about(&texts)?;
    let installations = tx.active_installations_of(&texts)?;
    let documents = tx.current_licenses(&ids)?;
    for (customer, current, hash) in &customers {
        let id = &customer.id;
        let lines = lines.remove(id).unwrap_or_default();
        let events = events.remove(id).unwrap_or_default();
        let active: Vec<_> =
            installations.iter().filter(|one| one.customer == *id).cloned().collect();
        let document = documents.iter().find(|license| license.customer == *id);
        let records = Records {
            customer,
            activation_key_hash: hash,
            lines: &lines,
            active: &active,
            current: current.as_ref(),
            document: document.map(|license| license.document.as_bytes()),
            head: StoredHead::Missing,
        };
        let (number, chain) = walk(&events).end();
        tx.accept_head(Some(id), records.head_as_stored(number, chain))?;
    }
    tx.write_heads()?;
    Ok(ids.last().map(|last| (last.to_string(), customers.len())))
}

/// Makes every head and every row's code anew under the current version of the key, after it was replaced; what is not
/// genuine stays so. Broken off, it goes on where it was. Returns how many were made.
///
/// # Errors
/// What the store or the keys say; what was made before stays so.
pub fn renew_integrity_macs(office: &Office) -> Result<usize, Error> {
    let mut renewed = office.store.write(|tx| tx.renew_codes())?;
    let mut after = None;
    loop {
        let heads = office.store.read(|tx| tx.heads_after(after.as_deref(), TOGETHER))?;
        let Some((last, _)) = heads.last() else { return Ok(renewed) };
        after = Some(last.clone());
        renewed += office.store.write(|tx| {
            let mut renewed = 0;
            for (owner, _) in &heads {
                renewed += usize::from(tx.renew_head(owner)?);
            }
            Ok::<_, StoreError>(renewed)
        })?;
    }
}
