use super::error::StoreError;
use super::schema::moves;
use super::time::to_stored;
use super::transaction::Tx;
use crate::domain::ids::CustomerId;
use crate::domain::moves::Move;
use diesel::prelude::*;
use jiff::Timestamp;

impl Tx<'_> {
    /// Records that an installation took over another's place.
    pub fn add_move(&mut self, moved: &Move) -> Result<(), StoreError> {
        diesel::insert_into(moves::table)
            .values((
                moves::installation_id.eq(moved.installation.as_str()),
                moves::customer_id.eq(moved.customer.as_str()),
                moves::replaced_id.eq(moved.replaced.as_str()),
                moves::moved_at.eq(to_stored(moved.moved_at)),
            ))
            .execute(self.connection()?)?;
        Ok(())
    }

    /// How often a customer's installations moved after an instant.
    pub fn count_moves(
        &mut self,
        customer: &CustomerId,
        since: Timestamp,
    ) -> Result<i64, StoreError> {
        Ok(moves::table
            .filter(moves::customer_id.eq(customer.as_str()))
            .filter(moves::moved_at.gt(to_stored(since)))
            .count()
            .get_result(self.connection()?)?)
    }
}
