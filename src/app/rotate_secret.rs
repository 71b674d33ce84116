//! Rotation of a secret: a new version, then all that was made with the versions before it. What is
//! left to do is read from the database, so that an interrupted rotation can be resumed.

use super::audit::{Event, audit};
use super::{Actor, Error, Office, Right, renew_integrity_macs, reseal_second_factors};
use crate::domain::ids::{CustomerId, EventId};
use crate::signing::{ActivationKey, Keyring, KeyringError, SecretName};
use crate::store::{RecordedSecret, Tx};
use serde_json::json;

/// How many customers get a new activation key in one transaction.
const BATCH: i64 = 250;

/// What a rotation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RotatedSecret {
    /// The current version.
    pub version: u32,
    /// Whether it was made now; otherwise an interrupted rotation was resumed.
    pub made: bool,
    /// How many records were carried over to it.
    pub carried_over: usize,
}

/// How many records are left to carry over to the current version of a secret.
///
/// # Errors
/// What the store or the keys say.
pub fn count_to_carry_over(office: &Office, name: SecretName) -> Result<i64, Error> {
    let version = i64::from(office.keys.keyring()?.secrets().version(name));
    match name {
        SecretName::Activation => {
            Ok(office.store.read(|tx| tx.count_activation_secret_before(version))?)
        }
        // One that was interrupted makes a further version, and carries over to that.
        _ => Ok(0),
    }
}

/// Makes the next version of a secret and carries over what depends on it. An interrupted rotation
/// is resumed: it makes no further version. Calls `done` with the number of records from time to
/// time.
///
/// # Errors
/// What the store or the keys say; what was carried over before stays so.
pub fn rotate_secret(
    office: &Office,
    actor: &Actor,
    name: SecretName,
    mut done: impl FnMut(usize),
) -> Result<RotatedSecret, Error> {
    actor.require(Right::Administer)?;
    let made = count_to_carry_over(office, name)? == 0;
    if made {
        make_version(office, actor, name)?;
    }
    let carried_over = match name {
        SecretName::Activation => renew_activation_keys(office, actor, &mut done)?,
        SecretName::Integrity => renew_integrity_macs(office)?,
        SecretName::SecondFactor => reseal_second_factors(office)?,
        // Nothing that is stored depends on cookies, and old versions open the answers.
        SecretName::Cookies | SecretName::Answers => 0,
    };
    let version = office.keys.keyring()?.secrets().version(name);
    Ok(RotatedSecret { version, made, carried_over })
}

/// The file is made before the transaction that records it commits: a database that takes no event
/// lets no version be made.
fn make_version(office: &Office, actor: &Actor, name: SecretName) -> Result<(), Error> {
    let before = office.keys.keyring()?.secrets().version(name);
    let id = office.id(EventId::from_ulid);
    let now = office.clock.now();
    office.store.write(|tx| {
        tx.recorded_secrets()?;
        // A transaction that runs again finds the file that its first run made.
        let version = office.keys.rotate_secret(name, before, &office.chance)?;
        let keyring = office.keys.keyring()?;
        let fingerprint = keyring.secrets().fingerprint(name, version).unwrap_or_default().to_vec();
        let secret =
            RecordedSecret { name: name.to_string(), version: version.into(), fingerprint };
        tx.record_secret(&secret, now)?;
        let event = Event {
            id: id.clone(),
            at: now,
            actor,
            action: "secret.rotated",
            subject: name.as_str(),
            customer: None,
        };
        let [before, after] = [before, version].map(|version| json!({"version": version}));
        audit(tx, event, Some(&before), Some(&after))
    })
}

/// Gives every customer a new activation key under the current version: whoever has the old secret
/// can derive the old keys.
fn renew_activation_keys(
    office: &Office,
    actor: &Actor,
    done: &mut impl FnMut(usize),
) -> Result<usize, Error> {
    let renewed = renew_all(office, actor, done)?;
    // A call that had not seen the new version may have made a key of the old one meanwhile.
    office.store.wait_for_writes()?;
    Ok(renewed + renew_all(office, actor, done)?)
}

fn renew_all(office: &Office, actor: &Actor, done: &mut impl FnMut(usize)) -> Result<usize, Error> {
    let (mut renewed, mut after) = (0, None);
    loop {
        let next = office.store.write_for_customer(|tx| {
            let keyring = office.keys.keyring()?;
            let version = i64::from(keyring.secrets().version(SecretName::Activation));
            let ids = tx.with_activation_secret_before(version, after.as_ref(), BATCH)?;
            let count = renew_some(office, tx, actor, &keyring, version, &ids)?;
            Ok::<_, Error>(ids.into_iter().next_back().map(|last| (last, count)))
        })?;
        let Some((last, count)) = next else { return Ok(renewed) };
        after = Some(last);
        renewed += count;
        done(count);
    }
}

fn renew_some(
    office: &Office,
    tx: &mut Tx<'_>,
    actor: &Actor,
    keyring: &Keyring,
    version: i64,
    ids: &[CustomerId],
) -> Result<usize, Error> {
    let ids: Vec<_> = ids.iter().map(CustomerId::as_str).collect();
    let mut events = Vec::new();
    for (customer, _) in tx.take_customers(&ids)? {
        if customer.activation_secret >= version {
            continue;
        }
        let generation = customer.activation_generation + 1;
        let key = ActivationKey::derive(keyring, &customer.id, version, generation);
        let hash = key.map_err(KeyringError::from)?.hash();
        tx.change_activation_key(&customer.id, version, generation, &hash)?;
        let event = Event {
            id: office.id(EventId::from_ulid),
            at: office.clock.now(),
            actor,
            action: "activation-key.renewed",
            subject: customer.id.as_str(),
            customer: Some(&customer.id),
        };
        let [from, to] = [customer.activation_generation, generation]
            .map(|number| json!({"generation": number}));
        events.push(event.stating(Some(&from), Some(&to))?);
    }
    let count = events.len();
    tx.add_audit_events(events)?;
    Ok(count)
}
