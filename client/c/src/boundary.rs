//! The boundary to C: pointers that come in, answers that go out, and panics that stay in.

#![expect(unsafe_code, reason = "pointers of C can only be believed")]

use crate::{
    LICENTIA_NOT_UTF8, LICENTIA_NULL_POINTER, LICENTIA_OK, LICENTIA_PANIC, LICENTIA_REFUSED,
    LicentiaInstallation,
};
use licentia_client::{Error, Language};
use serde_json::{Value, json};
use std::ffi::{CStr, CString, c_char, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;

/// Why a call was not done: the code that it returns, and the error that it answers.
pub struct Failure {
    pub code: c_int,
    pub error: Value,
}

impl Failure {
    /// What the client refused or could not do.
    pub fn of_client(error: &Error, language: Language) -> Self {
        Self { code: LICENTIA_REFUSED, error: error.json(language) }
    }

    /// An argument that the client would not have understood, whose file it cannot name.
    pub fn refused(code: &str, text: &str) -> Self {
        Self::new(LICENTIA_REFUSED, code, text)
    }

    fn null(argument: &str) -> Self {
        Self::new(LICENTIA_NULL_POINTER, "null-pointer", &format!("{argument} is NULL"))
    }

    fn not_utf8(argument: &str) -> Self {
        Self::new(LICENTIA_NOT_UTF8, "not-utf8", &format!("{argument} is not UTF-8"))
    }

    fn panicked() -> Self {
        Self::new(LICENTIA_PANIC, "panic", "a fault of the library; it was told on stderr")
    }

    fn new(code: c_int, word: &str, text: &str) -> Self {
        Self { code, error: json!({ "code": word, "text": text }) }
    }
}

/// Does what C has asked for and writes the answer, JSON, to where C wants it. A panic ends here.
///
/// # Safety
/// `answer` is NULL or may be written to.
pub unsafe fn answering(
    answer: *mut *mut c_char,
    act: impl FnOnce() -> Result<Value, Failure>,
) -> c_int {
    if answer.is_null() {
        return LICENTIA_NULL_POINTER;
    }
    let outcome = catch_unwind(AssertUnwindSafe(act)).unwrap_or_else(|_| Err(Failure::panicked()));
    let (code, json) = match outcome {
        Ok(json) => (LICENTIA_OK, json),
        Err(failure) => (failure.code, json!({ "error": failure.error })),
    };
    // JSON writes a NUL as an escape, so that there is none in it.
    let text = CString::new(json.to_string()).map_or(null_mut(), CString::into_raw);
    // SAFETY: it is not NULL, and the caller vouches for the rest.
    unsafe { answer.write(text) };
    code
}

/// The text of an argument.
///
/// # Safety
/// `text` is NULL or a string that ends with NUL and lives as long as the text is used.
pub unsafe fn text<'a>(argument: &str, text: *const c_char) -> Result<&'a str, Failure> {
    if text.is_null() {
        return Err(Failure::null(argument));
    }
    // SAFETY: it is not NULL, and the caller vouches for the rest.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str().map_err(|_| Failure::not_utf8(argument))
}

/// The installation of an argument.
///
/// # Safety
/// `installation` is NULL or of `licentia_open` or `licentia_create`, and is not closed before it
/// is used for the last time.
pub unsafe fn known<'a>(
    installation: *const LicentiaInstallation,
) -> Result<&'a LicentiaInstallation, Failure> {
    // SAFETY: as the caller vouches.
    unsafe { installation.as_ref() }.ok_or_else(|| Failure::null("installation"))
}

/// Hands an installation over to C, or nothing when it does not open.
///
/// # Safety
/// `out` is NULL or may be written to.
pub unsafe fn hand_over(
    out: *mut *mut LicentiaInstallation,
    open: impl FnOnce() -> Result<LicentiaInstallation, Failure>,
) -> Result<Value, Failure> {
    if out.is_null() {
        return Err(Failure::null("installation"));
    }
    // SAFETY: it is not NULL, and the caller vouches for the rest.
    unsafe { out.write(null_mut()) };
    let opened = open()?;
    let answer = json!({ "installation": opened.thumbprint() });
    // SAFETY: as above.
    unsafe { out.write(Box::into_raw(Box::new(opened))) };
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_code_and_never_crosses() {
        let mut answer = null_mut();
        // SAFETY: the pointer is one of a variable, and the answer one of the library's.
        let (code, text) = unsafe {
            let code = answering(&raw mut answer, || panic!("a fault"));
            (code, CString::from_raw(answer).into_string().unwrap())
        };
        assert_eq!(code, LICENTIA_PANIC);
        assert!(text.contains(r#""code":"panic""#), "{text}");
    }
}
