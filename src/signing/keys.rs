use super::{Keyring, KeyringError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;
use std::{fs, io};

/// The keyring of a running server: read again when its directory has changed, so that a rotation
/// from the command line is seen by the very next license.
pub struct Keys {
    dir: PathBuf,
    loaded: Mutex<(SystemTime, Arc<Keyring>)>,
}

impl Keys {
    /// Takes a keyring that was loaded from `dir`.
    pub fn new(dir: &Path) -> Result<Self, KeyringError> {
        let changed = changed(dir)?;
        let keyring = Arc::new(Keyring::load(dir)?);
        Ok(Self { dir: dir.to_owned(), loaded: Mutex::new((changed, keyring)) })
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
}

fn changed(dir: &Path) -> Result<SystemTime, KeyringError> {
    let error = |error: io::Error| KeyringError::File { path: dir.to_owned(), error };
    fs::metadata(dir).and_then(|metadata| metadata.modified()).map_err(error)
}
