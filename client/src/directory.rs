//! The state directory: private files that are replaced whole or not at all.

use crate::Error;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

const OWNER_ONLY: u32 = 0o600;
const OWNER_ONLY_DIRECTORY: u32 = 0o700;
const ALL_BUT_OWNER: u32 = 0o077;
const WRITE_BUT_OWNER: u32 = 0o022;
/// Permissions of the group.
const GROUP: u32 = 0o070;
/// Far above what any file of ours holds; a runaway file is not read into memory.
const MAX_FILE_BYTES: u64 = 8 * 1024 * 1024;

/// A directory that its owner alone can use, and the group where that is trusted.
#[derive(Debug, Clone)]
pub(crate) struct Directory {
    path: PathBuf,
    trusts_group: bool,
}

impl Directory {
    /// Opens an existing directory; one that others can write in is refused.
    pub fn open(path: &Path, trusts_group: bool) -> Result<Self, Error> {
        let metadata = match fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Error::NotActivated { path: path.into() });
            }
            Err(source) => return Err(Error::File { path: path.into(), source }),
        };
        let directory = Self { path: path.into(), trusts_group };
        if metadata.permissions().mode() & directory.forbidden(WRITE_BUT_OWNER) != 0 {
            return Err(Error::Exposed { path: path.into() });
        }
        Ok(directory)
    }

    /// Opens the directory, and makes it with mode 0700 where there is none.
    pub fn create(path: &Path, trusts_group: bool) -> Result<Self, Error> {
        let made = DirBuilder::new().recursive(true).mode(OWNER_ONLY_DIRECTORY).create(path);
        made.map_err(|source| Error::File { path: path.into(), source })?;
        Self::open(path, trusts_group)
    }

    fn forbidden(&self, mode: u32) -> u32 {
        if self.trusts_group { mode & !GROUP } else { mode }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where a file of this name lies.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Reads a file if it is there; one that others can read is refused.
    pub fn read(&self, name: &str) -> Result<Option<String>, Error> {
        let path = self.file(name);
        match read_private(&path, self.forbidden(ALL_BUT_OWNER)) {
            Ok(Some(text)) => Ok(Some(text)),
            Ok(None) => Err(Error::Exposed { path }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                Err(Error::Damaged { path })
            }
            Err(source) => Err(Error::File { path, source }),
        }
    }

    /// Replaces a file: whoever reads it, after a crash too, finds the old text or the new one.
    pub fn write(&self, name: &str, text: &str) -> Result<(), Error> {
        self.replace(name, text).map_err(|source| Error::File { path: self.file(name), source })
    }

    /// Removes a file if it is there.
    pub fn remove(&self, name: &str) -> Result<(), Error> {
        match fs::remove_file(self.file(name)) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(Error::File { path: self.file(name), source })
            }
            _ => Ok(()),
        }
    }

    /// Keeps other processes out of a reading and writing until the value is dropped.
    pub fn lock(&self) -> Result<File, Error> {
        let path = self.file("lock");
        let lock = || {
            let file = OpenOptions::new().create(true).append(true).mode(OWNER_ONLY).open(&path)?;
            file.lock().map(|()| file)
        };
        lock().map_err(|source| Error::File { path: path.clone(), source })
    }

    /// Temporary file, fsync, rename, fsync of the directory; without the last a crash may bring
    /// the old name back.
    fn replace(&self, name: &str, text: &str) -> io::Result<()> {
        let mut file = tempfile::Builder::new()
            .permissions(fs::Permissions::from_mode(OWNER_ONLY))
            .tempfile_in(&self.path)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(self.file(name)).map_err(|error| error.error)?;
        File::open(&self.path)?.sync_all()
    }
}

/// The file's text; `None` when others can read it. Mode and text are of the same opened file.
fn read_private(path: &Path, forbidden: u32) -> io::Result<Option<String>> {
    let mut file = File::open(path)?;
    if file.metadata()?.permissions().mode() & forbidden != 0 {
        return Ok(None);
    }
    let mut text = String::new();
    (&mut file).take(MAX_FILE_BYTES).read_to_string(&mut text)?;
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory() -> (tempfile::TempDir, Directory) {
        let parent = tempfile::tempdir().unwrap();
        let directory = Directory::create(&parent.path().join("a/b"), false).unwrap();
        (parent, directory)
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn the_directory_is_0700_and_its_files_0600_also_when_replaced() {
        let (_parent, directory) = directory();
        directory.write("state.json", "old").unwrap();
        directory.write("state.json", "new").unwrap();
        drop(directory.lock().unwrap());
        assert_eq!(mode(directory.path()), 0o700);
        assert_eq!(mode(&directory.file("state.json")), 0o600);
        assert_eq!(mode(&directory.file("lock")), 0o600);
        assert_eq!(directory.read("state.json").unwrap().as_deref(), Some("new"));
    }

    #[test]
    fn a_write_never_touches_the_file_that_is_being_replaced() {
        let (_parent, directory) = directory();
        directory.write("state.json", "old").unwrap();
        let mut old = File::open(directory.file("state.json")).unwrap();
        directory.write("state.json", "new").unwrap();
        let mut text = String::new();
        old.read_to_string(&mut text).unwrap();
        assert_eq!(text, "old", "a reader that had opened it, and a crash, still see the old text");
        let names = fs::read_dir(directory.path()).unwrap().count();
        assert_eq!(names, 1, "no temporary file is left over");
    }

    #[test]
    fn a_failed_write_leaves_the_old_file() {
        let (_parent, directory) = directory();
        fs::create_dir(directory.file("state.json")).unwrap();
        fs::write(directory.file("state.json").join("old"), "old").unwrap();
        assert!(directory.write("state.json", "new").is_err());
        assert!(directory.file("state.json").join("old").exists());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_its_group_or_others_can_read_is_refused() {
        let (_parent, directory) = directory();
        for open in [0o640, 0o604, 0o620, 0o601] {
            directory.write("key.pem", "secret").unwrap();
            let permissions = fs::Permissions::from_mode(open);
            fs::set_permissions(directory.file("key.pem"), permissions).unwrap();
            assert_eq!(directory.read("key.pem").unwrap_err().code(), "file-exposed", "{open:o}");
        }
    }

    #[test]
    fn a_directory_that_others_can_write_in_is_refused() {
        let (_parent, directory) = directory();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o770)).unwrap();
        assert_eq!(Directory::open(directory.path(), false).unwrap_err().code(), "file-exposed");
    }

    #[test]
    fn a_trusted_group_may_read_and_write_and_others_may_not() {
        let (_parent, directory) = directory();
        directory.write("key.pem", "secret").unwrap();
        let set = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        // As Kubernetes leaves a volume with `fsGroup`.
        set(directory.path(), 0o2770);
        set(&directory.file("key.pem"), 0o660);
        let trusting = Directory::open(directory.path(), true).unwrap();
        assert_eq!(trusting.read("key.pem").unwrap().as_deref(), Some("secret"));
        set(&directory.file("key.pem"), 0o664);
        assert_eq!(trusting.read("key.pem").unwrap_err().code(), "file-exposed");
        set(directory.path(), 0o2777);
        assert_eq!(Directory::open(directory.path(), true).unwrap_err().code(), "file-exposed");
    }
}
