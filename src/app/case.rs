use super::audit::{Event, audit};
use super::integrity::Records;
use super::{Actor, Error, Office};
use crate::domain::customer::{Customer, EmailAddress, Language};
use crate::domain::deadlines::Deadlines;
use crate::domain::ids::{CustomerId, EventId, InstallationId, LicenseId, MailId};
use crate::domain::installation::Installation;
use crate::domain::issue::Issuable;
use crate::domain::ledger::{Entry, Ledger};
use crate::signing::{self, SignedLicense};
use crate::store::{
    Cause, CurrentLicense, License, Mail, MailKind, MailState, MailTopic, Tx, ledger_of,
};
use jiff::Timestamp;
use serde::Serialize;

/// A customer under one write transaction: its ledger, and all that is written together, the
/// cause, the license, the audit event and the mails.
pub(super) struct Case<'a, 'tx> {
    /// The customer.
    pub customer: Customer,
    /// Its whole ledger, with what was recorded in this case.
    pub ledger: Ledger,
    /// Its installations that hold a place, with what was done to them in this case.
    pub active: Vec<Installation>,
    /// The license that it has; none before the first.
    pub current: Option<CurrentLicense>,
    /// The time that counts: the clock's, but never before anything recorded or issued.
    pub now: Timestamp,
    /// Whether it was ever owed a mail that carries its activation key.
    was_told_key: bool,
    /// Whether the issuing key of its current license was not taken back.
    key_stands: bool,
    office: &'a Office,
    tx: &'a mut Tx<'tx>,
}

impl<'a, 'tx> Case<'a, 'tx> {
    /// Takes the customer's row, so that rivals queue, and reads all that a license is made of.
    ///
    /// # Errors
    /// [`Error::Tampered`] where these were changed outside of the server; a customer that is not
    /// there.
    pub fn open(office: &'a Office, tx: &'a mut Tx<'tx>, id: &CustomerId) -> Result<Self, Error> {
        Self::open_if(office, tx, id, |records| records.require_integrity())
    }

    /// The same where a person has accepted the records as they are.
    pub fn open_accepted(
        office: &'a Office,
        tx: &'a mut Tx<'tx>,
        id: &CustomerId,
    ) -> Result<Self, Error> {
        Self::open_if(office, tx, id, |_| Ok(()))
    }

    fn open_if(
        office: &'a Office,
        tx: &'a mut Tx<'tx>,
        id: &CustomerId,
        check: impl FnOnce(&Records<'_>) -> Result<(), Error>,
    ) -> Result<Self, Error> {
        let taken = tx.take_customer(id)?.ok_or(Error::NotFound)?;
        let lines = tx.ledger_lines(&[id.as_str()])?.remove(id).unwrap_or_default();
        let active = tx.active_installations(id)?;
        let records = Records {
            customer: &taken.customer,
            activation_key_hash: &taken.activation_key_hash,
            lines: &lines,
            active: &active,
            current: taken.current.as_ref(),
            document: taken.document.as_deref(),
            head: taken.head,
        };
        if let Err(error) = check(&records) {
            if let Error::Tampered(tampering) = &error {
                office.store.notice((**tampering).clone());
            }
            return Err(error);
        }
        let ledger = ledger_of(&lines);
        let now = ledger.moment(office.clock.now());
        let last = taken.current.as_ref().map(|current| current.previous.issued_at);
        Ok(Self {
            now: last.map_or(now, |last| now.max(last)),
            customer: taken.customer,
            ledger,
            active,
            current: taken.current,
            was_told_key: taken.was_told_activation_key,
            key_stands: !taken.key_was_withdrawn,
            office,
            tx,
        })
    }

    /// The transaction, for what only one use case does.
    pub fn tx(&mut self) -> &mut Tx<'tx> {
        self.tx
    }

    /// Records the ledger's next entry.
    pub fn record(&mut self, entry: &Entry, by: &Actor) -> Result<(), Error> {
        self.ledger.record(entry.clone());
        Ok(self.tx.record(&self.customer.id, entry, &by.name())?)
    }

    /// Gives an installation a place.
    pub fn activate(&mut self, installation: &Installation) -> Result<(), Error> {
        self.active.push(installation.clone());
        self.active.sort_by(|one, other| one.id.cmp(&other.id));
        self.tx.add_installation(installation)?;
        Ok(self.tx.head_active_installations(&self.customer.id, &self.active)?)
    }

    /// Takes an installation's place back.
    pub fn release(&mut self, id: &InstallationId) -> Result<(), Error> {
        self.active.retain(|installation| installation.id != *id);
        self.tx.release_installation(id, self.now)?;
        Ok(self.tx.head_active_installations(&self.customer.id, &self.active)?)
    }

    /// Issues the customer's next license: states what the ledger says, signs it, verifies it, and
    /// makes it the current one.
    pub fn issue(&mut self, cause: Cause, cause_id: &str) -> Result<License, Error> {
        let id = self.office.id(LicenseId::from_ulid);
        let previous = self.current.as_ref().map(|current| current.previous);
        let (customer, ledger, active) = (&self.customer, &self.ledger, &self.active);
        let issuable = Issuable::new(id, customer, ledger, active, previous, self.now);
        let keyring = self.office.keys.keyring()?;
        let signed = signing::sign(&keyring, &self.office.settings().issuer, &issuable)?;
        // Most keys have signed the current license too, and were looked up with the customer.
        let is_same = self.current.as_ref().is_some_and(|current| current.key == signed.key);
        if !(is_same && self.key_stands) {
            refuse_withdrawn(self.tx, &signed.key)?;
        }
        self.office.fix_issuer(self.tx)?;
        let license = as_issued(&issuable, signed, cause, cause_id);
        let last = self.ledger.entries().last().map_or(0, Entry::number);
        let (before, deadlines) = (self.current.as_ref(), Deadlines::of(&self.ledger));
        self.current = Some(self.tx.add_license(&license, before, last, deadlines)?);
        self.key_stands = true;
        Ok(license)
    }

    /// The customer's current license: a compact JWS.
    pub fn current_license(&mut self) -> Result<String, Error> {
        super::fetch_license::current(self.tx, &self.customer.id)
    }

    /// Records who did what; if it cannot be written, nothing is.
    pub fn audit<B: Serialize, A: Serialize>(
        &mut self,
        actor: &Actor,
        action: &'static str,
        subject: &str,
        before: Option<&B>,
        after: Option<&A>,
    ) -> Result<(), Error> {
        let id = self.office.id(EventId::from_ulid);
        let customer = Some(&self.customer.id);
        let event = Event { id, at: self.now, actor, action, subject, customer };
        audit(self.tx, event, before, after)
    }

    /// Owes the customer a mail. The first that says a license is ready carries the activation key.
    pub fn tell_customer(&mut self, kind: MailKind, cause_id: &str) -> Result<(), Error> {
        let with_activation_key = kind == MailKind::LicenseReady && !self.was_told_key;
        self.was_told_key |= with_activation_key;
        let details = &self.customer.details;
        let (recipient, language) = (details.email.clone(), details.language);
        self.owe(kind, cause_id, recipient, language, with_activation_key)
    }

    /// Owes sales a mail, where the vendor has said where they read.
    pub fn tell_sales(&mut self, kind: MailKind, cause_id: &str) -> Result<(), Error> {
        let settings = self.office.settings();
        let Some(recipient) = settings.sales_address.clone() else { return Ok(()) };
        self.owe(kind, cause_id, recipient, settings.sales_language, false)
    }

    /// Owes a mail.
    pub fn owe(
        &mut self,
        kind: MailKind,
        cause_id: &str,
        recipient: EmailAddress,
        language: Language,
        with_activation_key: bool,
    ) -> Result<(), Error> {
        Ok(self.tx.add_mail(&Mail {
            id: self.office.id(MailId::from_ulid),
            topic: MailTopic::Customer(self.customer.id.clone()),
            kind,
            cause_id: cause_id.to_owned(),
            with_activation_key,
            language,
            recipient,
            state: MailState::Queued,
            attempts: 0,
            due_at: self.now,
            last_error: None,
            created_at: self.now,
            sent_at: None,
        })?)
    }
}

/// Refuses to issue with a key that was taken back: the keys here may be older than what the
/// database knows.
pub(super) fn refuse_withdrawn(tx: &mut Tx<'_>, key: &str) -> Result<(), Error> {
    if tx.is_withdrawn(key)? {
        return Err(Error::IssuingKeyExpired(format!("{key} was withdrawn")));
    }
    Ok(())
}

/// What was signed, as it is stored.
pub(super) fn as_issued(
    issuable: &Issuable,
    signed: SignedLicense,
    cause: Cause,
    cause_id: &str,
) -> License {
    License {
        id: issuable.id().clone(),
        customer: issuable.customer().clone(),
        seq: issuable.seq(),
        issued_at: issuable.issued_at(),
        key: signed.key,
        cause,
        cause_id: cause_id.to_owned(),
        document: signed.token,
    }
}
