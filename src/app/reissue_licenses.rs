//! After a key was withdrawn: every current license is issued again under the new certificate.
//! What is left to do is read from the database, so that it can be broken off and resumed.

use super::audit::NOTHING;
use super::case::Case;
use super::{Actor, Error, Office};
use crate::domain::ids::CustomerId;
use crate::store::{Cause, Tx};
use serde_json::json;

/// How many customers are looked up at a time.
const BATCH: i64 = 200;
/// How many licenses are issued in one transaction: a commit costs as much as several of them, and
/// other calls that write wait for no more than these.
const TOGETHER: usize = 25;

/// How many current licenses were not signed by the current issuing key.
///
/// # Errors
/// What the store or the keys say.
pub fn count_to_reissue(office: &Office) -> Result<i64, Error> {
    let key = current_key(office)?;
    office.store.read(|tx| Ok(tx.count_signed_by_others(&key)?))
}

/// Re-issues the next batch of licenses that the current issuing key has not signed; calls `done`
/// for each that is. Returns how many: 0 when nothing is left.
///
/// # Errors
/// What the store or the keys say; what was re-issued before stays so.
pub fn reissue_next(
    office: &Office,
    actor: &Actor,
    mut done: impl FnMut(),
) -> Result<usize, Error> {
    let key = current_key(office)?;
    let customers: Vec<CustomerId> =
        office.store.read(|tx| Ok::<_, Error>(tx.customers_signed_by_others(&key, BATCH)?))?;
    for together in customers.chunks(TOGETHER) {
        office.store.write_for_customer(|tx| {
            together.iter().try_for_each(|customer| reissue(office, tx, actor, customer, &key))
        })?;
        for _ in together {
            done();
        }
    }
    Ok(customers.len())
}

fn reissue(
    office: &Office,
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: &CustomerId,
    key: &str,
) -> Result<(), Error> {
    let mut case = Case::open(office, tx, id)?;
    if case.current.as_ref().is_some_and(|current| current.key == key) {
        return Ok(());
    }
    let license = case.issue(Cause::Withdrawal, key)?;
    let stated = json!({"seq": license.seq});
    case.audit(actor, "license.reissued", license.id.as_str(), NOTHING, Some(&stated))
}

fn current_key(office: &Office) -> Result<String, Error> {
    let keyring = office.keys.keyring()?;
    let key = keyring.current().map(|key| key.public.thumbprint());
    key.ok_or_else(|| Error::IssuingKeyExpired("there is no issuing key".into()))
}
