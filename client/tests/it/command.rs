//! The command: exit codes, and what it prints.

use crate::office::{Office, Reply, problem, with_license};
use crate::vendor::{Site, Vendor};
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn command(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_licentia-client"));
    command.env_clear().env("LICENTIA_CLIENT_DIR", directory).stdin(Stdio::null());
    command
}

fn run(directory: &Path, args: &[&str]) -> Output {
    command(directory).args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

fn roots_file(site: &Site) -> String {
    let file = site.directory.path().join("from-vendor.json");
    fs::write(&file, serde_json::to_string(&site.vendor.roots()).unwrap()).unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn an_activation_prints_the_panel_in_the_language_of_the_locale() {
    let office = Office::new([]);
    let site = Site::with_server(&office.url());
    let roots = roots_file(&site);
    let arguments = ["activate", "--server", &office.url(), "--roots", &roots]
        .map(str::to_owned)
        .into_iter()
        .chain(["--activation-key", "AAAA", "--name", "pbx-1"].map(str::to_owned));
    office.reply(with_license(201, &site.signed(100)));
    let output =
        command(site.directory.path()).args(arguments).env("LANG", "ru_RU.UTF-8").output().unwrap();
    assert_eq!(text(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).starts_with("Активировано.\n\nЛицензионная информация\n"));
    let english = run(site.directory.path(), &["show"]);
    assert!(text(&english.stdout).starts_with("License information\n"));
}

#[test]
fn a_refusal_exits_with_5_and_gives_the_offices_words_and_code() {
    let office = Office::new([problem(409, "emergency-already-used")]);
    let site = Site::activated(&office);
    let output = run(site.directory.path(), &["emergency"]);
    assert_eq!(output.status.code(), Some(5));
    assert_eq!(
        text(&output.stderr),
        "What happened. What to do. (emergency-already-used) [req_1]\n"
    );
    assert_eq!(text(&output.stdout), "");

    office.reply(problem(409, "emergency-already-used"));
    let output = run(site.directory.path(), &["emergency", "--json"]);
    assert_eq!(output.status.code(), Some(5));
    let error = &json(&output)["error"];
    assert_eq!((&error["code"], &error["status"]), (&"emergency-already-used".into(), &409.into()));
}

#[test]
fn a_field_that_the_office_refuses_is_named() {
    let body = r#"{"code":"invalid-fields","title":"Some fields are wrong","detail":"",
        "errors":[{"pointer":"/req/activate/name","code":"too-long","detail":"too long"}]}"#;
    let office = Office::new([Reply::Answer(400, vec![], body.to_owned())]);
    let site = Site::activated(&office);
    let output = run(site.directory.path(), &["update"]);
    let said = "Some fields are wrong. /req/activate/name: too long (invalid-fields)\n";
    assert_eq!(text(&output.stderr), said);
}

#[test]
fn wrong_usage_exits_with_2() {
    let directory = tempfile::tempdir().unwrap();
    for args in [
        &["usage", "--user-accounts", "-1"][..],
        &["emergency", "--accounts", "ten"],
        &["--language", "de", "show"],
        &["update", "--every", "59s"],
        &["update", "--every", "often"],
        &["--time-zone", "Mars/Olympus", "show"],
        &["request", "update"],
        &["request", "emergency", "--accounts", "11", "--qr"],
        &["no-such-command"],
        &[],
    ] {
        assert_eq!(run(directory.path(), args).status.code(), Some(2), "{args:?}");
    }
}

#[test]
fn a_directory_without_an_installation_is_left_alone() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("none");
    for args in [&["show"][..], &["update"], &["release"]] {
        let output = run(&directory, args);
        assert_eq!(output.status.code(), Some(4));
        let said = text(&output.stderr);
        assert!(said.ends_with("(not-activated)\n"));
        for name in [directory.to_str().unwrap(), "--dir", "LICENTIA_CLIENT_DIR"] {
            assert!(said.contains(name), "{said}");
        }
    }
    let output = command(&directory).args(["show", "--language=ru"]).output().unwrap();
    assert!(text(&output.stderr).contains("--dir"), "{}", text(&output.stderr));
    assert!(!directory.exists());
}

#[test]
fn usage_that_was_not_reported_exits_as_its_cause_and_says_that_it_was_recorded() {
    let office = Office::new([problem(401, "installation-released")]);
    let site = Site::activated(&office);
    let counts = ["--user-accounts=19", "--emergency-accounts=3", "--external-connections=0"];
    let output = run(site.directory.path(), &[&["usage"][..], &counts].concat());
    assert_eq!(output.status.code(), Some(5));
    assert!(text(&output.stderr).starts_with("the usage is recorded here, and was not reported"));
    let shown = run(site.directory.path(), &["show"]);
    assert!(text(&shown.stdout).contains("19/20"));
}

#[test]
fn show_prints_one_json_object_with_the_panel_the_license_and_the_token() {
    let office = Office::new([]);
    let site = Site::activated(&office);
    let shown = json(&run(site.directory.path(), &["show", "--json"]));
    assert_eq!(shown["token"], site.signed(100));
    assert_eq!(shown["license"]["seq"], 100);
    assert_eq!(shown["panel"]["user_accounts"]["licensed"], 20);
    assert_eq!(shown["installation"], site.installation.thumbprint());
    assert_eq!(shown["notices"], Value::Array(vec![]));
}

#[test]
fn a_license_in_a_file_is_taken_in_offline() {
    let site = Site::new();
    let file = site.directory.path().join("license.txt");
    fs::write(&file, licentia_license::armour("LICENSE", "words", &site.signed(101))).unwrap();
    let output = run(site.directory.path(), &["take-in", file.to_str().unwrap()]);
    assert!(text(&output.stdout).starts_with("The license was updated.\n\nLicense"));
    assert_eq!(site.held(), 101);
}

#[test]
fn verify_needs_no_state_directory_and_takes_files_and_standard_input() {
    let site = Site::new();
    let roots = roots_file(&site);
    let nowhere = site.directory.path().join("nowhere");
    let file = site.directory.path().join("license.jwt");
    let file = file.to_str().unwrap();
    let armoured = licentia_license::armour("LICENSE", "words", &site.signed(100));
    for license in [site.signed(100), armoured] {
        fs::write(file, &license).unwrap();
        let output = run(&nowhere, &["verify", file, "--roots", &roots, "--json"]);
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(json(&output)["valid"], true);
        let mut child = command(&nowhere)
            .args(["verify", "-", "--roots", &roots])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(license.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(text(&output.stdout).starts_with("A genuine license of https://"));
    }
    assert!(!nowhere.exists());
}

#[test]
fn verify_refuses_a_forged_license_with_7() {
    let site = Site::new();
    let roots = roots_file(&site);
    let file = site.directory.path().join("license.jwt");
    let forger = Vendor { root: crate::vendor::key(9), ..site.vendor.clone() };
    let license = crate::vendor::license(&site.installation, 1);
    fs::write(&file, forger.sign(&license)).unwrap();
    let file = file.to_str().unwrap();
    let output = run(site.directory.path(), &["verify", file, "--roots", &roots]);
    assert_eq!(output.status.code(), Some(7));
    assert!(text(&output.stderr).ends_with("(unknown-root)\n"));
    // Without roots it takes the pinned ones.
    let output = run(site.directory.path(), &["verify", file, "--json"]);
    assert_eq!(json(&output)["error"]["code"], "unknown-root");
}

#[test]
fn a_request_is_written_as_a_file_that_its_owner_alone_can_read_a_picture_and_a_code() {
    use std::os::unix::fs::PermissionsExt;
    let site = Site::new();
    site.installation.take_in(&site.signed(100)).unwrap();
    let [out, picture] =
        ["request.txt", "request.svg"].map(|name| site.directory.path().join(name));
    let forms = ["--out", out.to_str().unwrap(), "--svg", picture.to_str().unwrap(), "--qr"];
    let output = run(site.directory.path(), &[&["request", "emergency"][..], &forms].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains('\u{2588}'), "the code");
    assert!(text(&output.stdout).contains("/offline"), "how to hand it in");
    let written = fs::read_to_string(&out).unwrap();
    let json = json(&run(site.directory.path(), &["request", "emergency", "--qr", "--json"]));
    assert_eq!(licentia_license::unarmour(&written).unwrap(), json["statement"]);
    assert_eq!(fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(fs::read_to_string(&picture).unwrap().contains("<svg"));
}

#[test]
fn accept_says_that_the_place_was_given_back() {
    let site = Site::new();
    site.installation.take_in(&site.signed(100)).unwrap();
    let mut license = crate::vendor::license(&site.installation, 101);
    license.aud.clear();
    let answer = site.directory.path().join("answer.txt");
    fs::write(&answer, site.vendor.sign(&license)).unwrap();
    let accept = ["accept", answer.to_str().unwrap()];
    assert!(text(&run(site.directory.path(), &accept).stderr).ends_with("(audience)\n"));
    let request = site.directory.path().join("request.txt");
    run(site.directory.path(), &["request", "release", "--out", request.to_str().unwrap()]);
    let output = run(site.directory.path(), &accept);
    assert_eq!(text(&output.stdout), "The place was given back.\n");
}

#[test]
fn the_group_is_trusted_where_the_environment_says_so_and_the_refusal_names_how() {
    use std::os::unix::fs::PermissionsExt;
    let office = Office::new([]);
    let site = Site::activated(&office);
    fs::set_permissions(site.directory.path(), fs::Permissions::from_mode(0o2770)).unwrap();
    for name in ["key.pem", "roots.json", "state.json"] {
        let permissions = fs::Permissions::from_mode(0o660);
        fs::set_permissions(site.directory.path().join(name), permissions).unwrap();
    }
    let refused = run(site.directory.path(), &["show"]);
    assert!(text(&refused.stderr).contains("LICENTIA_CLIENT_TRUST_GROUP=true"));
    let show = |value| {
        let mut show = command(site.directory.path());
        show.args(["show", "--json"]).env("LICENTIA_CLIENT_TRUST_GROUP", value).output().unwrap()
    };
    assert_eq!(json(&show("true"))["license"]["seq"], 100);
    assert_eq!(json(&show("false"))["error"]["code"], "file-exposed");
}
