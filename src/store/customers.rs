use super::Page;
use super::backend::update;
use super::error::StoreError;
use super::schema::{customers, licenses};
use super::time::{date_from_stored, date_to_stored, from_stored, to_stored};
use super::transaction::Tx;
use crate::domain::customer::{Customer, CustomerDetails, EmailAddress, Language, Licensee};
use crate::domain::deadlines::Deadlines;
use crate::domain::ids::{CustomerId, LicenseId};
use crate::domain::integrity::{Digest, Head, StoredHead, active_installations, customer_details};
use crate::domain::issue::Previous;
use crate::domain::ledger::LedgerNumber;
use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

#[derive(Queryable, QueryableByName, Selectable)]
#[diesel(table_name = customers)]
pub(super) struct Row {
    id: String,
    name: String,
    country: Option<String>,
    region: String,
    city: String,
    postal_code: String,
    email: String,
    language: String,
    places: i64,
    activation_generation: i64,
    version: i64,
    created_at: NaiveDateTime,
    activation_secret: i64,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = customers)]
pub(super) struct CurrentRow {
    license_id: Option<String>,
    license_seq: Option<i64>,
    license_issued_at: Option<NaiveDateTime>,
    license_key: Option<String>,
    support_until: Option<NaiveDate>,
    emergency_until: Option<NaiveDateTime>,
    owed_since: Option<NaiveDateTime>,
}

/// What a ledger comes to, as a customer's row has it.
#[derive(AsChangeset)]
#[diesel(table_name = customers, treat_none_as_null = true)]
struct DeadlineColumns {
    support_until: Option<NaiveDate>,
    emergency_until: Option<NaiveDateTime>,
    owed_since: Option<NaiveDateTime>,
}

impl From<Deadlines> for DeadlineColumns {
    fn from(deadlines: Deadlines) -> Self {
        Self {
            support_until: deadlines.support_until.map(date_to_stored),
            emergency_until: deadlines.emergency_until.map(to_stored),
            owed_since: deadlines.owed_since.map(to_stored),
        }
    }
}

/// A customer with its current license.
#[derive(Queryable, Selectable)]
#[diesel(table_name = customers)]
pub(super) struct TakenRow {
    #[diesel(embed)]
    row: Row,
    #[diesel(embed)]
    current: CurrentRow,
    activation_key_hash: Vec<u8>,
}

/// A customer, its current license, and what its activation key is found by.
pub type HashedCustomer = (Customer, Option<CurrentLicense>, Vec<u8>);

/// A customer's current license, as its row remembers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrentLicense {
    /// Which license.
    pub id: LicenseId,
    /// What the next one builds on.
    pub previous: Previous,
    /// The issuing key that signed it.
    pub key: String,
    /// What the ledger came to that it states.
    pub deadlines: Deadlines,
}

/// A customer whose row was taken for a write, and what stands beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenCustomer {
    /// The customer.
    pub customer: Customer,
    /// Its current license; none before the first.
    pub current: Option<CurrentLicense>,
    /// Whether it was ever owed a mail that carries its activation key.
    pub was_told_activation_key: bool,
    /// Whether the issuing key that signed its current license was taken back.
    pub key_was_withdrawn: bool,
    /// What its activation key is found by.
    pub activation_key_hash: Vec<u8>,
    /// The bytes of its current license.
    pub document: Option<Vec<u8>>,
    /// The keyed head of its records.
    pub head: StoredHead,
}

impl Tx<'_> {
    /// Adds a customer.
    pub fn add_customer(
        &mut self,
        customer: &Customer,
        activation_key_hash: &[u8],
    ) -> Result<(), StoreError> {
        diesel::insert_into(customers::table)
            .values((
                customers::id.eq(customer.id.as_str()),
                details(&customer.details),
                customers::activation_generation.eq(customer.activation_generation),
                customers::activation_secret.eq(customer.activation_secret),
                customers::activation_key_hash.eq(activation_key_hash),
                customers::version.eq(customer.version),
                customers::ledger_number.eq(0),
                customers::created_at.eq(to_stored(customer.created_at)),
            ))
            .execute(self.connection()?)?;
        self.begin_head(
            customer.id.as_str(),
            Head {
                customer: customer_details(customer),
                activation: digest(activation_key_hash),
                installations: active_installations(&[]),
                ..Head::default()
            },
        );
        self.add_search_words(&customer.id, &customer.details.search_words())
    }

    /// A customer by its id.
    pub fn customer(&mut self, id: &CustomerId) -> Result<Option<Customer>, StoreError> {
        let row = customers::table
            .find(id.as_str())
            .select(Row::as_select())
            .get_result(self.connection()?)
            .optional()?;
        row.map(customer).transpose()
    }

    /// The customer whose activation key has this hash.
    pub fn customer_by_activation_key(
        &mut self,
        hash: &[u8],
    ) -> Result<Option<Customer>, StoreError> {
        let row = customers::table
            .filter(customers::activation_key_hash.eq(hash))
            .select(Row::as_select())
            .get_result(self.connection()?)
            .optional()?;
        row.map(customer).transpose()
    }

    /// Customers by id, oldest first; with `terms`, those of whose words some begin with each of
    /// them, by word.
    pub fn customers(
        &mut self,
        page: &Page,
        terms: &[String],
    ) -> Result<Vec<Customer>, StoreError> {
        if !terms.is_empty() {
            return self.find_customers(terms, page);
        }
        let mut query = customers::table
            .select(Row::as_select())
            .order(customers::id)
            .limit(page.limit)
            .into_boxed();
        if let Some(after) = &page.after {
            query = query.filter(customers::id.gt(after.clone()));
        }
        query.load(self.connection()?)?.into_iter().map(customer).collect()
    }

    /// The customers with these ids.
    pub(super) fn customers_by_id(&mut self, ids: &[String]) -> Result<Vec<Customer>, StoreError> {
        let rows: Vec<Row> = customers::table
            .filter(customers::id.eq_any(ids))
            .select(Row::as_select())
            .load(self.connection()?)?;
        rows.into_iter().map(customer).collect()
    }

    /// Takes the customer's row for this transaction, so that rivals queue here, and reads it with
    /// what stands beside it; `None` where there is no such customer.
    pub fn take_customer(&mut self, id: &CustomerId) -> Result<Option<TakenCustomer>, StoreError> {
        self.take_turn(id.as_str())?;
        self.write_heads()?;
        let Some((taken, told, withdrawn, head, document)) =
            self.connection()?.take_customer(id.as_str())?
        else {
            return Ok(None);
        };
        let head = self.hold_head(id.as_str(), head.as_deref())?;
        Ok(Some(TakenCustomer {
            customer: customer(taken.row)?,
            current: current_license(taken.current),
            was_told_activation_key: told,
            key_was_withdrawn: withdrawn,
            activation_key_hash: taken.activation_key_hash,
            document,
            head,
        }))
    }

    /// Takes many customers' rows, with their current licenses.
    pub fn take_customers(
        &mut self,
        ids: &[&str],
    ) -> Result<Vec<(Customer, Option<CurrentLicense>)>, StoreError> {
        self.write_heads()?;
        let rows = self.connection()?.take_customers(ids)?;
        for (owner, stored) in self.connection()?.take_heads(ids)? {
            self.hold_head(&owner, Some(&stored))?;
        }
        let taken = |TakenRow { row, current, .. }| Ok((customer(row)?, current_license(current)));
        rows.into_iter().map(taken).collect()
    }

    /// Changes a customer's details; `version` counts the edit.
    pub fn change_customer(&mut self, customer: &Customer) -> Result<(), StoreError> {
        diesel::update(customers::table.find(customer.id.as_str()))
            .set((details(&customer.details), customers::version.eq(customer.version)))
            .execute(self.connection()?)?;
        self.head(customer.id.as_str())?.customer = customer_details(customer);
        self.change_search_words(&customer.id, &customer.details)
    }

    /// Makes the activation key of another generation the valid one, under a version of the secret.
    pub fn change_activation_key(
        &mut self,
        id: &CustomerId,
        secret_version: i64,
        generation: i64,
        hash: &[u8],
    ) -> Result<(), StoreError> {
        diesel::update(customers::table.find(id.as_str()))
            .set((
                customers::activation_secret.eq(secret_version),
                customers::activation_generation.eq(generation),
                customers::activation_key_hash.eq(hash),
            ))
            .execute(self.connection()?)?;
        self.head(id.as_str())?.activation = digest(hash);
        Ok(())
    }

    /// The first customers after `after`, by id, whose activation key is derived from an older
    /// version of the secret than `version`.
    pub fn with_activation_secret_before(
        &mut self,
        version: i64,
        after: Option<&CustomerId>,
        limit: i64,
    ) -> Result<Vec<CustomerId>, StoreError> {
        let ids: Vec<String> = customers::table
            .filter(customers::activation_secret.lt(version))
            .filter(customers::id.gt(after.map_or("", CustomerId::as_str)))
            .order(customers::id)
            .limit(limit)
            .select(customers::id)
            .load(self.connection()?)?;
        Ok(ids.into_iter().map(CustomerId::stored).collect())
    }

    /// How many customers' activation keys are derived from an older version than `version`.
    pub fn count_activation_secret_before(&mut self, version: i64) -> Result<i64, StoreError> {
        let older = customers::table.filter(customers::activation_secret.lt(version));
        Ok(older.count().get_result(self.connection()?)?)
    }

    /// The customer's current license; `None` before the first.
    pub fn current_license(
        &mut self,
        id: &CustomerId,
    ) -> Result<Option<CurrentLicense>, StoreError> {
        let row = customers::table
            .find(id.as_str())
            .select(CurrentRow::as_select())
            .get_result(self.connection()?)
            .optional()?;
        Ok(row.and_then(current_license))
    }

    /// The bytes of the customer's current license.
    pub fn current_document(&mut self, id: &CustomerId) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(customers::table
            .inner_join(licenses::table.on(customers::license_id.eq(licenses::id.nullable())))
            .filter(customers::id.eq(id.as_str()))
            .select(licenses::document)
            .get_result(self.connection()?)
            .optional()?)
    }

    /// Makes a license the customer's current one in place of `before`, and notes the last ledger
    /// number given. What has an index is written where it changes: most licenses leave it as it is.
    pub(super) fn note_current_license(
        &mut self,
        customer: &CustomerId,
        before: Option<&CurrentLicense>,
        license: &CurrentLicense,
        number: LedgerNumber,
    ) -> Result<(), StoreError> {
        let signed_anew = before.is_none_or(|before| before.key != license.key);
        let come_anew = before.is_none_or(|before| before.deadlines != license.deadlines);
        let changes = (
            customers::license_id.eq(Some(license.id.to_string())),
            customers::license_seq.eq(Some(license.previous.seq)),
            customers::license_issued_at.eq(Some(to_stored(license.previous.issued_at))),
            customers::ledger_number.eq(number),
            signed_anew.then(|| customers::license_key.eq(Some(license.key.clone()))),
            come_anew.then(|| DeadlineColumns::from(license.deadlines)),
        );
        let missing = format!("{customer} is not there for its license");
        self.change(update(customers::id.eq(customer.to_string()), changes), missing)
    }

    /// Notes what the customer's ledger comes to, where no license is issued for an entry.
    pub fn change_deadlines(
        &mut self,
        customer: &CustomerId,
        deadlines: Deadlines,
    ) -> Result<(), StoreError> {
        diesel::update(customers::table.find(customer.as_str()))
            .set(DeadlineColumns::from(deadlines))
            .execute(self.connection()?)?;
        Ok(())
    }

    /// The first customers after `after`, by id, whose current license another key than `key` has
    /// signed, with it, and what its activation key is found by.
    pub fn signed_by_others(
        &mut self,
        key: &str,
        after: Option<&CustomerId>,
        limit: i64,
    ) -> Result<Vec<(Customer, CurrentLicense, Vec<u8>)>, StoreError> {
        let rows: Vec<TakenRow> = customers::table
            .filter(customers::license_key.ne(key))
            .filter(customers::id.gt(after.map_or("", CustomerId::as_str)))
            .order(customers::id)
            .limit(limit)
            .select(TakenRow::as_select())
            .load(self.connection()?)?;
        // Whoever has a key there has a license.
        let signed =
            rows.into_iter().filter_map(|TakenRow { row, current, activation_key_hash }| {
                let current = current_license(current)?;
                Some(customer(row).map(|customer| (customer, current, activation_key_hash)))
            });
        signed.collect()
    }

    /// The next customers by id, at most so many after one, with their current licenses and what their
    /// activation keys are found by.
    pub fn customers_with_hashes(
        &mut self,
        after: &str,
        limit: i64,
    ) -> Result<Vec<HashedCustomer>, StoreError> {
        let rows: Vec<TakenRow> = customers::table
            .filter(customers::id.gt(after))
            .order(customers::id)
            .limit(limit)
            .select(TakenRow::as_select())
            .load(self.connection()?)?;
        let whole = |TakenRow { row, current, activation_key_hash }| {
            Ok((customer(row)?, current_license(current), activation_key_hash))
        };
        rows.into_iter().map(whole).collect()
    }

    /// Which of these customers are not there.
    pub fn customers_not_there(&mut self, ids: &[&str]) -> Result<Vec<String>, StoreError> {
        let there: Vec<String> = customers::table
            .filter(customers::id.eq_any(ids))
            .select(customers::id)
            .load(self.connection()?)?;
        let is_there = |id: &&&str| !there.iter().any(|there| there == **id);
        Ok(ids.iter().filter(is_there).map(|id| (*id).to_owned()).collect())
    }

    /// How many customers' current licenses `key` has signed.
    pub fn count_signed_by(&mut self, key: &str) -> Result<i64, StoreError> {
        let signed = customers::table.filter(customers::license_key.eq(key));
        Ok(signed.count().get_result(self.connection()?)?)
    }

    /// How many customers' current licenses were signed by another key than `key`.
    pub fn count_signed_by_others(&mut self, key: &str) -> Result<i64, StoreError> {
        Ok(customers::table
            .filter(customers::license_key.ne(key))
            .count()
            .get_result(self.connection()?)?)
    }
}

type DetailColumns<'a> = (
    diesel::dsl::Eq<customers::name, &'a str>,
    diesel::dsl::Eq<customers::country, Option<&'a str>>,
    diesel::dsl::Eq<customers::region, &'a str>,
    diesel::dsl::Eq<customers::city, &'a str>,
    diesel::dsl::Eq<customers::postal_code, &'a str>,
    diesel::dsl::Eq<customers::email, &'a str>,
    diesel::dsl::Eq<customers::language, &'a str>,
    diesel::dsl::Eq<customers::places, i64>,
);

fn details(details: &CustomerDetails) -> DetailColumns<'_> {
    let licensee = &details.licensee;
    (
        customers::name.eq(licensee.name.as_str()),
        customers::country.eq(licensee.country.as_deref()),
        customers::region.eq(licensee.region.as_str()),
        customers::city.eq(licensee.city.as_str()),
        customers::postal_code.eq(licensee.postal_code.as_str()),
        customers::email.eq(details.email.as_str()),
        customers::language.eq(details.language.as_str()),
        customers::places.eq(details.places),
    )
}

/// A stored hash; of another length, it is none that fits.
pub(super) fn digest(hash: &[u8]) -> Digest {
    Digest::try_from(hash).unwrap_or_default()
}

fn current_license(row: CurrentRow) -> Option<CurrentLicense> {
    let previous =
        Previous { seq: row.license_seq?, issued_at: from_stored(row.license_issued_at?) };
    let id = LicenseId::stored(row.license_id?);
    let deadlines = Deadlines {
        support_until: row.support_until.map(date_from_stored),
        emergency_until: row.emergency_until.map(from_stored),
        owed_since: row.owed_since.map(from_stored),
    };
    Some(CurrentLicense { id, previous, key: row.license_key?, deadlines })
}

pub(super) fn customer(row: Row) -> Result<Customer, StoreError> {
    let language = Language::parse(&row.language)
        .map_err(|_| StoreError::Unreadable(format!("the language of {}", row.id)))?;
    Ok(Customer {
        id: CustomerId::stored(row.id),
        details: CustomerDetails {
            licensee: Licensee {
                name: row.name,
                country: row.country,
                region: row.region,
                city: row.city,
                postal_code: row.postal_code,
            },
            email: EmailAddress::stored(row.email),
            language,
            places: row.places,
        },
        activation_generation: row.activation_generation,
        activation_secret: row.activation_secret,
        version: row.version,
        created_at: from_stored(row.created_at),
    })
}
