//! API tokens: created, rotated, revoked.

use super::address_list::AddressList;
use super::answer::write_once;
use super::audit::{Event, NOTHING, audit};
use super::{Actor, Answer, Error, Office, Once, Refusal, Right};
use crate::domain::field::{self, Faults};
use crate::domain::ids::{EventId, TokenId};
use crate::domain::staff::Role;
use crate::signing::{KeyringError, SecretName, new_api_token};
use crate::store::ApiToken;
use data_encoding::BASE64;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

/// How many days a token is accepted, unless another number is given.
pub const DEFAULT_TOKEN_DAYS: i64 = 365;
/// The longest life of a token: five years.
const MAX_TOKEN_DAYS: i64 = 1826;
/// For how many hours the token before a rotation is accepted, unless another number is given.
pub const DEFAULT_OVERLAP_HOURS: i64 = 24;
/// The longest overlap: 30 days.
const MAX_OVERLAP_HOURS: i64 = 720;

/// A token to be created.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// What the vendor calls it: 1 to 100 characters.
    pub name: String,
    /// What its holder may do.
    pub role: Role,
    /// How many days it is accepted: 1 to 1826.
    pub days: i64,
    /// Addresses and networks from which it is accepted, separated by commas; empty: any.
    pub addresses: String,
}

impl NewToken {
    /// A token that is accepted for one year, from any address.
    pub fn new(name: impl Into<String>, role: Role) -> Self {
        Self { name: name.into(), role, days: DEFAULT_TOKEN_DAYS, addresses: String::new() }
    }
}

/// Creates an API token for a program of the vendor's and returns it. Only its hash is stored; the
/// record of the answer holds it encrypted, so that a repeated request gets the same token.
///
/// # Errors
/// A name that is empty, too long or taken; days or addresses that make no sense.
pub fn create_token(
    office: &Office,
    actor: &Actor,
    once: Option<&Once>,
    form: &NewToken,
) -> Result<String, Error> {
    actor.require(Right::Administer)?;
    let now = office.clock.now();
    let mut faults = Faults::default();
    let name = faults.take("/name", field::line(&form.name, 100));
    let days = faults.take("/days", field::whole(form.days, 1, MAX_TOKEN_DAYS));
    let addresses = faults.take("/addresses", AddressList::parse(&form.addresses));
    let (name, days, addresses) = faults.finish((|| Some((name?, days?, addresses?)))())?;
    let token = ApiToken {
        id: office.id(TokenId::from_ulid),
        name,
        role: form.role,
        created_at: now,
        revoked_at: None,
        expires_at: now + SignedDuration::from_hours(24 * days),
        last_used_at: None,
        addresses: addresses.to_string(),
        previous_until: None,
    };
    let event_id = office.id(EventId::from_ulid);
    give_once(office, once, |tx, hash| {
        if tx.api_tokens()?.iter().any(|other| other.name == token.name) {
            return Err(Refusal::TokenNameTaken.into());
        }
        tx.add_api_token(&token, hash)?;
        let event = Event {
            id: event_id.clone(),
            at: now,
            actor,
            action: "token.created",
            subject: token.id.as_str(),
            customer: None,
        };
        let after = json!({
            "name": token.name,
            "role": token.role,
            "expires_at": token.expires_at,
            "addresses": token.addresses,
        });
        audit(tx, event, NOTHING, Some(&after))?;
        Ok(token.id.clone())
    })
}

/// Gives an API token another value, which is accepted at once and for `days`. The value before it
/// is accepted for `overlap_hours` more, but not past its own end.
///
/// # Errors
/// [`Error::NotFound`] where no such token is left; numbers out of range.
pub fn rotate_token(
    office: &Office,
    actor: &Actor,
    once: Option<&Once>,
    name: &str,
    overlap_hours: i64,
    days: i64,
) -> Result<String, Error> {
    actor.require(Right::Administer)?;
    let now = office.clock.now();
    let mut faults = Faults::default();
    let overlap_hours =
        faults.take("/overlap_hours", field::whole(overlap_hours, 0, MAX_OVERLAP_HOURS));
    let days = faults.take("/days", field::whole(days, 1, MAX_TOKEN_DAYS));
    let (overlap_hours, days) = faults.finish(overlap_hours.zip(days))?;
    let event_id = office.id(EventId::from_ulid);
    give_once(office, once, |tx, hash| {
        let tokens = tx.api_tokens()?.into_iter();
        let found = { tokens }.find(|token| token.name == name && token.revoked_at.is_none());
        let before = found.ok_or(Error::NotFound)?;
        let overlap = now + SignedDuration::from_hours(overlap_hours);
        let after = ApiToken {
            expires_at: now + SignedDuration::from_hours(24 * days),
            previous_until: Some(overlap.min(before.expires_at)),
            ..before.clone()
        };
        tx.rotate_api_token(&after, hash)?;
        let event = Event {
            id: event_id.clone(),
            at: now,
            actor,
            action: "token.rotated",
            subject: after.id.as_str(),
            customer: None,
        };
        let stated = json!({
            "name": after.name,
            "expires_at": after.expires_at,
            "previous_until": after.previous_until,
        });
        let before = json!({"name": before.name, "expires_at": before.expires_at});
        audit(tx, event, Some(&before), Some(&stated))?;
        Ok(after.id)
    })
}

/// Revokes an API token: it is refused from now on.
///
/// # Errors
/// [`Error::NotFound`] where no such token is left.
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

/// What the record of an answer keeps: the token, sealed for its id.
#[derive(Serialize, Deserialize)]
struct SealedToken {
    id: String,
    sealed: String,
}

/// Draws a token, has `work` store its hash, and returns it: to a repeated request the same one.
fn give_once(
    office: &Office,
    once: Option<&Once>,
    mut work: impl FnMut(&mut crate::store::Tx<'_>, &[u8]) -> Result<TokenId, Error>,
) -> Result<String, Error> {
    let keyring = office.keys.keyring()?;
    let token = new_api_token(&office.chance);
    let hash = Sha256::digest(token.as_bytes());
    let answer = write_once(office, once, |tx| {
        let id = work(tx, &hash)?.to_string();
        let sealed = keyring.secrets().seal(
            SecretName::Answers,
            id.as_bytes(),
            token.as_bytes(),
            &office.chance,
        );
        Ok(Answer::created(SealedToken { id, sealed: BASE64.encode(&sealed) }))
    })?;
    let SealedToken { id, sealed } = answer.value;
    let unreadable = || Error::Internal("the record of an answer holds no token".into());
    let sealed = BASE64.decode(sealed.as_bytes()).map_err(|_| unreadable())?;
    let token = keyring.secrets().open(SecretName::Answers, id.as_bytes(), &sealed);
    String::from_utf8(token.map_err(KeyringError::from)?).map_err(|_| unreadable())
}
