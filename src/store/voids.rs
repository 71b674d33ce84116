use super::error::StoreError;
use super::schema::voids;
use super::time::{from_stored, to_stored};
use super::transaction::Tx;
use crate::domain::ids::{CustomerId, PurchaseId, VoidId};
use crate::domain::ledger::Void;
use chrono::NaiveDateTime;
use diesel::prelude::*;

#[derive(Queryable, Selectable)]
#[diesel(table_name = voids)]
pub(super) struct Row {
    id: String,
    number: i64,
    purchase_id: String,
    reason: String,
    recorded_at: NaiveDateTime,
}

impl From<Row> for Void {
    fn from(row: Row) -> Self {
        Self {
            id: VoidId::stored(row.id),
            number: row.number,
            purchase: PurchaseId::stored(row.purchase_id),
            reason: row.reason,
            recorded_at: from_stored(row.recorded_at),
        }
    }
}

impl Tx<'_> {
    pub(super) fn add_void(
        &mut self,
        customer: &CustomerId,
        void: &Void,
    ) -> Result<(), StoreError> {
        self.add(diesel::insert_into(voids::table).values((
            voids::id.eq(void.id.to_string()),
            voids::customer_id.eq(customer.to_string()),
            voids::number.eq(void.number),
            voids::purchase_id.eq(void.purchase.to_string()),
            voids::reason.eq(void.reason.clone()),
            voids::recorded_at.eq(to_stored(void.recorded_at)),
        )))?;
        // The order number may be entered again: that is how a mistake is corrected.
        self.remove_standing_order(void.purchase.as_str())
    }
}
