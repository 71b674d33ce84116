//! Whether a customer's records are what the server wrote, asked before anything is issued for it.

use super::Error;
use crate::domain::customer::Customer;
use crate::domain::entitlements::Entitlements;
use crate::domain::installation::Installation;
use crate::domain::integrity::{self, ChainWalk, Digest, Head, LedgerLine, StoredHead, Tampering};
use crate::domain::ledger::Ledger;
use crate::store::{CurrentLicense, head_finding, ledger_of};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use licentia_license::License;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;

/// All that a customer's licenses are made of, as it is stored.
pub(super) struct Records<'a> {
    pub customer: &'a Customer,
    pub activation_key_hash: &'a [u8],
    pub lines: &'a [LedgerLine],
    pub active: &'a [Installation],
    pub current: Option<&'a CurrentLicense>,
    pub document: Option<&'a [u8]>,
    pub head: StoredHead,
}

impl Records<'_> {
    /// Refuses records that were changed outside of the server.
    ///
    /// # Errors
    /// [`Error::Tampered`] with what does not fit.
    pub fn require_integrity(&self) -> Result<(), Error> {
        let findings = self.findings();
        if findings.is_empty() {
            return Ok(());
        }
        Err(Error::Tampered(Box::new(Tampering::of_customer(&self.customer.id, findings))))
    }

    /// What does not fit; nothing where all does.
    pub fn findings(&self) -> Vec<String> {
        let mut findings: Vec<String> =
            head_finding(self.head).map(str::to_owned).into_iter().collect();
        if let StoredHead::Genuine(head) = self.head {
            findings.extend(self.unlike_head(&head));
        }
        findings.extend(self.unlike_license());
        findings
    }

    /// The head that these records have when they are taken as they are.
    pub fn head_as_stored(&self, audit_number: i64, audit_chain: Digest) -> Head {
        let (ledger_number, ledger_chain) = self.walk_ledger().end();
        Head {
            ledger_number,
            ledger_chain,
            audit_number,
            audit_chain,
            customer: integrity::customer_details(self.customer),
            activation: self.activation_key_hash.try_into().unwrap_or_default(),
            installations: integrity::active_installations(self.active),
            license: document_digest(self.document),
        }
    }

    fn unlike_head(&self, head: &Head) -> Vec<String> {
        let mut findings: Vec<String> = self
            .walk_ledger()
            .finish(head.ledger_number, &head.ledger_chain)
            .into_iter()
            .map(|finding| format!("ledger: {finding}"))
            .collect();
        let mut require = |fits: bool, finding: &str| {
            if !fits {
                findings.push(finding.to_owned());
            }
        };
        require(
            integrity::customer_details(self.customer) == head.customer,
            "the customer's name, address, email, language or number of places was changed",
        );
        require(
            self.activation_key_hash == head.activation,
            "the hash of the customer's activation key was changed",
        );
        require(
            integrity::active_installations(self.active) == head.installations,
            "active installations were changed, removed or inserted",
        );
        require(
            document_digest(self.document) == head.license,
            "the current license is not the one that was issued last",
        );
        findings
    }

    fn walk_ledger(&self) -> ChainWalk {
        let mut walk = ChainWalk::default();
        for line in self.lines {
            let name = || format!("entry {} ({})", line.number, name_of(line));
            let next =
                |previous: &Digest| integrity::ledger_line(previous, &self.customer.id, line);
            walk.row(line.number, line.chain.as_deref(), name, next);
        }
        walk
    }

    /// Where the current license states otherwise than the records say at its own time.
    fn unlike_license(&self) -> Vec<String> {
        let (Some(current), Some(document)) = (self.current, self.document) else {
            let is_bare = self.current.is_none() && self.lines.is_empty() && self.active.is_empty();
            let finding = "there is no current license, although there is something to license";
            return if is_bare { Vec::new() } else { vec![finding.to_owned()] };
        };
        let Some(stated) = claims(document) else {
            return vec![format!("the current license {} cannot be read", current.id)];
        };
        self.unlike_claims(current, &stated, &ledger_of(self.lines))
    }

    fn unlike_claims(
        &self,
        current: &CurrentLicense,
        stated: &License,
        ledger: &Ledger,
    ) -> Vec<String> {
        let mut findings = Vec::new();
        let mut compare = |what: &str, stored: String, licensed: String| {
            if stored != licensed {
                findings.push(format!("{what}: stored {stored}, licensed {licensed}"));
            }
        };
        let held = Entitlements::at(ledger, stated.iat);
        let licensee = &self.customer.details.licensee;
        compare("license", current.id.to_string(), stated.jti.clone());
        compare("customer", self.customer.id.to_string(), stated.sub.clone());
        compare("seq", current.previous.seq.to_string(), stated.seq.to_string());
        compare("issued_at", current.previous.issued_at.to_string(), stated.iat.to_string());
        compare("name", licensee.name.clone(), stated.licensee.name.clone());
        compare(
            "country",
            shown(licensee.country.as_ref()),
            shown(stated.licensee.country.as_ref()),
        );
        compare("region", licensee.region.clone(), stated.licensee.region.clone());
        compare("city", licensee.city.clone(), stated.licensee.city.clone());
        compare("postal_code", licensee.postal_code.clone(), stated.licensee.postal_code.clone());
        compare("user_accounts", held.user_accounts.to_string(), stated.user_accounts.to_string());
        compare(
            "external_connections",
            held.external_connections.to_string(),
            stated.external_connections.to_string(),
        );
        compare(
            "support_until",
            shown(held.support_until.as_ref()),
            shown(stated.support_until.as_ref()),
        );
        let grant = held.emergency.map(|grant| (grant.accounts, grant.from, grant.until));
        let emergency = stated.emergency.as_ref().map(|e| (e.accounts, e.from, e.until));
        compare("emergency", shown(grant.as_ref()), shown(emergency.as_ref()));
        let active: BTreeSet<&str> =
            self.active.iter().map(|one| one.thumbprint.as_str()).collect();
        let named: BTreeSet<&str> = stated.aud.iter().map(String::as_str).collect();
        compare("installations", shown(Some(&active)), shown(Some(&named)));
        findings
    }
}

/// What a ledger's row is of, for people.
fn name_of(line: &LedgerLine) -> String {
    use crate::domain::ledger::Entry;
    let id = line.entries.first().map(|entry| match entry {
        Entry::Purchase(purchase) => purchase.id.to_string(),
        Entry::Void(void) => void.id.to_string(),
        Entry::Grant(grant) => grant.id.to_string(),
    });
    id.unwrap_or_else(|| format!("a {} that is not there", line.kind))
}

/// What a license states, without its signature being looked at: the keyed head says which document
/// was issued.
fn claims(document: &[u8]) -> Option<License> {
    let payload = document.split(|byte| *byte == b'.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

fn document_digest(document: Option<&[u8]>) -> Digest {
    document.map_or_else(Digest::default, |document| Sha256::digest(document).into())
}

fn shown<T: std::fmt::Debug>(value: Option<&T>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| format!("{value:?}"))
}
