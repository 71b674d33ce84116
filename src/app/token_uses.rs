use super::{Error, Office};
use crate::domain::ids::TokenId;
use crate::store::ApiToken;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::mem;
use std::sync::{Mutex, PoisonError};

/// How exactly the last use of a token is kept.
const STEP: SignedDuration = SignedDuration::from_mins(1);

/// Uses of API tokens that are not stored yet. Authentication only reads; a thread of its own
/// stores them.
#[derive(Debug, Default)]
pub struct TokenUses(Mutex<BTreeMap<TokenId, Timestamp>>);

impl TokenUses {
    /// Keeps the use of a token, unless one within the last minute is stored.
    pub(super) fn record(&self, token: &ApiToken, now: Timestamp) {
        let is_stored = |last| now.duration_since(last) < STEP && last <= now;
        if !token.last_used_at.is_some_and(is_stored) {
            self.lock().insert(token.id.clone(), now);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<TokenId, Timestamp>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stores the uses of API tokens that were kept since the last call.
///
/// # Errors
/// What the store says; the uses are then kept for the next call.
pub fn record_token_uses(office: &Office) -> Result<(), Error> {
    let uses = mem::take(&mut *office.token_uses.lock());
    if uses.is_empty() {
        return Ok(());
    }
    let recorded = office.store.note(|tx| {
        uses.iter().try_for_each(|(id, at)| tx.record_token_use(id, *at)).map_err(Error::from)
    });
    if recorded.is_err() {
        let mut since = office.token_uses.lock();
        for (id, at) in uses {
            since.entry(id).or_insert(at);
        }
    }
    recorded
}
