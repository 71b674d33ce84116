use super::{Keyring, SecretName};
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

/// The secret of a person's second factor. Derived, as activation keys are, so that no stored row
/// holds it.
#[must_use]
pub fn second_factor_secret(keyring: &Keyring, staff: &StaffId, generation: i64) -> Vec<u8> {
    let label = format!("{staff}\n{generation}");
    keyring.secrets().derive(SecretName::SecondFactor, &label)[..SECRET_BYTES].to_vec()
}

/// The MAC of what a device cookie states, each part with its length.
#[must_use]
pub fn device_mac(keyring: &Keyring, stated: &[&str]) -> [u8; 32] {
    let parts: Vec<_> = stated.iter().map(|part| format!("{}\n{part}", part.len())).collect();
    keyring.secrets().derive(SecretName::Cookies, &format!("device\n{}", parts.join("\n")))
}
