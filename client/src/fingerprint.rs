//! The machine that an installation runs on, in hashes.

use crate::directory::Directory;
use crate::state::State;
use crate::surroundings::{Machine, Surroundings, hex};
use crate::{Error, Installation};
use licentia_license::{
    Comparison, Fingerprint, MAC_PREFIX, MACHINE_ID, PRODUCT_UUID, ROOT_FILE_SYSTEM,
};
use sha2::{Digest, Sha256};

/// What the hashes are salted with, in hexadecimal; it never leaves the directory.
const SALT: &str = "salt";
/// 32 bytes.
const SALT_DIGITS: usize = 64;
/// The most network cards that are looked at; the office takes 16 signals.
const MOST_CARDS: usize = 8;

impl Installation {
    /// What tells this machine from others now: hashes with a salt that this installation drew
    /// and keeps, so that they say nothing to anybody else, nor to two vendors who compare them.
    /// A signal that cannot be read is left out.
    ///
    /// # Errors
    /// [`Error::Damaged`] or [`Error::File`] when the salt cannot be read, or be made.
    pub fn fingerprint(&self) -> Result<Fingerprint, Error> {
        let salt = load_or_make_salt(&self.directory, &self.surroundings)?;
        Ok(hashed(&salt, (self.surroundings.machine)()))
    }

    /// Whether this is the machine that the installation was activated on. On another one (the
    /// directory was copied) the license stays valid; the office sees it by the statements.
    ///
    /// # Errors
    /// As [`Installation::fingerprint`].
    pub fn machine(&self) -> Result<Comparison, Error> {
        let known = State::load(&self.directory)?.fingerprint;
        Ok(Comparison::new(&known, &self.fingerprint()?))
    }
}

/// Reads the salt, and makes it where there is none: in a new directory, or in one that an
/// earlier version has made.
pub(crate) fn load_or_make_salt(
    directory: &Directory,
    surroundings: &Surroundings,
) -> Result<String, Error> {
    if let Some(salt) = load_salt(directory)? {
        return Ok(salt);
    }
    let _lock = directory.lock()?;
    if let Some(salt) = load_salt(directory)? {
        return Ok(salt);
    }
    let salt = hex(&(surroundings.randomness)());
    directory.write(SALT, &salt)?;
    Ok(salt)
}

fn load_salt(directory: &Directory) -> Result<Option<String>, Error> {
    let Some(salt) = directory.read(SALT)? else { return Ok(None) };
    let salt = salt.trim();
    let is_salt = salt.len() == SALT_DIGITS && salt.bytes().all(|byte| byte.is_ascii_hexdigit());
    let damaged = || Error::Damaged { path: directory.file(SALT) };
    is_salt.then(|| Some(salt.to_owned())).ok_or_else(damaged)
}

fn hashed(salt: &str, machine: Machine) -> Fingerprint {
    // 128 bits are more than a salted hash that is only compared needs.
    let hash = |signal: &str, value: &str| {
        hex(&Sha256::digest(format!("{salt}\n{signal}\n{value}"))[..16])
    };
    let Machine { machine_id, product_uuid, macs, root_file_system } = machine;
    let named = [
        (MACHINE_ID, machine_id),
        (PRODUCT_UUID, product_uuid),
        (ROOT_FILE_SYSTEM, root_file_system),
    ];
    let named = named
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name.to_owned(), hash(name, &value))));
    // By their hashes, so that their order says nothing of their addresses.
    let mut cards: Vec<_> = macs.iter().map(|mac| hash("mac", mac)).collect();
    cards.sort();
    cards.truncate(MOST_CARDS);
    let cards = cards.into_iter().zip(1..).map(|(hash, n)| (format!("{MAC_PREFIX}{n}"), hash));
    named.chain(cards).collect()
}
