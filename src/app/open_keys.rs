use super::Error;
use crate::chance::Chance;
use crate::clock::Clock;
use crate::signing::{Keyring, KeyringError, Keys, SecretName};
use crate::store::{OfficeRecord, RecordedSecret, Store, StoreError};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// Whether an office has its keys there.
pub fn has_keys(dir: &Path) -> bool {
    Keyring::is_in(dir)
}

/// Opens the keys of an office, or makes them when the database records no root yet.
///
/// The database knows what the keys must be: its root, and the issuing keys that were taken back.
/// A keys directory that lacks the certificate that says so is refused, since it would sign with
/// such a key again; what a new certificate takes back is recorded.
///
/// New issuing keys may issue for `issuing_key_days`. It records the versions of the secrets too: one that is missing, or is another than was recorded,
/// is refused.
///
/// # Errors
/// When the keys are missing or wrong, or are not those that the database records.
pub fn open_keys(
    dir: &Path,
    issuing_key_days: i64,
    store: &Store,
    clock: &Clock,
    chance: &Chance,
) -> Result<Keys, Error> {
    if recorded_root(store)?.is_none() {
        let root = Keyring::create(dir, issuing_key_days, clock.now(), chance)?.root().thumbprint();
        store.protect(Arc::new(Keys::new(dir, issuing_key_days)?));
        store.write(|tx| {
            if tx.office()?.is_some() {
                return Ok::<_, StoreError>(());
            }
            tx.begin_audit();
            tx.record_root(&root, clock.now())
        })?;
    }
    let Some(OfficeRecord { root, .. }) = recorded_root(store)? else {
        return Err(Error::Internal("the root was not recorded".into()));
    };
    let keys = Keys::new(dir, issuing_key_days).map_err(|error| missing(error, &root))?;
    store.protect(Arc::new(keys.clone()));
    let keyring = keys.keyring()?;
    let here = keyring.root().thumbprint();
    let refuse =
        |fault: String| Err(Error::Keys(KeyringError::Content { path: dir.to_owned(), fault }));
    if root != here {
        return refuse(format!(
            "holds the root {here}, but this database belongs to the root {root}; bring its keys \
             back"
        ));
    }
    check_secrets(dir, &keyring, store, clock)?;
    let recorded = store.read(|tx| tx.withdrawn_keys())?;
    if let Some(key) = recorded.iter().find(|key| !keyring.withdrawn().contains(*key)) {
        return refuse(format!(
            "lacks the newest issuing key: the database records that {key} was withdrawn, and no \
             certificate here says so"
        ));
    }
    for key in keyring.withdrawn() {
        store.write(|tx| {
            if tx.is_withdrawn(key)? {
                return Ok::<_, StoreError>(());
            }
            tx.record_withdrawn(key, clock.now())
        })?;
    }
    Ok(keys)
}

/// Compares the secrets with those that the database records, and records new versions.
fn check_secrets(dir: &Path, keyring: &Keyring, store: &Store, clock: &Clock) -> Result<(), Error> {
    let secrets = keyring.secrets();
    let recorded = store.read(|tx| tx.recorded_secrets())?;
    for RecordedSecret { name, version, fingerprint } in &recorded {
        let here = SecretName::parse(name)
            .zip(u32::try_from(*version).ok())
            .and_then(|(name, version)| secrets.fingerprint(name, version));
        let fault = match here {
            Some(here) if here.as_slice() == fingerprint => continue,
            Some(_) => "is another secret than the one that this database was used with",
            None => "is missing, and this database was used with it; restore it from a backup",
        };
        let path = dir.join(format!("{name}-{version}.secret"));
        return Err(Error::Keys(KeyringError::Content { path, fault: fault.into() }));
    }
    for name in SecretName::ALL {
        for version in secrets.versions(name) {
            let fingerprint = secrets.fingerprint(name, version).unwrap_or_default().to_vec();
            let secret =
                RecordedSecret { name: name.to_string(), version: version.into(), fingerprint };
            if recorded.contains(&secret) {
                continue;
            }
            store.write(|tx| {
                // Another server may have recorded it meanwhile.
                if tx.recorded_secrets()?.contains(&secret) {
                    return Ok::<_, StoreError>(());
                }
                tx.record_secret(&secret, clock.now())
            })?;
        }
    }
    Ok(())
}

/// Says of a file that is not there to which root it must belong.
fn missing(error: KeyringError, root: &str) -> KeyringError {
    match error {
        KeyringError::File { path, error } if error.kind() == io::ErrorKind::NotFound => {
            let text =
                format!("{error}; this database belongs to the root {root}, bring its keys back");
            KeyringError::File { path, error: io::Error::new(error.kind(), text) }
        }
        error => error,
    }
}

fn recorded_root(store: &Store) -> Result<Option<OfficeRecord>, StoreError> {
    store.read(|tx| tx.office())
}
