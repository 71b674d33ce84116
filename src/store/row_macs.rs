//! Codes of rows that give access or decide what is sent where: people, API tokens, sessions, recovery
//! codes, setup links, settings. A row without a right code is treated as not there, and noticed.
//!
//! The codes stand in a table of their own, by the row's id, so that a row and its code are written by
//! different statements of one transaction.

use super::error::StoreError;
use super::schema::{api_tokens, recovery_codes, row_macs, sessions, settings, setup_links, staff};
use super::sessions::Session;
use super::time::from_stored;
use super::transaction::Tx;
use crate::domain::ids::{StaffId, TokenId};
use crate::domain::integrity::{Canonical, Tampering};
use chrono::NaiveDateTime;
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use std::collections::HashMap;

/// Names the kind of what is keyed.
const LABEL: &str = "row v1";
const VERSION: usize = 4;

/// A row that is protected: the table, its id there, and what its code is over.
pub(super) struct ProtectedRow {
    table: &'static str,
    pub id: String,
    message: Vec<u8>,
}

type StaffColumns =
    (String, String, String, String, bool, Option<NaiveDateTime>, Option<NaiveDateTime>);
type TokenColumns = (
    String,
    String,
    String,
    Vec<u8>,
    Option<NaiveDateTime>,
    NaiveDateTime,
    String,
    Option<Vec<u8>>,
    Option<NaiveDateTime>,
);

fn staff_row(columns: StaffColumns) -> ProtectedRow {
    let (id, name, role, password, confirmed, disabled_at, password_until) = columns;
    let row = Canonical::new("staff")
        .text(&id)
        .text(&name)
        .text(&role)
        .text(&password)
        .flag(confirmed)
        .optional(disabled_at.map(from_stored), Canonical::time);
    // Codes that were made before passwords could be temporary stay right.
    let row = match password_until {
        Some(until) => row.text("temporary password").time(from_stored(until)),
        None => row,
    };
    ProtectedRow { table: "staff", id, message: row.finish() }
}

pub(super) fn token_row(columns: TokenColumns) -> ProtectedRow {
    let (id, name, role, hash, revoked_at, expires_at, addresses, previous, previous_until) =
        columns;
    let message = Canonical::new("api_tokens")
        .text(&id)
        .text(&name)
        .text(&role)
        .bytes(&hash)
        .optional(revoked_at.map(from_stored), Canonical::time)
        .time(from_stored(expires_at))
        .text(&addresses)
        .optional(previous.as_deref(), Canonical::bytes)
        .optional(previous_until.map(from_stored), Canonical::time)
        .finish();
    ProtectedRow { table: "api_tokens", id, message }
}

fn session_row(session: &Session) -> ProtectedRow {
    let message = Canonical::new("sessions")
        .text(session.id.as_str())
        .bytes(&session.hash)
        .text(session.staff.as_str())
        .text(session.stage.as_str())
        .optional(session.enrolment.as_deref(), Canonical::bytes)
        .time(session.created_at)
        .time(session.proved_at)
        .time(session.expires_at)
        .finish();
    ProtectedRow { table: "sessions", id: session.id.to_string(), message }
}

pub(super) fn setting_row(name: &str, value: &str) -> ProtectedRow {
    let message = Canonical::new("settings").text(name).text(value).finish();
    ProtectedRow { table: "settings", id: format!("settings:{name}"), message }
}

pub(super) fn recovery_row(staff: &str, hash: &[u8]) -> ProtectedRow {
    let message = Canonical::new("recovery_codes").text(staff).bytes(hash).finish();
    let id = format!("{staff}:{}", data_encoding::HEXLOWER.encode(hash));
    ProtectedRow { table: "recovery_codes", id, message }
}

pub(super) fn setup_row(hash: &[u8], expires_at: NaiveDateTime) -> ProtectedRow {
    let message = Canonical::new("setup_links").bytes(hash).time(from_stored(expires_at)).finish();
    let id = format!("setup:{}", data_encoding::HEXLOWER.encode(hash));
    ProtectedRow { table: "setup_links", id, message }
}

impl Tx<'_> {
    /// Writes the code of a row.
    pub(super) fn seal_row(&mut self, row: &ProtectedRow) -> Result<(), StoreError> {
        let Some(key) = self.mac_key()? else { return Ok(()) };
        let version = key.version();
        let code = key.mac(version, LABEL, &row.message).unwrap_or_default();
        let mac = [&version.to_be_bytes()[..], &code].concat();
        let known = row_macs::table.find(row.id.as_str());
        let changed =
            diesel::update(known).set(row_macs::mac.eq(&mac)).execute(self.connection()?)?;
        if changed == 0 {
            diesel::insert_into(row_macs::table)
                .values((row_macs::id.eq(row.id.as_str()), row_macs::mac.eq(&mac)))
                .execute(self.connection()?)?;
        }
        Ok(())
    }

    /// Whether a row is as the server wrote it; one that is not is noticed.
    pub(super) fn is_genuine(&mut self, row: &ProtectedRow) -> Result<bool, StoreError> {
        let stored: Option<Vec<u8>> = row_macs::table
            .find(row.id.as_str())
            .select(row_macs::mac)
            .get_result(self.connection()?)
            .optional()?;
        self.has_code(row, stored.as_deref())
    }

    /// As [`Tx::is_genuine`], with the code that is stored for the row.
    pub(super) fn has_code(
        &mut self,
        row: &ProtectedRow,
        stored: Option<&[u8]>,
    ) -> Result<bool, StoreError> {
        let is_genuine = self.fits(row, stored)?;
        if !is_genuine {
            self.integrity.notice(finding(row));
        }
        Ok(is_genuine)
    }

    /// Whether a code is that of a row. A store that was opened without keys checks nothing.
    fn fits(&mut self, row: &ProtectedRow, stored: Option<&[u8]>) -> Result<bool, StoreError> {
        let Some(key) = self.mac_key()? else { return Ok(true) };
        let fits = stored.and_then(|stored| {
            let (version, code) = stored.split_first_chunk::<VERSION>()?;
            let expected = key.mac(u32::from_be_bytes(*version), LABEL, &row.message)?;
            Some(expected == *code)
        });
        Ok(fits.unwrap_or(false))
    }

    /// Forgets the codes of rows.
    pub(super) fn forget_codes(&mut self, ids: &[String]) -> Result<(), StoreError> {
        let gone = row_macs::table.filter(row_macs::id.eq_any(ids));
        diesel::delete(gone).execute(self.connection()?)?;
        Ok(())
    }

    /// Forgets the codes of sessions that are over.
    pub(super) fn forget_codes_of_sessions(&mut self) -> Result<(), StoreError> {
        let lasting = sessions::table.filter(sessions::id.eq(row_macs::id));
        let of_sessions = row_macs::table
            .filter(row_macs::id.gt("ses_"))
            .filter(row_macs::id.lt("ses`"))
            .filter(not(exists(lasting.select(sessions::id))));
        diesel::delete(of_sessions).execute(self.connection()?)?;
        Ok(())
    }

    /// Whether a person's row is as the server wrote it.
    pub(super) fn staff_is_genuine(&mut self, id: &str) -> Result<bool, StoreError> {
        let row = self.staff_rows(Some(id))?.pop();
        row.map_or(Ok(false), |row| self.is_genuine(&row))
    }

    /// Writes the code of a person's row.
    pub(super) fn seal_staff(&mut self, id: &StaffId) -> Result<(), StoreError> {
        let rows = self.staff_rows(Some(id.as_str()))?;
        rows.iter().try_for_each(|row| self.seal_row(row))
    }

    fn staff_rows(&mut self, id: Option<&str>) -> Result<Vec<ProtectedRow>, StoreError> {
        let mut query = staff::table
            .select((
                staff::id,
                staff::name,
                staff::role,
                staff::password,
                staff::totp_confirmed,
                staff::disabled_at,
                staff::password_until,
            ))
            .into_boxed();
        if let Some(id) = id {
            query = query.filter(staff::id.eq(id.to_owned()));
        }
        let rows: Vec<StaffColumns> = query.load(self.connection()?)?;
        Ok(rows.into_iter().map(staff_row).collect())
    }

    /// Whether a token's row is as the server wrote it.
    pub(super) fn token_is_genuine(&mut self, id: &str) -> Result<bool, StoreError> {
        let row = self.token_rows(Some(id))?.pop();
        row.map_or(Ok(false), |row| self.is_genuine(&row))
    }

    /// Writes the code of a token's row.
    pub(super) fn seal_token(&mut self, id: &TokenId) -> Result<(), StoreError> {
        let rows = self.token_rows(Some(id.as_str()))?;
        rows.iter().try_for_each(|row| self.seal_row(row))
    }

    fn token_rows(&mut self, id: Option<&str>) -> Result<Vec<ProtectedRow>, StoreError> {
        let mut query = api_tokens::table
            .select((
                api_tokens::id,
                api_tokens::name,
                api_tokens::role,
                api_tokens::hash,
                api_tokens::revoked_at,
                api_tokens::expires_at,
                api_tokens::addresses,
                api_tokens::previous_hash,
                api_tokens::previous_until,
            ))
            .into_boxed();
        if let Some(id) = id {
            query = query.filter(api_tokens::id.eq(id.to_owned()));
        }
        let rows: Vec<TokenColumns> = query.load(self.connection()?)?;
        Ok(rows.into_iter().map(token_row).collect())
    }

    /// Whether a session is as the server wrote it.
    pub(super) fn session_is_genuine(&mut self, session: &Session) -> Result<bool, StoreError> {
        self.is_genuine(&session_row(session))
    }

    /// Writes the code of a session.
    pub(super) fn seal_session(&mut self, session: &Session) -> Result<(), StoreError> {
        self.seal_row(&session_row(session))
    }

    /// All protected rows.
    fn protected_rows(&mut self) -> Result<Vec<ProtectedRow>, StoreError> {
        let mut rows = self.staff_rows(None)?;
        rows.extend(self.token_rows(None)?);
        rows.extend(self.all_sessions()?.iter().map(session_row));
        let named: Vec<(String, String)> =
            settings::table.select((settings::name, settings::value)).load(self.connection()?)?;
        rows.extend(named.iter().map(|(name, value)| setting_row(name, value)));
        let codes: Vec<(String, Vec<u8>)> = recovery_codes::table
            .select((recovery_codes::staff_id, recovery_codes::hash))
            .load(self.connection()?)?;
        rows.extend(codes.iter().map(|(person, hash)| recovery_row(person, hash)));
        let links: Vec<(Vec<u8>, NaiveDateTime)> = setup_links::table
            .select((setup_links::hash, setup_links::expires_at))
            .load(self.connection()?)?;
        rows.extend(links.iter().map(|(hash, until)| setup_row(hash, *until)));
        Ok(rows)
    }

    /// How many protected rows there are, and which were changed or inserted.
    pub fn changed_rows(&mut self) -> Result<(u64, Vec<Tampering>), StoreError> {
        let rows = self.protected_rows()?;
        let codes = self.codes()?;
        let mut changed = Vec::new();
        for row in &rows {
            if !self.fits(row, codes.get(&row.id).map(Vec::as_slice))? {
                changed.push(finding(row));
            }
        }
        Ok((rows.len() as u64, changed))
    }

    /// Takes rows as they are: all of them, or the one that alarms call `subject`. Returns how many.
    pub fn accept_rows(&mut self, subject: Option<&str>) -> Result<usize, StoreError> {
        let mut accepted = 0;
        for row in self.protected_rows()? {
            if subject.is_none_or(|subject| finding(&row).subject == subject) {
                self.seal_row(&row)?;
                accepted += 1;
            }
        }
        Ok(accepted)
    }

    /// Makes the codes anew that are right under an older version of the key. Returns how many.
    pub fn renew_codes(&mut self) -> Result<usize, StoreError> {
        let Some(key) = self.mac_key()? else { return Ok(0) };
        let (current, codes) = (key.version().to_be_bytes(), self.codes()?);
        let mut renewed = 0;
        for row in self.protected_rows()? {
            let stored = codes.get(&row.id).map(Vec::as_slice);
            let is_old = stored.is_some_and(|stored| !stored.starts_with(&current));
            if is_old && self.fits(&row, stored)? {
                self.seal_row(&row)?;
                renewed += 1;
            }
        }
        Ok(renewed)
    }

    fn codes(&mut self) -> Result<HashMap<String, Vec<u8>>, StoreError> {
        let rows: Vec<(String, Vec<u8>)> =
            row_macs::table.select((row_macs::id, row_macs::mac)).load(self.connection()?)?;
        Ok(rows.into_iter().collect())
    }
}

fn finding(row: &ProtectedRow) -> Tampering {
    Tampering::of_row(row.table, &row.id, "the row was changed or inserted")
}
