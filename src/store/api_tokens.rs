use super::error::StoreError;
use super::row_macs::token_row;
use super::schema::{api_tokens, row_macs};
use super::time::{from_stored, to_stored};
use super::transaction::Tx;
use crate::domain::ids::TokenId;
use crate::domain::staff::Role;
use chrono::NaiveDateTime;
use diesel::prelude::*;
use jiff::Timestamp;

/// An API token; the token itself is known to its holder alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// Its id.
    pub id: TokenId,
    /// What the vendor calls it.
    pub name: String,
    /// What its holder may do.
    pub role: Role,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it ends.
    pub expires_at: Timestamp,
    /// The last use, good to a minute.
    pub last_used_at: Option<Timestamp>,
    /// Addresses and networks from which it is accepted, separated by commas; empty: any.
    pub addresses: String,
    /// Until when the token before the last rotation is accepted.
    pub previous_until: Option<Timestamp>,
}

/// Which value of a token a hash belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenMatch {
    /// The one given last.
    Current,
    /// The one before the last rotation.
    Previous,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = api_tokens)]
struct Row {
    id: String,
    name: String,
    role: String,
    created_at: NaiveDateTime,
    revoked_at: Option<NaiveDateTime>,
    expires_at: NaiveDateTime,
    last_used_at: Option<NaiveDateTime>,
    addresses: String,
    previous_until: Option<NaiveDateTime>,
}

/// A row with its hash, the hash before the last rotation, and the code of the row.
type Found = (Row, Vec<u8>, Option<Vec<u8>>, Option<Vec<u8>>);

impl Tx<'_> {
    /// Adds a token by the SHA-256 of what its holder has.
    pub fn add_api_token(&mut self, token: &ApiToken, hash: &[u8]) -> Result<(), StoreError> {
        diesel::insert_into(api_tokens::table)
            .values((
                api_tokens::id.eq(token.id.as_str()),
                api_tokens::name.eq(token.name.as_str()),
                api_tokens::role.eq(token.role.as_str()),
                api_tokens::hash.eq(hash),
                api_tokens::created_at.eq(to_stored(token.created_at)),
                api_tokens::expires_at.eq(to_stored(token.expires_at)),
                api_tokens::addresses.eq(token.addresses.as_str()),
            ))
            .execute(self.connection()?)?;
        self.seal_token(&token.id)
    }

    /// The token with this hash, also one that was revoked, has ended or was rotated.
    pub fn api_token_by_hash(
        &mut self,
        hash: &[u8],
    ) -> Result<Option<(ApiToken, TokenMatch)>, StoreError> {
        // One question, with the code of the row: each call to the API asks it.
        let found: Option<Found> = api_tokens::table
            .left_join(row_macs::table.on(row_macs::id.eq(api_tokens::id)))
            .filter(api_tokens::hash.eq(hash).or(api_tokens::previous_hash.eq(Some(hash))))
            .select((
                Row::as_select(),
                api_tokens::hash,
                api_tokens::previous_hash,
                row_macs::mac.nullable(),
            ))
            .first(self.connection()?)
            .optional()?;
        let Some((row, current, previous, mac)) = found else { return Ok(None) };
        let protected = token_row((
            row.id.clone(),
            row.name.clone(),
            row.role.clone(),
            current.clone(),
            row.revoked_at,
            row.expires_at,
            row.addresses.clone(),
            previous,
            row.previous_until,
        ));
        if !self.has_code(&protected, mac.as_deref())? {
            return Ok(None);
        }
        let matched = if current == hash { TokenMatch::Current } else { TokenMatch::Previous };
        Ok(Some((token(row)?, matched)))
    }

    /// All tokens, by id.
    pub fn api_tokens(&mut self) -> Result<Vec<ApiToken>, StoreError> {
        let rows: Vec<Row> = api_tokens::table
            .order(api_tokens::id)
            .select(Row::as_select())
            .load(self.connection()?)?;
        rows.into_iter().map(token).collect()
    }

    /// Revokes a token; `false` where there is none of that name that is not revoked.
    pub fn revoke_api_token(&mut self, name: &str, now: Timestamp) -> Result<bool, StoreError> {
        let good = api_tokens::table
            .filter(api_tokens::name.eq(name))
            .filter(api_tokens::revoked_at.is_null());
        let id: Option<String> =
            good.select(api_tokens::id).get_result(self.connection()?).optional()?;
        let Some(id) = id else { return Ok(false) };
        // A row that was written by hand is revoked too, and stays without a right code.
        let is_genuine = self.token_is_genuine(&id)?;
        diesel::update(api_tokens::table.find(&id))
            .set(api_tokens::revoked_at.eq(Some(to_stored(now))))
            .execute(self.connection()?)?;
        if is_genuine {
            self.seal_token(&TokenId::stored(id))?;
        }
        Ok(true)
    }

    /// Gives a token another value; the one it has is accepted until `token.previous_until`.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a row that was written by hand: it would be made genuine.
    pub fn rotate_api_token(&mut self, token: &ApiToken, hash: &[u8]) -> Result<(), StoreError> {
        if !self.token_is_genuine(token.id.as_str())? {
            let text = format!("the token {} was changed outside of Licentia", token.name);
            return Err(StoreError::Unreadable(text));
        }
        let row = api_tokens::table.find(token.id.as_str());
        let before: Vec<u8> = row.select(api_tokens::hash).get_result(self.connection()?)?;
        diesel::update(row)
            .set((
                api_tokens::hash.eq(hash),
                api_tokens::expires_at.eq(to_stored(token.expires_at)),
                api_tokens::previous_hash.eq(Some(before)),
                api_tokens::previous_until.eq(token.previous_until.map(to_stored)),
            ))
            .execute(self.connection()?)?;
        self.seal_token(&token.id)
    }

    /// Records that a token was used.
    pub fn record_token_use(&mut self, id: &TokenId, at: Timestamp) -> Result<(), StoreError> {
        diesel::update(api_tokens::table.find(id.as_str()))
            .set(api_tokens::last_used_at.eq(Some(to_stored(at))))
            .execute(self.connection()?)?;
        Ok(())
    }
}

fn token(row: Row) -> Result<ApiToken, StoreError> {
    let role = Role::parse(&row.role)
        .ok_or_else(|| StoreError::Unreadable(format!("the role of the token {}", row.name)))?;
    Ok(ApiToken {
        id: TokenId::stored(row.id),
        name: row.name,
        role,
        created_at: from_stored(row.created_at),
        revoked_at: row.revoked_at.map(from_stored),
        expires_at: from_stored(row.expires_at),
        last_used_at: row.last_used_at.map(from_stored),
        addresses: row.addresses,
        previous_until: row.previous_until.map(from_stored),
    })
}
