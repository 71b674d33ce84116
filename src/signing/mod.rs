//! Keys and signatures: an [`Issuable`](crate::domain::issue::Issuable) comes in, a signed license
//! goes out. Private keys never leave this room.

mod activation_key;
mod api_token;
mod certification;
mod files;
mod integrity;
mod keyring;
mod keys;
mod second_factor;
mod secrets;
mod sign;

pub use activation_key::{ActivationKey, hash_activation_key};
pub use api_token::new_api_token;
pub use certification::CertifiedKey;
pub use files::{is_trusted_group, trust_groups};
pub use keyring::{IssuingKey, Keyring, KeyringError, Rotation};
pub use keys::Keys;
pub use second_factor::{
    cookie_secret, device_mac, new_second_factor, open_second_factor, seal_second_factor,
};
pub use secrets::{SecretError, SecretName, Secrets};
pub use sign::{SignedLicense, SigningError, check_license, claims_of, sign, sign_all};
