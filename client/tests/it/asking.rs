//! How the installation asks: what it sends, and what it makes of the answers.

use crate::office::{Call, Office, Reply, fetched, problem, status, with_license};
use crate::vendor::{ISSUER, Site, activation, emergency, hours, key, license, noon};
use jiff::SignedDuration;
use licentia_client::{Error, Language, Request, Usage};
use licentia_license::{RequestStatement, read_statement};
use std::time::Duration;

fn statement(call: &Call) -> RequestStatement {
    let token = match call.header("authorization") {
        Some(header) => header.strip_prefix("Bearer ").unwrap().to_owned(),
        None => call.body.clone(),
    };
    read_statement(&token).unwrap().statement
}

fn jtis(office: &Office) -> Vec<String> {
    office.calls().iter().map(|call| statement(call).jti).collect()
}

fn has_pending(site: &Site) -> bool {
    site.directory.path().join("pending.json").exists()
}

#[test]
fn an_activation_sends_a_statement_for_this_issuer_that_lives_two_minutes() {
    let office = Office::new([]);
    let site = Site::with_server(&office.url());
    office.reply(with_license(201, &site.signed(100)));
    assert_eq!(site.activate(&office).unwrap().seq, 100);
    assert_eq!(site.held(), 100);
    let call = &office.calls()[0];
    assert_eq!(call.line, "POST /api/v1/activations HTTP/1.1");
    assert_eq!(call.header("content-type"), Some("application/jwt"));
    let statement = statement(call);
    assert_eq!(statement.iss, site.installation.thumbprint());
    assert_eq!(statement.aud, ISSUER);
    assert_eq!((statement.iat, statement.exp), (noon(), noon() + SignedDuration::from_secs(120)));
    assert_eq!(statement.jti.len(), 32, "128 bits in hexadecimal");
    assert_eq!(statement.req, Request::Activate(activation()));
    assert!(!has_pending(&site), "the activation key does not stay behind in a file");
}

#[test]
fn a_call_whose_answer_is_lost_is_repeated_with_the_same_statement() {
    let office = Office::new([]);
    let site = Site::activated(&office);
    office.reply(Reply::HangUp);
    office.reply(problem(503, "unavailable"));
    office.reply(with_license(201, &site.signed(101)));
    assert!(site.installation.emergency(10).unwrap().granted);
    let jtis = jtis(&office);
    assert_eq!(jtis.len(), 3);
    assert!(jtis.iter().all(|jti| *jti == jtis[0]));
    let calls = office.calls();
    assert!(calls.iter().all(|call| call.body == calls[0].body));
}

#[test]
fn each_request_has_a_statement_of_its_own() {
    let office = Office::new([status(204), status(204)]);
    let site = Site::activated(&office);
    site.installation.usage(Usage::default()).unwrap();
    site.installation.usage(Usage::default()).unwrap();
    let jtis = jtis(&office);
    assert_ne!(jtis[0], jtis[1]);
}

#[test]
fn a_crash_before_the_answer_repeats_the_statement_while_it_lives() {
    let office = Office::new([]);
    let site = Site::activated(&office);
    assert_eq!(site.installation.emergency(10).unwrap_err().code(), "server-unreachable");
    site.set_clock(noon() + SignedDuration::from_secs(119));
    assert!(site.reopened().emergency(10).is_err());
    let first = jtis(&office);
    assert_eq!(first.len(), 6);
    assert!(first.iter().all(|jti| *jti == first[0]));

    site.set_clock(noon() + SignedDuration::from_secs(120));
    office.reply(with_license(201, &site.signed(101)));
    site.reopened().emergency(10).unwrap();
    assert_ne!(jtis(&office)[6], first[0]);
    assert!(!has_pending(&site));
}

#[test]
fn a_pending_statement_is_not_used_for_another_request() {
    let office = Office::new([]);
    let site = Site::activated(&office);
    assert!(site.installation.emergency(10).is_err());
    office.reply(with_license(201, &site.signed(101)));
    site.installation.emergency(3).unwrap();
    let last = statement(office.calls().last().unwrap());
    assert_eq!(last.req, Request::Emergency { accounts: 3 });
}

#[test]
fn a_refusal_is_never_tried_again_and_says_what_the_office_says() {
    let office = Office::new([]);
    let site = Site::activated(&office);
    for refusal in [400, 401, 404, 409, 429] {
        office.reply(problem(refusal, "emergency-already-used"));
        let error = site.installation.emergency(10).unwrap_err();
        assert_eq!(error.code(), "emergency-already-used");
        assert_eq!(error.to_string(), "At length. (emergency-already-used)");
        let problem = error.problem().unwrap();
        assert_eq!((problem.status, problem.request_id.as_deref()), (refusal, Some("req_1")));
        assert!(!has_pending(&site));
    }
    assert_eq!(office.calls().len(), 5);
    assert_eq!(site.held(), 100);
}

#[test]
fn a_short_retry_after_is_honoured_and_a_long_one_ends_the_call() {
    let busy = |after: &str| match problem(503, "busy") {
        Reply::Answer(status, _, body) => {
            Reply::Answer(status, vec![("Retry-After", after.to_owned())], body)
        }
        hang_up @ Reply::HangUp => hang_up,
    };
    let office = Office::new([busy("3"), fetched("x", "\"1\"")]);
    let site = Site::activated(&office);
    assert_eq!(site.installation.update().unwrap_err().code(), "malformed");
    let pauses = site.pauses.lock().unwrap().clone();
    assert_eq!(pauses.len(), 1);
    assert!(pauses[0] >= Duration::from_secs(3) && pauses[0] < Duration::from_secs(4));

    office.reply(busy("600"));
    assert_eq!(site.installation.update().unwrap_err().code(), "busy");
    assert_eq!(office.calls().len(), 3);
}

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
    assert_eq!(statement(&calls[1]).req, Request::License {});
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
fn usage_is_recorded_also_when_it_cannot_be_reported() {
    let office = Office::new([]);
    let site = Site::activated(&office);
    let usage = Usage { user_accounts: 19, emergency_accounts: 3, external_connections: 1 };
    let error = site.installation.usage(usage).unwrap_err();
    assert_eq!(error.code(), "usage-not-reported");
    assert!(
        matches!(error, Error::UsageNotReported(cause) if cause.code() == "server-unreachable")
    );
    assert_eq!(site.installation.show().unwrap().panel.user_accounts.used, Some(19));

    office.reply(status(204));
    site.installation.usage(usage).unwrap();
    let call = office.calls().pop().unwrap();
    assert_eq!(call.line, "POST /api/v1/usage HTTP/1.1");
    let Usage { user_accounts, emergency_accounts, external_connections } = usage;
    let asked = Request::Usage { user_accounts, emergency_accounts, external_connections };
    assert_eq!(statement(&call).req, asked);
}

#[test]
fn a_negative_count_is_not_recorded() {
    let office = Office::new([]);
    let site = Site::activated(&office);
    let usage = Usage { user_accounts: -1, ..Usage::default() };
    assert_eq!(site.installation.usage(usage).unwrap_err().code(), "usage-out-of-range");
    assert_eq!(site.installation.show().unwrap().panel.user_accounts.used, None);
    assert!(office.calls().is_empty());
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
fn a_statement_is_not_carried_on_to_another_address() {
    let elsewhere = Office::new([]);
    for code in [301, 302, 307, 308] {
        let to = vec![("Location", format!("{}/api/v1/license", elsewhere.url()))];
        let office = Office::new([Reply::Answer(code, to, String::new())]);
        let site = Site::activated(&office);
        assert_eq!(site.installation.update().unwrap_err().code(), "unexpected-answer");
    }
    assert!(elsewhere.calls().is_empty());
}

#[test]
fn an_answer_of_something_else_than_an_office_is_refused() {
    let office = Office::new([]);
    let site = Site::activated(&office);
    let page = |status| Reply::Answer(status, vec![], "<html>Please log in</html>".into());
    office.reply(page(200));
    assert_eq!(site.installation.emergency(10).unwrap_err().code(), "unexpected-answer");
    office.reply(page(404));
    assert_eq!(site.installation.emergency(10).unwrap_err().code(), "unexpected-answer");
    office.reply(page(200));
    assert_eq!(site.installation.update().unwrap_err().code(), "malformed");
    for _ in 0..3 {
        office.reply(Reply::Answer(200, vec![], "x".repeat(1_000_000)));
    }
    assert_eq!(site.installation.update().unwrap_err().code(), "server-unreachable");
    assert_eq!(site.held(), 100);
}

#[test]
fn problems_are_asked_for_in_the_callers_language() {
    let office = Office::new([problem(409, "no-free-place"), problem(409, "no-free-place")]);
    let site = Site::activated(&office);
    let _ = site.installation.emergency(10);
    let _ = site.reopened().with_language(Language::Russian).emergency(10);
    let calls = office.calls();
    assert_eq!(calls[0].header("accept-language"), Some("en"));
    assert_eq!(calls[1].header("accept-language"), Some("ru"));
}

#[test]
fn a_statement_can_be_made_by_hand() {
    let site = Site::new();
    let by_hand = RequestStatement {
        iss: site.installation.thumbprint().into(),
        aud: ISSUER.into(),
        iat: noon(),
        exp: noon() + hours(24 * 30),
        jti: "by-hand".into(),
        req: Request::Emergency { accounts: 10 },
    };
    let token = site.installation.sign(&by_hand).unwrap();
    assert_eq!(read_statement(&token).unwrap().statement, by_hand);
}
