use crate::jws::{self, Header};
use crate::{Error, PublicKey, Thumbprint};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// The `typ` of a license.
pub const LICENSE_TYPE: &str = "license+jwt";

/// What a license states: the whole of what a customer may use.
///
/// Unknown claims are ignored, so that the format can grow. There is no `exp`: permanent rights
/// must not die with a date in the token; each dated right carries its own end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct License {
    /// The vendor's license office: its URL.
    pub iss: String,
    /// The customer (`cus_…`).
    pub sub: String,
    /// The license (`lic_…`).
    pub jti: String,
    /// When it was issued.
    #[serde(with = "jiff::fmt::serde::timestamp::second::required")]
    pub iat: Timestamp,
    /// Its place in the customer's row of licenses; the higher replaces the lower.
    pub seq: i64,
    /// The thumbprints of the installations it is for; empty before the first activation.
    pub aud: Vec<Thumbprint>,
    /// The customer's name and address.
    pub licensee: Licensee,
    /// User accounts, permanent.
    pub user_accounts: i64,
    /// Most concurrent sessions with external systems, permanent.
    pub external_connections: i64,
    /// The last day of support, in the vendor's time zone; none where none was bought.
    pub support_until: Option<Date>,
    /// The emergency license, if one was running when this was issued.
    pub emergency: Option<Emergency>,
}

/// The customer's name and address as the license states them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Licensee {
    /// The company's name.
    pub name: String,
    /// Its country, where the vendor keeps one.
    pub country: Option<String>,
    /// Its region.
    pub region: String,
    /// Its city.
    pub city: String,
    /// Its postal code.
    pub postal_code: String,
}

/// Extra accounts for one calendar month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Emergency {
    /// How many extra accounts, 1 to 10.
    pub accounts: i64,
    /// The first instant at which they may be used.
    pub from: Timestamp,
    /// The instant from which they are blocked.
    pub until: Timestamp,
}

impl Emergency {
    /// Whether the extra accounts may be used at `now` (half-open: not at `until` itself).
    #[must_use]
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.from <= now && now < self.until
    }
}

impl License {
    /// All the accounts that may be used at `now`, emergency ones included.
    #[must_use]
    pub fn accounts_at(&self, now: Timestamp) -> i64 {
        self.user_accounts.saturating_add(self.emergency_accounts_at(now))
    }

    /// The emergency accounts that may be used at `now`; 0 once the emergency license has ended.
    #[must_use]
    pub fn emergency_accounts_at(&self, now: Timestamp) -> i64 {
        self.emergency.as_ref().filter(|e| e.is_active(now)).map_or(0, |e| e.accounts)
    }

    /// Whether the license is for the installation with this key.
    ///
    /// # Errors
    /// [`Error::Audience`] when it is not.
    pub fn require_audience(&self, thumbprint: &str) -> Result<(), Error> {
        if self.aud.iter().any(|a| a == thumbprint) { Ok(()) } else { Err(Error::Audience) }
    }
}

/// Writes a license as a token; `sign` signs with the issuing key that `certificate` is about.
///
/// # Errors
/// [`Error::Malformed`] when the claims cannot be written.
pub fn encode_license(
    license: &License,
    key: &PublicKey,
    certificate: &str,
    sign: impl FnOnce(&[u8]) -> [u8; 64],
) -> Result<String, Error> {
    let header = Header {
        kid: Some(key.thumbprint()),
        cert: Some(certificate.into()),
        ..Header::new(LICENSE_TYPE)
    };
    jws::encode(&header, license, sign)
}
