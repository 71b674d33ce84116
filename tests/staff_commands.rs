//! `licentia staff`: access by the server's command line (item 9: a lost phone).

use crate::support::{Browser, Sql, TestOffice, command};
use licentia::app::Role;
use std::io::Write;
use std::process::{Output, Stdio};

/// Runs a command beside the server, with this on its standard input.
fn start(office: &TestOffice, line: &str, input: &str) -> Output {
    let folder = office.folder.path().display().to_string();
    let settings = [
        ("database_url", office.database_url().to_owned()),
        ("data_dir", folder.clone()),
        ("issuer", office.settings.issuer.clone().unwrap()),
        ("mail_url", format!("file:{folder}/mail")),
    ];
    let mut command = command(line, &settings);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn said(office: &TestOffice, line: &str) -> String {
    let output = start(office, line, "");
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn refused(office: &TestOffice, line: &str, input: &str) -> String {
    let output = start(office, line, input);
    assert!(!output.status.success(), "{line}");
    String::from_utf8(output.stderr).unwrap()
}

/// What the command line did to a person, as the audit log has it.
fn events(office: &TestOffice, person: &Browser) -> Vec<String> {
    let query = format!(
        "SELECT action AS line FROM audit_events WHERE subject = '{}' \
         AND actor LIKE 'command line:%' AND action <> 'staff.added' ORDER BY id",
        person.id()
    );
    Sql::open(office.database_url()).lines(&query)
}

on_both_databases! {
    fn a_lone_administrator_without_phone_and_codes_gets_back_in(database) {
        let office = TestOffice::start(database);
        let lost = Browser::signed_in(&office, Role::Admin);
        let browser = Browser::new(&office);
        let reply = browser.sign_in(&lost.name, Browser::PASSWORD);
        assert_eq!(reply.header("location"), Some("/second-factor"), "a code is asked for");
        said(&office, &format!("staff reset-second-factor --name {}", lost.name));
        assert_eq!(lost.status("GET", "/settings/staff"), 303, "the old sessions have ended");
        let reply = browser.sign_in(&lost.name, Browser::PASSWORD);
        assert_eq!(reply.header("location"), Some("/second-factor/enrol"));
        browser.enrol(&office).expect(200);
        assert_eq!(browser.status("GET", "/settings/staff"), 200);

        // The password is lost too, and strangers have tried to guess it.
        for _ in 0..6 {
            Browser::new(&office).sign_in(&lost.name, "not the password");
        }
        let told = said(&office, &format!("staff reset-password --name {}", lost.name));
        let (_, rest) = told.split_once("shown only now: ").unwrap();
        let password = rest.lines().next().unwrap();
        let again = Browser::new(&office);
        assert_eq!(again.sign_in(&lost.name, Browser::PASSWORD).status, 401);
        let reply = again.sign_in(&lost.name, password);
        assert_eq!(reply.header("location"), Some("/second-factor"), "{}", reply.text);
        assert_eq!(events(&office, &lost), ["staff.second-factor-reset", "staff.password-changed"]);
    }

    fn staff_are_added_listed_disabled_and_enabled(database) {
        let office = TestOffice::start(database);
        let admin = Browser::signed_in(&office, Role::Admin);
        let add = "staff add --name vera --full-name Vera --role sales --password-file";
        let file = office.folder.path().join("password");
        std::fs::write(&file, "violet-Kettle-drum-9\n").unwrap();
        said(&office, &format!("{add} {}", file.display()));
        let vera = Browser::new(&office);
        let reply = vera.sign_in("vera", "violet-Kettle-drum-9");
        assert_eq!(reply.header("location"), Some("/new-password"), "{}", reply.text);
        assert!(said(&office, "staff list").contains("vera"));
        said(&office, "staff disable --name Vera");
        assert_eq!(Browser::new(&office).sign_in("vera", "violet-Kettle-drum-9").status, 401);
        said(&office, "staff enable --name vera");
        let typed = start(&office, "staff reset-password --name vera --password-file -", "nine tall yellow boats\n");
        let told = String::from_utf8(typed.stdout).unwrap();
        assert!(typed.status.success() && told.contains("works for 7 days"), "{told}");
        assert_eq!(Browser::new(&office).sign_in("vera", "nine tall yellow boats").status, 303);

        let weak = refused(&office, "staff reset-password --name vera --password-file -", "password1234\n");
        assert!(weak.contains("easily guessed"), "{weak}");
        assert!(refused(&office, "staff enable --name nobody", "").contains("nobody signs in as"));
        assert!(refused(&office, &format!("{add} - --password x"), "").contains("--password"));
        let last = refused(&office, &format!("staff disable --name {}", admin.name), "");
        assert!(last.contains("last administrator"), "{last}");
    }
}
