use super::{Error, Office};
use crate::domain::ids::CustomerId;
use crate::domain::moves::{self, Moves};
use crate::store::Tx;
use jiff::Timestamp;

/// How often a customer has moved in the 365 days before `now`, and how often it may.
pub(super) fn moves(
    office: &Office,
    tx: &mut Tx<'_>,
    customer: &CustomerId,
    now: Timestamp,
) -> Result<Moves, Error> {
    let made = tx.count_moves(customer, moves::counted_since(now))?;
    Ok(Moves { made, allowed: office.settings().moves_per_year })
}
