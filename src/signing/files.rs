//! Files that hold secrets: mode 0600, written whole or not at all.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Writes a file that only its owner can read: whole, on the disk, under its name, or not at all.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] when the name is taken, or what the disk says.
pub(super) fn write_secret(path: &Path, content: &[u8]) -> io::Result<()> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    file.as_file().set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    File::open(dir)?.sync_all()
}

/// Reads a file that only its owner may be able to read.
///
/// # Errors
/// [`io::ErrorKind::PermissionDenied`] when others can read it too.
pub(super) fn read_secret(path: &Path) -> io::Result<String> {
    let mode = fs::metadata(path)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            format!("its mode is {mode:o}, so that others can read it; make it 600"),
        ));
    }
    fs::read_to_string(path)
}

/// Makes a directory that only its owner can look into; leaves one that exists as it is.
pub(super) fn make_dir(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(dir)?;
    fs::set_permissions(dir, Permissions::from_mode(0o700))
}
