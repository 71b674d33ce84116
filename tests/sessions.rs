//! Sessions: what begins one, what ends it, what it remembers, and how its cookie is sent.

use crate::support::{Browser, Database, TestOffice};
use jiff::SignedDuration;
use licentia::app::Role;

mod cookies;
mod list;
mod proof;

const FORM: &str = "application/x-www-form-urlencoded";

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

/// An office whose sessions idle out after so many minutes.
fn office(database: Database, idle: i64) -> TestOffice {
    TestOffice::start_with(database, |settings| {
        settings.session_idle_minutes = Some(idle.to_string());
    })
}

on_both_databases! {
    fn a_thousand_visits_by_strangers_write_nothing(database) {
        let office = TestOffice::start(database);
        let stranger = office.api.without_token();
        while office.list("/mails").iter().any(|mail| mail["state"] == "queued") {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let before = office.rows();
        let paths = [
            "/", "/sign-in", "/sign-in?next=%2Fcustomers", "/customers", "/account", "/settings",
            "/no-such-page", "/second-factor", "/second-factor/enrol", "/setup?token=guessed",
            "/offline", "/check/1", "/static/style.css",
        ];
        let unknown = format!("__Host-licentia_session={}", "A".repeat(43));
        for round in 0..70 {
            for path in paths {
                let cookie = [("cookie", unknown.as_str())];
                let headers: &[(&str, &str)] = if round % 2 == 0 { &[] } else { &cookie };
                let reply = stranger.page("GET", path, headers, None);
                assert!(reply.status < 500, "{path}: {}", reply.text);
            }
            for path in ["/sign-in", "/sign-out", "/language", "/customers/new", "/settings"] {
                let headers = [("cookie", unknown.as_str()), ("content-type", FORM)];
                let body = "name=admin&password=guessed&csrf=guessed";
                let reply = stranger.page("POST", path, &headers, Some(body));
                assert!(matches!(reply.status, 303 | 403), "{path}: {}", reply.status);
            }
        }
        assert_eq!(office.rows().count("sessions"), 0);
        assert_eq!(office.rows(), before, "nothing is written for strangers");
    }

    fn only_a_page_with_a_form_sets_a_cookie_and_the_session_begins_at_the_right_password(database) {
        let office = TestOffice::start(database);
        let person = Browser::signed_in(&office, Role::Sales);
        let stranger = office.api.without_token();
        for path in ["/", "/no-such-page", "/customers", "/offline", "/check/1", "/second-factor"] {
            let reply = stranger.page("GET", path, &[], None);
            assert_eq!(reply.header("set-cookie"), None, "{path}");
        }
        let sessions = office.rows().count("sessions");
        let browser = Browser::new(&office);
        browser.call("GET", "/sign-in", None).expect(200);
        let token = browser.cookie_of("__Host-licentia_form").unwrap();
        assert_eq!(browser.csrf(), token, "the cookie and the form hold the same");
        browser.call("GET", "/sign-in", None).expect(200);
        assert_eq!(browser.csrf(), token, "a second tab has the same form");
        assert_eq!(browser.sign_in(&person.name, "not the password").status, 401);
        assert_eq!(office.rows().count("sessions"), sessions);
        assert_eq!(browser.sign_in(&person.name, Browser::PASSWORD).status, 303);
        assert_eq!(office.rows().count("sessions"), sessions + 1);
        let page = browser.call("GET", "/customers", None).expect(200);
        assert!(!page.text.contains(&token), "a signed-in form has the session's token");
    }

    fn a_form_of_a_stranger_needs_a_token_that_this_office_has_made(database) {
        let office = TestOffice::start(database);
        let person = Browser::signed_in(&office, Role::Sales);
        let browser = Browser::new(&office);
        browser.call("GET", "/sign-in", None).expect(200);
        let own = browser.csrf();
        let mut forged = own.clone().into_bytes();
        forged[0] = if forged[0] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(forged).unwrap();
        let password = Browser::PASSWORD.replace(' ', "+");
        let sent = |cookie: &str, token: &str| {
            let cookie = format!("__Host-licentia_form={cookie}");
            let headers = [("cookie", cookie.as_str()), ("content-type", FORM)];
            let body = format!("name={}&password={password}&csrf={token}", person.name);
            office.api.without_token().page("POST", "/sign-in", &headers, Some(&body)).status
        };
        let random = "A".repeat(own.len());
        for (cookie, token) in [
            (random.as_str(), random.as_str()),
            (&forged, &forged),
            (&own, &forged),
            (&own, ""),
            ("", &own),
            ("", ""),
        ] {
            assert_eq!(sent(cookie, token), 403, "{cookie} {token}");
        }
        assert_eq!(sent(&own, &own), 303);
    }

    fn the_last_use_is_stored_once_a_minute_and_a_page_writes_nothing_else(database) {
        let office = TestOffice::start(database);
        let person = Browser::signed_in(&office, Role::Auditor);
        let before = office.rows();
        for path in ["/", "/customers", "/account", "/audit", "/no-such-page"] {
            person.call("GET", path, None);
        }
        assert_eq!(office.rows(), before);
        office.pass(minutes(1));
        person.status("GET", "/customers");
        let touched = office.rows();
        assert_ne!(touched.of("sessions"), before.of("sessions"));
        office.pass(SignedDuration::from_secs(59));
        person.status("GET", "/customers");
        assert_eq!(office.rows(), touched);
    }

    fn a_session_that_is_not_used_ends_and_leads_back_to_where_the_person_was(database) {
        let office = office(database, 30);
        let person = Browser::signed_in(&office, Role::Sales);
        let (used, idle) = (person.copy(), Browser::new(&office));
        assert_eq!(idle.sign_in(&person.name, Browser::PASSWORD).status, 303);
        for _ in 0..3 {
            office.pass(minutes(29));
            assert_eq!(used.status("GET", "/customers"), 200, "it is used");
        }
        let ended = idle.call("GET", "/customers?search=x", None).expect(303);
        let location = ended.header("location").unwrap();
        assert_eq!(location, "/sign-in?next=%2Fcustomers%3Fsearch%3Dx&reason=ended");
        let page = idle.call("GET", location, None).expect(200);
        assert!(page.text.contains("after 30 minutes without use"), "{}", page.text);
        let form = format!(
            "name={}&password={}&next=%2Fcustomers%3Fsearch%3Dx",
            person.name,
            Browser::PASSWORD.replace(' ', "+"),
        );
        let back = idle.call("POST", "/sign-in", Some(&form)).expect(303);
        assert_eq!(back.header("location"), Some("/customers?search=x"));
        let never = Browser::new(&office).call("GET", "/customers", None);
        assert_eq!(never.header("location"), Some("/sign-in?next=%2Fcustomers"));
    }

    fn a_session_ends_after_twelve_hours_however_it_is_used(database) {
        let office = office(database, 720);
        let person = Browser::signed_in(&office, Role::Sales);
        for _ in 0..11 {
            office.pass(minutes(60));
            assert_eq!(person.status("GET", "/customers"), 200);
        }
        office.pass(minutes(60));
        assert_eq!(person.status("GET", "/customers"), 303);
    }

    fn a_session_without_the_second_factor_ends_after_a_quarter_of_an_hour(database) {
        let office = TestOffice::start(database);
        let admin = Browser::signed_in(&office, Role::Admin);
        let half = Browser::new(&office);
        half.sign_in(&admin.name, Browser::PASSWORD);
        assert_eq!(half.status("GET", "/second-factor"), 200);
        assert_eq!(half.status("GET", "/customers"), 303, "it opens nothing else");
        office.pass(minutes(15));
        assert_eq!(half.status("GET", "/second-factor"), 303);
    }

    fn whoever_signs_in_again_in_one_browser_leaves_one_session(database) {
        let office = TestOffice::start(database);
        let person = Browser::signed_in(&office, Role::Sales);
        let sessions = office.rows().count("sessions");
        let old = person.copy();
        let form = format!(
            "name={}&password={}",
            person.name,
            Browser::PASSWORD.replace(' ', "+"),
        );
        person.call("POST", "/sign-in", Some(&form)).expect(303);
        assert_eq!(office.rows().count("sessions"), sessions);
        assert_eq!(person.status("GET", "/customers"), 200);
        assert_eq!(old.status("GET", "/customers"), 303);
    }

    fn signing_out_twice_is_no_error_and_leaves_no_cookie(database) {
        let office = TestOffice::start(database);
        let person = Browser::signed_in(&office, Role::Sales);
        let stale = person.copy();
        person.call("POST", "/sign-out", Some("x=")).expect(303);
        assert_eq!(person.cookie_of("__Host-licentia_session"), None);
        let again = stale.call("POST", "/sign-out", Some("x=")).expect(303);
        assert_eq!(again.header("location"), Some("/sign-in"));
        assert_eq!(office.rows().count("sessions"), 0);
    }

    fn sessions_that_have_ended_are_deleted(database) {
        let office = TestOffice::start(database);
        Browser::signed_in(&office, Role::Sales);
        let delete_expired = || {
            let now = office.now();
            office.inside().store.write(|tx| tx.delete_expired(now)).unwrap()
        };
        office.pass(minutes(12 * 60 - 1));
        delete_expired();
        assert_eq!(office.rows().count("sessions"), 1);
        office.pass(minutes(1));
        delete_expired();
        assert_eq!(office.rows().count("sessions"), 0, "the table does not grow for ever");
    }
}
