//! A stranger between an installation and its server may answer in the server's place: a network
//! that asks for a sign-in, a redirect, a proxy that changes requests.

use crate::office::{Office, Reply, problem, status, with_header, with_license};
use crate::vendor::Site;
use licentia_client::{Language, Usage};

const PORTAL: &str = "https://portal.example/login?back=1";

fn page(status: u16) -> Reply {
    let html = "\n<!DOCTYPE html><title>Please sign in</title>".to_owned();
    Reply::Answer(status, vec![("Content-Type", "text/HTML; charset=utf-8".into())], html)
}

#[test]
fn a_redirect_is_not_followed_and_the_error_names_where_it_leads() {
    let office = Office::new([]);
    let site = Site::activated(&office);
    for (code, to, named) in [
        (301, "https://new.example/licentia/", "https://new.example/licentia/".to_owned()),
        (302, PORTAL, PORTAL.to_owned()),
        (307, "/elsewhere", format!("{}/elsewhere", office.url())),
        (308, "//other.example/", "//other.example/".to_owned()),
    ] {
        let answer = || with_header(page(code), "Location", to);
        office.reply(answer());
        let error = site.installation.update().unwrap_err();
        assert_eq!(error.code(), "redirected");
        for language in [Language::English, Language::Russian] {
            let text = error.text(language);
            let names = [&named, &code.to_string(), &office.url()];
            assert!(names.iter().all(|name| text.contains(name.as_str())), "{text}");
        }
        office.reply(answer());
        assert_eq!(site.installation.emergency(3).unwrap_err().code(), "redirected");
    }
    assert_eq!(site.held(), 100);
}

#[test]
fn a_page_with_a_status_of_success_is_no_answer_of_the_server() {
    let office = Office::new([]);
    let site = Site::activated(&office);
    let bare = || Reply::Answer(200, vec![], "  <html>Please sign in</html>".into());
    for portal in [page(200), page(203), bare()] {
        office.reply(portal.clone());
        let error = site.installation.update().unwrap_err();
        assert_eq!(error.code(), "web-page");
        assert!(error.to_string().contains("sign in to the network"), "{error}");
        office.reply(portal.clone());
        assert_eq!(site.installation.emergency(3).unwrap_err().code(), "web-page");
        office.reply(portal.clone());
        assert_eq!(
            site.installation.usage(Usage::default()).unwrap_err().code(),
            "usage-not-reported"
        );
        office.reply(portal);
        assert_eq!(site.installation.release().unwrap_err().code(), "web-page");
        assert_eq!(site.held(), 100, "the place is not given back, so the license is kept");
    }
}

#[test]
fn a_success_that_is_not_the_servers_confirms_no_release_and_no_usage() {
    let office = Office::new([]);
    let site = Site::activated(&office);
    for answer in [status(200), Reply::Answer(200, vec![], "ok".into())] {
        office.reply(answer.clone());
        assert_eq!(site.installation.release().unwrap_err().code(), "unexpected-answer");
        assert_eq!(site.held(), 100);
        office.reply(answer);
        assert_eq!(
            site.installation.usage(Usage::default()).unwrap_err().code(),
            "usage-not-reported"
        );
    }
}

#[test]
fn a_request_that_was_answered_by_another_is_repeated_with_the_same_statement() {
    let office = Office::new([]);
    let site = Site::activated(&office);
    for stranger in [page(200), with_header(status(302), "Location", PORTAL), page(407)] {
        office.reply(stranger);
        assert!(site.installation.emergency(3).is_err());
    }
    office.reply(with_license(201, &site.signed(101)));
    assert!(site.installation.emergency(3).unwrap().granted);
    let jtis = office.jtis();
    assert!(jtis.len() == 4 && jtis.iter().all(|jti| *jti == jtis[0]), "{jtis:?}");
}

#[test]
fn a_proxy_that_removes_the_authorization_header_is_named_as_the_cause() {
    let office = Office::new([problem(401, "unauthenticated")]);
    let site = Site::activated(&office);
    let error = site.installation.update().unwrap_err();
    assert_eq!(error.code(), "authorization-removed");
    for language in [Language::English, Language::Russian] {
        let text = error.text(language);
        assert!(text.contains("Authorization") && text.contains(&office.url()), "{text}");
    }
    assert!(office.calls()[0].header("authorization").is_some(), "it was sent");
}
