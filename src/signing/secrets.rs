//! The server's symmetric secrets: one for each purpose, each in versions.
//!
//! A version is a file `<name>-<version>.secret` in `keys_dir`: 64 random bytes in hexadecimal. The
//! highest version is the current one; the older ones stay for what was made with them.

use super::files::{read_secret, write_secret};
use super::keyring::{KeyringError, content, in_file};
use crate::chance::Chance;
use aes_gcm::aead::{Aead, KeyInit as _, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hmac::{Hmac, KeyInit as _, Mac};
use secrecy::{ExposeSecret, SecretBox};
use sha2::Sha256;
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

/// The length of a secret in bytes.
const SECRET_BYTES: usize = 64;
/// The length of the salt in front of each sealed value. Each value has a key of its own, so that
/// random salts may be drawn without limit under one secret.
const SALT_BYTES: usize = 32;
/// Separates authentication from encryption under one secret.
const FOR_MAC: u8 = 1;
const FOR_SEAL: u8 = 2;
/// What every file of a secret ends with.
const EXTENSION: &str = ".secret";

/// The purpose of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretName {
    /// Activation keys are derived from it.
    Activation,
    /// Signs and encrypts cookies and forms.
    Cookies,
    /// Seals the secrets of second factors.
    SecondFactor,
    /// Authenticates rows of the database.
    Integrity,
    /// Seals what the records of answers keep for repeated requests.
    Answers,
}

impl SecretName {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Activation, Self::Cookies, Self::SecondFactor, Self::Integrity, Self::Answers];

    /// The name in files, in the database and at the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Activation => "activation",
            Self::Cookies => "cookies",
            Self::SecondFactor => "second-factor",
            Self::Integrity => "integrity",
            Self::Answers => "answers",
        }
    }

    /// Reads a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == name)
    }

    /// The file of a version.
    pub(super) fn file(self, version: u32) -> String {
        format!("{self}-{version}{EXTENSION}")
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a sealed value cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// It was sealed with a version that is not in the keys directory.
    #[error("{name}-{version}.secret is not in the keys directory; restore it from a backup")]
    MissingVersion {
        /// The secret.
        name: SecretName,
        /// The version that is needed.
        version: u32,
    },
    /// It is damaged, or was sealed for another context.
    #[error("a value sealed with the secret {name} is damaged or belongs to another record")]
    Damaged {
        /// The secret.
        name: SecretName,
    },
}

/// All versions of all secrets.
pub struct Secrets(BTreeMap<SecretName, BTreeMap<u32, SecretBox<[u8; SECRET_BYTES]>>>);

impl Secrets {
    /// Reads every version from the keys directory; each secret must have at least one.
    pub(super) fn load(dir: &Path) -> Result<Self, KeyringError> {
        let mut all: BTreeMap<SecretName, BTreeMap<_, _>> = BTreeMap::new();
        for (name, version) in versions(dir)? {
            let secret = read(&dir.join(name.file(version)))?;
            all.entry(name).or_default().insert(version, secret);
        }
        for name in SecretName::ALL {
            if !all.contains_key(&name) {
                // Says of the first version that it is not there.
                read(&dir.join(name.file(1)))?;
            }
        }
        Ok(Self(all))
    }

    /// Makes the first version of each secret that has none. The directory must be locked.
    pub(super) fn create(dir: &Path, chance: &Chance) -> Result<(), KeyringError> {
        let present = versions(dir)?;
        for name in SecretName::ALL {
            if !present.iter().any(|(known, _)| *known == name) {
                make(dir, name, 1, chance)?;
            }
        }
        Ok(())
    }

    /// Makes the version after `current`, unless it is there already, and returns the version that
    /// is current now. The directory must be locked.
    pub(super) fn rotate(
        dir: &Path,
        name: SecretName,
        current: u32,
        chance: &Chance,
    ) -> Result<u32, KeyringError> {
        let newest = versions(dir)?.into_iter().filter(|(known, _)| *known == name);
        let newest = newest.map(|(_, version)| version).max().unwrap_or_default();
        if newest > current {
            return Ok(newest);
        }
        make(dir, name, newest + 1, chance)?;
        Ok(newest + 1)
    }

    /// The current version.
    pub fn version(&self, name: SecretName) -> u32 {
        self.versions(name).next_back().unwrap_or_default()
    }

    /// All versions, the oldest first.
    pub fn versions(&self, name: SecretName) -> impl DoubleEndedIterator<Item = u32> {
        self.0.get(&name).into_iter().flat_map(|versions| versions.keys().copied())
    }

    /// HMAC-SHA-256 over `message`, under a key of its own for each `label`; `None` where there is
    /// no such version.
    pub fn mac(
        &self,
        name: SecretName,
        version: u32,
        label: &str,
        message: &[u8],
    ) -> Option<[u8; 32]> {
        let key = hmac(self.secret(name, version)?, &[&[FOR_MAC], label.as_bytes()]);
        Some(hmac(&key, &[message]))
    }

    /// A code that tells a version from another one under the same name; `None` where there is no
    /// such version.
    pub fn fingerprint(&self, name: SecretName, version: u32) -> Option<[u8; 32]> {
        self.mac(name, version, "fingerprint", b"")
    }

    /// A key derived from the current version.
    pub fn derive(&self, name: SecretName, label: &str) -> [u8; 32] {
        // Every secret has a current version: `load` refuses otherwise.
        self.mac(name, self.version(name), label, b"").unwrap_or_default()
    }

    /// Encrypts and authenticates `plain` with the current version. The result opens with the same
    /// `context` only: name the record that it belongs to.
    pub fn seal(&self, name: SecretName, context: &[u8], plain: &[u8], chance: &Chance) -> Vec<u8> {
        let version = self.version(name);
        let salt: [u8; SALT_BYTES] = chance.bytes();
        let mut sealed = [&version.to_be_bytes()[..], &salt].concat();
        // AES-GCM fails only above 64 GiB.
        if let Some(cipher) = self.cipher(name, version, &salt)
            && let Ok(text) =
                cipher.encrypt(&Nonce::default(), Payload { msg: plain, aad: context })
        {
            sealed.extend(text);
        }
        sealed
    }

    /// Opens what [`Self::seal`] made.
    ///
    /// # Errors
    /// [`SecretError::MissingVersion`] by name; [`SecretError::Damaged`] also where the context is
    /// another one.
    pub fn open(
        &self,
        name: SecretName,
        context: &[u8],
        sealed: &[u8],
    ) -> Result<Vec<u8>, SecretError> {
        let damaged = || SecretError::Damaged { name };
        let (version, rest) = sealed.split_first_chunk::<4>().ok_or_else(damaged)?;
        let (salt, text) = rest.split_first_chunk::<SALT_BYTES>().ok_or_else(damaged)?;
        let version = u32::from_be_bytes(*version);
        let cipher = self
            .cipher(name, version, salt)
            .ok_or(SecretError::MissingVersion { name, version })?;
        cipher
            .decrypt(&Nonce::default(), Payload { msg: text, aad: context })
            .map_err(|_| damaged())
    }

    /// The version that a value was sealed with; `None` where it is too short to tell.
    #[must_use]
    pub fn sealed_version(sealed: &[u8]) -> Option<u32> {
        sealed.first_chunk::<4>().map(|version| u32::from_be_bytes(*version))
    }

    /// The cipher of one sealed value. Its key is used once, so the nonce may be zero.
    fn cipher(&self, name: SecretName, version: u32, salt: &[u8; SALT_BYTES]) -> Option<Aes256Gcm> {
        let key = hmac(self.secret(name, version)?, &[&[FOR_SEAL], salt]);
        Some(Aes256Gcm::new(&key.into()))
    }

    fn secret(&self, name: SecretName, version: u32) -> Option<&[u8; SECRET_BYTES]> {
        Some(self.0.get(&name)?.get(&version)?.expose_secret())
    }
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC takes a key of any length; the first block is that of the key.
    let mut block = [0; SECRET_BYTES];
    block[..key.len()].copy_from_slice(key);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// Which versions are in the directory, by their file names.
fn versions(dir: &Path) -> Result<Vec<(SecretName, u32)>, KeyringError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).map_err(in_file(dir))? {
        let file = entry.map_err(in_file(dir))?.file_name();
        let Some(stem) = file.to_str().and_then(|file| file.strip_suffix(EXTENSION)) else {
            continue;
        };
        let known = stem.rsplit_once('-').and_then(|(name, version)| {
            let (name, version) = (SecretName::parse(name)?, version.parse().ok()?);
            (version > 0 && name.file(version) == file.to_string_lossy()).then_some((name, version))
        });
        let unknown = || content(&dir.join(&file), "is no secret that this version knows".into());
        found.push(known.ok_or_else(unknown)?);
    }
    Ok(found)
}

fn make(dir: &Path, name: SecretName, version: u32, chance: &Chance) -> Result<(), KeyringError> {
    let path = dir.join(name.file(version));
    let bytes: [u8; SECRET_BYTES] = chance.bytes();
    let text = data_encoding::HEXLOWER.encode(&bytes) + "\n";
    write_secret(&path, text.as_bytes()).map_err(in_file(&path))
}

fn read(path: &Path) -> Result<SecretBox<[u8; SECRET_BYTES]>, KeyringError> {
    let text = read_secret(path).map_err(in_file(path))?;
    data_encoding::HEXLOWER
        .decode(text.trim().as_bytes())
        .ok()
        .and_then(|bytes| <[u8; SECRET_BYTES]>::try_from(bytes).ok())
        .map(|bytes| SecretBox::new(Box::new(bytes)))
        .ok_or_else(|| content(path, "is not 128 hexadecimal digits".into()))
}

#[cfg(test)]
mod tests;
