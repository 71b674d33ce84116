//! Ed25519 public keys as JSON Web Keys (RFC 8037) and their thumbprints (RFC 7638).

use crate::Error;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// A key's name: the base64url of the SHA-256 of its canonical JWK (RFC 7638), 43 characters.
///
/// An installation's identity, and the `kid` of issuing and root keys.
pub type Thumbprint = String;

/// An Ed25519 public key as a JSON Web Key (RFC 8037 section 2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    /// Always `OKP`.
    pub kty: String,
    /// Always `Ed25519`.
    pub crv: String,
    /// The key's 32 bytes, base64url without padding.
    pub x: String,
    /// The thumbprint, where a list of keys is read by name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kid: Option<Thumbprint>,
}

/// A public key that is known to be a point on the curve and not a weak one.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Takes the 32 bytes of a key.
    ///
    /// # Errors
    /// [`Error::Key`] when they are no point of the curve, or a weak (small-order) one.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let bytes: &[u8; 32] = bytes.try_into().map_err(|_| Error::Key)?;
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| Error::Key)?;
        if key.is_weak() { Err(Error::Key) } else { Ok(Self(key)) }
    }

    /// The key of a JWK; one whose bytes are known already is taken as it is known.
    pub(crate) fn of_jwk(
        jwk: &Jwk,
        known: impl FnOnce(&[u8; 32]) -> Option<Self>,
    ) -> Result<Self, Error> {
        if jwk.kty != "OKP" || jwk.crv != "Ed25519" {
            return Err(Error::Key);
        }
        let bytes = URL_SAFE_NO_PAD.decode(&jwk.x).map_err(|_| Error::Key)?;
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| Error::Key)?;
        known(&bytes).map_or_else(|| Self::from_bytes(&bytes), Ok)
    }

    /// The key's 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// The key as a JWK without a `kid`.
    #[must_use]
    pub fn jwk(&self) -> Jwk {
        Jwk { kty: "OKP".into(), crv: "Ed25519".into(), x: self.x(), kid: None }
    }

    /// The key as a JWK that carries its thumbprint as `kid`.
    #[must_use]
    pub fn named_jwk(&self) -> Jwk {
        Jwk { kid: Some(self.thumbprint()), ..self.jwk() }
    }

    /// The key's thumbprint (RFC 7638, members in lexical order, no white space).
    #[must_use]
    pub fn thumbprint(&self) -> Thumbprint {
        let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, self.x());
        URL_SAFE_NO_PAD.encode(Sha256::digest(canonical.as_bytes()))
    }

    /// Checks a signature strictly: no weak key, no malleable encoding.
    ///
    /// # Errors
    /// [`Error::Signature`] when it does not fit.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        let signature = Signature::from_slice(signature).map_err(|_| Error::Signature)?;
        self.0.verify_strict(message, &signature).map_err(|_| Error::Signature)
    }

    fn x(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.as_bytes())
    }
}

impl From<VerifyingKey> for PublicKey {
    /// Takes a key that was derived from a private one, and so is never weak.
    fn from(key: VerifyingKey) -> Self {
        Self(key)
    }
}

impl TryFrom<&Jwk> for PublicKey {
    type Error = Error;

    fn try_from(jwk: &Jwk) -> Result<Self, Error> {
        Self::of_jwk(jwk, |_| None)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.thumbprint())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_is_that_of_rfc_8037_appendix_a_3() {
        let jwk = Jwk {
            kty: "OKP".into(),
            crv: "Ed25519".into(),
            x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo".into(),
            kid: None,
        };
        let key = PublicKey::try_from(&jwk).unwrap();
        assert_eq!(key.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        assert_eq!(key.jwk(), jwk);
    }

    #[test]
    fn a_weak_key_is_refused() {
        let mut identity = [0; 32];
        identity[0] = 1;
        assert_eq!(PublicKey::from_bytes(&identity), Err(Error::Key));
        assert_eq!(PublicKey::from_bytes(&[0; 32]), Err(Error::Key));
        assert_eq!(PublicKey::from_bytes(&[1; 31]), Err(Error::Key));
    }
}
