//! What C can do wrong is a code, and the answers are those of the client.

use crate::support::{Site, here};
use licentia_client_c::*;
use serde_json::Value;
use std::ffi::{CStr, CString, c_char, c_int};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::ptr::{null, null_mut};

const NOT_UTF8: &CStr = c"\xff";

/// The code of a call, and its answer; the answer is freed.
pub fn answer(call: impl FnOnce(*mut *mut c_char) -> c_int) -> (c_int, Value) {
    let mut answer = null_mut();
    let code = call(&raw mut answer);
    // SAFETY: it is an answer of the library, freed after it was read.
    unsafe {
        let json = serde_json::from_slice(CStr::from_ptr(answer).to_bytes()).unwrap();
        licentia_string_free(answer);
        (code, json)
    }
}

fn refusal(call: impl FnOnce(*mut *mut c_char) -> c_int) -> (c_int, String) {
    let (code, json) = answer(call);
    assert!(json["error"]["text"].as_str().is_some_and(|text| !text.is_empty()), "{json}");
    (code, json["error"]["code"].as_str().unwrap().to_owned())
}

pub fn c(text: impl AsRef<str>) -> CString {
    CString::new(text.as_ref()).unwrap()
}

pub fn opened(site: &Site) -> *mut LicentiaInstallation {
    let mut installation = null_mut();
    let directory = c(site.path().to_str().unwrap());
    // SAFETY: the strings and pointers are those of variables here.
    let (code, json) = answer(|answer| unsafe {
        licentia_open(directory.as_ptr(), c"en".as_ptr(), &raw mut installation, answer)
    });
    assert_eq!(code, LICENTIA_OK, "{json}");
    installation
}

pub fn close(installation: *mut LicentiaInstallation) {
    // SAFETY: each test closes once, at its end, what it has opened.
    unsafe { licentia_close(installation) };
}

/// What a call answers to its arguments, each of them a string or NULL.
type Call = unsafe fn(*const LicentiaInstallation, *const c_char, *mut *mut c_char) -> c_int;

/// Every call that takes a string, with the one that is wrong in each place.
#[rustfmt::skip]
#[expect(clippy::undocumented_unsafe_blocks, reason = "each is as safe as its arguments are")]
const STRINGS: &[(&str, Call)] = &[
    ("accept", |i, s, a| unsafe { licentia_accept(i, s, a) }),
    ("server", |i, s, a| unsafe { licentia_activate(i, s, GOOD, GOOD, GOOD, GOOD, a) }),
    ("roots", |i, s, a| unsafe { licentia_activate(i, GOOD, s, GOOD, GOOD, GOOD, a) }),
    ("activation_key", |i, s, a| unsafe { licentia_activate(i, GOOD, GOOD, s, GOOD, GOOD, a) }),
    ("name", |i, s, a| unsafe { licentia_activate(i, GOOD, GOOD, GOOD, s, GOOD, a) }),
    ("product_version", |i, s, a| unsafe { licentia_activate(i, GOOD, GOOD, GOOD, GOOD, s, a) }),
    ("roots to verify", |_, s, a| unsafe { licentia_verify(s, GOOD, a) }),
    ("license to verify", |_, s, a| unsafe { licentia_verify(GOOD, s, a) }),
    ("directory", |_, s, a| unsafe { licentia_open(s, GOOD, &mut null_mut(), a) }),
    ("language", |_, s, a| unsafe { licentia_open(GOOD, s, &mut null_mut(), a) }),
    ("new directory", |_, s, a| unsafe { licentia_create(s, GOOD, &mut null_mut(), a) }),
];
const GOOD: *const c_char = c"-".as_ptr();

/// Every call of an installation.
#[rustfmt::skip]
#[expect(clippy::undocumented_unsafe_blocks, reason = "each is as safe as its arguments are")]
const CALLS: &[(&str, Call)] = &[
    ("activate", |i, s, a| unsafe { licentia_activate(i, s, s, s, s, s, a) }),
    ("update", |i, _, a| unsafe { licentia_update(i, a) }),
    ("emergency", |i, _, a| unsafe { licentia_emergency(i, 1, a) }),
    ("usage", |i, _, a| unsafe { licentia_usage(i, 1, 0, 0, a) }),
    ("release", |i, _, a| unsafe { licentia_release(i, a) }),
    ("accept", |i, s, a| unsafe { licentia_accept(i, s, a) }),
    ("show", |i, _, a| unsafe { licentia_show(i, a) }),
    ("check", |i, _, a| unsafe { licentia_check(i, 1, 0, 0, a) }),
];

#[test]
fn a_string_that_is_null_or_not_utf8_is_refused_in_every_place() {
    let site = Site::new();
    let installation = opened(&site);
    for (place, call) in STRINGS {
        // SAFETY: the arguments are NULL or strings that live.
        let refused = |text| refusal(|answer| unsafe { call(installation, text, answer) });
        assert_eq!(refused(null()), (LICENTIA_NULL_POINTER, "null-pointer".into()), "{place}");
        let expected = (LICENTIA_NOT_UTF8, "not-utf8".into());
        assert_eq!(refused(NOT_UTF8.as_ptr()), expected, "{place}");
    }
    close(installation);
}

#[test]
fn an_installation_that_is_null_is_refused_by_every_call() {
    for (name, call) in CALLS {
        // SAFETY: the arguments are NULL or strings that live.
        let refused = refusal(|answer| unsafe { call(null(), GOOD, answer) });
        assert_eq!(refused, (LICENTIA_NULL_POINTER, "null-pointer".into()), "{name}");
    }
    // SAFETY: NULL is allowed.
    unsafe {
        licentia_close(null_mut());
        licentia_string_free(null_mut());
    }
    // SAFETY: the strings live.
    let refused = refusal(|answer| unsafe { licentia_open(GOOD, GOOD, null_mut(), answer) });
    assert_eq!(refused, (LICENTIA_NULL_POINTER, "null-pointer".into()));
}

#[test]
fn without_a_place_for_the_answer_nothing_is_done() {
    let site = Site::new();
    let installation = opened(&site);
    let license = c(site.license());
    for (name, call) in CALLS {
        // SAFETY: the arguments are NULL or strings that live.
        let code = unsafe { call(installation, license.as_ptr(), null_mut()) };
        assert_eq!(code, LICENTIA_NULL_POINTER, "{name}");
    }
    // SAFETY: the installation is open, and the answer's place that of a variable.
    let refused = refusal(|answer| unsafe { licentia_show(installation, answer) });
    assert_eq!(refused, (LICENTIA_REFUSED, "no-license".into()), "the license was not taken in");
    close(installation);
}

#[test]
fn a_directory_that_is_exposed_or_holds_nothing_is_refused_and_leaves_no_installation() {
    let site = Site::new();
    let open = |path: &str| {
        let mut installation = std::ptr::dangling_mut();
        let path = c(path);
        // SAFETY: the strings and pointers are those of variables here.
        let refused = refusal(|answer| unsafe {
            licentia_open(path.as_ptr(), c"ru".as_ptr(), &raw mut installation, answer)
        });
        assert!(installation.is_null());
        refused
    };
    let nowhere = site.path().join("nowhere");
    let refused = open(nowhere.to_str().unwrap());
    assert_eq!(refused, (LICENTIA_REFUSED, "not-activated".into()));
    fs::set_permissions(site.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let refused = open(site.path().to_str().unwrap());
    assert_eq!(refused, (LICENTIA_REFUSED, "file-exposed".into()));
}

#[test]
fn a_wrong_count_and_a_server_that_is_no_url_are_refused_by_their_codes() {
    let site = Site::new();
    let installation = opened(&site);
    // SAFETY: the installation is open, and the answer's place that of a variable.
    let counted = refusal(|answer| unsafe { licentia_usage(installation, -1, 0, 0, answer) });
    assert_eq!(counted, (LICENTIA_REFUSED, "usage-out-of-range".into()));
    let roots = c(serde_json::to_string(&site.roots()).unwrap());
    // SAFETY: as above.
    let unusable = refusal(|answer| unsafe {
        licentia_activate(installation, GOOD, roots.as_ptr(), GOOD, GOOD, GOOD, answer)
    });
    assert_eq!(unusable, (LICENTIA_REFUSED, "server-invalid".into()));
    close(installation);
}

#[test]
fn what_is_shown_has_the_members_of_the_command() {
    let site = Site::new();
    let installation = opened(&site);
    let license = c(site.license());
    // SAFETY: the installation is open, and the answer's place that of a variable.
    let (code, taken) =
        answer(|answer| unsafe { licentia_accept(installation, license.as_ptr(), answer) });
    assert_eq!((code, &taken["changed"]), (LICENTIA_OK, &Value::Bool(true)), "{taken}");
    // SAFETY: as above.
    let (code, shown) = answer(|answer| unsafe { licentia_show(installation, answer) });
    assert_eq!((code, shown["token"].as_str()), (LICENTIA_OK, Some(&*site.license())));
    let members: Vec<_> = shown.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = ["installation", "judged_at", "license", "notices", "panel", "token"];
    assert_eq!(members, expected);
    close(installation);
}

#[test]
fn every_vector_that_needs_no_clock_nor_installation_gets_its_verdict() {
    let text = fs::read_to_string(here().join("../../tests/vectors/vectors.json")).unwrap();
    let vectors: Value = serde_json::from_str(&text).unwrap();
    let roots = c(vectors["roots"].to_string());
    let mut counts = [0, 0];
    // Out of a license in a text its reader takes what carriers have put into it.
    let carried = ["a dot after it", "a space in it", "a line break in it", "twice"];
    for vector in vectors["vectors"].as_array().unwrap() {
        let [name, license, verdict] =
            ["name", "license", "verdict"].map(|member| vector[member].as_str().unwrap());
        let Ok(license) = CString::new(license) else { continue };
        let verdict = if carried.contains(&name) { "good" } else { verdict };
        // SAFETY: the strings live, and the answer's place is that of a variable.
        let (code, json) =
            answer(|answer| unsafe { licentia_verify(roots.as_ptr(), license.as_ptr(), answer) });
        match verdict {
            "good" => assert_eq!((code, &json["valid"]), (0, &Value::Bool(true)), "{name}: {json}"),
            // For whom and when is not asked here.
            "audience" | "issued-ahead" => continue,
            _ => assert_eq!((code, json["error"].is_object()), (1, true), "{name}: {json}"),
        }
        counts[usize::from(verdict == "good")] += 1;
    }
    assert!(counts.iter().all(|count| *count > 20), "{counts:?}");
}

#[test]
fn the_version_is_that_of_the_package() {
    // SAFETY: it ends with NUL and is never freed.
    let version = unsafe { CStr::from_ptr(licentia_version()) };
    assert_eq!(version.to_str().unwrap(), env!("CARGO_PKG_VERSION"));
}
