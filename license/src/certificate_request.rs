use crate::certificate::Confirmation;
use crate::jws::{self, Header, Unverified};
use crate::{Error, PublicKey, Thumbprint};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The `typ` of a request for a key certificate.
pub const CERTIFICATE_REQUEST_TYPE: &str = "license-key-request+jwt";

/// A request of a server to the holder of the root: to certify a new issuing key.
///
/// The new key signs it, which proves that the server holds its private half.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateRequest {
    /// When it was made.
    #[serde(with = "jiff::fmt::serde::timestamp::second::required")]
    pub iat: Timestamp,
    /// The root that is asked.
    pub root: Thumbprint,
    /// The certificates that the server has: the next one names all keys that they withdraw.
    pub certificates: Vec<String>,
    /// The new issuing key.
    pub cnf: Confirmation,
}

impl CertificateRequest {
    /// The new issuing key.
    ///
    /// # Errors
    /// [`Error::Key`] when it is no usable key.
    pub fn key(&self) -> Result<PublicKey, Error> {
        PublicKey::try_from(&self.cnf.jwk)
    }

    /// Writes the request as a token; `sign` signs with the new key.
    ///
    /// # Errors
    /// [`Error::Malformed`] when the claims cannot be written.
    pub fn encode(&self, sign: impl FnOnce(&[u8]) -> [u8; 64]) -> Result<String, Error> {
        let kid = Some(self.key()?.thumbprint());
        let jwk = Some(self.cnf.jwk.clone());
        let header = Header { kid, jwk, ..Header::new(CERTIFICATE_REQUEST_TYPE) };
        jws::encode(&header, self, sign)
    }

    /// Reads a request that the key it is about has signed.
    ///
    /// # Errors
    /// The first thing that did not fit.
    pub fn verify(token: &str) -> Result<Self, Error> {
        let token = Unverified::parse(token, CERTIFICATE_REQUEST_TYPE)?;
        let jwk = token.header.jwk.as_ref().ok_or(Error::Malformed("no jwk"))?;
        let key = PublicKey::try_from(jwk)?;
        let request: Self = token.verify(&key)?;
        if request.key()? == key { Ok(request) } else { Err(Error::ForeignKey) }
    }
}
