//! Everything that is protected, followed from its first row to its last, in bounded memory.

use super::accept_records::{walk, walk_events_about_none};
use super::integrity::Records;
use super::{Actor, Error, Office, Right};
use crate::domain::customer::Customer;
use crate::domain::ids::CustomerId;
use crate::domain::integrity::{StoredHead, Tampering};
use crate::signing::{self, Keyring};
use crate::store::{CurrentLicense, Tx, head_finding};

/// How many customers are read at a time.
const TOGETHER: i64 = 200;
/// How many events about customers that are not there are named.
const NAMED: i64 = 100;

/// How much was verified.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct VerifiedRecords {
    /// Customers, each with its installations and its current license.
    pub customers: u64,
    /// Entries of their ledgers.
    pub ledger_entries: u64,
    /// Audit events.
    pub audit_events: u64,
    /// Rows of staff, API tokens, sessions, recovery codes, setup links and settings.
    pub access_rows: u64,
}

/// Follows every chain and checks every code; tells `found` of what was changed, removed or inserted
/// outside of the server. Customers are read a few at a time, each few at one moment.
///
/// # Errors
/// [`Error::Forbidden`]; what the store or the keys say.
pub fn verify_records(
    office: &Office,
    actor: &Actor,
    mut found: impl FnMut(&Tampering),
) -> Result<VerifiedRecords, Error> {
    actor.require(Right::Administer)?;
    let mut verified = VerifiedRecords::default();
    let mut after = String::new();
    loop {
        let next = office.store.read(|tx| verify_next(office, tx, &after, &mut verified))?;
        let Some((last, tampered)) = next else { break };
        tampered.iter().for_each(&mut found);
        after = last;
    }
    heads_of_nobody(office, &mut found)?;
    let (rows, changed) = office.store.read(|tx| tx.changed_rows())?;
    verified.access_rows = rows;
    changed.iter().for_each(&mut found);
    let (head, walk, strangers) = office.store.read(|tx| {
        let head = tx.stored_heads(&[""])?.remove("").unwrap_or(StoredHead::Missing);
        let walk = walk_events_about_none(tx, || verified.audit_events += 1)?;
        Ok::<_, Error>((head, walk, tx.events_about_nobody(NAMED)?))
    })?;
    let mut findings: Vec<String> = head_finding(head).map(str::to_owned).into_iter().collect();
    let stated = head.stated();
    findings.extend(walk.finish(stated.audit_number, &stated.audit_chain));
    findings.extend(strangers.into_iter().map(|event| {
        format!("event {} ({}) is about a customer that is not there", event.id, event.action)
    }));
    if !findings.is_empty() {
        found(&Tampering { subject: "audit".into(), customer: None, findings });
    }
    Ok(verified)
}

/// Verifies the next customers; returns the last one's id and whose records do not fit.
fn verify_next(
    office: &Office,
    tx: &mut Tx<'_>,
    after: &str,
    verified: &mut VerifiedRecords,
) -> Result<Option<(String, Vec<Tampering>)>, Error> {
    let (keyring, issuer) = (office.keys.keyring()?, office.settings().issuer.clone());
    let customers = tx.customers_with_hashes(after, TOGETHER)?;
    let ids: Vec<&CustomerId> = customers.iter().map(|(customer, ..)| &customer.id).collect();
    let texts: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
    let mut lines = tx.ledger_lines(&texts)?;
    let mut events = tx.chained_events_about(&texts)?;
    let mut heads = tx.stored_heads(&texts)?;
    let installations = tx.active_installations_of(&texts)?;
    let licenses = tx.current_licenses(&ids)?;
    let mut tampered = Vec::new();
    for (customer, current, hash) in &customers {
        let id = &customer.id;
        let lines = lines.remove(id).unwrap_or_default();
        let events = events.remove(id).unwrap_or_default();
        let active: Vec<_> =
            installations.iter().filter(|one| one.customer == *id).cloned().collect();
        let license = licenses.iter().find(|license| license.customer == *id);
        let head = heads.remove(id.as_str()).unwrap_or(StoredHead::Missing);
        let records = Records {
            customer,
            activation_key_hash: hash,
            lines: &lines,
            active: &active,
            current: current.as_ref(),
            document: license.map(|license| license.document.as_bytes()),
            head,
        };
        let mut findings = records.findings();
        let stated = head.stated();
        let audited = walk(&events).finish(stated.audit_number, &stated.audit_chain);
        findings.extend(audited.into_iter().map(|finding| format!("audit: {finding}")));
        let document = license.map(|license| license.document.as_str());
        findings.extend(wrong_signature(&keyring, &issuer, customer, current.as_ref(), document));
        verified.customers += 1;
        verified.ledger_entries += lines.len() as u64;
        verified.audit_events += events.len() as u64;
        if !findings.is_empty() {
            tampered.push(Tampering::of_customer(id, findings));
        }
    }
    Ok(ids.last().map(|last| (last.to_string(), tampered)))
}

/// Why a customer's current license does not verify. One whose issuing key was withdrawn is about to
/// be issued again.
fn wrong_signature(
    keyring: &Keyring,
    issuer: &str,
    customer: &Customer,
    current: Option<&CurrentLicense>,
    document: Option<&str>,
) -> Option<String> {
    if keyring.withdrawn().contains(&current?.key) {
        return None;
    }
    let fault = signing::check_license(keyring, issuer, document?).err()?;
    Some(format!("the current license of {} does not verify: {fault}", customer.id))
}

/// Heads whose customer is not there.
fn heads_of_nobody(office: &Office, found: &mut impl FnMut(&Tampering)) -> Result<(), Error> {
    let mut after = String::new();
    loop {
        let (last, strangers) = office.store.read(|tx| {
            let heads = tx.heads_after(Some(&after), TOGETHER)?;
            let owners = heads.iter().map(|(owner, _)| owner.as_str());
            let missing = tx.customers_not_there(&owners.collect::<Vec<_>>())?;
            Ok::<_, Error>((heads.last().map(|(owner, _)| owner.clone()), missing))
        })?;
        for owner in strangers {
            let finding = "the customer was removed; the head of its records is left".to_owned();
            found(&Tampering::of_customer(&CustomerId::stored(owner), vec![finding]));
        }
        let Some(last) = last else { return Ok(()) };
        after = last;
    }
}
