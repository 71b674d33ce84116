use super::{Keyring, SecretError, SecretName};
use crate::domain::ids::CustomerId;
use data_encoding::BASE32_NOPAD;
use licentia_license::activation_key;
use sha2::{Digest, Sha256};

/// What a customer activates an installation with: 26 characters, 128 bits.
///
/// It is the base32 of 128 bits of HMAC-SHA-256 over the customer and the generation, under a
/// version of the activation secret, so that no stored row needs to hold it.
#[derive(Clone, PartialEq, Eq)]
pub struct ActivationKey(String);

impl ActivationKey {
    /// The key of a customer's generation, under a version of the secret.
    ///
    /// # Errors
    /// [`SecretError::MissingVersion`].
    pub fn derive(
        keyring: &Keyring,
        customer: &CustomerId,
        secret_version: i64,
        generation: i64,
    ) -> Result<Self, SecretError> {
        let name = SecretName::Activation;
        let version = u32::try_from(secret_version).unwrap_or_default();
        let label = format!("activation key\n{customer}\n{generation}");
        let bytes = keyring.secrets().mac(name, version, &label, b"");
        let bytes = bytes.ok_or(SecretError::MissingVersion { name, version })?;
        Ok(Self(BASE32_NOPAD.encode(&bytes[..16])))
    }

    /// The key in one piece.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the database finds it by.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        hash_activation_key(&self.0)
    }
}

/// The hash of a key as a person typed it (see [`licentia_license::activation_key`]).
#[must_use]
pub fn hash_activation_key(typed: &str) -> [u8; 32] {
    Sha256::digest(activation_key(typed).as_bytes()).into()
}
