use super::{Keyring, SecretError, SecretName};
use crate::chance::Chance;
use crate::domain::ids::StaffId;

/// How many bytes the secret of a second factor has (RFC 4226 section 4 recommends 160 bits).
const SECRET_BYTES: usize = 20;

/// The secret that the cookies of sessions are signed with: 64 bytes, the same on all servers.
#[must_use]
pub fn cookie_secret(keyring: &Keyring) -> [u8; 64] {
    let mut secret = [0; 64];
    for (part, label) in secret.chunks_exact_mut(32).zip(["first half", "second half"]) {
        part.copy_from_slice(&keyring.secrets().derive(SecretName::Cookies, label));
    }
    secret
}

/// A new secret for a person's second factor, sealed for that person.
#[must_use]
pub fn new_second_factor(keyring: &Keyring, staff: &StaffId, chance: &Chance) -> Vec<u8> {
    seal_second_factor(keyring, staff, &chance.bytes::<SECRET_BYTES>(), chance)
}

/// Seals the secret of a person's second factor with the current version of the server's secret.
#[must_use]
pub fn seal_second_factor(
    keyring: &Keyring,
    staff: &StaffId,
    secret: &[u8],
    chance: &Chance,
) -> Vec<u8> {
    keyring.secrets().seal(SecretName::SecondFactor, staff.as_str().as_bytes(), secret, chance)
}

/// Opens the sealed secret of a person's second factor.
///
/// # Errors
/// A version that is not in the keys directory; a value that is damaged or another person's.
pub fn open_second_factor(
    keyring: &Keyring,
    staff: &StaffId,
    sealed: &[u8],
) -> Result<Vec<u8>, SecretError> {
    keyring.secrets().open(SecretName::SecondFactor, staff.as_str().as_bytes(), sealed)
}

/// The MAC of what a device cookie states, each part with its length.
#[must_use]
pub fn device_mac(keyring: &Keyring, stated: &[&str]) -> [u8; 32] {
    let parts: Vec<_> = stated.iter().map(|part| format!("{}\n{part}", part.len())).collect();
    keyring.secrets().derive(SecretName::Cookies, &format!("device\n{}", parts.join("\n")))
}
