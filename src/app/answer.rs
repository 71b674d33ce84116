use super::{Actor, Error, Office, Refusal};
use crate::store::{IdempotencyRecord, Tx};
use jiff::{SignedDuration, Timestamp};
use licentia_license::{RequestStatement, Way};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

/// How long the answer to a staff request is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What a use case did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Answer<T> {
    /// The outcome.
    pub value: T,
    /// Whether it was made by this request, or by an earlier one that had the same name: a retry
    /// gets the first answer. `false` where it was there already.
    pub created: bool,
}

impl<T> Answer<T> {
    pub(super) fn created(value: T) -> Self {
        Self { value, created: true }
    }

    pub(super) fn existing(value: T) -> Self {
        Self { value, created: false }
    }
}

/// The name that a request gives itself, so that it happens once.
#[derive(Debug, Clone)]
pub struct Once {
    scope: String,
    key: String,
    request_hash: [u8; 32],
    keep_until: Option<Timestamp>,
    is_statement: bool,
    /// Whether an answer that wrote nothing is recorded too.
    records_all: bool,
}

impl Once {
    /// A staff request with an Idempotency-Key; `request` is what was asked: the call and its body.
    pub fn staff(office: &Office, actor: &Actor, key: &str, request: &[u8]) -> Self {
        Self {
            scope: actor.scope(),
            key: key.to_owned(),
            request_hash: Sha256::digest(request).into(),
            keep_until: Some(office.clock.now() + KEPT),
            is_statement: false,
            records_all: true,
        }
    }

    /// Whether a request with this name was answered before.
    pub(super) fn was_answered(&self, tx: &mut Tx<'_>) -> Result<bool, Error> {
        Ok(tx.idempotency_record(&self.scope, &self.key)?.is_some())
    }

    /// An installation's statement: its `jti` is its name. Kept for good on grants, else for as
    /// long as a statement may live. A person who hands one in again is answered as the first time,
    /// be it that one ran already.
    pub(super) fn statement(statement: &RequestStatement, token: &str, way: Way) -> Self {
        let for_good = matches!(statement.req, licentia_license::Request::Emergency { .. });
        let outlived = statement.iat + licentia_license::MAX_OFFLINE_LIFE;
        Self {
            scope: statement.iss.clone(),
            key: statement.jti.clone(),
            request_hash: Sha256::digest(token.as_bytes()).into(),
            keep_until: (!for_good).then_some(outlived.max(statement.exp)),
            is_statement: true,
            records_all: way == Way::Carried,
        }
    }
}

/// Runs `work` in one write transaction, once for each name: a second request with the same name
/// waits for the first and gets its answer.
pub(super) fn write_once<T: Serialize + DeserializeOwned>(
    office: &Office,
    once: Option<&Once>,
    mut work: impl FnMut(&mut Tx<'_>) -> Result<Answer<T>, Error>,
) -> Result<Answer<T>, Error> {
    let answer = office.store.write(|tx| answer_once(office, tx, once, &mut work))?;
    office.bell.ring();
    Ok(answer)
}

/// The same for `work` that decides by one customer ([`crate::store::Store::write_for_customer`]).
pub(super) fn write_once_for_customer<T: Serialize + DeserializeOwned>(
    office: &Office,
    once: Option<&Once>,
    mut work: impl FnMut(&mut Tx<'_>) -> Result<Answer<T>, Error>,
) -> Result<Answer<T>, Error> {
    let answer = office.store.write_for_customer(|tx| answer_once(office, tx, once, &mut work))?;
    office.bell.ring();
    Ok(answer)
}

fn answer_once<T: Serialize + DeserializeOwned>(
    office: &Office,
    tx: &mut Tx<'_>,
    once: Option<&Once>,
    work: &mut impl FnMut(&mut Tx<'_>) -> Result<Answer<T>, Error>,
) -> Result<Answer<T>, Error> {
    let Some(once) = once else { return work(tx) };
    if let Some((hash, outcome)) = tx.idempotency_record(&once.scope, &once.key)? {
        if hash != once.request_hash {
            return Err(if once.is_statement {
                Refusal::StatementReused.into()
            } else {
                Error::IdempotencyKeyReused
            });
        }
        return serde_json::from_str(&outcome).map_err(|error| internal(&error));
    }
    let answer = work(tx)?;
    // A statement that changed nothing may be asked again; whoever names a call with a key is
    // answered the same, also when it was there already.
    if answer.created || once.records_all {
        tx.add_idempotency_record(&IdempotencyRecord {
            scope: once.scope.clone(),
            key: once.key.clone(),
            request_hash: once.request_hash.to_vec(),
            outcome: serde_json::to_string(&answer).map_err(|error| internal(&error))?,
            recorded_at: office.clock.now(),
            keep_until: once.keep_until,
        })?;
    }
    Ok(answer)
}

fn internal(error: &serde_json::Error) -> Error {
    Error::Internal(format!("the record of an answer: {error}"))
}
