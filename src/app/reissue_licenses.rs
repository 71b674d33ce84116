//! After a key was withdrawn: every current license is issued again under the new certificate.
//! What is left to do is read from the database, so that it can be broken off and resumed.

use super::audit::{Event, NOTHING};
use super::case::{as_issued, refuse_withdrawn};
use super::integrity::Records;
use super::{Actor, Error, Office};
use crate::domain::customer::Customer;
use crate::domain::deadlines::Deadlines;
use crate::domain::ids::{CustomerId, EventId, LicenseId};
use crate::domain::installation::Installation;
use crate::domain::integrity::{Head, LedgerLine, StoredHead, Tampering};
use crate::domain::issue::Issuable;
use crate::signing::{self, Keyring, SigningError};
use crate::store::{Cause, CurrentLicense, License, StoreError, Tx, ledger_of};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};
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

/// Whether a withdrawn key has signed any customer's current license.
///
/// # Errors
/// What the store or the keys say.
pub fn is_reissue_needed(office: &Office) -> Result<bool, Error> {
    let keyring = office.keys.keyring()?;
    office.store.read(|tx| {
        for key in keyring.withdrawn() {
            if tx.count_signed_by(key)? > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    })
}

/// Re-issues the licenses that the current issuing key has not signed, until none is left; tells
/// `done` how many were, from time to time. Returns how many.
///
/// # Errors
/// What the store or the keys say; what was re-issued before stays so. [`Error::Tampered`] when all
/// others were re-issued, where the records of a customer were changed outside of the server.
pub fn reissue_licenses(
    office: &Office,
    actor: &Actor,
    mut done: impl FnMut(usize),
) -> Result<usize, Error> {
    let issued = reissue_all(office, actor, &mut done)?.0;
    // A call that had not seen the withdrawal may have issued under the old key meanwhile.
    office.store.wait_for_writes()?;
    let (more, tampered) = reissue_all(office, actor, &mut done)?;
    match tampered {
        None => Ok(issued + more),
        Some(tampering) => Err(Error::Tampered(tampering)),
    }
}

/// Goes through the customers until nobody is found whose license another key has signed, apart from
/// customers whose records were changed outside of the server: of these, the last one found.
fn reissue_all(
    office: &Office,
    actor: &Actor,
    done: &mut impl FnMut(usize),
) -> Result<(usize, Option<Box<Tampering>>), Error> {
    let mut issued = 0;
    loop {
        let (found, written, tampered) = go_through(office, actor, done)?;
        issued += written;
        if found == 0 {
            return Ok((issued, tampered));
        }
    }
}

/// Goes through the customers once: the next are signed while those before are written. Returns how
/// many were found, how many of them were issued a license, and whose records were changed.
fn go_through(
    office: &Office,
    actor: &Actor,
    done: &mut impl FnMut(usize),
) -> Result<(usize, usize, Option<Box<Tampering>>), Error> {
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
        let tampered = drafting.join().unwrap_or_else(|panicked| panic::resume_unwind(panicked))?;
        Ok((found, issued, tampered))
    })
}

/// A license that was signed and stands nowhere yet.
struct Draft {
    customer: Customer,
    current: CurrentLicense,
    deadlines: Deadlines,
    /// The head of the records that the license was made of.
    head: Head,
    license: License,
}

/// Signs the licenses of one customer after the other, and sends them to be written, until there are
/// no more customers or nobody writes any longer.
fn draft_all(
    office: &Office,
    send: &SyncSender<Vec<Draft>>,
) -> Result<Option<Box<Tampering>>, Error> {
    let (mut after, mut tampered) = (None, None);
    loop {
        let Drafts { signed, last, tampered: found } = draft_next(office, after.as_ref())?;
        tampered = found.or(tampered);
        if last.is_none() || send.send(signed).is_err() {
            return Ok(tampered);
        }
        after = last;
    }
}

/// What became of the next customers.
#[derive(Default)]
struct Drafts {
    signed: Vec<Draft>,
    /// The last customer that was looked at; none where there are no more.
    last: Option<CustomerId>,
    /// A customer whose records were changed outside of the server: it gets no license.
    tampered: Option<Box<Tampering>>,
}

/// All that the licenses of the next customers are made of.
struct Found {
    customers: Vec<(Customer, CurrentLicense, Vec<u8>)>,
    active: HashMap<CustomerId, Vec<Installation>>,
    lines: HashMap<CustomerId, Vec<LedgerLine>>,
    documents: HashMap<CustomerId, String>,
    heads: BTreeMap<String, StoredHead>,
}

fn find_next(tx: &mut Tx<'_>, key: &str, after: Option<&CustomerId>) -> Result<Found, StoreError> {
    let customers = tx.signed_by_others(key, after, TOGETHER)?;
    let ids: Vec<_> = customers.iter().map(|(customer, ..)| &customer.id).collect();
    let texts: Vec<_> = ids.iter().map(|id| id.as_str()).collect();
    let mut active: HashMap<_, Vec<_>> = HashMap::new();
    for installation in tx.active_installations_of(&texts)? {
        active.entry(installation.customer.clone()).or_default().push(installation);
    }
    let documents = tx.current_licenses(&ids)?;
    let documents = documents.into_iter().map(|license| (license.customer, license.document));
    Ok(Found {
        active,
        lines: tx.ledger_lines(&texts)?,
        documents: documents.collect(),
        heads: tx.stored_heads(&texts)?,
        customers,
    })
}

/// Signs the licenses of the next customers after `after`, on all cores.
fn draft_next(office: &Office, after: Option<&CustomerId>) -> Result<Drafts, Error> {
    let keyring = office.keys.keyring()?;
    let key = current_key(&keyring)?;
    let now = office.clock.now();
    let mut found = office.store.read(|tx| Ok::<_, Error>(find_next(tx, &key, after)?))?;
    let last = found.customers.last().map(|(customer, ..)| customer.id.clone());
    let (mut bases, mut issuables, mut tampered) = (Vec::new(), Vec::new(), None);
    for (customer, current, activation_key_hash) in found.customers {
        let lines = found.lines.remove(&customer.id).unwrap_or_default();
        let active = found.active.remove(&customer.id).unwrap_or_default();
        let document = found.documents.remove(&customer.id);
        let head = found.heads.remove(customer.id.as_str()).unwrap_or(StoredHead::Missing);
        let records = Records {
            customer: &customer,
            activation_key_hash: &activation_key_hash,
            lines: &lines,
            active: &active,
            current: Some(&current),
            document: document.as_ref().map(|document| document.as_bytes()),
            head,
        };
        match records.require_integrity() {
            Err(Error::Tampered(found)) => {
                office.store.notice((*found).clone());
                tampered = Some(found);
                continue;
            }
            checked => checked?,
        }
        let ledger = ledger_of(&lines);
        let (id, previous) = (office.id(LicenseId::from_ulid), Some(current.previous));
        issuables.push(Issuable::new(id, &customer, &ledger, &active, previous, now));
        bases.push((customer, current, Deadlines::of(&ledger), head.stated()));
    }
    let signed = signing::sign_all(&keyring, &office.settings().issuer, &issuables)?;
    let licenses = issuables
        .iter()
        .zip(signed)
        .map(|(issuable, signed)| as_issued(issuable, signed, Cause::Withdrawal, &key));
    let drafts = bases.into_iter().zip(licenses).map(|(base, license)| {
        let (customer, current, deadlines, head) = base;
        Draft { customer, current, deadlines, head, license }
    });
    Ok(Drafts { signed: drafts.collect(), last, tampered })
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
    for Draft { customer, current, deadlines, head, license } in drafts {
        let stands = |(now, of): &(Customer, Option<CurrentLicense>)| {
            now == customer && of.as_ref() == Some(current)
        };
        let is_same = tx.genuine_head(&customer.id).is_some_and(|now| now.is_of_same_records(head));
        if !is_same || !taken.get(&customer.id).is_some_and(stands) {
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
