use super::{Error, Office};
use crate::domain::customer::Customer;
use crate::domain::ids::LicenseId;
use crate::domain::issue::Issuable;
use crate::domain::ledger::Ledger;
use crate::signing;
use crate::store::{Cause, License, Tx};
use jiff::Timestamp;
use std::sync::atomic::Ordering;

/// What a license is issued for.
pub(super) struct Issue<'a> {
    pub id: LicenseId,
    pub customer: &'a Customer,
    pub ledger: &'a Ledger,
    pub cause: Cause,
    pub cause_id: &'a str,
    pub now: Timestamp,
}

/// Issues the customer's next license in the transaction of its cause: states what the ledger
/// says, signs it, verifies it, stores it as the current one.
pub(super) fn issue_license(
    office: &Office,
    tx: &mut Tx<'_>,
    issue: Issue<'_>,
) -> Result<License, Error> {
    let active = tx.active_installations(&issue.customer.id)?;
    let previous = tx.current_license(&issue.customer.id)?.map(|current| current.previous);
    let issuable =
        Issuable::new(issue.id, issue.customer, issue.ledger, &active, previous, issue.now);
    let keyring = office.keys.keyring()?;
    let signed = signing::sign(&keyring, &office.settings.issuer, &issuable)?;
    if !office.issuer_is_fixed().load(Ordering::Relaxed) {
        tx.fix_issuer(&office.settings.issuer)?;
        office.note_issuer_fixed();
    }
    let license = License {
        id: issuable.id().clone(),
        customer: issue.customer.id.clone(),
        seq: issuable.seq(),
        issued_at: issuable.issued_at(),
        key: signed.key,
        cause: issue.cause,
        cause_id: issue.cause_id.to_owned(),
        document: signed.token,
    };
    tx.add_license(&license)?;
    Ok(license)
}

/// Takes the customer for this transaction, with its ledger and the time that counts for it: never
/// earlier than anything recorded before.
pub(super) fn take_customer(
    tx: &mut Tx<'_>,
    id: &crate::domain::ids::CustomerId,
    now: Timestamp,
) -> Result<(Customer, Ledger, Timestamp), Error> {
    if !tx.take_customer(id)? {
        return Err(Error::NotFound);
    }
    let customer = tx.customer(id)?.ok_or(Error::NotFound)?;
    let ledger = tx.ledger(id)?;
    let last = ledger.entries().last().map(crate::domain::ledger::Entry::recorded_at);
    let issued = tx.current_license(id)?.map(|current| current.previous.issued_at);
    let now = last.max(issued).map_or(now, |last| now.max(last));
    Ok((customer, ledger, now))
}
