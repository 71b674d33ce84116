use super::Keyring;
use crate::domain::ids::StaffId;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How many bytes the secret of a second factor has (RFC 4226 section 4 recommends 160 bits).
const SECRET_BYTES: usize = 20;

/// The secret that the cookies of sessions are signed with: 64 bytes, the same on all servers.
#[must_use]
pub fn cookie_secret(keyring: &Keyring) -> [u8; 64] {
    let mut secret = [0; 64];
    for (part, name) in secret.chunks_exact_mut(32).zip(["first", "second"]) {
        let mut mac = Hmac::<Sha256>::new(keyring.activation_secret().into());
        mac.update(format!("cookies\n{name} half").as_bytes());
        part.copy_from_slice(&mac.finalize().into_bytes());
    }
    secret
}

/// The secret of a person's second factor. Derived, as activation keys are, so that no stored row
/// holds it.
#[must_use]
pub fn second_factor_secret(keyring: &Keyring, staff: &StaffId, generation: i64) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new(keyring.activation_secret().into());
    mac.update(format!("second factor\n{staff}\n{generation}").as_bytes());
    mac.finalize().into_bytes()[..SECRET_BYTES].to_vec()
}
