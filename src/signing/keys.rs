use super::{Keyring, KeyringError, Rotation, SecretName};
use crate::chance::Chance;
use jiff::Timestamp;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;
use std::{fs, io};

/// The keyring of a running server: read again when its directory has changed, so that a rotation
/// from the command line is seen by the very next license.
#[derive(Clone)]
pub struct Keys {
    dir: PathBuf,
    days: i64,
    loaded: Arc<Mutex<(Stamp, Arc<Keyring>)>>,
}

impl Keys {
    /// Loads the keyring of `dir`. New issuing keys may issue for `days`.
    pub fn new(dir: &Path, days: i64) -> Result<Self, KeyringError> {
        Keyring::remove_unfinished(dir)?;
        let changed = changed(dir)?;
        let keyring = Arc::new(Keyring::load(dir)?);
        let loaded = Arc::new(Mutex::new((changed, keyring)));
        Ok(Self { dir: dir.to_owned(), days, loaded })
    }

    /// The keyring as it stands in the directory now.
    pub fn keyring(&self) -> Result<Arc<Keyring>, KeyringError> {
        let changed = changed(&self.dir)?;
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if loaded.0 != changed {
            *loaded = (changed, Arc::new(Keyring::load(&self.dir)?));
        }
        Ok(Arc::clone(&loaded.1))
    }

    /// Makes the version of a secret that follows `current`: see [`Keyring::rotate_secret`].
    pub fn rotate_secret(
        &self,
        name: SecretName,
        current: u32,
        chance: &Chance,
    ) -> Result<u32, KeyringError> {
        Keyring::rotate_secret(&self.dir, name, current, chance)
    }

    /// The keyring as it was read last.
    pub(super) fn last_loaded(&self) -> Arc<Keyring> {
        Arc::clone(&self.loaded.lock().unwrap_or_else(PoisonError::into_inner).1)
    }

    /// Makes the issuing key that follows `key`: see [`Keyring::succeed`].
    pub fn succeed(
        &self,
        key: &str,
        now: Timestamp,
        chance: &Chance,
    ) -> Result<Rotation, KeyringError> {
        Keyring::succeed(&self.dir, key, self.days, now, chance)
    }
}

/// What tells one state of the directory from another: its files' names (each rotation adds one) and
/// when it was last changed.
type Stamp = (Vec<OsString>, SystemTime);

fn changed(dir: &Path) -> Result<Stamp, KeyringError> {
    let stamp = || {
        let mut names = Vec::new();
        for entry in fs::read_dir(dir)? {
            names.push(entry?.file_name());
        }
        names.sort();
        Ok((names, fs::metadata(dir)?.modified()?))
    };
    stamp().map_err(|error: io::Error| KeyringError::File { path: dir.to_owned(), error })
}
