//! What a license must satisfy before it replaces the one held (failures 26, 44).

use crate::vendor::{Site, Vendor, hours, key, license, noon};
use licentia_client::{Error, Installation, Roots, Usage, verify};
use licentia_license::armour;
use std::collections::BTreeSet;
use std::{fs, thread};

fn refused(site: &Site, token: &str) -> String {
    site.installation.take_in(token).unwrap_err().code().to_owned()
}

#[test]
fn a_newer_license_replaces_the_one_held() {
    let site = Site::new();
    assert!(site.installation.take_in(&site.signed(100)).unwrap().changed);
    assert!(site.installation.take_in(&site.signed(101)).unwrap().changed);
    assert_eq!(site.held(), 101);
}

#[test]
fn an_older_license_is_refused_and_the_one_held_stays() {
    let site = Site::new();
    site.installation.take_in(&site.signed(100)).unwrap();
    let error = site.installation.take_in(&site.signed(99)).unwrap_err();
    assert!(matches!(error, Error::Older { seq: 99, highest: 100 }), "{error}");
    assert_eq!(site.held(), 100);
}

#[test]
fn the_same_license_again_is_no_change() {
    let site = Site::new();
    let token = site.signed(100);
    site.installation.take_in(&token).unwrap();
    assert!(!site.installation.take_in(&token).unwrap().changed);
}

#[test]
fn another_license_with_the_number_of_the_one_held_is_refused() {
    let site = Site::new();
    site.installation.take_in(&site.signed(100)).unwrap();
    let mut other = license(&site.installation, 100);
    other.user_accounts = 1000;
    assert_eq!(refused(&site, &site.vendor.sign(&other)), "repeated-seq");
    assert_eq!(site.installation.show().unwrap().license.user_accounts, 20);
}

#[test]
fn another_installations_license_is_refused() {
    let (site, neighbour) = (Site::new(), Site::new());
    assert_eq!(refused(&site, &neighbour.signed(100)), "audience");
    let mut nobodys = license(&site.installation, 100);
    nobodys.aud = vec![];
    assert_eq!(refused(&site, &site.vendor.sign(&nobodys)), "audience");
    assert_eq!(site.installation.show().unwrap_err().code(), "no-license");
}

#[test]
fn another_customers_license_is_refused() {
    let site = Site::new();
    site.installation.take_in(&site.signed(100)).unwrap();
    let mut other = license(&site.installation, 200);
    other.sub = "cus_2".into();
    assert_eq!(refused(&site, &site.vendor.sign(&other)), "other-customer");
    assert_eq!(site.held(), 100);
}

#[test]
fn another_vendors_license_is_refused() {
    let site = Site::new();
    let mut stranger = site.vendor.clone();
    stranger.root = key(9);
    assert_eq!(refused(&site, &stranger.sign(&license(&site.installation, 1))), "unknown-root");
    let mut renamed = license(&site.installation, 1);
    renamed.iss = "https://other.example".into();
    assert_eq!(refused(&site, &site.vendor.sign(&renamed)), "issuer");
}

#[test]
fn a_license_issued_more_than_24_hours_ahead_of_the_clock_is_refused() {
    let site = Site::new();
    let mut ahead = license(&site.installation, 100);
    ahead.iat = noon() + hours(24) + jiff::SignedDuration::from_secs(1);
    assert_eq!(refused(&site, &site.vendor.sign(&ahead)), "issued-ahead");
    ahead.iat = noon() + hours(24);
    site.installation.take_in(&site.vendor.sign(&ahead)).unwrap();
}

#[test]
fn a_license_of_a_withdrawn_key_is_refused_once_any_certificate_has_said_so() {
    let site = Site::new();
    let stolen = key(2);
    site.installation.take_in(&site.signed(100)).unwrap();
    let after = site.vendor.with_key(key(3)).withdrawing(&stolen);
    site.installation.take_in(&after.sign(&license(&site.installation, 101))).unwrap();
    // The thief still has the old certificate, which withdraws nothing.
    assert_eq!(refused(&site, &site.signed(102)), "withdrawn");
    assert_eq!(site.reopened().take_in(&site.signed(102)).unwrap_err().code(), "withdrawn");
    assert_eq!(site.held(), 101);
}

#[test]
fn the_number_that_a_withdrawn_key_has_set_is_forgotten() {
    let site = Site::new();
    let stolen = key(2);
    site.installation.take_in(&site.signed(i64::MAX)).unwrap();
    let after = site.vendor.with_key(key(3)).withdrawing(&stolen);
    site.installation.take_in(&after.sign(&license(&site.installation, 101))).unwrap();
    assert_eq!(site.held(), 101);
}

#[test]
fn the_number_that_a_good_key_has_set_is_not_forgotten_with_it() {
    let site = Site::new();
    let stolen = key(4);
    site.installation.take_in(&site.signed(100)).unwrap();
    let forged = site.vendor.with_key(stolen.clone()).sign(&license(&site.installation, 900));
    site.installation.take_in(&forged).unwrap();
    let after = site.vendor.withdrawing(&stolen);
    assert_eq!(refused(&site, &after.sign(&license(&site.installation, 99))), "older-license");
    site.installation.take_in(&after.sign(&license(&site.installation, 101))).unwrap();
}

#[test]
fn a_refused_license_leaves_its_news_of_a_withdrawn_key() {
    let (site, neighbour) = (Site::new(), Site::new());
    site.installation.take_in(&site.signed(100)).unwrap();
    let after = site.vendor.with_key(key(3)).withdrawing(&key(2));
    let neighbours = after.sign(&license(&neighbour.installation, 101));
    assert_eq!(refused(&site, &neighbours), "audience");
    assert_eq!(site.installation.show().unwrap_err().code(), "withdrawn");
    assert_eq!(refused(&site, &site.signed(102)), "withdrawn");
}

#[test]
fn a_license_in_its_armour_is_taken_as_a_bare_one() {
    let site = Site::new();
    let text = armour("LICENSE", "20 user accounts", &site.signed(100));
    site.installation.take_in(&text).unwrap();
    assert_eq!(site.held(), 100);
    assert_eq!(site.installation.token().unwrap(), site.signed(100));
}

#[test]
fn the_license_held_is_verified_each_time_it_is_shown() {
    let site = Site::new();
    site.installation.take_in(&site.signed(100)).unwrap();
    let state = site.directory.path().join("state.json");
    let text = fs::read_to_string(&state).unwrap();
    let (head, tail) = site.signed(100).rsplit_once('.').map(|(h, t)| (h.len(), t.len())).unwrap();
    let at = text.find(&site.signed(100)).unwrap() + head + tail / 2;
    let mut bytes = text.into_bytes();
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    fs::write(&state, bytes).unwrap();
    assert_eq!(site.installation.show().unwrap_err().code(), "signature");
}

#[test]
fn the_state_of_another_installation_brings_no_license() {
    let (site, neighbour) = (Site::new(), Site::new());
    neighbour.installation.take_in(&neighbour.signed(100)).unwrap();
    let state = |site: &Site| site.directory.path().join("state.json");
    fs::copy(state(&neighbour), state(&site)).unwrap();
    assert_eq!(site.installation.show().unwrap_err().code(), "audience");
}

#[test]
fn two_processes_in_one_directory_lose_nothing_of_each_others() {
    let site = Site::new();
    let (licenses, counting) = (site.reopened(), site.reopened());
    thread::scope(|scope| {
        scope.spawn(|| {
            for seq in 1..40 {
                licenses.take_in(&site.signed(seq)).unwrap();
                assert_eq!(licenses.show().unwrap().license.seq, seq);
            }
        });
        scope.spawn(|| {
            for user_accounts in 1..40 {
                // Nobody is there to report it to; it is recorded.
                let _ = counting.usage(Usage { user_accounts, ..Usage::default() });
                let state = fs::read_to_string(site.directory.path().join("state.json")).unwrap();
                let state: serde_json::Value = serde_json::from_str(&state).unwrap();
                assert_eq!(state["usage"]["user_accounts"], user_accounts);
            }
        });
    });
}

#[test]
fn installations_made_at_once_in_one_directory_have_one_key() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("licentia");
    let create = || Installation::create(&directory).unwrap().thumbprint().to_owned();
    let made: BTreeSet<_> = thread::scope(|scope| {
        let makers: Vec<_> = (0..8).map(|_| scope.spawn(create)).collect();
        makers.into_iter().map(|maker| maker.join().unwrap()).collect()
    });
    assert_eq!(made.len(), 1);
}

#[test]
fn the_roots_are_pinned_once_and_for_good() {
    let site = Site::new();
    let mut other = site.vendor.clone();
    other.root = key(9);
    // A wrong file can be put right as long as nothing was believed under it.
    site.installation.pin("http://127.0.0.1:9", &other.roots()).unwrap();
    site.installation.pin("http://127.0.0.1:9", &site.vendor.roots()).unwrap();
    site.installation.take_in(&site.signed(100)).unwrap();
    let error = site.installation.pin("http://127.0.0.1:9", &other.roots()).unwrap_err();
    assert_eq!(error.code(), "roots-differ");
    site.installation.pin("http://127.0.0.1:10", &site.vendor.roots()).unwrap();
}

#[test]
fn roots_without_a_usable_key_are_refused() {
    let site = Site::new();
    let none =
        Roots { issuer: "https://vendor.example".into(), roots: vec![], certificates: vec![] };
    assert_eq!(site.installation.pin("http://127.0.0.1:9", &none).unwrap_err().code(), "key");
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let site = Site::new();
    let file = site.directory.path().join("key.pem");
    fs::set_permissions(file, fs::Permissions::from_mode(0o640)).unwrap();
    let error = Installation::open(site.directory.path()).err().unwrap();
    assert_eq!(error.code(), "file-exposed");
    assert_eq!(Installation::create(site.directory.path()).err().unwrap().code(), "file-exposed");
}

#[test]
fn every_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let site = Site::new();
    site.installation.take_in(&site.signed(100)).unwrap();
    let _ = site.installation.emergency(10);
    let mut names = vec![];
    for file in fs::read_dir(site.directory.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
        names.push(file.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, ["key.pem", "lock", "pending.json", "roots.json", "salt", "state.json"]);
}

#[test]
fn an_installation_keeps_its_key() {
    let site = Site::new();
    let again = Installation::create(site.directory.path()).unwrap();
    assert_eq!(again.thumbprint(), site.installation.thumbprint());
    assert_ne!(Site::new().installation.thumbprint(), site.installation.thumbprint());
}

#[test]
fn a_damaged_file_is_named() {
    let site = Site::new();
    for name in ["state.json", "roots.json", "key.pem"] {
        fs::write(site.directory.path().join(name), "{").unwrap();
        let error = match Installation::open(site.directory.path()) {
            Ok(installation) => installation.take_in("e30.e30.AA").unwrap_err(),
            Err(error) => error,
        };
        assert_eq!(error.code(), "file-damaged");
        assert!(error.to_string().contains(name) || name == "state.json", "{error}");
    }
}

#[test]
fn verify_knows_the_keys_that_the_roots_file_says_are_withdrawn() {
    let site = Site::new();
    let token = site.signed(100);
    let later = site.vendor.with_key(key(3)).withdrawing(&site.vendor.issuing);
    let exported = Roots { certificates: vec![later.certificate()], ..site.vendor.roots() };
    assert!(verify(&token, &site.vendor.roots()).is_ok());
    assert_eq!(verify(&token, &exported).unwrap_err().code(), "withdrawn");

    // Only a root can withdraw.
    let stranger = Vendor { root: key(9), ..later };
    let forged = Roots { certificates: vec![stranger.certificate()], ..site.vendor.roots() };
    assert_eq!(verify(&token, &forged).unwrap_err().code(), "unknown-root");

    // An installation that has accepted a license takes a newer file of the same roots.
    site.installation.take_in(&token).unwrap();
    site.installation.pin("https://licenses.vendor.example", &exported).unwrap();
    assert_eq!(site.installation.verify(&token).unwrap_err().code(), "withdrawn");
}

#[test]
fn verify_refuses_a_license_that_is_dated_ahead_of_the_clock() {
    let site = Site::new();
    let mut ahead = license(&site.installation, 100);
    ahead.iat = noon() + hours(24 * 400);
    let token = site.vendor.sign(&ahead);
    assert_eq!(site.installation.verify(&token).unwrap_err().code(), "issued-ahead");
    ahead.iat = noon() + hours(24);
    site.installation.verify(&site.vendor.sign(&ahead)).unwrap();

    // Without an installation the system's clock counts.
    let mut certificate = site.vendor.key_certificate();
    certificate.issue_until = "2200-01-01T00:00:00Z".parse().unwrap();
    ahead.iat = "2199-01-01T00:00:00Z".parse().unwrap();
    let token = site.vendor.sign_under(&ahead, &certificate);
    assert_eq!(verify(&token, &site.vendor.roots()).unwrap_err().code(), "issued-ahead");
}
