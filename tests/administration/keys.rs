use super::{events, form};
use crate::support::{Browser, Database, TestOffice};
use jiff::SignedDuration;
use licentia::app::{self, Actor, KeyState, Role};
use licentia::signing::Keyring;

on_both_databases! {
    fn a_rotation_makes_one_key_however_often_it_is_sent(database) {
        let office = TestOffice::start(database);
        let admin = Browser::signed_in(&office, Role::Admin);
        let customer = office.customer();
        office.purchase(&customer, "2014-0513", 20);
        let asked = admin.call("GET", "/settings/keys/rotate", None).expect(200);
        let form = form(&asked, &[]);
        for _ in 0..2 {
            admin.call("POST", "/settings/keys/rotate", Some(&form)).expect(303);
        }
        let by = Actor::CommandLine("test".into());
        let keys = app::issuing_keys(&office.inside(), &by).unwrap();
        let states: Vec<_> = keys.issuing.iter().map(|key| (key.state, key.licenses)).collect();
        assert_eq!(states, [(KeyState::Signs, 0), (KeyState::Replaced, 1)]);
        let event = events(&office, "key.rotated");
        assert_eq!(event.len(), 1, "{event:?}");
        assert_eq!(event[0]["subject"], keys.issuing[0].key);
        assert_eq!(event[0]["actor"], format!("staff:{}", admin.name));
        office.purchase(&customer, "2014-0514", 1);
        let signed = app::issuing_keys(&office.inside(), &by).unwrap();
        assert_eq!(signed.issuing[0].licenses, 1, "it signs with the next license");
        let page = admin.call("GET", "/settings/keys", None).expect(200).text;
        for key in &keys.issuing {
            assert!(page.contains(&key.key));
        }
    }
}

#[test]
fn without_the_root_on_the_server_there_is_no_button_and_no_rotation() {
    let office = TestOffice::start(Database::Sqlite);
    let admin = Browser::signed_in(&office, Role::Admin);
    let page = admin.call("GET", "/settings/keys", None).expect(200).text;
    assert!(page.contains("/settings/keys/rotate") && page.contains("lies on this server"));
    let asked = admin.call("GET", "/settings/keys/rotate", None).expect(200);
    let keys = office.folder.path().join("keys");
    Keyring::detach_root(&keys, &office.folder.path().join("root.pem")).unwrap();
    let page = admin.call("GET", "/settings/keys", None).expect(200).text;
    assert!(!page.contains("/settings/keys/rotate") && !page.contains("lies on this server"));
    assert_eq!(admin.status("GET", "/settings/keys/rotate"), 409);
    let form = form(&asked, &[]);
    admin.call("POST", "/settings/keys/rotate", Some(&form)).expect(409);
    assert!(events(&office, "key.rotated").is_empty());
}

#[test]
fn a_key_that_ends_within_90_days_is_warned_of() {
    let office = TestOffice::start(Database::Sqlite);
    let warned = || {
        // A session lasts no five years.
        let admin = Browser::signed_in(&office, Role::Admin);
        admin.call("GET", "/settings/keys", None).expect(200).text.contains("time ends soon")
    };
    assert!(!warned());
    office.pass(SignedDuration::from_hours(24 * (5 * 365 - 80)));
    assert!(warned());
}

#[test]
fn products_download_what_they_pin() {
    let office = TestOffice::start(Database::Sqlite);
    let admin = Browser::signed_in(&office, Role::Admin);
    let file = admin.call("GET", "/settings/keys/roots.json", None).expect(200);
    assert_eq!(file.header("content-disposition"), Some("attachment; filename=\"roots.json\""));
    assert_eq!(file.text, serde_json::to_string_pretty(&office.roots()).unwrap() + "\n");
    assert!(!file.text.contains("\"d\""), "no private half");
}
