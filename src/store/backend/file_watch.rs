//! Whether the database file is still the one that was opened. SQLite goes on with a file that was
//! deleted or replaced, and what it writes there is lost.

use super::Location;
use crate::store::error::StoreError;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Device and inode.
type Identity = (u64, u64);

/// The file of a SQLite database and its log, as they were when this was made.
#[derive(Debug, Clone)]
pub(in crate::store) struct FileWatch(Vec<(PathBuf, Identity)>);

impl FileWatch {
    /// Looks at the database file; at its log too, if `with_log`: it is there while a connection is.
    /// Watches nothing where the database is a server.
    ///
    /// # Errors
    /// [`StoreError::FileReplaced`] where the file is not there.
    pub fn new(location: &Location, with_log: bool) -> Result<Self, StoreError> {
        let Location::Sqlite(path) = location else { return Ok(Self(Vec::new())) };
        let mut watched = vec![(path.clone(), identity(path)?)];
        if with_log {
            let log = log_of(path);
            // Some file systems have SQLite keep no log beside the file.
            watched.extend(identity(&log).ok().map(|identity| (log, identity)));
        }
        Ok(Self(watched))
    }

    /// Refuses a file that is another one now, or none, or was emptied.
    ///
    /// # Errors
    /// [`StoreError::FileReplaced`], which names it.
    pub fn check(&self) -> Result<(), StoreError> {
        self.0.iter().try_for_each(|(path, was)| {
            if identity(path)? == *was {
                Ok(())
            } else {
                Err(gone(path, "was replaced by another"))
            }
        })
    }
}

fn identity(path: &Path) -> Result<Identity, StoreError> {
    let found = fs::metadata(path).map_err(|error| gone(path, &error.to_string()))?;
    // A log is empty until something is written; a database has one page at least.
    if found.len() == 0 && !path.as_os_str().to_string_lossy().ends_with("-wal") {
        return Err(gone(path, "was emptied"));
    }
    Ok((found.dev(), found.ino()))
}

fn log_of(path: &Path) -> PathBuf {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}

fn gone(path: &Path, what: &str) -> StoreError {
    StoreError::FileReplaced(format!("{}: {what}", path.display()))
}
