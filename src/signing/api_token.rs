use super::{Keyring, SecretName};
use crate::domain::ids::TokenId;
use data_encoding::BASE32_NOPAD;

/// How many bytes an API token has: 160 bits.
const TOKEN_BYTES: usize = 20;

/// What the holder of an API token sends: derived from its id, so that no stored row holds it.
#[must_use]
pub fn api_token(keyring: &Keyring, id: &TokenId) -> String {
    let bytes = keyring.secrets().derive(SecretName::Activation, &format!("api token\n{id}"));
    format!("lct_{}", BASE32_NOPAD.encode(&bytes[..TOKEN_BYTES]).to_ascii_lowercase())
}
