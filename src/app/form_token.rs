//! The token of a stranger's form. Nobody has signed in, so no row of the database knows it: it
//! carries its own signature, and stands in a cookie and in the form.

use super::{Error, Office};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const LABEL: &[u8] = b"licentia form token v1\n";
const RANDOM_BYTES: usize = 24;
const MAC_BYTES: usize = 32;

/// A new token.
///
/// # Errors
/// When the keys cannot be read.
pub fn stranger_form_token(office: &Office) -> Result<String, Error> {
    let random = office.chance.bytes::<RANDOM_BYTES>();
    let mac = keyed(office, &random)?.finalize().into_bytes();
    Ok(URL_SAFE_NO_PAD.encode([random.as_slice(), mac.as_slice()].concat()))
}

/// Whether a token is one that a server of this vendor has made.
///
/// # Errors
/// When the keys cannot be read.
pub fn is_stranger_form_token(office: &Office, token: &str) -> Result<bool, Error> {
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(token) else { return Ok(false) };
    let Some((random, mac)) = bytes.split_at_checked(RANDOM_BYTES) else { return Ok(false) };
    Ok(mac.len() == MAC_BYTES && keyed(office, random)?.verify_slice(mac).is_ok())
}

fn keyed(office: &Office, random: &[u8]) -> Result<Hmac<Sha256>, Error> {
    let mac = Hmac::<Sha256>::new_from_slice(&office.cookie_secret()?);
    let mut mac = mac.map_err(|error| Error::Internal(error.to_string()))?;
    mac.update(LABEL);
    mac.update(random);
    Ok(mac)
}
