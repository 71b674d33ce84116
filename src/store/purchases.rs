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

/// Which purchase stands under an order key.
#[derive(Insertable)]
#[diesel(table_name = standing_orders)]
pub(super) struct OrderOf {
    pub order_key: String,
    pub twin: i64,
    pub purchase_id: String,
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

    /// The purchases that stand under an order number, in whichever spelling and of whichever customer,
    /// oldest first: at most one, but where several were recorded before spellings were compared.
    pub fn standing_purchases(
        &mut self,
        order: &OrderNumber,
    ) -> Result<Vec<PurchaseId>, StoreError> {
        let ids: Vec<String> = standing_orders::table
            .filter(standing_orders::order_key.eq(order.key().as_str()))
            .order(standing_orders::twin)
            .select(standing_orders::purchase_id)
            .load(self.connection()?)?;
        Ok(ids.into_iter().map(PurchaseId::stored).collect())
    }

    /// A purchase, and whose it is.
    pub fn purchase(
        &mut self,
        id: &PurchaseId,
    ) -> Result<Option<(CustomerId, Purchase)>, StoreError> {
        let row: Option<(String, Row)> = purchases::table
            .filter(purchases::id.eq(id.as_str()))
            .select((purchases::customer_id, Row::as_select()))
            .get_result(self.connection()?)
            .optional()?;
        Ok(row.map(|(customer, row)| (CustomerId::stored(customer), row.into())))
    }

    pub(super) fn add_standing_order(&mut self, order: OrderOf) -> Result<(), StoreError> {
        self.add(diesel::insert_into(standing_orders::table).values(order))
    }

    pub(super) fn remove_standing_order(&mut self, purchase: &str) -> Result<(), StoreError> {
        let standing = standing_orders::purchase_id.eq(purchase);
        diesel::delete(standing_orders::table.filter(standing)).execute(self.connection()?)?;
        Ok(())
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
        self.add_standing_order(OrderOf {
            order_key: purchase.order_number.key().as_str().to_owned(),
            twin: 0,
            purchase_id: purchase.id.to_string(),
        })?;
        self.add_search_words(customer, &search::words([purchase.order_number.as_str()]))
    }
}
