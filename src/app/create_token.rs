use super::answer::write_once;
use super::audit::{Event, NOTHING, audit};
use super::{Actor, Answer, Error, Office, Once, Refusal, Right};
use crate::domain::field;
use crate::domain::ids::{EventId, TokenId};
use crate::domain::staff::Role;
use crate::signing::api_token;
use crate::store::ApiToken;
use serde_json::json;
use sha2::{Digest, Sha256};

/// Makes an API token for a program of the vendor's and returns it: only its hash is kept. It is
/// derived, as activation keys are, so that a repeated request can be told it again.
///
/// # Errors
/// A name that is empty, longer than 100 characters, or taken.
pub fn create_token(
    office: &Office,
    actor: &Actor,
    once: Option<&Once>,
    name: &str,
    role: Role,
) -> Result<String, Error> {
    actor.require(Right::Administer)?;
    let name = field::line(name, 100).map_err(|fault| vec![fault.at("/name")])?;
    let now = office.clock.now();
    let keyring = office.keys.keyring()?;
    let token = ApiToken {
        id: office.id(TokenId::from_ulid),
        name,
        role,
        created_at: now,
        revoked_at: None,
    };
    let hash = Sha256::digest(api_token(&keyring, &token.id).as_bytes());
    let event_id = office.id(EventId::from_ulid);
    let answer = write_once(office, once, |tx| {
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
        audit(tx, event, NOTHING, Some(&json!({"name": token.name, "role": token.role})))?;
        Ok(Answer::created(token.id.as_str().to_owned()))
    })?;
    Ok(api_token(&keyring, &TokenId::stored(answer.value)))
}

/// Takes an API token back: it is refused from now on.
///
/// # Errors
/// [`Error::NotFound`] where no good token has that name.
pub fn revoke_token(
    office: &Office,
    actor: &Actor,
    once: Option<&Once>,
    name: &str,
) -> Result<(), Error> {
    actor.require(Right::Administer)?;
    let now = office.clock.now();
    let event_id = office.id(EventId::from_ulid);
    write_once(office, once, |tx| {
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
        audit(tx, event, Some(&json!({"name": token.name, "role": token.role})), NOTHING)?;
        Ok(Answer::created(()))
    })?;
    Ok(())
}
