use super::{Digest, LedgerLine};
use crate::domain::customer::Customer;
use crate::domain::ids::CustomerId;
use crate::domain::installation::Installation;
use crate::domain::ledger::Entry;
use jiff::Timestamp;
use jiff::civil::Date;
use sha2::{Digest as _, Sha256};

/// Bytes that can be read in one way only: a label, then fields, each with its length before it. A
/// field that is absent has a length of its own.
pub struct Canonical(Vec<u8>);

const ABSENT: u64 = u64::MAX;

impl Canonical {
    /// Begins with a label, which names the kind and the version of what follows.
    #[must_use]
    pub fn new(label: &str) -> Self {
        Self(Vec::with_capacity(256)).text(label)
    }

    /// Adds bytes.
    #[must_use]
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
        self.0.extend_from_slice(bytes);
        self
    }

    /// Adds a text.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    /// Adds a whole number.
    #[must_use]
    pub fn whole(self, number: i64) -> Self {
        self.bytes(&number.to_be_bytes())
    }

    /// Adds a time, in whole seconds as the database keeps it.
    #[must_use]
    pub fn time(self, at: Timestamp) -> Self {
        self.whole(at.as_second())
    }

    /// Adds yes or no.
    #[must_use]
    pub fn flag(self, flag: bool) -> Self {
        self.bytes(&[u8::from(flag)])
    }

    /// Adds a date.
    #[must_use]
    pub fn date(self, date: Date) -> Self {
        self.text(&date.to_string())
    }

    /// Adds a field that may be absent.
    #[must_use]
    pub fn optional<T>(mut self, value: Option<T>, add: impl FnOnce(Self, T) -> Self) -> Self {
        if let Some(value) = value {
            return add(self, value);
        }
        self.0.extend_from_slice(&ABSENT.to_be_bytes());
        self
    }

    /// All of it.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.0
    }

    /// The SHA-256 of all of it.
    #[must_use]
    pub fn digest(self) -> Digest {
        Sha256::digest(&self.0).into()
    }
}

/// The next value of a customer's ledger chain: of the whole row, and of the entry that it numbers.
#[must_use]
pub fn ledger_line(previous: &Digest, customer: &CustomerId, line: &LedgerLine) -> Digest {
    let row = Canonical::new("ledger entry v1")
        .bytes(previous)
        .text(customer.as_str())
        .whole(line.number)
        .text(&line.kind)
        .time(line.recorded_at)
        .text(&line.recorded_by);
    line.entries.iter().fold(row, entry).digest()
}

fn entry(row: Canonical, entry: &Entry) -> Canonical {
    match entry {
        Entry::Purchase(purchase) => row
            .text("purchase")
            .text(purchase.id.as_str())
            .whole(purchase.number)
            .text(purchase.order_number.as_str())
            .date(purchase.paid_on)
            .optional(purchase.lines.user_accounts, Canonical::whole)
            .optional(purchase.lines.external_connections, Canonical::whole)
            .optional(purchase.lines.support_until, Canonical::date)
            .flag(purchase.notify)
            .time(purchase.recorded_at),
        Entry::Void(void) => row
            .text("void")
            .text(void.id.as_str())
            .whole(void.number)
            .text(void.purchase.as_str())
            .text(&void.reason)
            .time(void.recorded_at),
        Entry::Grant(grant) => row
            .text("grant")
            .text(grant.id.as_str())
            .whole(grant.number)
            .whole(grant.accounts)
            .time(grant.from)
            .time(grant.until)
            .text(grant.spent_order.as_str()),
    }
}

/// The next value of a chain of audit events: the event's fields, in the order of the table.
#[must_use]
pub fn event(
    previous: &Digest,
    number: i64,
    recorded_at: Timestamp,
    fields: [&str; 4],
    optional: [Option<&str>; 3],
) -> Digest {
    let row = Canonical::new("audit event v1").bytes(previous).whole(number).time(recorded_at);
    let row = fields.into_iter().fold(row, Canonical::text);
    optional.into_iter().fold(row, |row, field| row.optional(field, Canonical::text)).digest()
}

/// What is stored of a customer and matters for its licenses: who is licensed, where its activation
/// key is sent, how many installations it may have, and which activation key is valid.
#[must_use]
pub fn customer_details(customer: &Customer) -> Digest {
    let details = &customer.details;
    let licensee = &details.licensee;
    Canonical::new("customer v1")
        .text(customer.id.as_str())
        .text(&licensee.name)
        .optional(licensee.country.as_deref(), Canonical::text)
        .text(&licensee.region)
        .text(&licensee.city)
        .text(&licensee.postal_code)
        .text(details.email.as_str())
        .text(details.language.as_str())
        .whole(details.places)
        .digest()
}

/// The installations that are active, in the order of their ids.
#[must_use]
pub fn active_installations(active: &[Installation]) -> Digest {
    let list = Canonical::new("active installations v1");
    let add = |list: Canonical, installation: &Installation| {
        list.text(installation.id.as_str())
            .text(installation.customer.as_str())
            .text(&installation.thumbprint)
            .time(installation.activated_at)
    };
    active.iter().fold(list, add).digest()
}
