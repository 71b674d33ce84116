//! The installation's own key.

use crate::directory::Directory;
use crate::{Error, Surroundings};
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, KeypairBytes};
use ed25519_dalek::{Signer, SigningKey};
use licentia_license::{PublicKey, RequestStatement, Thumbprint, encode_statement};

const KEY: &str = "key.pem";

/// The private key, and the name that its public half gives the installation.
pub(crate) struct Key {
    private: SigningKey,
    public: PublicKey,
    thumbprint: Thumbprint,
}

impl Key {
    /// Reads the directory's key if it has one.
    pub fn load(directory: &Directory) -> Result<Option<Self>, Error> {
        let Some(pem) = directory.read(KEY)? else { return Ok(None) };
        let private = SigningKey::from_pkcs8_pem(&pem);
        private
            .map(|private| Some(Self::new(private)))
            .map_err(|_| Error::Damaged { path: directory.file(KEY) })
    }

    /// Reads the directory's key, and makes it where there is none.
    pub fn load_or_make(directory: &Directory, surroundings: &Surroundings) -> Result<Self, Error> {
        // Two processes that start together must end with one key.
        let _lock = directory.lock()?;
        if let Some(key) = Self::load(directory)? {
            return Ok(key);
        }
        let private = SigningKey::from_bytes(&(surroundings.randomness)());
        // Without the public half (RFC 5958 version 1): OpenSSL 3.0 reads no other.
        let pair = KeypairBytes { secret_key: private.to_bytes(), public_key: None };
        let pem = pair
            .to_pkcs8_pem(LineEnding::LF)
            .map_err(|_| Error::Damaged { path: directory.file(KEY) })?;
        directory.write(KEY, &pem)?;
        Ok(Self::new(private))
    }

    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    pub fn sign(&self, statement: &RequestStatement) -> Result<String, Error> {
        let sign = |message: &[u8]| self.private.sign(message).to_bytes();
        Ok(encode_statement(statement, &self.public, sign)?)
    }

    fn new(private: SigningKey) -> Self {
        let public = PublicKey::from(private.verifying_key());
        let thumbprint = public.thumbprint();
        Self { private, public, thumbprint }
    }
}
