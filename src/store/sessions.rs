use super::error::StoreError;
use super::schema::sessions;
use super::time::{from_stored, to_stored};
use super::transaction::Tx;
use crate::domain::ids::{SessionId, StaffId};
use chrono::NaiveDateTime;
use diesel::prelude::*;
use jiff::Timestamp;

/// How far a session has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The password was right; the second factor is still to be shown.
    SecondFactor,
    /// The password was right; a second factor is still to be set up.
    Enrol,
    /// Password and second factor were right, and the password is temporary: the person chooses
    /// another one first.
    NewPassword,
    /// Signed in.
    In,
}

impl Stage {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SecondFactor => "second-factor",
            Self::Enrol => "enrol",
            Self::NewPassword => "new-password",
            Self::In => "in",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let all = [Self::SecondFactor, Self::Enrol, Self::NewPassword, Self::In];
        all.into_iter().find(|one| one.as_str() == text)
    }
}

/// A session of a person: it begins at the right password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id, which stays while the key changes.
    pub id: SessionId,
    /// The SHA-256 of the key, which the cookie holds.
    pub hash: [u8; 32],
    /// Whose it is.
    pub staff: StaffId,
    /// How far it has come.
    pub stage: Stage,
    /// What every form of the session carries.
    pub form_token: String,
    /// The path to show after signing in.
    pub next: String,
    /// The secret of a second factor that is being set up, sealed.
    pub enrolment: Option<Vec<u8>>,
    /// The address it began at, or was last moved on from.
    pub address: Option<String>,
    /// The browser and its system, in a few words.
    pub browser: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
    /// When the person last proved who they are.
    pub proved_at: Timestamp,
    /// When it ends, however it is used.
    pub expires_at: Timestamp,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = sessions)]
struct Row {
    id: String,
    hash: Vec<u8>,
    staff_id: String,
    stage: String,
    form_token: String,
    next: String,
    enrolment: Option<Vec<u8>>,
    address: Option<String>,
    browser: String,
    created_at: NaiveDateTime,
    last_seen_at: NaiveDateTime,
    proved_at: NaiveDateTime,
    expires_at: NaiveDateTime,
}

impl Tx<'_> {
    /// The session whose key has this hash, perhaps one whose time is over.
    pub fn session(&mut self, hash: &[u8]) -> Result<Option<Session>, StoreError> {
        let row = sessions::table
            .filter(sessions::hash.eq(hash))
            .select(Row::as_select())
            .get_result(self.connection()?)
            .optional()?;
        let Some(found) = row.map(session).transpose()? else { return Ok(None) };
        Ok(self.session_is_genuine(&found)?.then_some(found))
    }

    /// All sessions, also those whose time is over.
    pub(super) fn all_sessions(&mut self) -> Result<Vec<Session>, StoreError> {
        let rows: Vec<Row> = sessions::table.select(Row::as_select()).load(self.connection()?)?;
        rows.into_iter().map(session).collect()
    }

    /// The sessions of a person, the newest first, also those whose time is over.
    pub fn sessions_of(&mut self, staff: &StaffId) -> Result<Vec<Session>, StoreError> {
        let rows: Vec<Row> = sessions::table
            .filter(sessions::staff_id.eq(staff.as_str()))
            .order(sessions::id.desc())
            .select(Row::as_select())
            .load(self.connection()?)?;
        rows.into_iter().map(session).collect()
    }

    /// Adds a session.
    pub fn add_session(&mut self, session: &Session) -> Result<(), StoreError> {
        diesel::insert_into(sessions::table)
            .values((
                sessions::id.eq(session.id.as_str()),
                sessions::hash.eq(session.hash.as_slice()),
                sessions::staff_id.eq(session.staff.as_str()),
                sessions::stage.eq(session.stage.as_str()),
                sessions::form_token.eq(session.form_token.as_str()),
                sessions::next.eq(session.next.as_str()),
                sessions::enrolment.eq(session.enrolment.as_deref()),
                sessions::address.eq(session.address.as_deref()),
                sessions::browser.eq(session.browser.as_str()),
                sessions::created_at.eq(to_stored(session.created_at)),
                sessions::last_seen_at.eq(to_stored(session.last_seen_at)),
                sessions::proved_at.eq(to_stored(session.proved_at)),
                sessions::expires_at.eq(to_stored(session.expires_at)),
            ))
            .execute(self.connection()?)?;
        self.seal_session(session)
    }

    /// Stores what changes as a session moves on, if its key still is the one with the hash `before`;
    /// `false` where it has ended meanwhile or has another key, and stays so.
    pub fn change_session(&mut self, before: &[u8], now: &Session) -> Result<bool, StoreError> {
        let found = sessions::table.filter(sessions::hash.eq(before));
        let changed = diesel::update(found.filter(sessions::id.eq(now.id.as_str())))
            .set((
                sessions::hash.eq(now.hash.as_slice()),
                sessions::stage.eq(now.stage.as_str()),
                sessions::form_token.eq(now.form_token.as_str()),
                sessions::enrolment.eq(now.enrolment.as_deref()),
                sessions::last_seen_at.eq(to_stored(now.last_seen_at)),
                sessions::proved_at.eq(to_stored(now.proved_at)),
                sessions::expires_at.eq(to_stored(now.expires_at)),
            ))
            .execute(self.connection()?)?;
        if changed == 1 {
            self.seal_session(now)?;
        }
        Ok(changed == 1)
    }

    /// Stores when a session was used, and from where.
    pub fn touch_session(
        &mut self,
        id: &SessionId,
        address: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let older = sessions::last_seen_at.lt(to_stored(now));
        diesel::update(sessions::table.filter(sessions::id.eq(id.as_str())).filter(older))
            .set((sessions::last_seen_at.eq(to_stored(now)), sessions::address.eq(address)))
            .execute(self.connection()?)?;
        Ok(())
    }

    /// Ends a session.
    pub fn end_session(&mut self, id: &SessionId) -> Result<(), StoreError> {
        diesel::delete(sessions::table.find(id.as_str())).execute(self.connection()?)?;
        Ok(())
    }

    /// Ends every session of a person.
    pub fn end_sessions_of(&mut self, staff: &StaffId) -> Result<(), StoreError> {
        let theirs = sessions::table.filter(sessions::staff_id.eq(staff.as_str()));
        diesel::delete(theirs).execute(self.connection()?)?;
        Ok(())
    }

    /// Ends every session of a person but one.
    pub fn end_other_sessions(
        &mut self,
        staff: &StaffId,
        kept: &SessionId,
    ) -> Result<(), StoreError> {
        let theirs = sessions::table.filter(sessions::staff_id.eq(staff.as_str()));
        diesel::delete(theirs.filter(sessions::id.ne(kept.as_str())))
            .execute(self.connection()?)?;
        Ok(())
    }

    /// Forgets the sessions whose time is over.
    pub fn forget_sessions(&mut self, now: Timestamp) -> Result<usize, StoreError> {
        let over = sessions::table.filter(sessions::expires_at.le(to_stored(now)));
        let forgotten = diesel::delete(over).execute(self.connection()?)?;
        self.forget_codes_of_sessions()?;
        Ok(forgotten)
    }
}

fn session(row: Row) -> Result<Session, StoreError> {
    let unreadable = |what: &str| StoreError::Unreadable(format!("the {what} of {}", row.id));
    Ok(Session {
        hash: row.hash.as_slice().try_into().map_err(|_| unreadable("hash"))?,
        stage: Stage::parse(&row.stage).ok_or_else(|| unreadable("stage"))?,
        id: SessionId::stored(row.id),
        staff: StaffId::stored(row.staff_id),
        form_token: row.form_token,
        next: row.next,
        enrolment: row.enrolment,
        address: row.address,
        browser: row.browser,
        created_at: from_stored(row.created_at),
        last_seen_at: from_stored(row.last_seen_at),
        proved_at: from_stored(row.proved_at),
        expires_at: from_stored(row.expires_at),
    })
}
