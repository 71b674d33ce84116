//! Known browsers: a cookie that a person gets after a complete sign-in, so that a stranger's wrong
//! attempts do not keep them out (OWASP, "Device cookies").
//!
//! It proves nothing but that the browser was signed in before: attempts from it have counters of
//! their own. A new password or a reset second factor voids it.
//!
//! Its first part names the browser and holds a code of its own, by which a server knows without its
//! database that the cookie is no invention.

use super::{Error, Office};
use crate::domain::ids::StaffId;
use crate::domain::staff::Staff;
use crate::signing::device_mac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use subtle::ConstantTimeEq;

/// How long a browser stays known without a sign-in.
pub const DEVICE_LIFETIME: SignedDuration = SignedDuration::from_hours(180 * 24);

/// How many of a browser's device cookies are looked at: as many people may share it.
const MAX_COOKIES: usize = 20;

/// A browser in which this person has signed in before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KnownDevice(String);

impl KnownDevice {
    /// A new one.
    ///
    /// # Errors
    /// Keys that cannot be read.
    pub(super) fn new(office: &Office) -> Result<Self, Error> {
        let random = office.chance.bytes::<16>();
        let name = [random, name_mac(office, &random)?].concat();
        Ok(Self(URL_SAFE_NO_PAD.encode(name)))
    }

    /// The one that one of these cookies is of; `password` is the hash of the person's password.
    pub(super) fn find(
        office: &Office,
        person: &Staff,
        password: &str,
        cookies: &[String],
    ) -> Result<Option<Self>, Error> {
        let now = office.clock.now();
        for cookie in cookies {
            let Some((device, until, mac)) = parts(cookie) else { continue };
            if until <= now || until > now + DEVICE_LIFETIME {
                continue;
            }
            let expected = mac_of(office, person, password, device, until)?;
            if bool::from(expected.as_slice().ct_eq(&mac)) {
                return Ok(Some(Self(device.to_owned())));
            }
        }
        Ok(None)
    }

    /// What the cookie holds.
    pub(super) fn cookie(
        &self,
        office: &Office,
        person: &Staff,
        password: &str,
    ) -> Result<DeviceCookie, Error> {
        let until = office.clock.now() + DEVICE_LIFETIME;
        let mac = mac_of(office, person, password, &self.0, until)?;
        let value = format!("{}.{}.{}", self.0, until.as_second(), URL_SAFE_NO_PAD.encode(mac));
        Ok(DeviceCookie { name: name_of(&person.id), value })
    }

    /// Names the counters of this browser.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Those of a browser's device cookies that a server of ours has made and that have not ended; for whom
/// one is good is found with the person. Of many cookies the first few are looked at, and invented ones
/// take the same work for a name that nobody has.
///
/// # Errors
/// Keys that cannot be read.
pub fn authentic_device_cookies(
    office: &Office,
    cookies: impl Iterator<Item = String>,
) -> Result<Vec<String>, Error> {
    let now = office.clock.now();
    let mut authentic = Vec::new();
    for cookie in cookies.take(MAX_COOKIES) {
        let Some((device, until, _)) = parts(&cookie) else { continue };
        let Ok(name) = URL_SAFE_NO_PAD.decode(device) else { continue };
        let Some((random, mac)) = name.split_first_chunk::<16>() else { continue };
        let is_ours = bool::from(name_mac(office, random)?.as_slice().ct_eq(mac));
        if is_ours && until > now {
            authentic.push(cookie);
        }
    }
    Ok(authentic)
}

/// A cookie that makes a browser known for one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceCookie {
    /// Its name, which differs from person to person: several may share a browser.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl DeviceCookie {
    /// What the names of all these cookies begin with.
    pub const PREFIX: &'static str = "device_";
}

fn name_of(person: &StaffId) -> String {
    let id = person.as_str();
    let end = id.get(id.len().saturating_sub(8)..).unwrap_or(id);
    format!("{}{}", DeviceCookie::PREFIX, end.to_lowercase())
}

/// The name of the browser that an authentic device cookie is of.
pub fn device_name(cookie: &str) -> &str {
    cookie.split('.').next().unwrap_or_default()
}

fn parts(cookie: &str) -> Option<(&str, Timestamp, Vec<u8>)> {
    let mut parts = cookie.split('.');
    let (device, until, mac) = (parts.next()?, parts.next()?, parts.next()?);
    let until = Timestamp::from_second(until.parse().ok()?).ok()?;
    let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
    parts.next().is_none().then_some((device, until, mac))
}

fn name_mac(office: &Office, random: &[u8; 16]) -> Result<[u8; 16], Error> {
    let mac = device_mac(&*office.keys.keyring()?, &[&URL_SAFE_NO_PAD.encode(random)]);
    let (half, _) = mac.split_first_chunk().ok_or_else(|| Error::Internal("a short MAC".into()))?;
    Ok(*half)
}

fn mac_of(
    office: &Office,
    person: &Staff,
    password: &str,
    device: &str,
    until: Timestamp,
) -> Result<[u8; 32], Error> {
    let factor = person.totp.generation.to_string();
    let until = until.as_second().to_string();
    let stated = [person.id.as_str(), device, until.as_str(), password, factor.as_str()];
    Ok(device_mac(&*office.keys.keyring()?, &stated))
}
