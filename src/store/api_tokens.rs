use super::error::StoreError;
use super::schema::api_tokens;
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
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
}

type Columns = (String, String, String, NaiveDateTime, Option<NaiveDateTime>);
const COLUMNS: (
    api_tokens::id,
    api_tokens::name,
    api_tokens::role,
    api_tokens::created_at,
    api_tokens::revoked_at,
) = (
    api_tokens::id,
    api_tokens::name,
    api_tokens::role,
    api_tokens::created_at,
    api_tokens::revoked_at,
);

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
            ))
            .execute(self.connection()?)?;
        Ok(())
    }

    /// The token with this hash, revoked ones included.
    pub fn api_token_by_hash(&mut self, hash: &[u8]) -> Result<Option<ApiToken>, StoreError> {
        let row: Option<Columns> = api_tokens::table
            .filter(api_tokens::hash.eq(hash))
            .select(COLUMNS)
            .get_result(self.connection()?)
            .optional()?;
        row.map(token).transpose()
    }

    /// All tokens, by id.
    pub fn api_tokens(&mut self) -> Result<Vec<ApiToken>, StoreError> {
        let rows: Vec<Columns> =
            api_tokens::table.order(api_tokens::id).select(COLUMNS).load(self.connection()?)?;
        rows.into_iter().map(token).collect()
    }

    /// Takes a token back; `false` where there is none of that name that is still good.
    pub fn revoke_api_token(&mut self, name: &str, now: Timestamp) -> Result<bool, StoreError> {
        let good = api_tokens::table
            .filter(api_tokens::name.eq(name))
            .filter(api_tokens::revoked_at.is_null());
        let revoked = diesel::update(good)
            .set(api_tokens::revoked_at.eq(Some(to_stored(now))))
            .execute(self.connection()?)?;
        Ok(revoked == 1)
    }
}

fn token(row: Columns) -> Result<ApiToken, StoreError> {
    let (id, name, role, created_at, revoked_at) = row;
    let role = Role::parse(&role)
        .ok_or_else(|| StoreError::Unreadable(format!("the role of the token {name}")))?;
    Ok(ApiToken {
        id: TokenId::stored(id),
        name,
        role,
        created_at: from_stored(created_at),
        revoked_at: revoked_at.map(from_stored),
    })
}
