//! An office with many customers, written in bulk past the API.
//!
//! Everything about customer number `n` is computed from `n`. What is written is what the office
//! itself would have left: [`rows`] lists it.

mod customer;
mod rows;
mod tables;

use crate::Outcome;
use crate::bulk::Bulk;
use crate::database::Database;
use crate::names::{self, Company, Numbers};
use customer::Seeding;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::DecodePrivateKey;
use jiff::{Timestamp, ToSpan};
use licentia::chance::Chance;
use licentia::domain::ids::{CustomerId, InstallationId, PurchaseId};
use licentia::signing::Keyring;
use licentia::store::{Location, Store};
use licentia_license::Fingerprint;
use std::path::Path;

/// What licenses name as their issuer, and statements as their office.
pub const ISSUER: &str = "http://licenses.example";
const HEXADECIMAL: [char; 16] =
    ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
/// How many customers a transaction writes.
const BATCH: usize = 1000;

/// How large an office is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Size {
    pub customers: usize,
    /// Of each.
    pub purchases: usize,
}

/// The id of customer number `n`.
pub fn customer_id(n: usize) -> CustomerId {
    CustomerId::from_ulid(&ulid(n, 0))
}

/// The id of the `k`-th purchase of customer number `n`.
pub fn purchase_id(n: usize, k: usize) -> PurchaseId {
    PurchaseId::from_ulid(&ulid(n, 1 + k))
}

/// The id of the installation of customer number `n`.
pub fn installation_id(n: usize) -> InstallationId {
    InstallationId::from_ulid(&ulid(n, 1))
}

/// The key of the one installation that customer number `n` has; it is active.
pub fn installation_key(n: usize) -> SigningKey {
    let mut numbers = Numbers::new(0x6b65_7900 ^ n as u64);
    SigningKey::from_bytes(&std::array::from_fn(|_| {
        u8::try_from(numbers.below(256)).unwrap_or_default()
    }))
}

/// What that installation says of its machine: four signals, as a server with one network card.
pub fn fingerprint(n: usize) -> Fingerprint {
    let mut numbers = Numbers::new(0x6d61_6300 ^ n as u64);
    let mut hash = || (0..64).map(|_| HEXADECIMAL[numbers.below(16)]).collect();
    ["machine_id", "product_uuid", "root_file_system", "mac_0"]
        .map(|signal| (signal.to_owned(), hash()))
        .into()
}

/// The company that customer number `n` is.
pub fn company(n: usize) -> Company {
    names::company(&mut Numbers::new(0x636f_6d00 ^ n as u64))
}

/// The order number of the `k`-th purchase of customer number `n`; `k` may be one that was not
/// seeded.
pub fn order_number(n: usize, k: usize) -> String {
    format!("2026-{:09}", k * 1_000_000 + n)
}

/// A ULID that sorts by `n`, then by `part`.
fn ulid(n: usize, part: usize) -> String {
    const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    // The milliseconds from the beginning of 2026 on, 100 for each customer.
    let milliseconds = 1_767_225_600_000 + 100 * n + part;
    let mut numbers = Numbers::new(milliseconds as u64);
    let mut number = (milliseconds as u128) << 80;
    for place in 0..5 {
        number |= (numbers.below(1 << 16) as u128) << (16 * place);
    }
    (0..26).rev().map(|place| char::from(DIGITS[(number >> (5 * place)) as usize & 31])).collect()
}

/// What the database of an office holds when it is handed over.
pub struct Seeded {
    /// The sequence number of every customer's current license.
    pub seq: i64,
}

/// Fills the database of an office that has been opened once, so that its tables, its keys in
/// `keys` and one API token are there.
pub fn fill(database: &Database, keys: &Path, size: Size) -> Outcome<Seeded> {
    let location = Location::parse(&database.url).ok_or("no such database")?;
    let store = Store::open(location, Chance::default())?;
    store.write(|tx| tx.fix_issuer(ISSUER).map(drop))?;
    let tokens = store.read(|tx| tx.api_tokens())?;
    drop(store);

    let keyring = Keyring::load(keys)?;
    let issuing = keyring.current().ok_or("no issuing key")?;
    let file = keys.join(format!("issuing-{}.pem", issuing.public.thumbprint()));
    let pem = std::fs::read_to_string(file)?;
    let private = pem.split("\n\n").next().ok_or("no private key")?;
    let seeding = Seeding {
        signing: SigningKey::from_pkcs8_pem(private.trim())?,
        issuing: issuing.clone(),
        keyring,
        scope: tokens.first().ok_or("no token")?.id.to_string(),
        actor: "token:bench".into(),
        now: begun()?,
        purchases: size.purchases,
    };
    let mut bulk = Bulk::begin(database)?;
    let workers = std::thread::available_parallelism()?.get();
    let mut seq = 0;
    let mut ready: Vec<rows::Batch> = Vec::new();
    for start in (0..size.customers).step_by(BATCH) {
        let numbers: Vec<usize> = (start..size.customers.min(start + BATCH)).collect();
        // The next rows are made while the last are written.
        ready = std::thread::scope(|scope| {
            let threads: Vec<_> = numbers
                .chunks(numbers.len().div_ceil(workers))
                .map(|numbers| scope.spawn(|| seeding.batch(numbers).map_err(|e| e.to_string())))
                .collect();
            for batch in &ready {
                bulk.write(&batch.rows)?;
            }
            let made = threads.into_iter().map(|thread| match thread.join() {
                Ok(batch) => batch.map_err(Into::into),
                Err(_) => Err("a thread that seeds panicked".into()),
            });
            made.collect::<Outcome<Vec<_>>>()
        })?;
        seq = ready.last().map_or(seq, |batch| batch.seq);
    }
    for batch in &ready {
        bulk.write(&batch.rows)?;
    }
    bulk.end()?;
    Ok(Seeded { seq })
}

/// When the last purchases were recorded: an hour ago, in whole seconds.
fn begun() -> Outcome<Timestamp> {
    let now = Timestamp::try_from(std::time::SystemTime::now())?.round(jiff::Unit::Second)?;
    Ok(now - 1.hour())
}
