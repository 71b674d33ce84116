//! Sessions of staff: kept by the SHA-256 of the cookie's key.

use super::{Error, Office};
use crate::domain::ids::StaffId;
use crate::store::SessionRecord;
use jiff::SignedDuration;
use sha2::{Digest, Sha256};

/// What a session remembers, while it lasts.
///
/// # Errors
/// What the store says.
pub fn load_session(office: &Office, key: &str) -> Result<Option<String>, Error> {
    let now = office.clock.now();
    Ok(office.store.read(|tx| tx.session(&hash(key), now))?)
}

/// Keeps a new session, or what one remembers now. One that has ended meanwhile, on another server or
/// by another call, stays ended.
///
/// # Errors
/// What the store says.
pub fn keep_session(
    office: &Office,
    key: &str,
    is_new: bool,
    staff: Option<StaffId>,
    state: String,
    lasts: SignedDuration,
) -> Result<(), Error> {
    let session =
        SessionRecord { hash: hash(key), staff, state, expires_at: office.clock.now() + lasts };
    Ok(office.store.write(|tx| {
        if is_new { tx.keep_session(&session) } else { tx.change_session(&session).map(drop) }
    })?)
}

/// Lets a session last longer.
///
/// # Errors
/// What the store says.
pub fn prolong_session(office: &Office, key: &str, lasts: SignedDuration) -> Result<(), Error> {
    let until = office.clock.now() + lasts;
    Ok(office.store.write(|tx| tx.prolong_session(&hash(key), until))?)
}

/// Ends a session.
///
/// # Errors
/// What the store says.
pub fn end_session(office: &Office, key: &str) -> Result<(), Error> {
    Ok(office.store.write(|tx| tx.end_session(&hash(key)))?)
}

fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}
