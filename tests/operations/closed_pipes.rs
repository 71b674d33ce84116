//! Commands whose output nobody reads any longer.

use crate::support::{Database, ProcessOffice, command};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

/// Runs a command whose reader has gone before it prints; its exit code, as a shell shows it, and
/// what it said.
fn unread(command: &mut Command) -> (i32, String) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    let status = child.wait().unwrap();
    (status.code().or(status.signal().map(|signal| 128 + signal)).unwrap(), said)
}

#[test]
fn a_command_whose_reader_has_gone_ends_quietly() {
    let office = ProcessOffice::start(Database::Sqlite);
    let customer = office.customer().id;
    for line in [
        "--help",
        "--version",
        "keys --help",
        "keys list",
        "keys export",
        "keys rotate",
        "token list",
        "token create --role auditor --name unread",
        "customer list",
        &format!("customer show {customer}"),
        &format!("customer renew-key {customer}"),
        &format!("purchase list {customer}"),
        "audit verify",
        "migrate",
        "setup",
    ] {
        let (code, said) = unread(&mut office.command(line));
        assert_eq!((code, said.as_str()), (141, ""), "{line}");
    }
    let done = office.run("token list");
    assert!(done.contains("unread"), "what a command does is done: {done}");
    let events = office.api.get("/audit-events?limit=200").expect(200).text;
    assert!(events.contains("key.rotated"), "{events}");
    let address = office.server.ops_address();
    let (code, said) = unread(office.command("healthcheck").args(["--ops-listen", &address]));
    assert_eq!((code, said.as_str()), (141, ""));
}

#[test]
fn the_demo_ends_quietly_and_leaves_nothing_when_its_reader_goes() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = command("demo --language en", &[])
        .env("TMPDIR", folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut String::new()).unwrap();
    drop(out);
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((child.wait().unwrap().code(), said.as_str()), (Some(141), ""));
    assert_eq!(folder.path().read_dir().unwrap().count(), 0, "the scratch database is gone");
}

#[test]
fn output_that_cannot_be_written_is_an_error_in_words() {
    let office = ProcessOffice::start(Database::Sqlite);
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = office.command("keys list").stdout(full()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("the standard output cannot be written"), "{said}");
    let output = office.command("customer show x").stderr(full()).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "an error that cannot be told is no panic");
}
