use super::Page;
use super::error::StoreError;
use super::schema::grants;
use super::time::{from_stored, to_stored};
use super::transaction::Tx;
use crate::domain::ids::{CustomerId, GrantId};
use crate::domain::ledger::Grant;
use crate::domain::purchase::OrderNumber;
use chrono::NaiveDateTime;
use diesel::prelude::*;

#[derive(Queryable, Selectable)]
#[diesel(table_name = grants)]
pub(super) struct Row {
    id: String,
    number: i64,
    accounts: i64,
    starts_at: NaiveDateTime,
    ends_at: NaiveDateTime,
    spent_order: String,
}

impl From<Row> for Grant {
    fn from(row: Row) -> Self {
        Self {
            id: GrantId::stored(row.id),
            number: row.number,
            accounts: row.accounts,
            from: from_stored(row.starts_at),
            until: from_stored(row.ends_at),
            spent_order: OrderNumber::stored(row.spent_order),
        }
    }
}

impl Tx<'_> {
    /// A customer's emergency grants by id, oldest first.
    pub fn grants(&mut self, customer: &CustomerId, page: &Page) -> Result<Vec<Grant>, StoreError> {
        let mut query = grants::table
            .filter(grants::customer_id.eq(customer.as_str()))
            .select(Row::as_select())
            .order(grants::id)
            .limit(page.limit)
            .into_boxed();
        if let Some(after) = &page.after {
            query = query.filter(grants::id.gt(after.clone()));
        }
        Ok(query.load(self.connection()?)?.into_iter().map(Grant::from).collect())
    }

    pub(super) fn add_grant(
        &mut self,
        customer: &CustomerId,
        grant: &Grant,
    ) -> Result<(), StoreError> {
        self.add(diesel::insert_into(grants::table).values((
            grants::id.eq(grant.id.to_string()),
            grants::customer_id.eq(customer.to_string()),
            grants::number.eq(grant.number),
            grants::accounts.eq(grant.accounts),
            grants::starts_at.eq(to_stored(grant.from)),
            grants::ends_at.eq(to_stored(grant.until)),
            grants::spent_order.eq(grant.spent_order.as_str().to_owned()),
        )))?;
        Ok(())
    }
}
