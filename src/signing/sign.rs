use super::keyring::Keyring;
use crate::domain::issue::Issuable;
use crate::failpoint;
use ed25519_dalek::Signer;
use jiff::Timestamp;
use licentia_license::{Emergency, License, Licensee, Thumbprint, encode_license};
use rayon::prelude::*;

/// A license as it goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedLicense {
    /// The compact JWS.
    pub token: String,
    /// The issuing key that signed it.
    pub key: Thumbprint,
}

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The newest issuing key's time to issue is over, or has not begun.
    #[error(
        "the issuing key {key} may issue until {until}; make a new one with `licentia keys rotate`"
    )]
    KeyExpired {
        /// Which key.
        key: Thumbprint,
        /// Until when it might issue.
        until: Timestamp,
    },
    /// There is no issuing key at all.
    #[error("there is no issuing key")]
    NoKey,
    /// What was signed does not verify, or does not say what it should: it is thrown away.
    #[error("the license just signed does not verify: {0}")]
    SelfCheck(String),
}

/// Signs a license, then verifies what it signed as an installation would, and only then returns
/// it.
pub fn sign(
    keyring: &Keyring,
    issuer: &str,
    issuable: &Issuable,
) -> Result<SignedLicense, SigningError> {
    let key = keyring.current().ok_or(SigningError::NoKey)?;
    if !key.certificate.may_issue(issuable.issued_at()) {
        return Err(SigningError::KeyExpired {
            key: key.public.thumbprint(),
            until: key.certificate.issue_until,
        });
    }
    let claims = claims_of(issuer, issuable);
    failpoint::reached("before-sign");
    let token = encode_license(&claims, &key.public, &key.certificate_token, |bytes| {
        key.signing.sign(bytes).to_bytes()
    })
    .map_err(|error| SigningError::SelfCheck(error.to_string()))?;
    failpoint::reached("after-sign");
    let verified = keyring
        .trust(issuer)
        .license(&token)
        .map_err(|error| SigningError::SelfCheck(error.to_string()))?;
    if verified.license != claims {
        return Err(SigningError::SelfCheck("it says something else".into()));
    }
    Ok(SignedLicense { token, key: verified.key })
}

/// Signs many, on all cores.
pub fn sign_all(
    keyring: &Keyring,
    issuer: &str,
    issuables: &[Issuable],
) -> Result<Vec<SignedLicense>, SigningError> {
    issuables.par_iter().map(|issuable| sign(keyring, issuer, issuable)).collect()
}

/// Verifies an issued license as an installation would.
///
/// # Errors
/// Why it does not hold.
pub fn check_license(keyring: &Keyring, issuer: &str, token: &str) -> Result<(), String> {
    let verified = keyring.trust(issuer).license(token);
    verified.map(drop).map_err(|error| error.to_string())
}

/// What the license will say.
#[must_use]
pub fn claims_of(issuer: &str, issuable: &Issuable) -> License {
    let licensee = issuable.licensee().clone();
    let held = issuable.entitlements();
    License {
        iss: issuer.to_owned(),
        sub: issuable.customer().to_string(),
        jti: issuable.id().to_string(),
        iat: issuable.issued_at(),
        seq: issuable.seq(),
        aud: issuable.audience().to_vec(),
        licensee: Licensee {
            name: licensee.name,
            country: licensee.country,
            region: licensee.region,
            city: licensee.city,
            postal_code: licensee.postal_code,
        },
        user_accounts: held.user_accounts,
        external_connections: held.external_connections,
        support_until: held.support_until,
        emergency: held.emergency.as_ref().map(|grant| Emergency {
            accounts: grant.accounts,
            from: grant.from,
            until: grant.until,
        }),
    }
}
