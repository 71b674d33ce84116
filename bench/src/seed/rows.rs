//! The rows of one customer, as the office itself leaves them: for the customer, its search words
//! and the event; for each purchase, its entry in the ledger, the purchase, the order that stands,
//! its search words, the license, the event, the mail (sent) and the record of the answer; for the
//! activation after the first purchase, the installation, the license, the event, the record, and
//! what it said of itself.
//!
//! Only the last license of each is signed; the earlier ones repeat its document.

use super::{
    ISSUER, company, customer_id, fingerprint, installation_id, installation_key, order_number,
    purchase_id, ulid,
};
use crate::Outcome;
use crate::bulk::{Rows, Table, Value};
use ed25519_dalek::{Signer, SigningKey};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use licentia::app::{Activated, Answer, RecordedPurchase};
use licentia::domain::customer::{Customer, CustomerForm};
use licentia::domain::deadlines::Deadlines;
use licentia::domain::ids::LicenseId;
use licentia::domain::installation::{Installation, InstallationDetails};
use licentia::domain::issue::{Issuable, Previous};
use licentia::domain::ledger::{Entry, Ledger, Purchase};
use licentia::domain::observation::{Observed, Sighting};
use licentia::domain::purchase::{Lines, OrderNumber};
use licentia::domain::search;
use licentia::signing::{ActivationKey, IssuingKey, Keyring, claims_of};
use licentia::store::{Cause, License};
use licentia_license::{PublicKey, encode_license};
use serde::Serialize;

const CUSTOMERS: Table = Table {
    name: "customers",
    columns: "id, name, country, region, city, postal_code, email, language, places, \
              activation_generation, activation_key_hash, version, ledger_number, license_id, \
              license_seq, license_issued_at, license_key, support_until, created_at",
};
const SEARCH_WORDS: Table = Table { name: "search_words", columns: "word, customer_id" };
const LEDGER: Table =
    Table { name: "ledger", columns: "customer_id, number, kind, recorded_at, recorded_by" };
const PURCHASES: Table = Table {
    name: "purchases",
    columns: "id, customer_id, number, order_number, paid_on, user_accounts, \
              external_connections, support_until, notify, recorded_at",
};
const STANDING_ORDERS: Table =
    Table { name: "standing_orders", columns: "order_number, purchase_id" };
const LICENSES: Table = Table {
    name: "licenses",
    columns: "id, customer_id, seq, issued_at, key, cause, cause_id, document",
};
const INSTALLATIONS: Table = Table {
    name: "installations",
    columns: "id, customer_id, thumbprint, name, product_version, fingerprint, activated_at",
};
const OBSERVATIONS: Table = Table {
    name: "observations",
    columns: "installation_id, heard_at, seq, seq_said_at, machines",
};
const AUDIT_EVENTS: Table = Table {
    name: "audit_events",
    columns: "id, recorded_at, actor, action, subject, customer_id, after",
};
const MAILS: Table = Table {
    name: "mails",
    columns: "id, customer_id, kind, cause_id, with_activation_key, language, recipient, state, \
              attempts, due_at, created_at, sent_at",
};
const IDEMPOTENCY_RECORDS: Table = Table {
    name: "idempotency_records",
    columns: "scope, key, request_hash, outcome, recorded_at, keep_until",
};

/// The number of the activation among the ids of a customer, after those of all purchases.
const ACTIVATION: usize = 98;
/// And of the customer's own entry.
const ENTRY: usize = 99;

/// What all customers share.
pub struct Seeding {
    /// The office's issuing key, and what it is.
    pub signing: SigningKey,
    pub issuing: IssuingKey,
    pub keyring: Keyring,
    /// Under which name the office remembers its answers to the API token.
    pub scope: String,
    pub actor: String,
    /// When the last purchases were recorded.
    pub now: Timestamp,
    /// Of each customer, at most 98.
    pub purchases: usize,
}

/// Rows of some customers, by table.
#[derive(Default)]
pub struct Batch {
    pub rows: Vec<Rows>,
    /// The sequence number of their current licenses.
    pub seq: i64,
}

impl Batch {
    fn add<const N: usize>(&mut self, table: Table, row: [Value; N]) {
        let known = self.rows.iter().position(|rows| rows.table.name == table.name);
        let index = known.unwrap_or_else(|| {
            self.rows.push(Rows { table, rows: Vec::new() });
            self.rows.len() - 1
        });
        self.rows[index].rows.push(row.into());
    }
}

/// A customer with all that it has in the end.
struct Seed {
    n: usize,
    customer: Customer,
    installation: Installation,
    ledger: Ledger,
    document: String,
}

impl Seeding {
    /// The rows of these customers: first they come, then they buy one after the other, so that
    /// the rows of one customer do not lie together.
    pub fn batch(&self, numbers: &[usize]) -> Outcome<Batch> {
        let mut batch = Batch { seq: self.issued_last().as_second(), ..Batch::default() };
        let seeds: Vec<Seed> = numbers.iter().map(|&n| self.seed(n)).collect::<Outcome<_>>()?;
        for seed in &seeds {
            self.customer(&mut batch, seed)?;
        }
        for k in 0..self.purchases {
            for seed in &seeds {
                self.purchase(&mut batch, seed, k)?;
            }
            for seed in seeds.iter().filter(|_| k == 0) {
                self.activation(&mut batch, seed)?;
            }
        }
        Ok(batch)
    }

    fn seed(&self, n: usize) -> Outcome<Seed> {
        let company = company(n);
        let form = CustomerForm {
            name: company.name,
            country: Some("Россия".into()),
            region: "Область".into(),
            city: company.city.into(),
            postal_code: company.postal_code,
            email: format!("it@c{n}.example"),
            language: "ru".into(),
            places: 1,
        };
        let customer = Customer {
            id: customer_id(n),
            details: form.parse().map_err(|faults| format!("{faults:?}"))?,
            activation_generation: 1,
            version: 1,
            created_at: self.bought(0) - 1.minute(),
        };
        let key = PublicKey::from(installation_key(n).verifying_key());
        let installation = Installation {
            id: installation_id(n),
            customer: customer.id.clone(),
            thumbprint: key.thumbprint(),
            details: InstallationDetails {
                name: "pbx-1".into(),
                product_version: "5.2.0".into(),
                fingerprint: fingerprint(n),
            },
            activated_at: self.activated(),
            released_at: None,
            usage: None,
        };
        let entries = (0..self.purchases).map(|k| Entry::Purchase(self.bought_then(n, k)));
        let ledger = Ledger::new(entries.collect());
        let last = self.issued_last();
        let previous = Previous { seq: 1, issued_at: self.bought(0) };
        let active = std::slice::from_ref(&installation);
        let id = self.last_license(n);
        let issuable = Issuable::new(id, &customer, &ledger, active, Some(previous), last);
        let document = encode_license(
            &claims_of(ISSUER, &issuable),
            &self.issuing.public,
            &self.issuing.certificate_token,
            |bytes| self.signing.sign(bytes).to_bytes(),
        )?;
        Ok(Seed { n, customer, installation, ledger, document })
    }

    fn bought_then(&self, n: usize, k: usize) -> Purchase {
        let at = self.bought(k);
        let day = TimeZone::UTC.to_datetime(at).date();
        let some = |every: usize, value: i64| k.is_multiple_of(every).then_some(value);
        Purchase {
            id: purchase_id(n, k),
            number: whole(k + 1),
            order_number: OrderNumber::stored(order_number(n, k)),
            paid_on: day,
            lines: Lines {
                user_accounts: Some(whole(10 + n % 90)),
                external_connections: some(2, whole(4 + n % 28)),
                support_until: some(3, 0).map(|_| day.saturating_add(365.days())),
            },
            notify: true,
            recorded_at: at,
        }
    }

    /// When the `k`-th purchases were recorded: ten minutes apart, within the time that the key
    /// may issue.
    fn bought(&self, k: usize) -> Timestamp {
        self.now - (whole(self.purchases - 1 - k) * 10).minutes()
    }

    fn activated(&self) -> Timestamp {
        self.bought(0) + 1.minute()
    }

    fn issued_last(&self) -> Timestamp {
        self.activated().max(self.now)
    }

    fn last_license(&self, n: usize) -> LicenseId {
        license_id(n, if self.purchases == 1 { ACTIVATION } else { self.purchases - 1 })
    }

    fn customer(&self, batch: &mut Batch, seed: &Seed) -> Outcome<()> {
        let Customer { id, details, created_at, .. } = &seed.customer;
        let licensee = &details.licensee;
        let hash = ActivationKey::derive(&self.keyring, id, 1).hash();
        let support = Deadlines::of(&seed.ledger).support_until;
        batch.add(
            CUSTOMERS,
            [
                text(id),
                text(&licensee.name),
                licensee.country.as_ref().map_or(Value::Nothing, text),
                text(&licensee.region),
                text(&licensee.city),
                text(&licensee.postal_code),
                text(details.email.as_str()),
                text(details.language),
                Value::Whole(details.places),
                Value::Whole(1),
                Value::Bytes(hash.into()),
                Value::Whole(1),
                Value::Whole(whole(self.purchases)),
                text(self.last_license(seed.n)),
                Value::Whole(batch.seq),
                at(self.issued_last()),
                text(self.issuing.public.thumbprint()),
                support.map_or(Value::Nothing, text),
                at(*created_at),
            ],
        );
        let orders: Vec<String> = (0..self.purchases).map(|k| order_number(seed.n, k)).collect();
        let mut words = details.search_words();
        words.extend(search::words(orders.iter().map(String::as_str)));
        for word in words {
            batch.add(SEARCH_WORDS, [text(word), text(id)]);
        }
        self.event(batch, seed, ENTRY, *created_at, "customer.created", id, &seed.customer)
    }

    fn purchase(&self, batch: &mut Batch, seed: &Seed, k: usize) -> Outcome<()> {
        let purchase = self.bought_then(seed.n, k);
        let customer = &seed.customer.id;
        let Purchase { id, number, order_number, paid_on, lines, recorded_at, .. } = &purchase;
        let recorded = *recorded_at;
        let maybe = |number: Option<i64>| number.map_or(Value::Nothing, Value::Whole);
        let ledger = [
            text(customer),
            Value::Whole(*number),
            text("purchase"),
            at(recorded),
            text(&self.actor),
        ];
        batch.add(LEDGER, ledger);
        batch.add(
            PURCHASES,
            [
                text(id),
                text(customer),
                Value::Whole(*number),
                text(order_number.as_str()),
                text(paid_on),
                maybe(lines.user_accounts),
                maybe(lines.external_connections),
                lines.support_until.map_or(Value::Nothing, text),
                Value::Flag(true),
                at(recorded),
            ],
        );
        batch.add(STANDING_ORDERS, [text(order_number.as_str()), text(id)]);
        let license = self.license(batch, seed, k, recorded, Cause::Purchase, id.as_str());
        self.event(batch, seed, k, recorded, "purchase.recorded", id, &purchase)?;
        batch.add(
            MAILS,
            [
                text(format!("mai_{}", ulid(seed.n, k))),
                text(customer),
                text("license_ready"),
                text(id),
                Value::Flag(k == 0),
                text(seed.customer.details.language),
                text(seed.customer.details.email.as_str()),
                text("sent"),
                Value::Whole(1),
                at(recorded),
                at(recorded),
                at(recorded + 1.second()),
            ],
        );
        let key = order_number.as_str().to_owned();
        let outcome = RecordedPurchase { purchase, license, warnings: Vec::new() };
        record(batch, &self.scope, &key, recorded, outcome)
    }

    fn activation(&self, batch: &mut Batch, seed: &Seed) -> Outcome<()> {
        let Seed { n, installation, document, .. } = seed;
        let Installation { id, customer, thumbprint, details, activated_at, .. } = installation;
        let fingerprint = serde_json::to_string(&details.fingerprint)?;
        batch.add(
            INSTALLATIONS,
            [
                text(id),
                text(customer),
                text(thumbprint),
                text(&details.name),
                text(&details.product_version),
                text(fingerprint),
                at(*activated_at),
            ],
        );
        let sighting = Sighting {
            heard_at: self.issued_last(),
            said_at: self.issued_last(),
            seq: Some(batch.seq),
            fingerprint: details.fingerprint.clone(),
        };
        let heard = Observed::nothing(*activated_at).hearing(&sighting, Some(batch.seq));
        batch.add(
            OBSERVATIONS,
            [
                text(id),
                at(heard.heard_at),
                Value::Whole(batch.seq),
                at(sighting.said_at),
                text(serde_json::to_string(&heard.machines)?),
            ],
        );
        self.license(batch, seed, ACTIVATION, *activated_at, Cause::Activation, id.as_str());
        let done = "installation.activated";
        self.event(batch, seed, ACTIVATION, *activated_at, done, id, installation)?;
        let outcome = Activated { installation: installation.clone(), license: document.clone() };
        record(batch, thumbprint, &ulid(*n, ACTIVATION), *activated_at, outcome)
    }

    /// Adds a license, with the document of the last one.
    fn license(
        &self,
        batch: &mut Batch,
        seed: &Seed,
        number: usize,
        issued_at: Timestamp,
        cause: Cause,
        cause_id: &str,
    ) -> License {
        let license = License {
            id: license_id(seed.n, number),
            customer: seed.customer.id.clone(),
            seq: issued_at.as_second(),
            issued_at,
            key: self.issuing.public.thumbprint(),
            cause,
            cause_id: cause_id.to_owned(),
            document: seed.document.clone(),
        };
        batch.add(
            LICENSES,
            [
                text(&license.id),
                text(&license.customer),
                Value::Whole(license.seq),
                at(issued_at),
                text(&license.key),
                text(cause.as_str()),
                text(cause_id),
                Value::Bytes(license.document.clone().into_bytes()),
            ],
        );
        license
    }

    #[expect(clippy::too_many_arguments, reason = "the columns of one row")]
    fn event(
        &self,
        batch: &mut Batch,
        seed: &Seed,
        number: usize,
        done_at: Timestamp,
        action: &str,
        subject: impl ToString,
        after: &impl Serialize,
    ) -> Outcome<()> {
        let actor = match number {
            ACTIVATION => format!("installation:{}", seed.installation.id),
            _ => self.actor.clone(),
        };
        let row = [
            text(format!("evt_{}", ulid(seed.n, number))),
            at(done_at),
            text(actor),
            text(action),
            text(subject),
            text(&seed.customer.id),
            text(serde_json::to_string(after)?),
        ];
        batch.add(AUDIT_EVENTS, row);
        Ok(())
    }
}

/// Adds the record of an answer, kept for 30 days.
fn record<T: Serialize>(
    batch: &mut Batch,
    scope: &str,
    key: &str,
    answered_at: Timestamp,
    value: T,
) -> Outcome<()> {
    let outcome = serde_json::to_string(&Answer { value, created: true })?;
    let row = [
        text(scope),
        text(key),
        Value::Bytes(vec![7; 32]),
        text(outcome),
        at(answered_at),
        at(answered_at + (30 * 24).hours()),
    ];
    batch.add(IDEMPOTENCY_RECORDS, row);
    Ok(())
}

fn license_id(n: usize, number: usize) -> LicenseId {
    LicenseId::from_ulid(&ulid(n, number))
}

#[expect(clippy::needless_pass_by_value, reason = "most are made for the row")]
fn text(value: impl ToString) -> Value {
    Value::Text(value.to_string())
}

/// A time as both databases store it: UTC, whole seconds.
fn at(time: Timestamp) -> Value {
    Value::Text(time.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

fn whole(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
