//! `licentia-client` as a C library: what `include/licentia.h` declares, and its README explains.
//!
//! Every call here only crosses the boundary (`boundary.rs`); what it does stands in
//! `installation.rs`, in safe code. The header is made of this file by a test.
//!
//! The rules of the pointers are the same everywhere, and stand at the head of the header
//! (`header.txt`) as C reads them: a caller who keeps them is safe.

#![expect(unsafe_code, reason = "C can call nothing else; the client itself has none")]
#![expect(clippy::missing_safety_doc, reason = "one rule for all, above and in the header")]

mod boundary;
mod installation;

use boundary::{answering, hand_over, known, text};
pub use installation::LicentiaInstallation;
use installation::verify;
use licentia_client::{Activate, Fingerprint, Installation, Usage};
use std::ffi::{CString, c_char, c_int};

/// Done.
pub const LICENTIA_OK: c_int = 0;
/// Refused, or it failed; the answer's `error` says why: its `code` is a stable word for programs,
/// its `text` a sentence for people.
pub const LICENTIA_REFUSED: c_int = 1;
/// A pointer was NULL; nothing was done.
pub const LICENTIA_NULL_POINTER: c_int = 2;
/// A string was not UTF-8; nothing was done.
pub const LICENTIA_NOT_UTF8: c_int = 3;
/// A fault of the library; please report it.
pub const LICENTIA_PANIC: c_int = 4;

/// The version of the library. It is not freed.
#[unsafe(no_mangle)]
pub extern "C" fn licentia_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Frees an answer; nothing for NULL. Each answer is freed once.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn licentia_string_free(answer: *mut c_char) {
    if !answer.is_null() {
        // SAFETY: the caller vouches that it is an answer of ours, not freed before.
        drop(unsafe { CString::from_raw(answer) });
    }
}

/// Opens the installation in a directory. `language` is that of texts: "ru" or "en". The answer is
/// `{"installation": …}`, its thumbprint; `*installation` is NULL unless 0 is returned.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn licentia_open(
    directory: *const c_char,
    language: *const c_char,
    installation: *mut *mut LicentiaInstallation,
    answer: *mut *mut c_char,
) -> c_int {
    // SAFETY: as the caller vouches for the pointers.
    unsafe { opening(directory, language, installation, answer, |path| Installation::open(path)) }
}

/// As `licentia_open`; where there is no installation, the directory and a key are made.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn licentia_create(
    directory: *const c_char,
    language: *const c_char,
    installation: *mut *mut LicentiaInstallation,
    answer: *mut *mut c_char,
) -> c_int {
    // SAFETY: as the caller vouches for the pointers.
    unsafe { opening(directory, language, installation, answer, |path| Installation::create(path)) }
}

/// Ends the use of an installation; nothing for NULL. What it keeps in its directory stays.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn licentia_close(installation: *mut LicentiaInstallation) {
    if !installation.is_null() {
        // SAFETY: the caller vouches that it is one of ours, not closed before, and not in use.
        drop(unsafe { Box::from_raw(installation) });
    }
}

/// Binds the installation to the customer whose activation key this is; calls the server. `roots`
/// is the text of roots.json. It takes over nobody's place: a move is for
/// `licentia-client activate --move`. The answer is that of `licentia_show`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn licentia_activate(
    installation: *const LicentiaInstallation,
    server: *const c_char,
    roots: *const c_char,
    activation_key: *const c_char,
    name: *const c_char,
    product_version: *const c_char,
    answer: *mut *mut c_char,
) -> c_int {
    // SAFETY: as the caller vouches for the pointers.
    unsafe {
        answering(answer, || {
            let activate = Activate {
                activation_key: text("activation_key", activation_key)?.trim().to_owned(),
                name: text("name", name)?.to_owned(),
                product_version: text("product_version", product_version)?.to_owned(),
                fingerprint: Fingerprint::default(), // the client fills it in
                moving: None,
            };
            let (server, roots) = (text("server", server)?, text("roots", roots)?);
            known(installation)?.activate(server, roots, activate)
        })
    }
}

/// Fetches the current license; calls the server. The answer is that of `licentia_show`, and
/// `changed`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn licentia_update(
    installation: *const LicentiaInstallation,
    answer: *mut *mut c_char,
) -> c_int {
    // SAFETY: as the caller vouches for the pointers.
    unsafe { answering(answer, || known(installation)?.update()) }
}

/// Asks for an emergency license of this many accounts (1 to 10); calls the server. The answer is
/// that of `licentia_show`, and `granted`: false when one was active already.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn licentia_emergency(
    installation: *const LicentiaInstallation,
    accounts: i64,
    answer: *mut *mut c_char,
) -> c_int {
    // SAFETY: as the caller vouches for the pointers.
    unsafe { answering(answer, || known(installation)?.emergency(accounts)) }
}

/// Records how much is in use, and reports it; calls the server. When it was recorded and could
/// not be reported, the error's code is "usage-not-reported".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn licentia_usage(
    installation: *const LicentiaInstallation,
    user_accounts: i64,
    emergency_accounts: i64,
    external_connections: i64,
    answer: *mut *mut c_char,
) -> c_int {
    let usage = Usage { user_accounts, emergency_accounts, external_connections };
    // SAFETY: as the caller vouches for the pointers.
    unsafe { answering(answer, || known(installation)?.usage(usage)) }
}

/// Gives the installation's place back, and its license up; calls the server.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn licentia_release(
    installation: *const LicentiaInstallation,
    answer: *mut *mut c_char,
) -> c_int {
    // SAFETY: as the caller vouches for the pointers.
    unsafe { answering(answer, || known(installation)?.release()) }
}

/// Takes in the text of a license, or of the answer to a release, that a person has carried here.
/// The answer is that of `licentia_show` and `changed`, or `{"released": true}`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn licentia_accept(
    installation: *const LicentiaInstallation,
    license: *const c_char,
    answer: *mut *mut c_char,
) -> c_int {
    // SAFETY: as the caller vouches for the pointers.
    unsafe { answering(answer, || known(installation)?.accept(text("license", license)?)) }
}

/// The license held, verified anew, without a network: the JSON of `licentia-client show --json`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn licentia_show(
    installation: *const LicentiaInstallation,
    answer: *mut *mut c_char,
) -> c_int {
    // SAFETY: as the caller vouches for the pointers.
    unsafe { answering(answer, || known(installation)?.show()) }
}

/// What may be done now with so much in use, without a network: the JSON of
/// `licentia-client check --json`, without `support_covers`. Its `good` says whether the use is
/// within the license.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn licentia_check(
    installation: *const LicentiaInstallation,
    user_accounts: i64,
    emergency_accounts: i64,
    external_connections: i64,
    answer: *mut *mut c_char,
) -> c_int {
    let usage = Usage { user_accounts, emergency_accounts, external_connections };
    // SAFETY: as the caller vouches for the pointers.
    unsafe { answering(answer, || known(installation)?.check(usage)) }
}

/// Whether the vendor of these roots issued this license, to whomever: the JSON of
/// `licentia-client verify --json`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn licentia_verify(
    roots: *const c_char,
    license: *const c_char,
    answer: *mut *mut c_char,
) -> c_int {
    // SAFETY: as the caller vouches for the pointers.
    unsafe { answering(answer, || verify(text("roots", roots)?, text("license", license)?)) }
}

unsafe fn opening(
    directory: *const c_char,
    language: *const c_char,
    installation: *mut *mut LicentiaInstallation,
    answer: *mut *mut c_char,
    open: fn(&str) -> Result<Installation, licentia_client::Error>,
) -> c_int {
    // SAFETY: as the caller vouches for the pointers.
    unsafe {
        answering(answer, || {
            hand_over(installation, || {
                let directory = text("directory", directory)?;
                LicentiaInstallation::new(text("language", language)?, || open(directory))
            })
        })
    }
}
