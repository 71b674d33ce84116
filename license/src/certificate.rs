use crate::jws::{self, Header, Unverified};
use crate::{Error, Jwk, PublicKey, Thumbprint};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The `typ` of a key certificate.
pub const CERTIFICATE_TYPE: &str = "license-key+jwt";

/// The root's statement that an issuing key may issue licenses.
///
/// It has no `exp`: a license signed in time stays valid for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyCertificate {
    /// When the root signed this.
    #[serde(with = "jiff::fmt::serde::timestamp::second::required")]
    pub iat: Timestamp,
    /// The first instant at which the key may issue.
    #[serde(with = "jiff::fmt::serde::timestamp::second::required")]
    pub issue_from: Timestamp,
    /// The instant from which the key may no longer issue.
    #[serde(with = "jiff::fmt::serde::timestamp::second::required")]
    pub issue_until: Timestamp,
    /// Every issuing key that the root has taken back so far.
    #[serde(default)]
    pub withdrawn: Vec<Thumbprint>,
    /// The issuing key (RFC 7800).
    pub cnf: Confirmation,
}

/// The key that a certificate speaks of (RFC 7800 section 3.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The issuing key's public half.
    pub jwk: Jwk,
}

impl KeyCertificate {
    /// The issuing key.
    ///
    /// # Errors
    /// [`Error::Key`] when it is no usable key.
    pub fn key(&self) -> Result<PublicKey, Error> {
        PublicKey::try_from(&self.cnf.jwk)
    }

    /// Whether the key may sign a license that says it was issued `at` that instant.
    #[must_use]
    pub fn may_issue(&self, at: Timestamp) -> bool {
        self.issue_from <= at && at < self.issue_until
    }

    /// Writes the certificate as a token; `sign` signs with the root key that `root` names.
    ///
    /// # Errors
    /// [`Error::Malformed`] when the claims cannot be written.
    pub fn encode(
        &self,
        root: &PublicKey,
        sign: impl FnOnce(&[u8]) -> [u8; 64],
    ) -> Result<String, Error> {
        let header = Header { kid: Some(root.thumbprint()), ..Header::new(CERTIFICATE_TYPE) };
        jws::encode(&header, self, sign)
    }

    /// Checks a certificate against the pinned roots and reads it.
    pub(crate) fn verify(token: &str, roots: &[PublicKey]) -> Result<Self, Error> {
        let token = Unverified::parse(token, CERTIFICATE_TYPE)?;
        let kid = token.header.kid.as_deref();
        let root = roots.iter().find(|root| Some(root.thumbprint().as_str()) == kid);
        let root = root.ok_or(Error::UnknownRoot)?;
        token.verify(root)
    }
}
