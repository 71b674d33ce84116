use super::Page;
use super::error::StoreError;
use super::schema::{purchases, standing_orders};
use super::time::{date_from_stored, date_to_stored, from_stored, to_stored};
use super::transaction::Tx;
use crate::domain::ids::{CustomerId, PurchaseId};
use crate::domain::ledger::Purchase;
use crate::domain::purchase::{Lines, OrderNumber};
use crate::domain::search;
use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

#[derive(Queryable, Selectable)]
#[diesel(table_name = purchases)]
pub(super) struct Row {
    id: String,
    number: i64,
    order_number: String,
    paid_on: NaiveDate,
    user_accounts: Option<i64>,
    external_connections: Option<i64>,
    support_until: Option<NaiveDate>,
    notify: bool,
    recorded_at: NaiveDateTime,
}

impl From<Row> for Purchase {
    fn from(row: Row) -> Self {
        Self {
            id: PurchaseId::stored(row.id),
            number: row.number,
            order_number: OrderNumber::stored(row.order_number),
            paid_on: date_from_stored(row.paid_on),
            lines: Lines {
                user_accounts: row.user_accounts,
                external_connections: row.external_connections,
                support_until: row.support_until.map(date_from_stored),
            },
            notify: row.notify,
            recorded_at: from_stored(row.recorded_at),
        }
    }
}

impl Tx<'_> {
    /// A customer's order numbers, those of voided purchases included.
    pub(super) fn order_numbers(
        &mut self,
        customer: &CustomerId,
    ) -> Result<Vec<String>, StoreError> {
        let orders = purchases::table
            .filter(purchases::customer_id.eq(customer.as_str()))
            .select(purchases::order_number);
        Ok(orders.load(self.connection()?)?)
    }

    /// A customer's purchases by id, oldest first, voided ones included.
    pub fn purchases(
        &mut self,
        customer: &CustomerId,
        page: &Page,
    ) -> Result<Vec<Purchase>, StoreError> {
        let mut query = purchases::table
            .filter(purchases::customer_id.eq(customer.as_str()))
            .select(Row::as_select())
            .order(purchases::id)
            .limit(page.limit)
            .into_boxed();
        if let Some(after) = &page.after {
            query = query.filter(purchases::id.gt(after.clone()));
        }
        Ok(query.load(self.connection()?)?.into_iter().map(Purchase::from).collect())
    }

    /// Whose purchase it is.
    pub fn customer_of_purchase(
        &mut self,
        id: &PurchaseId,
    ) -> Result<Option<CustomerId>, StoreError> {
        let customer: Option<String> = purchases::table
            .find(id.as_str())
            .select(purchases::customer_id)
            .get_result(self.connection()?)
            .optional()?;
        Ok(customer.map(CustomerId::stored))
    }

    /// The purchase that stands under an order number, of whichever customer.
    pub fn standing_purchase(
        &mut self,
        order_number: &OrderNumber,
    ) -> Result<Option<PurchaseId>, StoreError> {
        let id: Option<String> = standing_orders::table
            .find(order_number.as_str())
            .select(standing_orders::purchase_id)
            .get_result(self.connection()?)
            .optional()?;
        Ok(id.map(PurchaseId::stored))
    }

    pub(super) fn add_purchase(
        &mut self,
        customer: &CustomerId,
        purchase: &Purchase,
    ) -> Result<(), StoreError> {
        let lines = &purchase.lines;
        self.add(diesel::insert_into(purchases::table).values((
            purchases::id.eq(purchase.id.to_string()),
            purchases::customer_id.eq(customer.to_string()),
            purchases::number.eq(purchase.number),
            purchases::order_number.eq(purchase.order_number.as_str().to_owned()),
            purchases::paid_on.eq(date_to_stored(purchase.paid_on)),
            purchases::user_accounts.eq(lines.user_accounts),
            purchases::external_connections.eq(lines.external_connections),
            purchases::support_until.eq(lines.support_until.map(date_to_stored)),
            purchases::notify.eq(purchase.notify),
            purchases::recorded_at.eq(to_stored(purchase.recorded_at)),
        )))?;
        self.add(diesel::insert_into(standing_orders::table).values((
            standing_orders::order_number.eq(purchase.order_number.as_str().to_owned()),
            standing_orders::purchase_id.eq(purchase.id.to_string()),
        )))?;
        self.add_search_words(customer, &search::words([purchase.order_number.as_str()]))
    }
}
