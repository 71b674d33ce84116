//! The rows of one customer, as the office itself leaves them: for the customer, its search words
//! and the event; for each purchase, its entry in the ledger, the purchase, the order that stands,
//! its search words, the license, the event, the mail (sent) and the record of the answer; for the
//! activation after the first purchase, the installation, the license, the event, the record, and
//! what it said of itself.
//!
//! Only the last license of each is signed; the earlier ones repeat its document.

use super::customer::{ACTIVATION, ENTRY, Seed, Seeding, license_id, whole};
use super::tables::{
    AUDIT_EVENTS, CUSTOMERS, IDEMPOTENCY_RECORDS, INSTALLATIONS, LEDGER, LICENSES, MAILS,
    OBSERVATIONS, PURCHASES, SEARCH_WORDS, STANDING_ORDERS,
};
use super::{order_number, ulid};
use crate::Outcome;
use crate::bulk::{Rows, Table, Value};
use jiff::{Timestamp, ToSpan};
use licentia::app::{Activated, Answer, RecordedPurchase};
use licentia::domain::customer::Customer;
use licentia::domain::deadlines::Deadlines;
use licentia::domain::installation::Installation;
use licentia::domain::ledger::Purchase;
use licentia::domain::observation::{Observed, Sighting};
use licentia::domain::search;
use licentia::signing::ActivationKey;
use licentia::store::{Cause, License};
use serde::Serialize;

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

    fn customer(&self, batch: &mut Batch, seed: &Seed) -> Outcome<()> {
        let Customer { id, details, created_at, .. } = &seed.customer;
        let licensee = &details.licensee;
        let hash = ActivationKey::derive(&self.keyring, id, 1, 1)?.hash();
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
        let order_key = text(order_number.key().as_str());
        batch.add(STANDING_ORDERS, [order_key, Value::Whole(0), text(id)]);
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

#[expect(clippy::needless_pass_by_value, reason = "most are made for the row")]
fn text(value: impl ToString) -> Value {
    Value::Text(value.to_string())
}

/// A time as both databases store it: UTC, whole seconds.
fn at(time: Timestamp) -> Value {
    Value::Text(time.strftime("%Y-%m-%d %H:%M:%S").to_string())
}
