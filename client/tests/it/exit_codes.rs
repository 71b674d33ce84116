//! Scripts decide by the exit code: each kind of outcome has its own.

use crate::office::{Office, Reply, fetched, problem, status, with_header};
use crate::vendor::{Site, Vendor, key};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

fn code(directory: &Path, args: &[&str]) -> i32 {
    let mut command = Command::new(env!("CARGO_BIN_EXE_licentia-client"));
    command.env_clear().env("LICENTIA_CLIENT_DIR", directory).stdin(Stdio::null());
    command.args(args).output().unwrap().status.code().unwrap()
}

#[test]
fn each_kind_of_outcome_has_an_exit_code_of_its_own() {
    let office = Office::new([]);
    let site = Site::activated(&office);
    let at = |args: &[&str]| code(site.directory.path(), args);
    assert_eq!(at(&["show"]), 0);
    assert_eq!(at(&["check", "--user-accounts=20"]), 0);
    assert_eq!(at(&["show", "--no-such-option"]), 2);
    assert_eq!(at(&["check", "--user-accounts=21"]), 3);
    assert_eq!(at(&["check", "--user-accounts=20", "--one-more=user-account"]), 3);
    assert_eq!(at(&["check", "--published=2014-11-01"]), 3);
    assert_eq!(at(&["verify", "/no/such/file"]), 1);
    assert_eq!(code(&site.directory.path().join("none"), &["check"]), 4);
    let without = Site::new();
    assert_eq!(code(without.directory.path(), &["show"]), 4);
}

#[test]
fn what_the_server_answers_decides_between_refused_and_try_again() {
    let office = Office::new([]);
    let site = Site::activated(&office);
    let page = || Reply::Answer(200, vec![], "<html>".into());
    for (reply, tries, expected) in [
        (problem(409, "emergency-already-used"), 1, 5),
        (problem(401, "installation-released"), 1, 5),
        (problem(429, "too-many-requests"), 1, 6),
        (problem(503, "busy"), 3, 6),
        (problem(401, "unauthenticated"), 1, 6),
        (with_header(status(301), "Location", "https://new.example/"), 1, 6),
        (status(407), 1, 6),
        (status(404), 1, 6),
        (page(), 1, 6),
        (Reply::HangUp, 3, 6),
        (fetched(&site.signed(99), "\"99\""), 1, 7),
        (fetched("no license", "\"1\""), 1, 7),
    ] {
        for _ in 0..tries {
            office.reply(reply.clone());
        }
        assert_eq!(code(site.directory.path(), &["update"]), expected, "{reply:?}");
        assert!(office.is_done(), "{reply:?}");
    }
    let counts =
        ["usage", "--user-accounts=1", "--emergency-accounts=0", "--external-connections=0"];
    office.reply(page());
    assert_eq!(code(site.directory.path(), &counts), 6);
}

#[test]
fn a_license_that_is_refused_has_a_code_wherever_it_comes_from() {
    let site = Site::new();
    let file = site.directory.path().join("license.jwt");
    let forger = Vendor { root: key(9), ..site.vendor.clone() };
    let license = crate::vendor::license(&site.installation, 101);
    for text in [forger.sign(&license), "no license".into()] {
        fs::write(&file, text).unwrap();
        for command in ["verify", "accept"] {
            assert_eq!(code(site.directory.path(), &[command, file.to_str().unwrap()]), 7);
        }
    }
}

#[test]
fn the_exit_codes_stand_in_the_help_and_in_the_documents() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_licentia-client"));
    let help = String::from_utf8(command.arg("--help").output().unwrap().stdout).unwrap();
    let help = help.split_once("Exit codes:").unwrap().1;
    let document = include_str!("../../../docs/client.md");
    for code in 0..=7 {
        let line = help.lines().find(|line| line.trim_start().starts_with(&format!("{code} ")));
        let words = line.unwrap().trim_start()[1..].trim();
        let row = format!("| {code} | {words}");
        let listed = document.lines().any(|line| line.replace("**", "").starts_with(&row));
        assert!(listed, "{row}");
    }
}
