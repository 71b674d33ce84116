//! Signing in: name and password, then a second factor where one is needed.
//!
//! A password is checked in three steps, since argon2 takes long: [`find_password`] reads,
//! [`PasswordAttempt::claim`] begins the only attempt at a time, and after the check, which is made
//! on another thread (`passwords`), [`finish_password`] counts it.

use super::audit::{Event, NOTHING, audit};
use super::known_device::{DeviceCookie, KnownDevice};
use super::notify_staff::notify_staff;
use super::sign_in_limit::{Counter, FailedAttempt};
use super::{Actor, Error, Office, Unauthenticated};
use crate::domain::ids::{EventId, SessionId, StaffId};
use crate::domain::staff::{Staff, typed_name};
use crate::domain::staff_notice::StaffNotice;
use crate::signing::{new_second_factor, open_second_factor, seal_second_factor};
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
    /// It chooses a password in place of a temporary one.
    NewPassword,
}

/// A person who has signed in, and the cookie by which the browser is known from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// Who.
    pub person: Staff,
    /// Of their browser.
    pub device: DeviceCookie,
}

/// What a person puts into its authenticator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// The secret in base32, to be typed.
    pub secret: String,
    /// The same as `otpauth://…`, to be photographed.
    pub url: String,
}

/// A password that is to be checked: whose, and what it is held against.
#[derive(Debug, Clone)]
pub struct PasswordAttempt {
    counter: Counter,
    person: Option<(Staff, String)>,
    device: Option<KnownDevice>,
}

/// Proof that a person knows their password.
#[derive(Debug, Clone)]
pub struct PasswordProof {
    pub(super) person: Staff,
    hash: String,
    device: Option<KnownDevice>,
}

/// The attempt to sign in under a name; `devices` are the browser's device cookies.
///
/// # Errors
/// [`Error::TooManyAttempts`] during a pause, and while another attempt is under way.
pub fn find_password(
    office: &Office,
    name: &str,
    devices: &[String],
) -> Result<PasswordAttempt, Error> {
    let name = typed_name(name);
    office.store.read(|tx| {
        let person = tx.staff_by_name(&name)?;
        let device = match &person {
            Some((person, hash)) => KnownDevice::find(office, person, hash, devices)?,
            None => None,
        };
        let counter = Counter::passwords(&name, device.as_ref());
        counter.check(office, tx)?;
        Ok(PasswordAttempt { counter, person, device })
    })
}

impl PasswordAttempt {
    /// Whether the browser is known, which has a queue of its own.
    pub fn is_known(&self) -> bool {
        self.device.is_some()
    }

    /// What the password is checked against.
    pub fn hash(&self) -> Option<String> {
        self.person.as_ref().map(|(_, hash)| hash.clone())
    }

    /// Begins the attempt; no other one for the name is made until it is finished.
    ///
    /// # Errors
    /// As [`find_password`].
    pub fn claim(&self, office: &Office) -> Result<(), Error> {
        office.store.note(|tx| self.counter.claim(office, tx))
    }
}

/// Counts the attempt from this client address. Unknown, wrong, expired and disabled get the same answer, after the same time.
///
/// # Errors
/// `sign-in-failed`.
pub fn finish_password(
    office: &Office,
    attempt: &PasswordAttempt,
    matches: bool,
    address: Option<&str>,
) -> Result<PasswordProof, Error> {
    let proof = office.store.write(|tx| {
        if let Some((person, hash)) = attempt.person.as_ref().filter(|_| matches) {
            let valid = |person: &Staff| {
                person.is_enabled() && person.password_is_valid_at(office.clock.now())
            };
            let now = tx.staff(&person.id)?.filter(valid);
            let same = tx.password(&person.id)?.as_ref() == Some(hash);
            if let Some(person) = now.filter(|_| same) {
                attempt.counter.clear(tx)?;
                let (hash, device) = (hash.clone(), attempt.device.clone());
                return Ok(Some(PasswordProof { person, hash, device }));
            }
        }
        let person = attempt.person.as_ref().map(|(person, _)| person);
        attempt.counter.add_failure(office, tx, person, FailedAttempt::Password, address)?;
        Ok::<_, Error>(None)
    })?;
    proof.ok_or_else(|| Unauthenticated::SignInFailed.into())
}

/// The step after the password. A person who needs no second factor is in, unless the password is
/// temporary, and has a device cookie.
///
/// # Errors
/// What the store says.
pub fn sign_in(
    office: &Office,
    proof: &PasswordProof,
) -> Result<(NextStep, Option<DeviceCookie>), Error> {
    let PasswordProof { person, hash, device } = proof;
    if person.needs_second_factor(office.settings().second_factor_for_all) {
        let confirmed = person.totp.confirmed;
        return Ok((if confirmed { NextStep::SecondFactor } else { NextStep::Enrol }, None));
    }
    office.store.write(|tx| note(office, tx, person, "staff.signed-in"))?;
    if person.has_temporary_password() {
        return Ok((NextStep::NewPassword, None));
    }
    let device = device.clone().map_or_else(|| KnownDevice::new(office), Ok)?;
    Ok((NextStep::In, Some(device.cookie(office, person, hash)?)))
}

impl PasswordProof {
    /// Whose password it is.
    pub fn person(&self) -> &Staff {
        &self.person
    }
}

/// A half-open session: the password was right, a code is still to come.
#[derive(Debug, Clone)]
pub struct HalfOpenSession {
    /// Whose.
    pub person: StaffId,
    /// Its own name, drawn when it began.
    pub id: SessionId,
    /// The browser's device cookies.
    pub devices: Vec<String>,
    /// The client's address.
    pub address: Option<String>,
    /// The sealed secret of a second factor that is being set up; empty where none is.
    pub enrolment: Vec<u8>,
}

/// How a code was found.
enum CodeOutcome<T> {
    Right(T),
    Wrong,
    /// Wrong, and the last one of its session.
    SessionOver,
}

impl<T> CodeOutcome<T> {
    fn accepted(self) -> Result<T, Error> {
        match self {
            Self::Right(value) => Ok(value),
            Self::Wrong => Err(Unauthenticated::SecondFactorWrong.into()),
            Self::SessionOver => Err(Unauthenticated::SignInAgain.into()),
        }
    }
}

/// Checks a code in one transaction, so that there is one attempt at a time for a person: `check`
/// returns `None` for a wrong one. Wrong codes are counted for the person, or their known browser,
/// and for the session. Only a right code sets the person's count back.
pub(super) fn try_code<T>(
    office: &Office,
    session: &HalfOpenSession,
    mut check: impl FnMut(&mut Tx<'_>, Staff) -> Result<Option<T>, Error>,
) -> Result<(T, DeviceCookie), Error> {
    let outcome = office.store.write(|tx| {
        let person = enabled(tx, &session.person)?;
        let hash = tx.password(&person.id)?.unwrap_or_default();
        let device = KnownDevice::find(office, &person, &hash, &session.devices)?;
        let of_person = Counter::codes(&person.id, device.as_ref());
        let of_session = Counter::half_open_session(session.id.as_str());
        if of_session.is_used_up(tx)? {
            return Ok(CodeOutcome::SessionOver);
        }
        of_person.check(office, tx)?;
        if let Some(value) = check(tx, person.clone())? {
            of_person.clear(tx)?;
            of_session.clear(tx)?;
            let person = enabled(tx, &session.person)?;
            let device = device.map_or_else(|| KnownDevice::new(office), Ok)?;
            return Ok(CodeOutcome::Right((value, device.cookie(office, &person, &hash)?)));
        }
        let address = session.address.as_deref();
        of_person.add_failure(office, tx, Some(&person), FailedAttempt::Code, address)?;
        of_session.count(office, tx)?;
        let over = of_session.is_used_up(tx)?;
        Ok::<_, Error>(if over { CodeOutcome::SessionOver } else { CodeOutcome::Wrong })
    })?;
    outcome.accepted()
}

/// Checks a code of the second factor, or a recovery code; each is good once.
///
/// # Errors
/// `second-factor-wrong`; `sign-in-again` after five wrong codes; [`Error::TooManyAttempts`] during a
/// pause.
pub fn check_second_factor(
    office: &Office,
    session: &HalfOpenSession,
    code: &str,
) -> Result<SignedIn, Error> {
    let (person, device) = try_code(office, session, |tx, mut person| {
        if !use_code(office, tx, &mut person, code, session.address.as_deref())? {
            return Ok(None);
        }
        note(office, tx, &person, "staff.signed-in")?;
        Ok(Some(person))
    })?;
    Ok(SignedIn { person, device })
}

/// Uses a code of the second factor or a recovery code up; `false` for one that is not right.
pub(super) fn use_code(
    office: &Office,
    tx: &mut Tx<'_>,
    person: &mut Staff,
    code: &str,
    address: Option<&str>,
) -> Result<bool, Error> {
    let code: String = code.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let sealed = tx.totp_secret(&person.id)?.filter(|_| person.totp.confirmed);
    let step = sealed.map(|sealed| step_of(office, person, &sealed, &code)).transpose()?;
    let Some(step) = step.flatten() else {
        let used = tx.use_recovery_code(&person.id, &recovery_hash(&code))?;
        if used {
            let left = tx.count_recovery_codes(&person.id)?;
            let notice = StaffNotice::RecoveryCodeUsed { left, address: address.map(Into::into) };
            notify_staff(office, tx, person, &notice)?;
        }
        return Ok(used);
    };
    person.totp.last_step = step;
    tx.change_staff(person)?;
    Ok(true)
}

/// The secret of a second factor that a half-open session sets up: random for each, sealed, and kept
/// with the session until a code confirms it.
///
/// # Errors
/// What the keys say.
pub(super) fn begin_enrolment(office: &Office, person: &Staff) -> Result<Vec<u8>, Error> {
    Ok(new_second_factor(&*office.keys.keyring()?, &person.id, &office.chance))
}

/// What a person puts into their authenticator to set a second factor up.
///
/// # Errors
/// `sign-in-again` where the person has set one up meanwhile; a person that is not there; what the
/// keys say.
pub fn enrolment(office: &Office, session: &HalfOpenSession) -> Result<Enrolment, Error> {
    let person = office.store.read(|tx| enabled(tx, &session.person))?;
    if person.totp.confirmed {
        return Err(Unauthenticated::SignInAgain.into());
    }
    let secret = open(office, &person, &session.enrolment)?;
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
/// As [`check_second_factor`]; `sign-in-again` where one is set up already.
pub fn confirm_second_factor(
    office: &Office,
    session: &HalfOpenSession,
    code: &str,
) -> Result<(Vec<String>, DeviceCookie), Error> {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let (codes, hashes) = new_recovery_codes(office);
    let ((), device) = try_code(office, session, |tx, mut person| {
        if person.totp.confirmed {
            return Err(Unauthenticated::SignInAgain.into());
        }
        let sealed = session.enrolment.as_slice();
        let step = step_of(office, &person, sealed, &code)?;
        let Some(step) = step else { return Ok(None) };
        person.totp.last_step = step;
        person.totp.confirmed = true;
        tx.change_staff(&person)?;
        tx.set_totp_secret(&person.id, Some(sealed))?;
        tx.replace_recovery_codes(&person.id, &hashes)?;
        // Others that know the password may have a half-open session; it is worth nothing from now on.
        tx.end_other_sessions(&person.id, &session.id)?;
        note(office, tx, &person, "staff.second-factor-confirmed")?;
        let notice = StaffNotice::SecondFactorConfirmed { address: session.address.clone() };
        notify_staff(office, tx, &person, &notice)?;
        note(office, tx, &person, "staff.signed-in")?;
        Ok(Some(()))
    })?;
    Ok((codes, device))
}

/// Recovery codes, and what is kept of them.
pub(super) fn new_recovery_codes(office: &Office) -> (Vec<String>, Vec<[u8; 32]>) {
    // 128 bits: a fast hash is enough for what nobody can try through.
    let codes: Vec<String> = (0..RECOVERY_CODES)
        .map(|_| BASE32_NOPAD.encode(&office.chance.bytes::<16>()).to_lowercase())
        .collect();
    let hashes = codes.iter().map(|code| recovery_hash(code)).collect();
    (codes.iter().map(|code| in_groups(code)).collect(), hashes)
}

/// A code as people copy it: in groups of six characters.
fn in_groups(code: &str) -> String {
    let characters: Vec<char> = code.chars().collect();
    let groups = characters.chunks(6).map(|group| group.iter().collect::<String>());
    groups.collect::<Vec<_>>().join("-")
}

fn enabled(tx: &mut Tx<'_>, id: &StaffId) -> Result<Staff, Error> {
    let person = tx.staff(id)?.filter(Staff::is_enabled);
    person.ok_or_else(|| Unauthenticated::SignInFailed.into())
}

/// The time step of a code that fits and was not used before: one step early or late is let pass.
fn step_of(
    office: &Office,
    person: &Staff,
    sealed: &[u8],
    code: &str,
) -> Result<Option<i64>, Error> {
    let totp: Totp = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(1)
        .with_step_duration(30)
        .with_secret(open(office, person, sealed)?)
        .build()
        .map_err(|error| Error::Internal(error.to_string()))?;
    let now = u64::try_from(office.clock.now().as_second()).unwrap_or_default();
    let step = totp.check(code, now).and_then(|step| i64::try_from(step).ok());
    Ok(step.filter(|step| *step > person.totp.last_step))
}

fn open(office: &Office, person: &Staff, sealed: &[u8]) -> Result<Vec<u8>, Error> {
    Ok(open_second_factor(&*office.keys.keyring()?, &person.id, sealed)?)
}

/// Seals the secrets of all second factors with the current version of the server's secret, so that
/// older versions can be removed. Returns how many.
///
/// # Errors
/// A secret that cannot be opened; then none is changed.
pub fn reseal_second_factors(office: &Office) -> Result<usize, Error> {
    let keyring = office.keys.keyring()?;
    office.store.write(|tx| {
        let mut count = 0;
        for person in tx.all_staff()? {
            let Some(sealed) = tx.totp_secret(&person.id)? else { continue };
            let secret = open_second_factor(&keyring, &person.id, &sealed)?;
            let sealed = seal_second_factor(&keyring, &person.id, &secret, &office.chance);
            tx.set_totp_secret(&person.id, Some(&sealed))?;
            count += 1;
        }
        Ok(count)
    })
}

fn recovery_hash(code: &str) -> [u8; 32] {
    Sha256::digest(code.to_lowercase().as_bytes()).into()
}

pub(super) fn note(
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
