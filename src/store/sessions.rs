use super::error::StoreError;
use super::schema::sessions;
use super::time::to_stored;
use super::transaction::Tx;
use crate::domain::ids::StaffId;
use diesel::prelude::*;
use jiff::Timestamp;

/// A session as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// The SHA-256 of what the cookie holds.
    pub hash: [u8; 32],
    /// Whose it is, once that is known.
    pub staff: Option<StaffId>,
    /// What it remembers, as JSON.
    pub state: String,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

impl Tx<'_> {
    /// What a session remembers, while it lasts.
    pub fn session(&mut self, hash: &[u8], now: Timestamp) -> Result<Option<String>, StoreError> {
        Ok(sessions::table
            .find(hash)
            .filter(sessions::expires_at.gt(to_stored(now)))
            .select(sessions::state)
            .get_result(self.connection()?)
            .optional()?)
    }

    /// Keeps a session, in the place of the one with the same hash.
    pub fn keep_session(&mut self, session: &SessionRecord) -> Result<(), StoreError> {
        self.end_session(&session.hash)?;
        diesel::insert_into(sessions::table)
            .values((
                sessions::hash.eq(session.hash.as_slice()),
                sessions::staff_id.eq(session.staff.as_ref().map(StaffId::as_str)),
                sessions::state.eq(session.state.as_str()),
                sessions::expires_at.eq(to_stored(session.expires_at)),
            ))
            .execute(self.connection()?)?;
        Ok(())
    }

    /// Keeps what a session remembers now; `false` where it has ended meanwhile, and stays so.
    pub fn change_session(&mut self, session: &SessionRecord) -> Result<bool, StoreError> {
        let changed = diesel::update(sessions::table.find(session.hash.as_slice()))
            .set((
                sessions::staff_id.eq(session.staff.as_ref().map(StaffId::as_str)),
                sessions::state.eq(session.state.as_str()),
                sessions::expires_at.eq(to_stored(session.expires_at)),
            ))
            .execute(self.connection()?)?;
        Ok(changed == 1)
    }

    /// Lets a session last longer.
    pub fn prolong_session(&mut self, hash: &[u8], until: Timestamp) -> Result<(), StoreError> {
        diesel::update(sessions::table.find(hash))
            .set(sessions::expires_at.eq(to_stored(until)))
            .execute(self.connection()?)?;
        Ok(())
    }

    /// Ends a session.
    pub fn end_session(&mut self, hash: &[u8]) -> Result<(), StoreError> {
        diesel::delete(sessions::table.find(hash)).execute(self.connection()?)?;
        Ok(())
    }

    /// Ends every session of a person.
    pub fn end_sessions_of(&mut self, staff: &StaffId) -> Result<(), StoreError> {
        let theirs = sessions::table.filter(sessions::staff_id.eq(staff.as_str()));
        diesel::delete(theirs).execute(self.connection()?)?;
        Ok(())
    }

    /// Forgets the sessions whose time is over.
    pub fn forget_sessions(&mut self, now: Timestamp) -> Result<usize, StoreError> {
        let over = sessions::table.filter(sessions::expires_at.le(to_stored(now)));
        Ok(diesel::delete(over).execute(self.connection()?)?)
    }
}
