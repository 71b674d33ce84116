//! What the product may do now, from the library and the command.

use crate::vendor::{Site, emergency, hours, license, noon};
use licentia_client::Usage;
use serde_json::Value;
use std::process::Command;

fn with_emergency() -> Site {
    let site = Site::new();
    let mut with = license(&site.installation, 100);
    with.emergency = Some(emergency());
    with.external_connections = 2;
    site.installation.take_in(&site.vendor.sign(&with)).unwrap();
    site
}

fn usage(user_accounts: i64, emergency_accounts: i64) -> Usage {
    Usage { user_accounts, emergency_accounts, external_connections: 0 }
}

fn blocked(site: &Site) -> i64 {
    site.installation.check(usage(20, 3)).unwrap().blocked_emergency_accounts
}

#[test]
fn emergency_accounts_are_blocked_from_the_end_on_also_when_the_clock_is_set_back() {
    let site = with_emergency();
    assert_eq!(blocked(&site), 0);
    site.set_clock(emergency().until);
    assert_eq!(blocked(&site), 3);
    site.set_clock(noon());
    assert_eq!(blocked(&site), 3);
}

#[test]
fn the_days_of_support_are_counted_to_the_latest_time_known() {
    let site = with_emergency();
    site.set_clock(noon() + hours(24 * 365));
    let left = || site.installation.check(usage(0, 0)).unwrap().support_days_left;
    assert_eq!(left(), Some(0));
    site.set_clock(noon());
    assert_eq!(left(), Some(0));
}

fn check(site: &Site, args: &[&str]) -> (i32, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_licentia-client"));
    command.env_clear().env("LICENTIA_CLIENT_DIR", site.directory.path());
    let output = command.args(["check", "--json"]).args(args).output().unwrap();
    (output.status.code().unwrap(), serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn the_command_exits_with_0_within_the_license_and_with_3_above_it() {
    // The command has the system's clock, and so a time long after the emergency license.
    let site = with_emergency();
    let (code, said) = check(&site, &["--user-accounts=19", "--external-connections=2"]);
    assert_eq!((code, &said["good"]), (0, &true.into()));
    assert_eq!(said["check"]["may_add_user_account"], true);
    assert_eq!(said["check"]["may_add_emergency_account"], false);
    assert_eq!(said["check"]["may_open_external_connection"], false);
    let (code, said) = check(&site, &["--user-accounts=20", "--emergency-accounts=3"]);
    assert_eq!((code, &said["check"]["blocked_emergency_accounts"]), (3, &3.into()));
    let (code, said) = check(&site, &["--user-accounts=21"]);
    assert_eq!((code, &said["check"]["user_accounts_over"]), (3, &1.into()));
}

#[test]
fn the_command_answers_for_one_more_and_for_a_versions_date() {
    let site = with_emergency();
    let one_more =
        |used: &str, kind| check(&site, &["--user-accounts", used, "--one-more", kind]).0;
    assert_eq!((one_more("19", "user-account"), one_more("20", "user-account")), (0, 3));
    assert_eq!((one_more("0", "emergency-account"), one_more("0", "external-connection")), (3, 0));
    let covered = |date| check(&site, &["--published", date]);
    assert_eq!(covered("2014-10-31").0, 0);
    let (code, said) = covered("2014-11-01");
    assert_eq!((code, &said["support_covers"]), (3, &false.into()));
}

#[test]
fn counts_that_are_not_given_are_those_recorded_last() {
    let site = with_emergency();
    let _ = site.installation.usage(usage(21, 0));
    let (code, said) = check(&site, &[]);
    assert_eq!((code, &said["usage"]["user_accounts"]), (3, &21.into()));
}

#[test]
fn the_command_reports_a_clock_that_was_set_back_and_judges_at_the_later_time() {
    let site = with_emergency();
    let reached: jiff::Timestamp = "2999-01-01T00:00:00Z".parse().unwrap();
    site.set_clock(reached);
    site.installation.show().unwrap();
    let (code, said) = check(&site, &["--user-accounts=20"]);
    assert_eq!((code, &said["judged_at"]), (0, &reached.to_string().into()));
    let notice = &said["notices"][0];
    assert_eq!(
        (&notice["code"], &notice["reached"]),
        (&"clock-set-back".into(), &said["judged_at"])
    );
    assert!(notice["clock"].is_string());
}

#[test]
fn the_answers_are_said_in_both_languages() {
    let site = with_emergency();
    let check = site.installation.check(usage(20, 10)).unwrap();
    let english = licentia_client::check_text(&check, licentia_client::Language::English);
    assert!(english.starts_with("One more permanent account             no\n"), "{english}");
    assert!(english.ends_with("Days left of support                   172\n"), "{english}");
    let russian = licentia_client::check_text(&check, licentia_client::Language::Russian);
    assert!(russian.contains("\nЗаблокировано \"экстренных\" учетных записей  0\n"), "{russian}");
    assert_eq!(russian.lines().count(), english.lines().count());
}
