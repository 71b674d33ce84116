//! The keyed heads of hash chains. A transaction keeps those that it has read or changed, and writes
//! each once, at its end.

use super::error::StoreError;
use super::schema::{audit_events, chain_heads, ledger};
use super::transaction::Tx;
use crate::domain::ids::CustomerId;
use crate::domain::installation::Installation;
use crate::domain::integrity::{Head, MacKey, StoredHead, Tampering, active_installations};
use diesel::prelude::*;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

/// Whose head that of the audit events is that are about no customer.
pub(super) const NO_CUSTOMER: &str = "";
/// What an alarm calls that chain.
pub(super) const AUDIT: &str = "audit";

/// The heads of a transaction, and the key they are checked with.
#[derive(Default)]
pub(super) struct Heads {
    held: BTreeMap<String, Held>,
    key: Key,
}

/// The key that a transaction checks with.
#[derive(Default)]
enum Key {
    #[default]
    NotAsked,
    /// The store was opened without keys.
    None,
    Loaded(Arc<dyn MacKey>),
}

/// A head that a transaction has read.
struct Held {
    head: Head,
    is_genuine: bool,
    is_stored: bool,
    is_changed: bool,
}

impl Tx<'_> {
    /// The key that heads and rows are checked with.
    pub(super) fn mac_key(&mut self) -> Result<Option<Arc<dyn MacKey>>, StoreError> {
        if matches!(self.heads.key, Key::NotAsked) {
            self.heads.key = self.integrity.key()?.map_or(Key::None, Key::Loaded);
        }
        Ok(match &self.heads.key {
            Key::Loaded(key) => Some(Arc::clone(key)),
            Key::None | Key::NotAsked => None,
        })
    }

    /// Keeps a head that was read with its row taken, and says what it is.
    pub(super) fn hold_head(
        &mut self,
        owner: &str,
        stored: Option<&[u8]>,
    ) -> Result<StoredHead, StoreError> {
        let key = self.mac_key()?;
        let opened =
            stored.map_or(StoredHead::Missing, |stored| Head::open(owner, stored, key.as_deref()));
        let held = Held {
            head: opened.stated(),
            is_genuine: matches!(opened, StoredHead::Genuine(_)),
            is_stored: stored.is_some(),
            is_changed: false,
        };
        self.heads.held.insert(owner.to_owned(), held);
        Ok(opened)
    }

    /// Begins the head of a new customer, or of the events about none.
    pub(super) fn begin_head(&mut self, owner: &str, head: Head) {
        let fresh = Held { head, is_genuine: true, is_stored: false, is_changed: true };
        self.heads.held.insert(owner.to_owned(), fresh);
    }

    /// Begins the chain of the audit events that are about no customer.
    pub fn begin_audit(&mut self) {
        self.begin_head(NO_CUSTOMER, Head::default());
    }

    /// The head of a customer's chains, to be changed: read and its row taken where that was not done
    /// before. A head that is not genuine is noticed, and stays not genuine: what follows is chained
    /// to it all the same, so that nothing is lost until a person has looked.
    pub(super) fn head(&mut self, owner: &str) -> Result<&mut Head, StoreError> {
        if !self.heads.held.contains_key(owner) {
            let stored = self.connection()?.take_head(owner)?;
            let opened = self.hold_head(owner, stored.as_deref())?;
            if stored.is_none() {
                let last = self.last_numbers(owner)?;
                self.heads.held.entry(owner.to_owned()).and_modify(|held| {
                    (held.head.ledger_number, held.head.audit_number) = last;
                });
            }
            let is_genuine = matches!(opened, StoredHead::Genuine(_));
            if !is_genuine && matches!(self.heads.key, Key::Loaded(_)) {
                self.integrity.notice(not_genuine(owner, opened));
            }
        }
        match self.heads.held.entry(owner.to_owned()) {
            Entry::Occupied(held) => {
                let held = held.into_mut();
                held.is_changed = true;
                Ok(&mut held.head)
            }
            Entry::Vacant(_) => Err(StoreError::Other(format!("the head of {owner} is not held"))),
        }
    }

    /// States a customer's active installations in its head.
    pub fn head_active_installations(
        &mut self,
        customer: &CustomerId,
        active: &[Installation],
    ) -> Result<(), StoreError> {
        self.head(customer.as_str())?.installations = active_installations(active);
        Ok(())
    }

    /// A genuine head that this transaction has read.
    pub fn genuine_head(&self, customer: &CustomerId) -> Option<Head> {
        let held = self.heads.held.get(customer.as_str())?;
        held.is_genuine.then_some(held.head)
    }

    /// Keeps an alarm until it is recorded.
    pub fn notice(&self, tampering: Tampering) {
        self.integrity.notice(tampering);
    }

    /// Writes the heads that were changed.
    pub fn write_heads(&mut self) -> Result<(), StoreError> {
        let key = if self.heads.held.values().any(|held| held.is_changed) {
            self.mac_key()?
        } else {
            return Ok(());
        };
        let (mut added, mut changed) = (Vec::new(), Vec::new());
        for (owner, held) in &mut self.heads.held {
            if !std::mem::take(&mut held.is_changed) {
                continue;
            }
            let key = key.as_deref().filter(|_| held.is_genuine);
            let sealed = (owner.clone(), held.head.seal(owner, key));
            if std::mem::replace(&mut held.is_stored, true) {
                changed.push(sealed);
            } else {
                added.push(sealed);
            }
        }
        for (owner, head) in added {
            let row = (chain_heads::customer_id.eq(owner), chain_heads::head.eq(head));
            self.add(diesel::insert_into(chain_heads::table).values(row))?;
        }
        if let [(owner, head)] = &changed[..] {
            let (owner, head) = (owner.clone(), head.clone());
            let row = chain_heads::customer_id.eq(owner);
            return self.add(super::backend::update(row, chain_heads::head.eq(head)));
        }
        if !changed.is_empty() {
            self.connection()?.change_heads(&changed)?;
        }
        Ok(())
    }

    /// Makes a head genuine: a person has looked at what it is of.
    pub fn accept_head(
        &mut self,
        customer: Option<&CustomerId>,
        head: Head,
    ) -> Result<(), StoreError> {
        let owner = customer.map_or(NO_CUSTOMER, CustomerId::as_str);
        let is_stored = self.connection()?.take_head(owner)?.is_some();
        let accepted = Held { head, is_genuine: true, is_stored, is_changed: true };
        self.heads.held.insert(owner.to_owned(), accepted);
        Ok(())
    }

    /// Stored heads by owner, at most so many after one, and the key's version each was made with;
    /// the owner of the events about no customer is the empty text.
    pub fn heads_after(
        &mut self,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let mut query = chain_heads::table
            .select((chain_heads::customer_id, chain_heads::head))
            .order(chain_heads::customer_id)
            .limit(limit)
            .into_boxed();
        if let Some(after) = after {
            query = query.filter(chain_heads::customer_id.gt(after.to_owned()));
        }
        Ok(query.load(self.connection()?)?)
    }

    /// Seals a genuine head anew under the current version of the key; `false` where it is not
    /// genuine, or has it already.
    pub fn renew_head(&mut self, owner: &str) -> Result<bool, StoreError> {
        let Some(stored) = self.connection()?.take_head(owner)? else { return Ok(false) };
        let key = self.mac_key()?;
        let version = key.as_deref().map(MacKey::version);
        if Head::version_of(&stored) == version {
            return Ok(false);
        }
        let opened = self.hold_head(owner, Some(&stored))?;
        if !matches!(opened, StoredHead::Genuine(_)) {
            return Ok(false);
        }
        self.head(owner).map(|_| true)
    }

    /// Reads stored heads of many owners.
    pub fn stored_heads(
        &mut self,
        owners: &[&str],
    ) -> Result<BTreeMap<String, StoredHead>, StoreError> {
        let rows: Vec<(String, Vec<u8>)> = chain_heads::table
            .filter(chain_heads::customer_id.eq_any(owners))
            .select((chain_heads::customer_id, chain_heads::head))
            .load(self.connection()?)?;
        let key = self.mac_key()?;
        let opened = rows.into_iter().map(|(owner, stored)| {
            let head = Head::open(&owner, &stored, key.as_deref());
            (owner, head)
        });
        Ok(opened.collect())
    }

    /// The last numbers of an owner's ledger and audit events, where no head states them.
    fn last_numbers(&mut self, owner: &str) -> Result<(i64, i64), StoreError> {
        use diesel::dsl::max;
        let ledger: Option<i64> = ledger::table
            .filter(ledger::customer_id.eq(owner))
            .select(max(ledger::number))
            .get_result(self.connection()?)?;
        let events = audit_events::table.select(max(audit_events::number));
        let event: Option<i64> = if owner == NO_CUSTOMER {
            events.filter(audit_events::customer_id.is_null()).get_result(self.connection()?)?
        } else {
            events.filter(audit_events::customer_id.eq(owner)).get_result(self.connection()?)?
        };
        Ok((ledger.unwrap_or(0), event.unwrap_or(0)))
    }
}

/// The alarm of a head that is missing or was changed.
fn not_genuine(owner: &str, head: StoredHead) -> Tampering {
    let finding = head_finding(head).unwrap_or_default().to_owned();
    if owner == NO_CUSTOMER {
        return Tampering { subject: AUDIT.to_owned(), customer: None, findings: vec![finding] };
    }
    Tampering::of_customer(&CustomerId::stored(owner.to_owned()), vec![finding])
}

/// What is wrong with a head; none for a genuine one.
pub fn head_finding(head: StoredHead) -> Option<&'static str> {
    match head {
        StoredHead::Missing => Some("the keyed head of these records is missing"),
        StoredHead::Forged(_) => Some("the keyed head of these records was changed"),
        StoredHead::Genuine(_) => None,
    }
}
