use super::audit::{Event, NOTHING, audit};
use super::{Actor, Error, Office, Refusal, Right};
use crate::domain::field;
use crate::domain::ids::{EventId, TokenId};
use crate::domain::staff::Role;
use crate::store::ApiToken;
use data_encoding::BASE32_NOPAD;
use serde_json::json;
use sha2::{Digest, Sha256};

/// Makes an API token for a program of the vendor's and returns it: only its hash is kept.
///
/// # Errors
/// A name that is empty, longer than 100 characters, or taken.
pub fn create_token(
    office: &Office,
    actor: &Actor,
    name: &str,
    role: Role,
) -> Result<String, Error> {
    actor.require(Right::Administer)?;
    let name = field::line(name, 100).map_err(|fault| vec![fault.at("/name")])?;
    let now = office.clock.now();
    let secret =
        format!("lct_{}", BASE32_NOPAD.encode(&office.chance.bytes::<20>()).to_ascii_lowercase());
    let hash = Sha256::digest(secret.as_bytes());
    let token = ApiToken {
        id: office.id(TokenId::from_ulid),
        name,
        role,
        created_at: now,
        revoked_at: None,
    };
    let event_id = office.id(EventId::from_ulid);
    office.store.write(|tx| {
        if tx.api_tokens()?.iter().any(|other| other.name == token.name) {
            return Err(Refusal::TokenNameTaken.into());
        }
        tx.add_api_token(&token, &hash)?;
        let event = Event {
            id: event_id.clone(),
            at: now,
            actor,
            action: "token.created",
            subject: token.id.as_str(),
            customer: None,
        };
        audit(tx, event, NOTHING, Some(&json!({"name": token.name, "role": token.role})))
    })?;
    Ok(secret)
}

/// Takes an API token back: it is refused from now on.
///
/// # Errors
/// [`Error::NotFound`] where no good token has that name.
pub fn revoke_token(office: &Office, actor: &Actor, name: &str) -> Result<(), Error> {
    actor.require(Right::Administer)?;
    let now = office.clock.now();
    let event_id = office.id(EventId::from_ulid);
    office.store.write(|tx| {
        let token = tx.api_tokens()?.into_iter().find(|token| token.name == name);
        let token = token.ok_or(Error::NotFound)?;
        if !tx.revoke_api_token(name, now)? {
            return Err(Error::NotFound);
        }
        let event = Event {
            id: event_id.clone(),
            at: now,
            actor,
            action: "token.revoked",
            subject: token.id.as_str(),
            customer: None,
        };
        audit(tx, event, Some(&json!({"name": token.name, "role": token.role})), NOTHING)
    })
}
