use super::address_list::AddressList;
use super::{AccessAttempt, Actor, Error, Office, Unauthenticated};
use crate::store::{ApiToken, TokenMatch};
use jiff::Timestamp;
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
    let Some((token, of)) = found else {
        AccessAttempt::with_token("", address).refused_for(office, "token-unknown");
        return Err(Unauthenticated::TokenUnknown.into());
    };
    let attempt = AccessAttempt::with_token(token.id.as_str(), address);
    if token.revoked_at.is_some() {
        // The caller is not told that it was good once; administrators are.
        attempt.refused_for(office, "token-revoked");
        return Err(Unauthenticated::TokenUnknown.into());
    }
    let now = office.clock.now();
    check(&token, of, address, now).inspect_err(|error| attempt.refused(office, error))?;
    office.token_uses.record(&token, now);
    Ok(Actor::Token(token))
}

/// Refuses a token that has ended, or that is sent from elsewhere.
fn check(
    token: &ApiToken,
    of: TokenMatch,
    address: Option<IpAddr>,
    now: Timestamp,
) -> Result<(), Error> {
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
    Ok(())
}
