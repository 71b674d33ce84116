//! What the installation sends, and how often.

use crate::office::{Office, Reply, fetched, problem, status, with_header, with_license};
use crate::vendor::{ISSUER, Site, activation, hours, noon};
use jiff::SignedDuration;
use licentia_client::{Error, Language, Request, Roots, Usage};
use licentia_license::{RequestStatement, read_statement};
use std::time::Duration;

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
    let statement = call.statement();
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
    let jtis = office.jtis();
    assert_eq!(jtis.len(), 3);
    assert!(jtis.iter().all(|jti| *jti == jtis[0]));
    let calls = office.calls();
    assert!(calls.iter().all(|call| call.body == calls[0].body));
}

#[test]
fn a_statement_says_the_highest_number_held_and_an_activation_says_nothing_beside() {
    let office = Office::new([]);
    let site = Site::with_server(&office.url());
    office.reply(with_license(201, &site.signed(100)));
    site.activate(&office).unwrap();
    for (seq, ask) in [(100, Request::License {}), (100, Request::Release {})] {
        let statement = read_statement(&site.installation.statement(&ask).unwrap()).unwrap();
        assert_eq!(statement.statement.about.unwrap().seq, Some(seq));
    }
    office.reply(status(204));
    site.installation.take_in(&site.signed(105)).unwrap();
    site.installation.usage(Usage::default()).unwrap();
    let calls = office.calls();
    assert_eq!(calls[0].statement().about, None);
    assert_eq!(calls[1].statement().about.unwrap().seq, Some(105));
}

#[test]
fn each_request_has_a_statement_of_its_own() {
    let office = Office::new([status(204), status(204)]);
    let site = Site::activated(&office);
    site.installation.usage(Usage::default()).unwrap();
    site.installation.usage(Usage::default()).unwrap();
    let jtis = office.jtis();
    assert_ne!(jtis[0], jtis[1]);
}

#[test]
fn a_crash_before_the_answer_repeats_the_statement_while_it_lives() {
    let office = Office::new([]);
    let site = Site::activated(&office);
    assert_eq!(site.installation.emergency(10).unwrap_err().code(), "server-unreachable");
    site.set_clock(noon() + SignedDuration::from_secs(119));
    assert!(site.reopened().emergency(10).is_err());
    let first = office.jtis();
    assert_eq!(first.len(), 6);
    assert!(first.iter().all(|jti| *jti == first[0]));

    site.set_clock(noon() + SignedDuration::from_secs(120));
    office.reply(with_license(201, &site.signed(101)));
    site.reopened().emergency(10).unwrap();
    assert_ne!(office.jtis()[6], first[0]);
    assert!(!has_pending(&site));
}

#[test]
fn a_pending_statement_is_not_used_for_another_request() {
    let office = Office::new([]);
    let site = Site::activated(&office);
    assert!(site.installation.emergency(10).is_err());
    office.reply(with_license(201, &site.signed(101)));
    site.installation.emergency(3).unwrap();
    let last = office.calls().last().unwrap().statement();
    assert_eq!(last.req, Request::Emergency { accounts: 3 });
}

#[test]
fn an_office_out_of_order_is_asked_again_later_with_the_same_statement() {
    let office = Office::new(vec![problem(503, "issuing-key-expired"); 3]);
    let site = Site::activated(&office);
    assert_eq!(site.installation.emergency(10).unwrap_err().code(), "issuing-key-expired");
    let pauses = site.pauses.lock().unwrap().clone();
    assert!(pauses[0] >= Duration::from_millis(400) && pauses[0] < Duration::from_millis(700));
    assert!(pauses[1] >= Duration::from_millis(800) && pauses[1] < Duration::from_millis(1100));
    office.reply(with_license(201, &site.signed(101)));
    site.installation.emergency(10).unwrap();
    let jtis = office.jtis();
    assert_eq!(jtis.len(), 4);
    assert_eq!(jtis[3], jtis[0]);
}

#[test]
fn a_pending_statement_is_not_sent_to_another_issuer() {
    let office = Office::new([]);
    let site = Site::with_server(&office.url());
    let mistaken = Roots { issuer: "https://other.example".into(), ..site.vendor.roots() };
    assert!(site.installation.activate(&office.url(), &mistaken, activation()).is_err());
    office.reply(with_license(201, &site.signed(100)));
    site.activate(&office).unwrap();
    assert_eq!(office.calls()[0].statement().aud, "https://other.example");
    assert_eq!(office.calls()[3].statement().aud, ISSUER);
}

#[test]
fn a_refusal_is_never_tried_again_and_says_what_the_office_says() {
    let office = Office::new([]);
    let site = Site::activated(&office);
    for refusal in [400, 401, 404, 409, 429] {
        office.reply(problem(refusal, "emergency-already-used"));
        let error = site.installation.emergency(10).unwrap_err();
        assert_eq!(error.code(), "emergency-already-used");
        assert_eq!(error.to_string(), "What happened. What to do. (emergency-already-used)");
        let problem = error.problem().unwrap();
        assert_eq!((problem.status, problem.request_id.as_deref()), (refusal, Some("req_1")));
        assert!(!has_pending(&site));
    }
    assert_eq!(office.calls().len(), 5);
    assert_eq!(site.held(), 100);
}

#[test]
fn a_short_retry_after_is_honoured_and_a_long_one_ends_the_call() {
    let busy = |after| with_header(problem(503, "busy"), "Retry-After", after);
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
    assert_eq!(call.statement().req, asked);
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
fn a_statement_is_not_carried_on_to_another_address() {
    let elsewhere = Office::new([]);
    for code in [301, 302, 307, 308] {
        let to = vec![("Location", format!("{}/api/v1/license", elsewhere.url()))];
        let office = Office::new([Reply::Answer(code, to, String::new())]);
        let site = Site::activated(&office);
        assert_eq!(site.installation.update().unwrap_err().code(), "redirected");
    }
    assert!(elsewhere.calls().is_empty());
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
        about: None,
    };
    let token = site.installation.sign(&by_hand).unwrap();
    assert_eq!(read_statement(&token).unwrap().statement, by_hand);
}
