//! A customer with all that it has in the end, and when it got it.

use super::{
    ISSUER, company, customer_id, fingerprint, installation_id, installation_key, order_number,
    purchase_id, ulid,
};
use crate::Outcome;
use ed25519_dalek::{Signer, SigningKey};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use licentia::domain::customer::{Customer, CustomerForm};
use licentia::domain::ids::LicenseId;
use licentia::domain::installation::{Installation, InstallationDetails};
use licentia::domain::issue::{Issuable, Previous};
use licentia::domain::ledger::{Entry, Ledger, Purchase};
use licentia::domain::purchase::{Lines, OrderNumber};
use licentia::signing::{IssuingKey, Keyring, claims_of};
use licentia_license::{PublicKey, encode_license};

/// The number of the activation among the ids of a customer, after those of all purchases.
pub const ACTIVATION: usize = 98;
/// And of the customer's own entry.
pub const ENTRY: usize = 99;

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

/// A customer with all that it has in the end.
pub struct Seed {
    pub n: usize,
    pub customer: Customer,
    pub installation: Installation,
    pub ledger: Ledger,
    pub document: String,
}

impl Seeding {
    pub fn seed(&self, n: usize) -> Outcome<Seed> {
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
            activation_secret: 1,
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

    pub fn bought_then(&self, n: usize, k: usize) -> Purchase {
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
    pub fn bought(&self, k: usize) -> Timestamp {
        self.now - (whole(self.purchases - 1 - k) * 10).minutes()
    }

    pub fn activated(&self) -> Timestamp {
        self.bought(0) + 1.minute()
    }

    pub fn issued_last(&self) -> Timestamp {
        self.activated().max(self.now)
    }

    pub fn last_license(&self, n: usize) -> LicenseId {
        license_id(n, if self.purchases == 1 { ACTIVATION } else { self.purchases - 1 })
    }
}

pub fn license_id(n: usize, number: usize) -> LicenseId {
    LicenseId::from_ulid(&ulid(n, number))
}

pub fn whole(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
