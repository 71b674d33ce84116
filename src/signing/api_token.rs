use super::Keyring;
use crate::domain::ids::TokenId;
use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How many bytes an API token has: 160 bits.
const TOKEN_BYTES: usize = 20;

/// What the holder of an API token sends: derived from its id, so that no stored row holds it.
#[must_use]
pub fn api_token(keyring: &Keyring, id: &TokenId) -> String {
    let mut mac = Hmac::<Sha256>::new(keyring.activation_secret().into());
    mac.update(format!("api token\n{id}").as_bytes());
    let bytes = mac.finalize().into_bytes();
    format!("lct_{}", BASE32_NOPAD.encode(&bytes[..TOKEN_BYTES]).to_ascii_lowercase())
}
