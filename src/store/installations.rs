use super::Page;
use super::error::StoreError;
use super::schema::{customers, installations, licenses};
use super::time::{from_stored, to_stored};
use super::transaction::Tx;
use crate::domain::ids::{CustomerId, InstallationId};
use crate::domain::installation::{Installation, InstallationDetails, ReportedUsage};
use chrono::NaiveDateTime;
use diesel::prelude::*;
use jiff::Timestamp;

#[derive(Queryable, Selectable)]
#[diesel(table_name = installations)]
pub(super) struct Row {
    id: String,
    customer_id: String,
    thumbprint: String,
    name: String,
    product_version: String,
    fingerprint: String,
    activated_at: NaiveDateTime,
    released_at: Option<NaiveDateTime>,
    used_user_accounts: Option<i64>,
    used_emergency_accounts: Option<i64>,
    used_external_connections: Option<i64>,
    usage_reported_at: Option<NaiveDateTime>,
}

impl Tx<'_> {
    /// Adds an installation that was just activated.
    pub fn add_installation(&mut self, installation: &Installation) -> Result<(), StoreError> {
        let details = &installation.details;
        let fingerprint = serde_json::to_string(&details.fingerprint)
            .map_err(|error| StoreError::Other(error.to_string()))?;
        self.add(diesel::insert_into(installations::table).values((
            installations::id.eq(installation.id.to_string()),
            installations::customer_id.eq(installation.customer.to_string()),
            installations::thumbprint.eq(installation.thumbprint.clone()),
            installations::name.eq(details.name.clone()),
            installations::product_version.eq(details.product_version.clone()),
            installations::fingerprint.eq(fingerprint),
            installations::activated_at.eq(to_stored(installation.activated_at)),
        )))?;
        Ok(())
    }

    /// Takes an installation's place back.
    pub fn release_installation(
        &mut self,
        id: &InstallationId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        diesel::update(installations::table.find(id.as_str()))
            .set(installations::released_at.eq(Some(to_stored(at))))
            .execute(self.connection()?)?;
        Ok(())
    }

    /// Notes what an installation counted.
    pub fn note_usage(
        &mut self,
        id: &InstallationId,
        usage: &ReportedUsage,
    ) -> Result<(), StoreError> {
        diesel::update(installations::table.find(id.as_str()))
            .set((
                installations::used_user_accounts.eq(Some(usage.user_accounts)),
                installations::used_emergency_accounts.eq(Some(usage.emergency_accounts)),
                installations::used_external_connections.eq(Some(usage.external_connections)),
                installations::usage_reported_at.eq(Some(to_stored(usage.reported_at))),
            ))
            .execute(self.connection()?)?;
        Ok(())
    }

    /// An installation by its id.
    pub fn installation(
        &mut self,
        id: &InstallationId,
    ) -> Result<Option<Installation>, StoreError> {
        let row = installations::table
            .find(id.as_str())
            .select(Row::as_select())
            .get_result(self.connection()?)
            .optional()?;
        row.map(installation).transpose()
    }

    /// The installation with this key: the active one, if there is one, else the newest.
    pub fn installation_by_thumbprint(
        &mut self,
        thumbprint: &str,
    ) -> Result<Option<Installation>, StoreError> {
        let row = installations::table
            .filter(installations::thumbprint.eq(thumbprint))
            .order((installations::released_at.is_null().desc(), installations::id.desc()))
            .select(Row::as_select())
            .first(self.connection()?)
            .optional()?;
        row.map(installation).transpose()
    }

    /// A customer's installations that hold a place, in the order of activation.
    pub fn active_installations(
        &mut self,
        customer: &CustomerId,
    ) -> Result<Vec<Installation>, StoreError> {
        let rows = installations::table
            .filter(installations::customer_id.eq(customer.as_str()))
            .filter(installations::released_at.is_null())
            .order(installations::id)
            .select(Row::as_select())
            .load(self.connection()?)?;
        rows.into_iter().map(installation).collect()
    }

    /// The installations of these customers that hold a place, in the order of activation.
    pub fn active_installations_of(
        &mut self,
        customers: &[&str],
    ) -> Result<Vec<Installation>, StoreError> {
        let rows = installations::table
            .filter(installations::customer_id.eq_any(customers))
            .filter(installations::released_at.is_null())
            .order(installations::id)
            .select(Row::as_select())
            .load(self.connection()?)?;
        rows.into_iter().map(installation).collect()
    }

    /// The installations of a customer that gave their places back, the last activated first.
    pub fn released_installations(
        &mut self,
        customer: &CustomerId,
        limit: i64,
    ) -> Result<Vec<Installation>, StoreError> {
        let rows = installations::table
            .filter(installations::customer_id.eq(customer.as_str()))
            .filter(installations::released_at.is_not_null())
            .order(installations::id.desc())
            .limit(limit)
            .select(Row::as_select())
            .load(self.connection()?)?;
        rows.into_iter().map(installation).collect()
    }

    /// Every installation that a customer ever activated, oldest first: id, thumbprint and name.
    pub fn installation_names(
        &mut self,
        customer: &CustomerId,
    ) -> Result<Vec<[String; 3]>, StoreError> {
        let rows: Vec<(String, String, String)> = installations::table
            .filter(installations::customer_id.eq(customer.as_str()))
            .order(installations::id)
            .select((installations::id, installations::thumbprint, installations::name))
            .load(self.connection()?)?;
        Ok(rows.into_iter().map(<[String; 3]>::from).collect())
    }

    /// A customer's installations by id, released ones included.
    pub fn installations(
        &mut self,
        customer: &CustomerId,
        page: &Page,
    ) -> Result<Vec<Installation>, StoreError> {
        let mut query = installations::table
            .filter(installations::customer_id.eq(customer.as_str()))
            .select(Row::as_select())
            .order(installations::id)
            .limit(page.limit)
            .into_boxed();
        if let Some(after) = &page.after {
            query = query.filter(installations::id.gt(after.clone()));
        }
        query.load(self.connection()?)?.into_iter().map(installation).collect()
    }

    /// The keys of a customer's active installations.
    pub fn active_thumbprints(&mut self, customer: &CustomerId) -> Result<Vec<String>, StoreError> {
        Ok(installations::table
            .filter(installations::customer_id.eq(customer.as_str()))
            .filter(installations::released_at.is_null())
            .select(installations::thumbprint)
            .load(self.connection()?)?)
    }

    /// Whose the active installation with this key is, and the bytes of the customer's current
    /// license, in one query.
    pub fn document_for_installation(
        &mut self,
        thumbprint: &str,
    ) -> Result<Option<(CustomerId, Vec<u8>)>, StoreError> {
        let found: Option<(String, Vec<u8>)> = installations::table
            .inner_join(customers::table.on(installations::customer_id.eq(customers::id)))
            .inner_join(licenses::table.on(customers::license_id.eq(licenses::id.nullable())))
            .filter(installations::thumbprint.eq(thumbprint))
            .filter(installations::released_at.is_null())
            .select((customers::id, licenses::document))
            .get_result(self.connection()?)
            .optional()?;
        Ok(found.map(|(customer, document)| (CustomerId::stored(customer), document)))
    }
}

pub(super) fn installation(row: Row) -> Result<Installation, StoreError> {
    let fingerprint = serde_json::from_str(&row.fingerprint)
        .map_err(|_| StoreError::Unreadable(format!("the fingerprint of {}", row.id)))?;
    let usage = (|| {
        Some(ReportedUsage {
            user_accounts: row.used_user_accounts?,
            emergency_accounts: row.used_emergency_accounts?,
            external_connections: row.used_external_connections?,
            reported_at: from_stored(row.usage_reported_at?),
        })
    })();
    Ok(Installation {
        id: InstallationId::stored(row.id),
        customer: CustomerId::stored(row.customer_id),
        thumbprint: row.thumbprint,
        details: InstallationDetails {
            name: row.name,
            product_version: row.product_version,
            fingerprint,
        },
        activated_at: from_stored(row.activated_at),
        released_at: row.released_at.map(from_stored),
        usage,
    })
}
