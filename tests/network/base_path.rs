//! An issuer with a path, behind a proxy that strips it and behind one that passes it on.

use crate::support::{Browser, Database, TestOffice};
use licentia::app::Role;
use std::collections::{BTreeSet, VecDeque};

const BASE: &str = "/licentia";
/// Above what a small office has.
const MAX_PAGES: usize = 200;

fn office(issuer: &str) -> TestOffice {
    TestOffice::start_with(Database::Sqlite, |settings| settings.issuer = Some(issuer.into()))
}

fn office_under_a_path() -> TestOffice {
    office("https://vendor.example/licentia")
}

/// The paths in a page's attributes.
fn paths(html: &str) -> BTreeSet<String> {
    let values = ["href=\"", "action=\"", "src=\""].map(|attribute| html.split(attribute).skip(1));
    let values = values.into_iter().flatten().map(|rest| rest.split('"').next().unwrap());
    values.filter(|value| value.starts_with('/')).map(|path| path.replace("&amp;", "&")).collect()
}

/// Paths that reach the server behind a proxy that strips the base, or passes it on.
fn forwarded(path: &str, strips: bool) -> &str {
    if strips { path.strip_prefix(BASE).unwrap() } else { path }
}

/// Reads every page that a link, a form or an image of another leads to, and what each answered.
fn crawl(browser: &Browser, strips: bool) -> Vec<(String, u16)> {
    let mut found = VecDeque::from([format!("{BASE}/")]);
    let (mut seen, mut read) = (BTreeSet::new(), vec![]);
    while let Some(path) = found.pop_front() {
        let bare = path.split(['?', '#']).next().unwrap();
        if !seen.insert(bare.to_owned()) || bare.ends_with("/sign-out") {
            continue;
        }
        assert!(path.starts_with("/licentia/"), "{path}");
        assert!(read.len() < MAX_PAGES);
        let path = path.split('#').next().unwrap().to_owned();
        let reply = browser.call("GET", forwarded(&path, strips), None);
        if let Some(location) = reply.header("location") {
            assert!(location.starts_with("/licentia/"), "{path} leads to {location}");
        }
        found.extend(paths(&reply.text));
        read.push((path, reply.status));
    }
    read
}

#[test]
fn every_link_and_form_of_every_page_stands_under_the_path_of_the_issuer() {
    let office = office_under_a_path();
    let customer = office.customer();
    office.purchase(&customer, "2014-1", 20);
    office.activated_key(&customer);
    let admin = Browser::signed_in(&office, Role::Admin);
    for strips in [false, true] {
        let read = crawl(&admin, strips);
        assert!(read.len() > 30, "{read:?}");
        for (path, status) in &read {
            // A form alone is not at an address that a GET finds, and the empty one is refused.
            assert!(matches!(status, 200 | 404 | 422), "{path}: {status}");
        }
        for needed in ["/", "/customers", "/account", "/settings", "/audit", "/static/style.css"] {
            let path = format!("{BASE}{needed}");
            let status = read.iter().find(|(read, _)| *read == path).map(|(_, status)| *status);
            assert_eq!(status, Some(200), "{path}");
        }
    }
}

#[test]
fn redirects_cookies_and_problem_pages_stand_under_the_path_of_the_issuer() {
    let office = office_under_a_path();
    for path in ["/licentia/customers", "/customers"] {
        let reply = office.api.without_token().page("GET", path, &[], None).expect(303);
        assert_eq!(reply.header("location"), Some("/licentia/sign-in?next=%2Fcustomers"));
    }
    for path in ["/licentia", "/licentia/", "/licentia?language=en", "/"] {
        let location = office.api.without_token().page("GET", path, &[], None).expect(303);
        assert!(location.header("location").unwrap().starts_with("/licentia/sign-in?next=%2F"));
    }
    let reply = office.api.without_token().page("GET", "/licentia/sign-in", &[], None).expect(200);
    let cookie = reply.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Secure-licentia_form="), "{cookie}");
    assert!(cookie.ends_with("; Path=/licentia"), "{cookie}");
    let admin = Browser::signed_in(&office, Role::Admin);
    let out = admin.copy().call("POST", "/licentia/sign-out", Some("")).expect(303);
    assert_eq!(out.header("clear-site-data"), None, "other services of the host keep theirs");
    let admin = Browser::signed_in(&office, Role::Admin);
    let missing = admin.call("GET", "/licentia/no-such-page", None).expect(404);
    assert!(missing.text.contains("href=\"/licentia/\""), "{}", missing.text);
    let elsewhere = admin.call("GET", "/licentia-2/customers", None);
    assert_eq!(elsewhere.status, 404, "another service's path");
}

#[test]
fn a_form_leads_back_to_its_page_under_the_path_of_the_issuer() {
    let office = office_under_a_path();
    let cookie = "__Secure-licentia_language=en";
    for path in ["/licentia/language", "/language"] {
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("origin", "https://vendor.example"),
            ("host", "127.0.0.1:8080"),
            ("referer", "https://vendor.example/licentia/customers?search=a"),
            ("cookie", cookie),
        ];
        let form = Some("to=ru&back=%2Fcustomers%3Fsearch%3Da");
        let reply = office.api.without_token().page("POST", path, &headers, form).expect(303);
        assert_eq!(reply.header("location"), Some("/licentia/customers?search=a"));
    }
}

#[test]
fn installations_and_systems_call_under_the_path_of_the_issuer() {
    let office = office_under_a_path();
    let customer = office.customer();
    office.purchase(&customer, "2014-1", 20);
    let under = format!("{}{BASE}", office.url());
    let installation = office.installation("pbx");
    let activate = office.activate(&customer, "pbx");
    assert_eq!(installation.activate(&under, &office.roots(), activate).unwrap().user_accounts, 20);
    let asked = installation.request(&licentia_client::Request::License {}).unwrap();
    let handed_in = asked.text(licentia_client::Language::English, &jiff::tz::TimeZone::UTC);
    assert!(handed_in.contains("https://vendor.example/licentia/offline"), "{handed_in}");
    let api = office.api.moved_to(&under);
    assert_eq!(api.get("/customers").expect(200).json["data"][0]["id"], customer.id.as_str());
    assert_eq!(api.get("/api/openapi.json").status, 200);
    let offline = api.without_token().page("GET", "/offline", &[], None).expect(200);
    assert!(offline.text.contains("action=\"/licentia/offline\""), "{}", offline.text);
}

#[test]
fn a_path_that_is_named_like_a_route_works_with_and_without_a_proxy_that_strips_it() {
    let office = office("http://vendor.example/api");
    assert_eq!(office.api.get("/customers").status, 200, "stripped");
    let passed_on = office.api.moved_to(&format!("{}/api", office.url()));
    assert_eq!(passed_on.get("/customers").status, 200, "passed on");
    let page = passed_on.without_token().page("GET", "/sign-in", &[], None).expect(200);
    assert!(page.text.contains("action=\"/api/sign-in\""), "{}", page.text);
}
