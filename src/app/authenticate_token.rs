use super::address_list::AddressList;
use super::{Actor, Error, Office, Unauthenticated};
use crate::store::TokenMatch;
use sha2::{Digest, Sha256};
use std::net::IpAddr;

/// The holder of an API token that was sent from `address`.
///
/// # Errors
/// `token-unknown`, also for a revoked token; `token-expired`, also for a value that a rotation
/// replaced; `token-address`.
pub fn authenticate_token(
    office: &Office,
    token: &str,
    address: Option<IpAddr>,
) -> Result<Actor, Error> {
    let hash = Sha256::digest(token.as_bytes());
    let found = office.store.ask(|tx| Ok::<_, Error>(tx.api_token_by_hash(&hash)?))?;
    let (token, of) = found.ok_or(Unauthenticated::TokenUnknown)?;
    if token.revoked_at.is_some() {
        return Err(Unauthenticated::TokenUnknown.into());
    }
    let now = office.clock.now();
    let end = match of {
        TokenMatch::Current => Some(token.expires_at),
        TokenMatch::Previous => token.previous_until,
    };
    if end.is_none_or(|end| end <= now) {
        return Err(Unauthenticated::TokenExpired.into());
    }
    // What is stored was checked when it was entered; what cannot be read allows nobody.
    if !AddressList::parse(&token.addresses).is_ok_and(|list| list.allows(address)) {
        return Err(Error::TokenAddress);
    }
    office.token_uses.record(&token, now);
    Ok(Actor::Token(token))
}
