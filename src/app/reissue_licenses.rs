//! After a key was withdrawn: every current license is issued again under the new certificate.
//! What is left to do is read from the database, so that it can be broken off and resumed.

use super::audit::{Event, NOTHING};
use super::case::{as_issued, refuse_withdrawn};
use super::{Actor, Error, Office};
use crate::domain::customer::Customer;
use crate::domain::deadlines::Deadlines;
use crate::domain::ids::{CustomerId, EventId, LicenseId};
use crate::domain::issue::Issuable;
use crate::signing::{self, Keyring, SigningError};
use crate::store::{Cause, CurrentLicense, License, Tx};
use serde_json::json;
use std::collections::HashMap;
use std::panic;
use std::sync::mpsc::{self, SyncSender};
use std::thread;

/// How many licenses are issued in one transaction: what it asks of the database costs little more
/// for many than for one, and other calls that write wait for no more than these.
const TOGETHER: i64 = 250;

/// How many times so many wait, signed, while others are written: a commit waits for the disk.
const AHEAD: usize = 2;

/// How many current licenses were not signed by the current issuing key.
///
/// # Errors
/// What the store or the keys say.
pub fn count_to_reissue(office: &Office) -> Result<i64, Error> {
    let key = current_key(&*office.keys.keyring()?)?;
    office.store.read(|tx| Ok(tx.count_signed_by_others(&key)?))
}

/// Re-issues the licenses that the current issuing key has not signed, until none is left; tells
/// `done` how many were, from time to time. Returns how many.
///
/// # Errors
/// What the store or the keys say; what was re-issued before stays so.
pub fn reissue_licenses(
    office: &Office,
    actor: &Actor,
    mut done: impl FnMut(usize),
) -> Result<usize, Error> {
    let issued = reissue_all(office, actor, &mut done)?;
    // A call that had not seen the withdrawal may have issued under the old key meanwhile.
    office.store.wait_for_writes()?;
    Ok(issued + reissue_all(office, actor, &mut done)?)
}

/// Goes through the customers until nobody is found whose license another key has signed.
fn reissue_all(
    office: &Office,
    actor: &Actor,
    done: &mut impl FnMut(usize),
) -> Result<usize, Error> {
    let mut issued = 0;
    loop {
        let (found, written) = go_through(office, actor, done)?;
        issued += written;
        if found == 0 {
            return Ok(issued);
        }
    }
}

/// Goes through the customers once: the next are signed while those before are written. Returns how
/// many were found, and how many of them were issued a license.
fn go_through(
    office: &Office,
    actor: &Actor,
    done: &mut impl FnMut(usize),
) -> Result<(usize, usize), Error> {
    thread::scope(|scope| {
        let (send, drafted) = mpsc::sync_channel(AHEAD);
        let drafting = scope.spawn(move || draft_all(office, &send));
        let (mut found, mut issued) = (0, 0);
        for drafts in drafted {
            let written =
                office.store.write_for_customer(|tx| write(office, tx, actor, &drafts))?;
            found += drafts.len();
            issued += written;
            done(written);
        }
        drafting.join().unwrap_or_else(|panicked| panic::resume_unwind(panicked))?;
        Ok((found, issued))
    })
}

/// A license that was signed and stands nowhere yet.
struct Draft {
    customer: Customer,
    current: CurrentLicense,
    deadlines: Deadlines,
    license: License,
}

/// Signs the licenses of one customer after the other, and sends them to be written, until there are
/// no more customers or nobody writes any longer.
fn draft_all(office: &Office, send: &SyncSender<Vec<Draft>>) -> Result<(), Error> {
    let mut after = None;
    loop {
        let drafts = draft_next(office, after.as_ref())?;
        let Some(last) = drafts.last() else { return Ok(()) };
        after = Some(last.customer.id.clone());
        if send.send(drafts).is_err() {
            return Ok(());
        }
    }
}

/// Signs the licenses of the next customers after `after`, on all cores.
fn draft_next(office: &Office, after: Option<&CustomerId>) -> Result<Vec<Draft>, Error> {
    let keyring = office.keys.keyring()?;
    let key = current_key(&keyring)?;
    let now = office.clock.now();
    let (customers, mut ledgers, mut active) = office.store.read(|tx| {
        let customers = tx.signed_by_others(&key, after, TOGETHER)?;
        let ids: Vec<_> = customers.iter().map(|(customer, _)| customer.id.as_str()).collect();
        let mut active: HashMap<_, Vec<_>> = HashMap::new();
        for installation in tx.active_installations_of(&ids)? {
            active.entry(installation.customer.clone()).or_default().push(installation);
        }
        let ledgers = tx.ledgers(&ids)?;
        Ok::<_, Error>((customers, ledgers, active))
    })?;
    let (mut deadlines, mut issuables) = (Vec::new(), Vec::new());
    for (customer, current) in &customers {
        let ledger = ledgers.remove(&customer.id).unwrap_or_default();
        let active = active.remove(&customer.id).unwrap_or_default();
        let (id, previous) = (office.id(LicenseId::from_ulid), Some(current.previous));
        deadlines.push(Deadlines::of(&ledger));
        issuables.push(Issuable::new(id, customer, &ledger, &active, previous, now));
    }
    let signed = signing::sign_all(&keyring, &office.settings().issuer, &issuables)?;
    let licenses = issuables
        .iter()
        .zip(signed)
        .map(|(issuable, signed)| as_issued(issuable, signed, Cause::Withdrawal, &key));
    let drafts = customers.into_iter().zip(deadlines).zip(licenses).map(
        |(((customer, current), deadlines), license)| Draft {
            customer,
            current,
            deadlines,
            license,
        },
    );
    Ok(drafts.collect())
}

/// Makes signed licenses the current ones of their customers, where nothing has come between:
/// whatever changes what a license states issues one, or edits the customer. The others are found
/// again. Returns how many.
fn write(
    office: &Office,
    tx: &mut Tx<'_>,
    actor: &Actor,
    drafts: &[Draft],
) -> Result<usize, Error> {
    let Some(first) = drafts.first() else { return Ok(0) };
    let ids: Vec<_> = drafts.iter().map(|draft| draft.customer.id.as_str()).collect();
    let taken: HashMap<_, _> = tx
        .take_customers(&ids)?
        .into_iter()
        .map(|(customer, current)| (customer.id.clone(), (customer, current)))
        .collect();
    refuse_withdrawn(tx, &first.license.key)?;
    office.fix_issuer(tx)?;
    let (mut licenses, mut events) = (Vec::new(), Vec::new());
    for Draft { customer, current, deadlines, license } in drafts {
        let stands = |(now, of): &(Customer, Option<CurrentLicense>)| {
            now == customer && of.as_ref() == Some(current)
        };
        if !taken.get(&customer.id).is_some_and(stands) {
            continue;
        }
        // They are what the ledger came to when a license was last issued, by the rules of then.
        if current.deadlines != *deadlines {
            tx.change_deadlines(&customer.id, *deadlines)?;
        }
        let event = Event {
            id: office.id(EventId::from_ulid),
            at: license.issued_at,
            actor,
            action: "license.reissued",
            subject: license.id.as_str(),
            customer: Some(&customer.id),
        };
        events.push(event.stating(NOTHING, Some(&json!({"seq": license.seq})))?);
        licenses.push(license);
    }
    tx.replace_licenses(&licenses)?;
    tx.add_audit_events(events)?;
    Ok(licenses.len())
}

fn current_key(keyring: &Keyring) -> Result<String, Error> {
    Ok(keyring.current().ok_or(SigningError::NoKey)?.public.thumbprint())
}
