use super::{Actor, Error, Office, Unauthenticated};
use sha2::{Digest, Sha256};

/// Who holds this API token.
///
/// # Errors
/// `token-unknown`: also for one that was taken back.
pub fn authenticate_token(office: &Office, token: &str) -> Result<Actor, Error> {
    let hash = Sha256::digest(token.as_bytes());
    let found = office.store.ask(|tx| Ok::<_, Error>(tx.api_token_by_hash(&hash)?))?;
    match found {
        Some(token) if token.revoked_at.is_none() => Ok(Actor::Token(token)),
        _ => Err(Unauthenticated::TokenUnknown.into()),
    }
}
