//! Sessions of staff. One begins at the right password, gets a new key at each step, and is found by
//! the SHA-256 of its key: nobody who reads the database can use it.

use super::sign_in::begin_enrolment;
use super::{Error, Office, Unauthenticated};
use crate::domain::ids::SessionId;
use crate::domain::staff::Staff;
use crate::store::{Session, Stage, Tx};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

/// How long a session lasts at most: a working day.
const LONGEST: SignedDuration = SignedDuration::from_hours(12);
/// How long a person may take between the password and the second factor, and to choose a new password.
const HALF_OPEN: SignedDuration = SignedDuration::from_mins(15);
/// How often the last use of a session is stored at most.
const SEEN: SignedDuration = SignedDuration::from_mins(1);
/// How long a proof of identity is good for sensitive acts.
pub const PROOF_GOOD_FOR: SignedDuration = SignedDuration::from_mins(15);
/// The most bytes of a path to return to that are kept.
const MAX_NEXT_BYTES: usize = 2000;

/// A session that is good, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveSession {
    /// The session.
    pub session: Session,
    /// The person.
    pub person: Staff,
    /// Whether its last use should be stored ([`touch_session`]).
    pub is_touch_due: bool,
}

/// Where a session is used.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Visitor {
    /// The client's address.
    pub address: Option<String>,
    /// The browser and its system, in a few words.
    pub browser: String,
}

/// The session with this key, unless its time is over or its person may not use it any more: was
/// disabled, has a temporary password, or needs a second factor now that is not set up.
///
/// # Errors
/// What the store says.
pub fn load_session(office: &Office, key: &str) -> Result<Option<LiveSession>, Error> {
    let (now, settings) = (office.clock.now(), office.settings());
    let hash = hash(key);
    office.store.ask(|tx| {
        let Some(session) = tx.session(&hash)?.filter(|session| is_live(office, session, now))
        else {
            return Ok(None);
        };
        let person = tx.staff(&session.staff)?.filter(Staff::is_enabled);
        let person = person.filter(|person| {
            let needs = person.needs_second_factor(settings.second_factor_for_all);
            let is_complete = !person.has_temporary_password() && (!needs || person.totp.confirmed);
            session.stage != Stage::In || is_complete
        });
        let is_touch_due = now.duration_since(session.last_seen_at) >= SEEN;
        Ok(person.map(|person| LiveSession { session, person, is_touch_due }))
    })
}

/// Stores that a session is used. It does not wait for the disk: what is lost with the machine's power
/// ends a session a minute early.
///
/// # Errors
/// What the store says.
pub fn touch_session(office: &Office, id: &SessionId, address: Option<&str>) -> Result<(), Error> {
    let now = office.clock.now();
    Ok(office.store.note(|tx| tx.touch_session(id, address, now))?)
}

/// A session with the key that its cookie holds from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyedSession {
    /// The key.
    pub key: String,
    /// The session.
    pub session: Session,
}

/// Begins a session; the one that the browser had before ends.
///
/// # Errors
/// What the store says.
pub fn begin_session(
    office: &Office,
    before: Option<&SessionId>,
    person: &Staff,
    stage: Stage,
    next: &str,
    visitor: &Visitor,
) -> Result<KeyedSession, Error> {
    let (now, key) = (office.clock.now(), new_key(office));
    let enrolment = (stage == Stage::Enrol).then(|| begin_enrolment(office, person)).transpose()?;
    let session = Session {
        id: office.id(SessionId::from_ulid),
        hash: hash(&key),
        staff: person.id.clone(),
        stage,
        form_token: new_key(office),
        next: if next.len() <= MAX_NEXT_BYTES { next.to_owned() } else { "/".into() },
        enrolment,
        address: visitor.address.clone(),
        browser: visitor.browser.clone(),
        created_at: now,
        last_seen_at: now,
        proved_at: now,
        expires_at: now + if stage == Stage::In { LONGEST } else { HALF_OPEN },
    };
    office.store.write(|tx| {
        if let Some(before) = before {
            tx.end_session(before)?;
        }
        tx.add_session(&session)
    })?;
    Ok(KeyedSession { key, session })
}

/// Gives a session whose person has just proved who they are a new key: from now on it is signed in, or
/// the person chooses a password in place of a temporary one. A session that has ended meanwhile, on
/// another server or by another call, stays ended.
///
/// # Errors
/// `session-ended` for one that has ended; what the store says.
pub fn renew_session(office: &Office, session: &Session) -> Result<KeyedSession, Error> {
    let now = office.clock.now();
    office.store.write(|tx| {
        let mut renewed = renewed(office, session, now);
        if tx.staff(&session.staff)?.is_some_and(|person| person.has_temporary_password()) {
            renewed.session.stage = Stage::NewPassword;
            renewed.session.expires_at = now + HALF_OPEN;
        }
        change(tx, session, &renewed.session)?;
        Ok(renewed)
    })
}

/// The session under a new key, signed in.
pub(super) fn renewed(office: &Office, session: &Session, proved_at: Timestamp) -> KeyedSession {
    let key = new_key(office);
    // A form that was open before the second factor was shown is none of the person who is in.
    let stays = session.stage == Stage::In;
    let session = Session {
        hash: hash(&key),
        stage: Stage::In,
        form_token: if stays { session.form_token.clone() } else { new_key(office) },
        enrolment: None,
        last_seen_at: office.clock.now(),
        proved_at,
        expires_at: session.created_at + LONGEST,
        ..session.clone()
    };
    KeyedSession { key, session }
}

/// Stores a session as it is now, unless it has ended meanwhile.
pub(super) fn change(tx: &mut Tx<'_>, before: &Session, now: &Session) -> Result<(), Error> {
    let changed = tx.change_session(&before.hash, now)?;
    if changed { Ok(()) } else { Err(Unauthenticated::SessionEnded.into()) }
}

/// Ends a session.
///
/// # Errors
/// What the store says.
pub fn end_session(office: &Office, id: &SessionId) -> Result<(), Error> {
    Ok(office.store.write(|tx| tx.end_session(id))?)
}

/// Whether the person of a session has proved who they are lately enough for a sensitive act.
pub fn is_fresh(office: &Office, session: &Session) -> bool {
    office.clock.now().duration_since(session.proved_at) < PROOF_GOOD_FOR
}

/// Whether a session's time is not over: neither the longest one, nor that without use.
pub(super) fn is_live(office: &Office, session: &Session, now: Timestamp) -> bool {
    let idle = SignedDuration::from_mins(office.settings().session_idle_minutes);
    now < session.expires_at && now.duration_since(session.last_seen_at) < idle
}

/// 256 random bits as text.
fn new_key(office: &Office) -> String {
    URL_SAFE_NO_PAD.encode(office.chance.bytes::<32>())
}

fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}
