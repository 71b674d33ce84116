//! Signing in: name and password, then a second factor where one is needed.

use super::audit::{Event, NOTHING, audit};
use super::{Actor, Error, Office, Unauthenticated};
use crate::domain::ids::{EventId, StaffId};
use crate::domain::staff::Staff;
use crate::signing::second_factor_secret;
use crate::store::Tx;
use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};
use totp_rs::{Algorithm, Builder, Totp};

/// How many recovery codes a person gets.
const RECOVERY_CODES: usize = 10;

/// What comes after name and password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextStep {
    /// The person is in.
    In,
    /// It shows its second factor.
    SecondFactor,
    /// It sets a second factor up.
    Enrol,
}

/// What a person puts into its authenticator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// The secret in base32, to be typed.
    pub secret: String,
    /// The same as `otpauth://…`, to be photographed.
    pub url: String,
}

/// Checks name and password. Unknown, wrong and disabled get the same answer, after the same time.
///
/// # Errors
/// `sign-in-failed`.
pub fn sign_in(office: &Office, name: &str, password: &str) -> Result<(Staff, NextStep), Error> {
    let name = name.trim().to_lowercase();
    let found = office.store.read(|tx| tx.staff_by_name(&name))?;
    let hash = found.as_ref().map(|(_, hash)| hash.as_str());
    let fits = office.passwords.fits(password, hash);
    let person = found.map(|(person, _)| person).filter(|person| fits && person.is_enabled());
    let person = person.ok_or(Unauthenticated::SignInFailed)?;
    let step = if !person.needs_second_factor(office.settings().second_factor_for_all) {
        NextStep::In
    } else if person.totp.confirmed {
        NextStep::SecondFactor
    } else {
        NextStep::Enrol
    };
    if step == NextStep::In {
        office.store.write(|tx| note(office, tx, &person, "staff.signed-in"))?;
    }
    Ok((person, step))
}

/// Checks a code of the second factor, or a recovery code; each is good once.
///
/// # Errors
/// `second-factor-wrong`.
pub fn check_second_factor(office: &Office, id: &StaffId, code: &str) -> Result<Staff, Error> {
    let code: String = code.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    office.store.write(|tx| {
        let mut person = enabled(tx, id)?;
        if let Some(step) = step_of(office, &person, &code)? {
            person.totp.last_step = step;
            tx.change_staff(&person)?;
        } else if !tx.use_recovery_code(id, &recovery_hash(&code))? {
            return Err(Unauthenticated::SecondFactorWrong.into());
        }
        note(office, tx, &person, "staff.signed-in")?;
        Ok(person)
    })
}

/// What a person puts into its authenticator to set a second factor up.
///
/// # Errors
/// A person that is not there; what the keys say.
pub fn enrolment(office: &Office, id: &StaffId) -> Result<Enrolment, Error> {
    let person = office.store.read(|tx| enabled(tx, id))?;
    let secret = secret(office, &person)?;
    let vendor = office.settings().vendor_name.replace(':', " ");
    let encoded = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    let secret = BASE32_NOPAD.encode(&secret);
    let (vendor, name) = (encoded(&vendor), encoded(&person.name));
    let url = format!("otpauth://totp/{vendor}:{name}?secret={secret}&issuer={vendor}");
    Ok(Enrolment { secret, url })
}

/// Takes the first code of a second factor that is being set up; returns the recovery codes, which
/// are shown only now.
///
/// # Errors
/// `second-factor-wrong`.
pub fn confirm_second_factor(
    office: &Office,
    id: &StaffId,
    code: &str,
) -> Result<Vec<String>, Error> {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let (codes, hashes) = new_recovery_codes(office);
    office.store.write(|tx| {
        let mut person = enabled(tx, id)?;
        let step = step_of(office, &person, &code)?;
        person.totp.last_step = step.ok_or(Unauthenticated::SecondFactorWrong)?;
        person.totp.confirmed = true;
        tx.change_staff(&person)?;
        tx.replace_recovery_codes(id, &hashes)?;
        note(office, tx, &person, "staff.second-factor-confirmed")?;
        note(office, tx, &person, "staff.signed-in")
    })?;
    Ok(codes)
}

/// Recovery codes, and what is kept of them.
pub(super) fn new_recovery_codes(office: &Office) -> (Vec<String>, Vec<[u8; 32]>) {
    let codes: Vec<String> = (0..RECOVERY_CODES)
        .map(|_| BASE32_NOPAD.encode(&office.chance.bytes::<10>()).to_lowercase())
        .collect();
    let hashes = codes.iter().map(|code| recovery_hash(code)).collect();
    (codes, hashes)
}

/// The person of a session, unless it was shut out, or needs a second factor now that it has not
/// set up: made an administrator, or asked for by a setting.
///
/// # Errors
/// `sign-in-failed`.
pub fn signed_in(office: &Office, id: &StaffId) -> Result<Staff, Error> {
    let person = office.store.read(|tx| enabled(tx, id))?;
    let needs = person.needs_second_factor(office.settings().second_factor_for_all);
    if needs && !person.totp.confirmed {
        return Err(Unauthenticated::SignInFailed.into());
    }
    Ok(person)
}

fn enabled(tx: &mut Tx<'_>, id: &StaffId) -> Result<Staff, Error> {
    let person = tx.staff(id)?.filter(Staff::is_enabled);
    person.ok_or_else(|| Unauthenticated::SignInFailed.into())
}

/// The time step of a code that fits and was not used before: one step early or late is let pass.
fn step_of(office: &Office, person: &Staff, code: &str) -> Result<Option<i64>, Error> {
    let totp: Totp = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(1)
        .with_step_duration(30)
        .with_secret(secret(office, person)?)
        .build()
        .map_err(|error| Error::Internal(error.to_string()))?;
    let now = u64::try_from(office.clock.now().as_second()).unwrap_or_default();
    let step = totp.check(code, now).and_then(|step| i64::try_from(step).ok());
    Ok(step.filter(|step| *step > person.totp.last_step))
}

fn secret(office: &Office, person: &Staff) -> Result<Vec<u8>, Error> {
    Ok(second_factor_secret(&*office.keys.keyring()?, &person.id, person.totp.generation))
}

fn recovery_hash(code: &str) -> [u8; 32] {
    Sha256::digest(code.to_lowercase().as_bytes()).into()
}

fn note(
    office: &Office,
    tx: &mut Tx<'_>,
    person: &Staff,
    action: &'static str,
) -> Result<(), Error> {
    let event = Event {
        id: office.id(EventId::from_ulid),
        at: office.clock.now(),
        actor: &Actor::Staff(person.clone()),
        action,
        subject: person.id.as_str(),
        customer: None,
    };
    audit(tx, event, NOTHING, NOTHING)
}
