//! Files that hold keys: written whole or not at all, and read only where nobody else can write
//! them. Whether a file may be trusted is asked of the descriptor that it is read from.
//!
//! A group counts as others, unless the setting `trust_group` says that the groups of this process are
//! its own: Kubernetes gives the files of a volume to a group (`fsGroup`).

use rustix::fs::OFlags;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// What the names of unfinished files begin with.
const UNFINISHED: &str = ".tmp";
/// Permissions of anybody but the owner.
const OTHERS: u32 = 0o077;
/// Write permission of anybody but the owner.
const OTHERS_WRITE: u32 = 0o022;
/// Permissions of the group.
const GROUP: u32 = 0o070;

/// The setting `trust_group`, which holds for the process as its groups do.
static TRUSTS_ITS_GROUPS: AtomicBool = AtomicBool::new(false);

/// Trusts the groups of this process from now on.
pub fn trust_groups() {
    TRUSTS_ITS_GROUPS.store(true, Ordering::Relaxed);
}

/// Whether a file's group is trusted as its owner is.
pub fn is_trusted_group(gid: u32) -> bool {
    TRUSTS_ITS_GROUPS.load(Ordering::Relaxed) && is_own_group(gid)
}

fn is_own_group(gid: u32) -> bool {
    let is_it = |group: &rustix::process::Gid| group.as_raw() == gid;
    is_it(&rustix::process::getegid())
        || rustix::process::getgroups().is_ok_and(|groups| groups.iter().any(is_it))
}

/// Writes a file that only its owner can read: whole, on the disk, under its name, or not at all.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] when the name is taken, or what the disk says.
pub(super) fn write_secret(path: &Path, content: &[u8]) -> io::Result<()> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(dir)?;
    file.as_file().set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    File::open(dir)?.sync_all()
}

/// Reads a file that only its owner may be able to read.
///
/// # Errors
/// [`io::ErrorKind::PermissionDenied`] for a symbolic link, and when the file belongs to another
/// user or others may read it.
pub(super) fn read_secret(path: &Path) -> io::Result<String> {
    read(path, OTHERS, "read it")
}

/// Reads a file that only its owner may be able to write.
///
/// # Errors
/// As [`read_secret`], when others may write it.
pub(super) fn read_public(path: &Path) -> io::Result<String> {
    read(path, OTHERS_WRITE, "write it")
}

fn read(path: &Path, forbidden: u32, what: &str) -> io::Result<String> {
    let mut file = open(path, OFlags::NONBLOCK)?;
    if !file.metadata()?.is_file() {
        return Err(refused("it is no regular file".into()));
    }
    require_own(&file, forbidden, what, "600")?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(text)
}

/// Checks that nobody else can put files into the directory.
///
/// # Errors
/// [`io::ErrorKind::PermissionDenied`] for a symbolic link, and when it belongs to another user or
/// others may write to it.
pub(super) fn check_dir(dir: &Path) -> io::Result<()> {
    require_own(&open(dir, OFlags::DIRECTORY)?, OTHERS_WRITE, "write to it", "700")
}

/// Opens a path whose last part is no symbolic link.
fn open(path: &Path, flags: OFlags) -> io::Result<File> {
    let is_link = fs::symlink_metadata(path)?.is_symlink();
    let flags = (flags | OFlags::NOFOLLOW).bits().cast_signed();
    let opened = OpenOptions::new().read(true).custom_flags(flags).open(path);
    match opened {
        Err(_) if is_link => Err(refused(
            "it is a symbolic link, which whoever can change the link can point elsewhere; \
             put the file or directory itself here"
                .into(),
        )),
        opened => opened,
    }
}

fn require_own(file: &File, forbidden: u32, what: &str, better: &str) -> io::Result<()> {
    let metadata = file.metadata()?;
    let (owner, own) = (metadata.uid(), rustix::process::geteuid().as_raw());
    if owner != own && owner != 0 {
        return Err(refused(format!(
            "it belongs to the user {owner}; it must belong to root or to the user {own}, who \
             runs this"
        )));
    }
    let mode = metadata.permissions().mode() & 0o7777;
    let of_trusted = if is_trusted_group(metadata.gid()) { GROUP } else { 0 };
    if mode & forbidden & !of_trusted != 0 {
        let of_others = mode & forbidden & 0o007;
        let who = if of_others == 0 { "its group" } else { "others" };
        let or_trust = if of_others == 0 && is_own_group(metadata.gid()) {
            ", or set trust_group=true where no other user is in the groups of this process \
             (fsGroup of Kubernetes)"
        } else {
            ""
        };
        return Err(refused(format!(
            "its mode is {mode:o}, so that {who} can {what}; make it {better}{or_trust}"
        )));
    }
    Ok(())
}

fn refused(text: String) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, text)
}

/// Removes what interrupted writes have left. The directory must be locked.
pub(super) fn remove_unfinished(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let is_unfinished = entry.file_name().to_string_lossy().starts_with(UNFINISHED);
        if is_unfinished && entry.file_type()?.is_file() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Makes a directory that only its owner can look into; leaves one that exists as it is.
pub(super) fn make_dir(dir: &Path) -> io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(dir)?;
    fs::set_permissions(dir, Permissions::from_mode(0o700))
}
