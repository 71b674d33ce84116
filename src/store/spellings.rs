//! Order keys and search words that were folded by earlier rules are folded anew, once, when the database
//! is opened: SQL cannot fold.

use super::backend::{AnyConnection, Work};
use super::error::StoreError;
use super::integrity::Integrity;
use super::purchases::OrderOf;
use super::schema::{customers, purchases, search_words, spellings, standing_orders};
use super::transaction::Tx;
use crate::domain::ids::CustomerId;
use crate::domain::purchase::OrderNumber;
use crate::domain::search;
use crate::domain::spelling::VERSION;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use std::collections::{BTreeSet, HashMap};

/// How many customers' words are looked at together.
const TOGETHER: i64 = 500;

/// Folds anew what was folded by earlier rules. If it is interrupted, the next start does it.
///
/// Of active purchases whose order numbers turn out to be one, the oldest gets the key, and the others
/// stand beside it: they stay, and no more are recorded.
///
/// # Errors
/// Errors of the database.
pub(super) fn fold_anew(connection: &mut AnyConnection) -> Result<(), StoreError> {
    let followed: Option<i64> =
        spellings::table.find(1).select(spellings::version).get_result(connection).optional()?;
    if followed.is_some_and(|followed| followed >= VERSION) {
        return Ok(());
    }
    within(connection, fold_orders)?;
    let mut after = String::new();
    while let Some(last) = within(connection, |tx| fold_words(tx, &after))? {
        after = last;
    }
    within(connection, |tx| {
        diesel::delete(spellings::table.find(1)).execute(tx.connection()?)?;
        let row = (spellings::id.eq(1), spellings::version.eq(VERSION));
        diesel::insert_into(spellings::table).values(row).execute(tx.connection()?)?;
        Ok(())
    })
}

/// Runs one transaction on a connection that nobody else uses.
fn within<T>(
    connection: &mut AnyConnection,
    work: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    connection.begin(Work::Office)?;
    let integrity = Integrity::default();
    let done = work(&mut Tx::new(connection, &integrity, false));
    connection.batch_execute(if done.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    done
}

fn fold_orders(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    // The ids of purchases sort by time.
    let stored: Vec<(String, i64, String, String)> = standing_orders::table
        .inner_join(purchases::table.on(purchases::id.eq(standing_orders::purchase_id)))
        .order(purchases::id)
        .select((
            standing_orders::order_key,
            standing_orders::twin,
            purchases::id,
            purchases::order_number,
        ))
        .load(tx.connection()?)?;
    let mut known: HashMap<String, i64> = HashMap::new();
    let mut changed = Vec::new();
    for (key, twin, purchase, number) in stored {
        let right = OrderNumber::stored(number).key().as_str().to_owned();
        let count = known.entry(right.clone()).or_default();
        if (right.as_str(), *count) != (key.as_str(), twin) {
            changed.push(OrderOf { order_key: right, twin: *count, purchase_id: purchase });
        }
        *count += 1;
    }
    // All go before any comes: a new key may be another's old one.
    for order in &changed {
        tx.remove_standing_order(&order.purchase_id)?;
    }
    changed.into_iter().try_for_each(|order| tx.add_standing_order(order))
}

/// Folds the words of the next customers after one by id; returns the last of them.
fn fold_words(tx: &mut Tx<'_>, after: &str) -> Result<Option<String>, StoreError> {
    let ids: Vec<String> = customers::table
        .filter(customers::id.gt(after))
        .order(customers::id)
        .limit(TOGETHER)
        .select(customers::id)
        .load(tx.connection()?)?;
    let mut stored: HashMap<String, BTreeSet<String>> = HashMap::new();
    let words: Vec<(String, String)> = search_words::table
        .filter(search_words::customer_id.eq_any(&ids))
        .select((search_words::customer_id, search_words::word))
        .load(tx.connection()?)?;
    for (customer, word) in words {
        stored.entry(customer).or_default().insert(word);
    }
    let mut right: HashMap<String, BTreeSet<String>> = HashMap::new();
    let orders: Vec<(String, String)> = purchases::table
        .filter(purchases::customer_id.eq_any(&ids))
        .select((purchases::customer_id, purchases::order_number))
        .load(tx.connection()?)?;
    for (customer, number) in orders {
        right.entry(customer).or_default().extend(search::words([number.as_str()]));
    }
    for customer in tx.customers_by_id(&ids)? {
        let (id, words) = (customer.id.to_string(), customer.details.search_words());
        right.entry(id).or_default().extend(words);
    }
    for id in &ids {
        let customer = CustomerId::stored(id.clone());
        let stored = stored.remove(id).unwrap_or_default();
        let right = right.remove(id).unwrap_or_default();
        for word in stored.difference(&right) {
            tx.remove_search_word(&customer, word)?;
        }
        tx.add_search_words(&customer, &right.difference(&stored).cloned().collect())?;
    }
    Ok(ids.last().cloned())
}
