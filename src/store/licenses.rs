use super::Page;
use super::customers::CurrentLicense;
use super::error::StoreError;
use super::schema::{customers, licenses};
use super::time::{from_stored, to_stored};
use super::transaction::Tx;
use crate::domain::deadlines::Deadlines;
use crate::domain::ids::{CustomerId, LicenseId};
use crate::domain::integrity::Digest;
use crate::domain::issue::Previous;
use crate::domain::ledger::LedgerNumber;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::NaiveDateTime;
use diesel::prelude::*;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// What a license was issued for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A purchase was recorded.
    Purchase,
    /// A purchase was voided.
    Void,
    /// An emergency license was granted.
    Grant,
    /// An installation was activated.
    Activation,
    /// An installation took over another's place.
    Move,
    /// An installation gave its place back.
    Release,
    /// The licensee was changed.
    Licensee,
    /// An issuing key was withdrawn.
    Withdrawal,
    /// Records that were changed outside of Licentia were accepted as they are.
    Correction,
}

impl License {
    /// What the license states.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] where the stored document is none.
    pub fn stated(&self) -> Result<licentia_license::License, StoreError> {
        serde_json::from_value(self.claims())
            .map_err(|error| StoreError::Unreadable(format!("what {} states: {error}", self.id)))
    }

    /// What the license states, as JSON.
    pub fn claims(&self) -> serde_json::Value {
        let payload = self.document.split('.').nth(1).unwrap_or_default();
        let bytes = URL_SAFE_NO_PAD.decode(payload).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }
}

impl Cause {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Purchase => "purchase",
            Self::Void => "void",
            Self::Grant => "grant",
            Self::Activation => "activation",
            Self::Move => "move",
            Self::Release => "release",
            Self::Licensee => "licensee",
            Self::Withdrawal => "withdrawal",
            Self::Correction => "correction",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let all = [
            Self::Purchase,
            Self::Void,
            Self::Grant,
            Self::Activation,
            Self::Move,
            Self::Release,
            Self::Licensee,
            Self::Withdrawal,
            Self::Correction,
        ];
        all.into_iter().find(|cause| cause.as_str() == text)
    }
}

/// An issued license.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct License {
    /// Its id.
    pub id: LicenseId,
    /// Whose it is.
    pub customer: CustomerId,
    /// Its sequence number.
    pub seq: i64,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// The thumbprint of the issuing key.
    pub key: String,
    /// What it was issued for.
    pub cause: Cause,
    /// The purchase, void, grant, installation, customer or key that caused it.
    pub cause_id: String,
    /// The compact JWS: the very bytes that go out.
    pub document: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = licenses)]
struct Row {
    id: String,
    customer_id: String,
    seq: i64,
    issued_at: NaiveDateTime,
    key: String,
    cause: String,
    cause_id: String,
    document: Vec<u8>,
}

/// A license as it is added.
#[derive(Insertable)]
#[diesel(table_name = licenses, treat_none_as_default_value = false)]
pub(super) struct NewRow {
    pub id: String,
    pub customer_id: String,
    pub seq: i64,
    pub issued_at: NaiveDateTime,
    pub key: String,
    pub cause: &'static str,
    pub cause_id: String,
    pub document: Vec<u8>,
}

impl From<&License> for NewRow {
    fn from(license: &License) -> Self {
        Self {
            id: license.id.to_string(),
            customer_id: license.customer.to_string(),
            seq: license.seq,
            issued_at: to_stored(license.issued_at),
            key: license.key.clone(),
            cause: license.cause.as_str(),
            cause_id: license.cause_id.clone(),
            document: license.document.as_bytes().to_vec(),
        }
    }
}

impl Tx<'_> {
    /// Adds a license and makes it the customer's current one in place of `before`; `number` is the
    /// last of the ledger that it states, `deadlines` what that comes to.
    pub fn add_license(
        &mut self,
        license: &License,
        before: Option<&CurrentLicense>,
        number: LedgerNumber,
        deadlines: Deadlines,
    ) -> Result<CurrentLicense, StoreError> {
        self.add(diesel::insert_into(licenses::table).values(NewRow::from(license)))?;
        let current = CurrentLicense {
            id: license.id.clone(),
            previous: Previous { seq: license.seq, issued_at: license.issued_at },
            key: license.key.clone(),
            deadlines,
        };
        self.note_current_license(&license.customer, before, &current, number)?;
        self.head(license.customer.as_str())?.license = document_digest(&license.document);
        Ok(current)
    }

    /// Adds licenses in place of current ones that stated as much of the ledger.
    pub fn replace_licenses(&mut self, licenses: &[&License]) -> Result<(), StoreError> {
        let rows: Vec<_> = licenses.iter().copied().map(NewRow::from).collect();
        self.connection()?.replace_licenses(&rows)?;
        for license in licenses {
            self.head(license.customer.as_str())?.license = document_digest(&license.document);
        }
        Ok(())
    }

    /// A license by its id.
    pub fn license(&mut self, id: &LicenseId) -> Result<Option<License>, StoreError> {
        let row = licenses::table
            .find(id.as_str())
            .select(Row::as_select())
            .get_result(self.connection()?)
            .optional()?;
        row.map(license).transpose()
    }

    /// A license, and whether it is the current one of its customer.
    pub fn license_standing(
        &mut self,
        id: &LicenseId,
    ) -> Result<Option<(License, bool)>, StoreError> {
        let found: Option<(Row, Option<String>)> = licenses::table
            .inner_join(customers::table.on(customers::id.eq(licenses::customer_id)))
            .filter(licenses::id.eq(id.as_str()))
            .select((Row::as_select(), customers::license_id))
            .get_result(self.connection()?)
            .optional()?;
        let standing = |(row, current): (Row, Option<String>)| {
            let is_current = current.as_deref() == Some(row.id.as_str());
            Ok((license(row)?, is_current))
        };
        found.map(standing).transpose()
    }

    /// The current licenses of these customers.
    pub fn current_licenses(
        &mut self,
        customers: &[&CustomerId],
    ) -> Result<Vec<License>, StoreError> {
        let ids = customers.iter().map(|id| id.as_str());
        let rows = licenses::table
            .inner_join(customers::table.on(customers::license_id.eq(licenses::id.nullable())))
            .filter(customers::id.eq_any(ids))
            .select(Row::as_select())
            .load(self.connection()?)?;
        rows.into_iter().map(license).collect()
    }

    /// The first license that was issued for a purchase, void, grant or installation.
    pub fn license_for(&mut self, cause_id: &str) -> Result<Option<License>, StoreError> {
        let row = licenses::table
            .filter(licenses::cause_id.eq(cause_id))
            .order(licenses::seq)
            .select(Row::as_select())
            .first(self.connection()?)
            .optional()?;
        row.map(license).transpose()
    }

    /// A customer's licenses, newest first: those before `before` (a `seq`), or the last.
    pub fn latest_licenses(
        &mut self,
        customer: &CustomerId,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<License>, StoreError> {
        let rows = licenses::table
            .filter(licenses::customer_id.eq(customer.as_str()))
            .filter(licenses::seq.lt(before.unwrap_or(i64::MAX)))
            .order(licenses::seq.desc())
            .limit(limit)
            .select(Row::as_select())
            .load(self.connection()?)?;
        rows.into_iter().map(license).collect()
    }

    /// How many licenses a customer was ever issued.
    pub fn count_licenses(&mut self, customer: &CustomerId) -> Result<i64, StoreError> {
        let own = licenses::table.filter(licenses::customer_id.eq(customer.as_str()));
        Ok(own.count().get_result(self.connection()?)?)
    }

    /// The license of a customer that was in force at an instant: the last issued by then.
    pub fn license_at(
        &mut self,
        customer: &CustomerId,
        at: Timestamp,
    ) -> Result<Option<License>, StoreError> {
        let row = licenses::table
            .filter(licenses::customer_id.eq(customer.as_str()))
            .filter(licenses::issued_at.le(to_stored(at)))
            .order(licenses::seq.desc())
            .select(Row::as_select())
            .first(self.connection()?)
            .optional()?;
        row.map(license).transpose()
    }

    /// A customer's licenses by id, oldest first.
    pub fn licenses(
        &mut self,
        customer: &CustomerId,
        page: &Page,
    ) -> Result<Vec<License>, StoreError> {
        let mut query = licenses::table
            .filter(licenses::customer_id.eq(customer.as_str()))
            .select(Row::as_select())
            .order(licenses::id)
            .limit(page.limit)
            .into_boxed();
        if let Some(after) = &page.after {
            query = query.filter(licenses::id.gt(after.clone()));
        }
        query.load(self.connection()?)?.into_iter().map(license).collect()
    }
}

/// What a head states of a license.
fn document_digest(document: &str) -> Digest {
    Sha256::digest(document.as_bytes()).into()
}

fn license(row: Row) -> Result<License, StoreError> {
    let unreadable = |what: &str| StoreError::Unreadable(format!("{what} of a license"));
    Ok(License {
        id: LicenseId::stored(row.id),
        customer: CustomerId::stored(row.customer_id),
        seq: row.seq,
        issued_at: from_stored(row.issued_at),
        key: row.key,
        cause: Cause::parse(&row.cause).ok_or_else(|| unreadable("the cause"))?,
        cause_id: row.cause_id,
        document: String::from_utf8(row.document).map_err(|_| unreadable("the document"))?,
    })
}
