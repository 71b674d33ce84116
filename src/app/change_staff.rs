use super::answer::write_once;
use super::audit::{Event, NOTHING, audit};
use super::notify_staff::notify_staff;
use super::sign_in_limit::Counter;
use super::{Actor, Answer, Error, HashedPassword, Office, Once, Refusal, Right};
use crate::domain::field::Fault;
use crate::domain::ids::{EventId, StaffId};
use crate::domain::staff::{self, Role, Staff, StaffForm, TEMPORARY_PASSWORD_LIFETIME, Totp};
use crate::domain::staff_notice::{AccessChange, StaffNotice};
use crate::store::Tx;

/// Checks the form of a new person, before the password is hashed.
///
/// # Errors
/// Wrong fields.
pub fn check_new_staff(office: &Office, actor: &Actor, form: &StaffForm) -> Result<(), Error> {
    actor.require(Right::Administer)?;
    Ok(form.parse(&office.settings().vendor_name).map(drop)?)
}

/// Checks a new password of a person, before it is hashed; `field` is where it was entered.
///
/// # Errors
/// A password that is too short, too long or easily guessed; a person that is not there.
pub fn check_password_of(
    office: &Office,
    actor: &Actor,
    id: &StaffId,
    field: &str,
    password: &str,
) -> Result<(), Error> {
    actor.require(Right::Administer)?;
    let person = office.store.read(|tx| tx.staff(id))?.ok_or(Error::NotFound)?;
    check_password(office, &person, field, password)
}

pub(super) fn check_password(
    office: &Office,
    person: &Staff,
    field: &str,
    password: &str,
) -> Result<(), Error> {
    let vendor = &office.settings().vendor_name;
    let known = [person.name.as_str(), person.full_name.as_str(), vendor.as_str()];
    Ok(staff::password(password, &known).map_err(|fault| vec![fault.at(field)])?)
}

/// Lets a person in, with a temporary password.
///
/// # Errors
/// Wrong fields; a name that is taken.
pub fn add_staff(
    office: &Office,
    actor: &Actor,
    once: Option<&Once>,
    form: &StaffForm,
    password: &HashedPassword,
) -> Result<Staff, Error> {
    actor.require(Right::Administer)?;
    let new = form.parse(&office.settings().vendor_name)?;
    let now = office.clock.now();
    let person = Staff {
        id: office.id(StaffId::from_ulid),
        name: new.name,
        full_name: new.full_name,
        role: new.role,
        email: new.email,
        language: new.language,
        totp: Totp { generation: 1, confirmed: false, last_step: 0 },
        created_at: now,
        disabled_at: None,
        password_until: Some(now + TEMPORARY_PASSWORD_LIFETIME),
    };
    let answer = write_once(office, once, |tx| {
        if tx.staff_by_name(&person.name)?.is_some() {
            return Err(Error::Invalid(vec![Fault::Taken.at("/name")]));
        }
        tx.add_staff(&person, password.as_str())?;
        let event = event(office, actor, "staff.added", &person.id);
        audit(tx, event, NOTHING, Some(&person))?;
        Ok(Answer::created(person.clone()))
    })?;
    Ok(answer.value)
}

/// What is to be changed about a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StaffChange {
    /// Its role.
    Role(Role),
    /// Its address for notices; empty takes it away.
    Email(String),
    /// It is shut out: its sessions end.
    Disable,
    /// It is let in again.
    Enable,
    /// It sets a new second factor up when it signs in; its sessions end.
    ResetSecondFactor,
    /// It signs in with this password from now on, and chooses another one then; its sessions end.
    Password(HashedPassword),
}

/// Changes a person; at least one administrator stays.
///
/// # Errors
/// `last-administrator`; wrong fields; a person that is not there.
pub fn change_staff(
    office: &Office,
    actor: &Actor,
    once: Option<&Once>,
    id: &StaffId,
    change: &StaffChange,
) -> Result<Staff, Error> {
    actor.require(Right::Administer)?;
    let password = match change {
        StaffChange::Password(password) => Some(password),
        _ => None,
    };
    let email = match change {
        StaffChange::Email(email) => {
            staff::notice_address(email).map_err(|fault| vec![fault.at("/email")])?
        }
        _ => None,
    };
    let answer = write_once(office, once, |tx| {
        let before = tx.staff(id)?.ok_or(Error::NotFound)?;
        let mut after = before.clone();
        match change {
            StaffChange::Role(role) => after.role = *role,
            StaffChange::Email(_) => after.email.clone_from(&email),
            StaffChange::Disable => {
                after.disabled_at = before.disabled_at.or_else(|| Some(office.clock.now()));
            }
            StaffChange::Enable => after.disabled_at = None,
            StaffChange::ResetSecondFactor => {
                let generation = before.totp.generation + 1;
                after.totp = Totp { generation, confirmed: false, last_step: 0 };
                tx.replace_recovery_codes(id, &[])?;
                tx.set_totp_secret(id, None)?;
                Counter::codes(id, None).clear(tx)?;
            }
            StaffChange::Password(_) => {
                after.password_until = Some(office.clock.now() + TEMPORARY_PASSWORD_LIFETIME);
            }
        }
        if after == before && password.is_none() {
            return Ok(Answer::existing(after));
        }
        let is_admin = |person: &Staff| person.role == Role::Admin && person.is_enabled();
        let goes = is_admin(&before) && !is_admin(&after);
        if goes && !tx.all_staff()?.iter().any(|other| other.id != *id && is_admin(other)) {
            return Err(Refusal::LastAdministrator.into());
        }
        tx.change_staff(&after)?;
        if let Some(password) = password {
            tx.change_password(id, password.as_str(), after.password_until)?;
            Counter::passwords(&after.name, None).clear(tx)?;
        }
        if !matches!(change, StaffChange::Enable | StaffChange::Role(_) | StaffChange::Email(_)) {
            tx.end_sessions_of(id)?;
        }
        let action = match change {
            StaffChange::Role(_) => "staff.role-changed",
            StaffChange::Email(_) => "staff.email-changed",
            StaffChange::Disable => "staff.disabled",
            StaffChange::Enable => "staff.enabled",
            StaffChange::ResetSecondFactor => "staff.second-factor-reset",
            StaffChange::Password(_) => "staff.password-changed",
        };
        audit(tx, event(office, actor, action, id), Some(&before), Some(&after))?;
        let told = match change {
            StaffChange::Role(role) => AccessChange::Role { role: *role },
            StaffChange::Email(_) => AccessChange::Email { email: email.clone() },
            StaffChange::Disable => AccessChange::Disabled,
            StaffChange::Enable => AccessChange::Enabled,
            StaffChange::ResetSecondFactor => AccessChange::SecondFactorReset,
            StaffChange::Password(_) => {
                let own = AccessChange::Password;
                after.password_until.map_or(own, |until| AccessChange::TemporaryPassword { until })
            }
        };
        notify_of_change(office, tx, actor, [&before, &after], told)?;
        Ok(Answer::created(after))
    })?;
    Ok(answer.value)
}

/// Tells a person that their access was changed. A changed address is told to both: the former one,
/// in case somebody else has changed it, and the new one.
pub(super) fn notify_of_change(
    office: &Office,
    tx: &mut Tx<'_>,
    actor: &Actor,
    [before, after]: [&Staff; 2],
    change: AccessChange,
) -> Result<(), Error> {
    let notice = StaffNotice::AccessChanged { change, by: actor.name() };
    notify_staff(office, tx, before, &notice)?;
    if before.email != after.email {
        notify_staff(office, tx, after, &notice)?;
    }
    Ok(())
}

/// An event about a person.
pub(super) fn event<'a>(
    office: &Office,
    actor: &'a Actor,
    action: &'static str,
    id: &'a StaffId,
) -> Event<'a> {
    Event {
        id: office.id(EventId::from_ulid),
        at: office.clock.now(),
        actor,
        action,
        subject: id.as_str(),
        customer: None,
    }
}
