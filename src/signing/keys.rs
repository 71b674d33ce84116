use super::{Keyring, KeyringError, Rotation};
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
    loaded: Arc<Mutex<(Stamp, Arc<Keyring>)>>,
}

impl Keys {
    /// Takes a keyring that was loaded from `dir`.
    pub fn new(dir: &Path) -> Result<Self, KeyringError> {
        let changed = changed(dir)?;
        let keyring = Arc::new(Keyring::load(dir)?);
        Ok(Self { dir: dir.to_owned(), loaded: Arc::new(Mutex::new((changed, keyring))) })
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

    /// Makes the issuing key that follows `key`: see [`Keyring::succeed`].
    pub fn succeed(
        &self,
        key: &str,
        now: Timestamp,
        chance: &Chance,
    ) -> Result<Rotation, KeyringError> {
        Keyring::succeed(&self.dir, key, now, chance)
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
