//! Keeps the database and the folder of mails from other users of the machine.

use crate::signing::is_trusted_group;
use rustix::fs::Mode;
use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

/// The sticky bit: a folder that many users share.
const SHARED: u32 = 0o1000;

/// New files and folders of this process are for its own user, whatever the shell has set.
pub fn restrict_new_files() {
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
}

/// Takes the rights of other users to a SQLite database and its log away, and says so.
pub(super) fn tighten_database(path: &Path) -> io::Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(suffix);
        tighten(Path::new(&file))?;
    }
    Ok(())
}

/// Takes the rights of other users to the folder of mails away, and says so. A folder that the
/// system shares between users, such as `/tmp`, stays as it is.
pub(super) fn tighten_folder(path: &Path) -> io::Result<()> {
    tighten(path)
}

fn tighten(path: &Path) -> io::Result<()> {
    let metadata = match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        metadata => metadata?,
    };
    let found = metadata.permissions().mode() & 0o7777;
    let mode = found & if is_trusted_group(metadata.gid()) { 0o7770 } else { 0o7700 };
    if mode == found {
        return Ok(());
    }
    let (path_shown, was) = (path.display(), format!("{found:04o}"));
    if found & SHARED != 0 {
        tracing::warn!(path = %path_shown, mode = was, "other users can read this folder");
        return Ok(());
    }
    fs::set_permissions(path, Permissions::from_mode(mode))?;
    tracing::warn!(path = %path_shown, mode = was, "other users could read this; not any more");
    Ok(())
}
