use crate::chance::Chance;
use data_encoding::BASE32_NOPAD;

/// How many bytes an API token has: 160 bits.
const TOKEN_BYTES: usize = 20;

/// A new random API token. Only its hash is stored.
#[must_use]
pub fn new_api_token(chance: &Chance) -> String {
    let bytes: [u8; TOKEN_BYTES] = chance.bytes();
    format!("lct_{}", BASE32_NOPAD.encode(&bytes).to_ascii_lowercase())
}
