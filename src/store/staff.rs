use super::error::StoreError;
use super::row_macs::{recovery_row, setup_row};
use super::schema::{recovery_codes, second_factors, setup_links, staff};
use super::time::{from_stored, to_stored};
use super::transaction::Tx;
use crate::domain::customer::{EmailAddress, Language};
use crate::domain::ids::StaffId;
use crate::domain::staff::{Role, Staff, Totp};
use chrono::NaiveDateTime;
use diesel::prelude::*;
use jiff::Timestamp;

#[derive(Queryable, Selectable)]
#[diesel(table_name = staff)]
struct Row {
    id: String,
    name: String,
    full_name: String,
    role: String,
    email: Option<String>,
    language: String,
    totp_generation: i64,
    totp_confirmed: bool,
    totp_last_step: i64,
    created_at: NaiveDateTime,
    disabled_at: Option<NaiveDateTime>,
    password_until: Option<NaiveDateTime>,
}

impl Tx<'_> {
    /// Adds a person, with the hash of its password.
    pub fn add_staff(&mut self, person: &Staff, password: &str) -> Result<(), StoreError> {
        diesel::insert_into(staff::table)
            .values((
                staff::id.eq(person.id.as_str()),
                staff::name.eq(person.name.as_str()),
                staff::full_name.eq(person.full_name.as_str()),
                staff::role.eq(person.role.as_str()),
                staff::email.eq(person.email.as_ref().map(EmailAddress::as_str)),
                staff::language.eq(person.language.as_str()),
                staff::password.eq(password),
                staff::totp_generation.eq(person.totp.generation),
                staff::totp_confirmed.eq(person.totp.confirmed),
                staff::totp_last_step.eq(person.totp.last_step),
                staff::created_at.eq(to_stored(person.created_at)),
                staff::password_until.eq(person.password_until.map(to_stored)),
            ))
            .execute(self.connection()?)?;
        self.seal_staff(&person.id)
    }

    /// Changes what is kept of a person, its password aside.
    pub fn change_staff(&mut self, person: &Staff) -> Result<(), StoreError> {
        let is_genuine = self.staff_is_genuine(person.id.as_str())?;
        diesel::update(staff::table.find(person.id.as_str()))
            .set((
                staff::full_name.eq(person.full_name.as_str()),
                staff::role.eq(person.role.as_str()),
                staff::email.eq(person.email.as_ref().map(EmailAddress::as_str)),
                staff::language.eq(person.language.as_str()),
                staff::totp_generation.eq(person.totp.generation),
                staff::totp_confirmed.eq(person.totp.confirmed),
                staff::totp_last_step.eq(person.totp.last_step),
                staff::disabled_at.eq(person.disabled_at.map(to_stored)),
            ))
            .execute(self.connection()?)?;
        if is_genuine { self.seal_staff(&person.id) } else { Ok(()) }
    }

    /// Gives a person another password, by its hash; a temporary one is accepted `until` then.
    pub fn change_password(
        &mut self,
        id: &StaffId,
        password: &str,
        until: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let is_genuine = self.staff_is_genuine(id.as_str())?;
        diesel::update(staff::table.find(id.as_str()))
            .set((staff::password.eq(password), staff::password_until.eq(until.map(to_stored))))
            .execute(self.connection()?)?;
        if is_genuine { self.seal_staff(id) } else { Ok(()) }
    }

    /// The hash of a person's password.
    pub fn password(&mut self, id: &StaffId) -> Result<Option<String>, StoreError> {
        let row = staff::table.find(id.as_str()).select(staff::password);
        Ok(row.get_result(self.connection()?).optional()?)
    }

    /// The secret of a person's second factor, sealed; none until one is confirmed.
    pub fn totp_secret(&mut self, id: &StaffId) -> Result<Option<Vec<u8>>, StoreError> {
        let row = second_factors::table.find(id.as_str()).select(second_factors::secret);
        Ok(row.get_result(self.connection()?).optional()?)
    }

    /// Stores the secret of a person's second factor, sealed, or removes it.
    pub fn set_totp_secret(
        &mut self,
        id: &StaffId,
        sealed: Option<&[u8]>,
    ) -> Result<(), StoreError> {
        diesel::delete(second_factors::table.find(id.as_str())).execute(self.connection()?)?;
        if let Some(sealed) = sealed {
            let row = (second_factors::staff_id.eq(id.as_str()), second_factors::secret.eq(sealed));
            diesel::insert_into(second_factors::table).values(row).execute(self.connection()?)?;
        }
        Ok(())
    }

    /// A person by its id.
    pub fn staff(&mut self, id: &StaffId) -> Result<Option<Staff>, StoreError> {
        let row = staff::table
            .find(id.as_str())
            .select(Row::as_select())
            .get_result(self.connection()?)
            .optional()?;
        match row {
            Some(row) if self.staff_is_genuine(&row.id)? => person(row).map(Some),
            _ => Ok(None),
        }
    }

    /// A person by what it signs in with, and the hash of its password.
    pub fn staff_by_name(&mut self, name: &str) -> Result<Option<(Staff, String)>, StoreError> {
        let row: Option<(Row, String)> = staff::table
            .filter(staff::name.eq(name))
            .select((Row::as_select(), staff::password))
            .get_result(self.connection()?)
            .optional()?;
        match row {
            Some((row, password)) if self.staff_is_genuine(&row.id)? => {
                Ok(Some((person(row)?, password)))
            }
            _ => Ok(None),
        }
    }

    /// All people, by name.
    pub fn all_staff(&mut self) -> Result<Vec<Staff>, StoreError> {
        let rows: Vec<Row> =
            staff::table.order(staff::name).select(Row::as_select()).load(self.connection()?)?;
        rows.into_iter().map(person).collect()
    }

    /// How many people there are, disabled ones included.
    pub fn count_staff(&mut self) -> Result<i64, StoreError> {
        Ok(staff::table.count().get_result(self.connection()?)?)
    }

    /// Replaces a person's recovery codes, by their hashes.
    pub fn replace_recovery_codes(
        &mut self,
        id: &StaffId,
        hashes: &[[u8; 32]],
    ) -> Result<(), StoreError> {
        let theirs = recovery_codes::table.filter(recovery_codes::staff_id.eq(id.as_str()));
        let old: Vec<Vec<u8>> = theirs.select(recovery_codes::hash).load(self.connection()?)?;
        let old: Vec<_> = old.iter().map(|hash| recovery_row(id.as_str(), hash).id).collect();
        self.forget_codes(&old)?;
        diesel::delete(recovery_codes::table.filter(recovery_codes::staff_id.eq(id.as_str())))
            .execute(self.connection()?)?;
        for hash in hashes {
            diesel::insert_into(recovery_codes::table)
                .values((
                    recovery_codes::staff_id.eq(id.as_str()),
                    recovery_codes::hash.eq(hash.as_slice()),
                ))
                .execute(self.connection()?)?;
            self.seal_row(&recovery_row(id.as_str(), hash))?;
        }
        Ok(())
    }

    /// How many recovery codes a person has left.
    pub fn count_recovery_codes(&mut self, id: &StaffId) -> Result<i64, StoreError> {
        let left = recovery_codes::table.filter(recovery_codes::staff_id.eq(id.as_str()));
        Ok(left.count().get_result(self.connection()?)?)
    }

    /// Uses a recovery code up; `false` where there is none like it.
    pub fn use_recovery_code(&mut self, id: &StaffId, hash: &[u8]) -> Result<bool, StoreError> {
        let code = recovery_codes::table.find((id.as_str(), hash));
        if diesel::delete(code).execute(self.connection()?)? != 1 {
            return Ok(false);
        }
        let row = recovery_row(id.as_str(), hash);
        let is_genuine = self.is_genuine(&row)?;
        self.forget_codes(&[row.id])?;
        Ok(is_genuine)
    }

    /// Adds a setup link, by the hash of its token; those before it stop.
    pub fn add_setup_link(&mut self, hash: &[u8], until: Timestamp) -> Result<(), StoreError> {
        diesel::delete(setup_links::table).execute(self.connection()?)?;
        diesel::insert_into(setup_links::table)
            .values((setup_links::hash.eq(hash), setup_links::expires_at.eq(to_stored(until))))
            .execute(self.connection()?)?;
        self.seal_row(&setup_row(hash, to_stored(until)))
    }

    /// Whether a setup link with this hash is good.
    pub fn setup_link_is_good(&mut self, hash: &[u8], now: Timestamp) -> Result<bool, StoreError> {
        let until: Option<NaiveDateTime> = setup_links::table
            .find(hash)
            .select(setup_links::expires_at)
            .get_result(self.connection()?)
            .optional()?;
        match until {
            Some(until) if now < from_stored(until) => self.is_genuine(&setup_row(hash, until)),
            _ => Ok(false),
        }
    }

    /// Takes every setup link away.
    pub fn remove_setup_links(&mut self) -> Result<(), StoreError> {
        diesel::delete(setup_links::table).execute(self.connection()?)?;
        Ok(())
    }
}

fn person(row: Row) -> Result<Staff, StoreError> {
    let unreadable = |what: &str| StoreError::Unreadable(format!("the {what} of {}", row.id));
    let role = Role::parse(&row.role).ok_or_else(|| unreadable("role"))?;
    let language = Language::parse(&row.language).map_err(|_| unreadable("language"))?;
    Ok(Staff {
        id: StaffId::stored(row.id),
        name: row.name,
        full_name: row.full_name,
        role,
        email: row.email.map(EmailAddress::stored),
        language,
        totp: Totp {
            generation: row.totp_generation,
            confirmed: row.totp_confirmed,
            last_step: row.totp_last_step,
        },
        created_at: from_stored(row.created_at),
        disabled_at: row.disabled_at.map(from_stored),
        password_until: row.password_until.map(from_stored),
    })
}
