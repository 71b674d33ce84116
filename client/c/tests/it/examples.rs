//! The examples, as a product's developer would run them.

use crate::support::{Site, here, library_folder};
use std::path::Path;
use std::process::Command;

/// What the command prints, and whether it ended well.
fn run(command: &mut Command) -> (bool, String) {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (output.status.success(), text.into_owned())
}

fn compiled(site: &Site) -> Command {
    let program = site.beside("panel");
    let folder = library_folder();
    let mut cc = Command::new("cc");
    cc.args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I"])
        .arg(here().join("include"))
        .arg(here().join("examples/panel.c"))
        .arg("-L")
        .arg(&folder)
        .arg("-llicentia_client_c")
        .arg(format!("-Wl,-rpath,{}", folder.display()))
        .arg("-o")
        .arg(&program);
    let (good, text) = run(&mut cc);
    assert!(good && text.is_empty(), "{text}");
    Command::new(program)
}

fn python() -> Command {
    let mut python = Command::new("/usr/bin/python3");
    python.arg(here().join("examples/panel.py"));
    python.arg(library_folder().join("liblicentia_client_c.so"));
    python
}

fn asked(program: &mut Command, site: &Site, license: &Path, used: u32) -> (bool, String) {
    run(program.arg(site.path()).arg(license).arg(used.to_string()))
}

#[test]
fn a_product_in_c_takes_its_license_in_and_asks_what_may_be_done() {
    let site = Site::new();
    let license = site.file("license.jwt", &site.license());
    for (used, may) in [(19, "true"), (20, "false")] {
        let (good, text) = asked(&mut compiled(&site), &site, &license, used);
        assert!(good, "{text}");
        assert!(text.contains("\nopen: 0 {\"installation\":"), "{text}");
        assert!(text.contains("\naccept: 0 {") && text.contains("ООО «Вектор»"), "{text}");
        let (_, check) = text.split_once("\ncheck: 0 ").unwrap();
        let expected = format!("\"may_add_user_account\":{may}");
        assert!(check.contains(&expected), "{expected}: {check}");
    }
}

#[test]
fn a_product_in_c_is_told_why_a_license_was_refused() {
    let site = Site::new();
    let license = site.file("license.jwt", &tampered(&site.license()));
    let (good, text) = asked(&mut compiled(&site), &site, &license, 1);
    assert!(!good, "{text}");
    assert!(text.contains("\naccept: 1 {\"error\":"), "{text}");
    assert!(text.contains("\ncheck: 1 ") && text.contains("\"code\":\"no-license\""), "{text}");
}

#[test]
fn a_product_in_python_takes_its_license_in_and_asks_what_may_be_done() {
    let site = Site::new();
    let license = site.file("license.jwt", &site.license());
    for (used, may) in [(19, "yes"), (20, "no")] {
        let (good, text) = asked(&mut python(), &site, &license, used);
        let expected = format!("ООО «Вектор»: 20 user accounts\none more user account: {may}\n");
        assert_eq!((good, text), (true, expected));
    }
}

#[test]
fn a_product_in_python_is_told_why_a_license_was_refused() {
    let site = Site::new();
    let license = site.file("license.jwt", &tampered(&site.license()));
    let (good, text) = asked(&mut python(), &site, &license, 1);
    assert!(!good && text.trim_end().ends_with("(signature)"), "{text}");
}

/// The license with another signature.
fn tampered(license: &str) -> String {
    let (signed, signature) = license.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{signed}.{first}{}", &signature[1..])
}
