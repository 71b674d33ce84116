//! What the installation makes of the office's answers, replayed ones among them (failure 44).

use crate::office::{Office, Reply, fetched, problem, status, with_license};
use crate::vendor::{Site, emergency, hours, key, license, noon};
use licentia_client::Request;

#[test]
fn an_update_asks_only_for_what_has_changed() {
    let office = Office::new([]);
    let site = Site::activated(&office);
    office.reply(fetched(&site.signed(101), "\"opaque, as it came\""));
    office.reply(status(304));
    assert!(site.installation.update().unwrap().changed);
    let unchanged = site.installation.update().unwrap();
    assert_eq!((unchanged.changed, unchanged.license.seq), (false, 101));
    let calls = office.calls();
    assert_eq!(calls[0].line, "GET /api/v1/license HTTP/1.1");
    assert_eq!(calls[0].header("if-none-match"), None);
    assert_eq!(calls[1].header("if-none-match"), Some("\"opaque, as it came\""));
    assert_eq!(calls[1].statement().req, Request::License {});
}

#[test]
fn the_etag_of_a_license_that_was_replaced_is_not_sent() {
    let office = Office::new([]);
    let site = Site::activated(&office);
    office.reply(fetched(&site.signed(101), "\"101\""));
    office.reply(with_license(201, &site.signed(102)));
    office.reply(fetched(&site.signed(102), "\"102\""));
    office.reply(status(304));
    site.installation.update().unwrap();
    site.installation.emergency(10).unwrap();
    assert!(!site.installation.update().unwrap().changed);
    site.installation.update().unwrap();
    let calls = office.calls();
    assert_eq!(calls[2].header("if-none-match"), None);
    assert_eq!(calls[3].header("if-none-match"), Some("\"102\""));
}

#[test]
fn a_license_that_no_longer_verifies_is_fetched_whole() {
    let office = Office::new([]);
    let site = Site::activated(&office);
    let neighbour = Site::new();
    office.reply(fetched(&site.signed(101), "\"101\""));
    site.installation.update().unwrap();
    let after = site.vendor.with_key(key(3)).withdrawing(&key(2));
    let news = after.sign(&license(&neighbour.installation, 1));
    assert!(site.installation.take_in(&news).is_err());
    office.reply(fetched(&after.sign(&license(&site.installation, 50)), "\"50\""));
    assert!(site.installation.update().unwrap().changed);
    assert_eq!(office.calls()[1].header("if-none-match"), None);
    assert_eq!(site.held(), 50);
}

#[test]
fn an_older_license_in_a_replayed_answer_is_no_error_the_current_one_is_fetched() {
    let office = Office::new([]);
    let site = Site::activated(&office);
    site.installation.take_in(&site.signed(105)).unwrap();
    office.reply(with_license(201, &site.signed(101)));
    office.reply(fetched(&site.signed(106), "\"106\""));
    let answer = site.installation.emergency(10).unwrap();
    assert_eq!(answer.license.seq, 106);
    assert_eq!(site.held(), 106);

    office.reply(with_license(201, &site.signed(100)));
    office.reply(status(304));
    assert_eq!(site.activate(&office).unwrap().seq, 106);
}

#[test]
fn a_license_of_a_key_withdrawn_since_in_a_replayed_answer_is_no_error_either() {
    let office = Office::new([]);
    let site = Site::activated(&office);
    let after = site.vendor.with_key(key(3)).withdrawing(&key(2));
    site.installation.take_in(&after.sign(&license(&site.installation, 105))).unwrap();
    office.reply(with_license(201, &site.signed(101)));
    office.reply(fetched(&after.sign(&license(&site.installation, 106)), "\"106\""));
    assert_eq!(site.installation.emergency(10).unwrap().license.seq, 106);
}

#[test]
fn an_emergency_license_that_is_active_already_stays_as_it_is() {
    let office = Office::new([]);
    let site = Site::activated(&office);
    let mut with = license(&site.installation, 101);
    with.emergency = Some(emergency());
    office.reply(with_license(200, &site.vendor.sign(&with)));
    let answer = site.installation.emergency(3).unwrap();
    assert!(!answer.granted);
    assert_eq!(answer.license.emergency, Some(emergency()));
    assert_eq!(office.calls()[0].line, "POST /api/v1/emergency-licenses HTTP/1.1");
}

#[test]
fn a_license_from_the_network_is_held_to_the_same_rules() {
    let office = Office::new([]);
    let (site, neighbour) = (Site::activated(&office), Site::new());
    let mut ahead = license(&site.installation, 101);
    ahead.iat = noon() + hours(25);
    for (token, code) in [
        (site.signed(99), "older-license"),
        (neighbour.signed(101), "audience"),
        (site.vendor.sign(&ahead), "issued-ahead"),
    ] {
        office.reply(fetched(&token, "\"x\""));
        assert_eq!(site.installation.update().unwrap_err().code(), code);
        assert_eq!(site.held(), 100);
    }
}

#[test]
fn an_activation_may_bring_another_customers_license_and_back_again_only_newer_ones() {
    let office = Office::new([]);
    let site = Site::activated(&office);
    let mut other = license(&site.installation, 7);
    other.sub = "cus_2".into();
    office.reply(with_license(201, &site.vendor.sign(&other)));
    assert_eq!(site.activate(&office).unwrap().sub, "cus_2");
    office.reply(with_license(201, &site.signed(99)));
    office.reply(fetched(&site.signed(101), "\"101\""));
    assert_eq!(site.activate(&office).unwrap().seq, 101);
}

#[test]
fn a_release_gives_the_license_up_and_it_cannot_be_handed_in_again() {
    let office = Office::new([status(204)]);
    let site = Site::activated(&office);
    site.installation.release().unwrap();
    assert_eq!(office.calls()[0].line, "POST /api/v1/releases HTTP/1.1");
    assert_eq!(site.installation.show().unwrap_err().code(), "no-license");
    let error = site.installation.take_in(&site.signed(100)).unwrap_err();
    assert_eq!(error.code(), "older-license");
}

#[test]
fn a_release_that_was_done_already_is_done() {
    let office = Office::new([problem(401, "installation-released")]);
    let site = Site::activated(&office);
    site.installation.release().unwrap();
    assert_eq!(site.installation.show().unwrap_err().code(), "no-license");
}

#[test]
fn a_release_that_failed_leaves_the_license() {
    let office = Office::new([]);
    let site = Site::activated(&office);
    assert!(site.installation.release().is_err());
    assert_eq!(site.held(), 100);
}

#[test]
fn an_answer_of_something_else_than_an_office_is_refused() {
    let office = Office::new([]);
    let site = Site::activated(&office);
    let page = |status| Reply::Answer(status, vec![], "<html>Please log in</html>".into());
    office.reply(page(404));
    assert_eq!(site.installation.emergency(10).unwrap_err().code(), "unexpected-answer");
    office.reply(Reply::Answer(200, vec![], "{}".into()));
    assert_eq!(site.installation.emergency(10).unwrap_err().code(), "unexpected-answer");
    office.reply(Reply::Answer(200, vec![], "Please log in".into()));
    assert_eq!(site.installation.update().unwrap_err().code(), "malformed");
    for _ in 0..3 {
        office.reply(Reply::Answer(200, vec![], "x".repeat(1_000_000)));
    }
    assert_eq!(site.installation.update().unwrap_err().code(), "server-unreachable");
    assert_eq!(site.held(), 100);
}
