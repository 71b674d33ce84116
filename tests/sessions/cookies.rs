use super::FORM;
use crate::support::{Api, Browser, Database, Reply, TestOffice};
use licentia::app::{self, Actor, Role};

const HSTS: &str = "strict-transport-security";

/// What cookies there are, in the order in which a person gets them.
const KINDS: [&str; 4] = ["form=", "language=", "session=", "device_"];

/// The cookies that an answer sets.
fn set(reply: &Reply) -> Vec<&str> {
    let cookies = reply.headers.iter().filter(|(name, _)| name == "set-cookie");
    cookies.map(|(_, value)| value.as_str()).collect()
}

/// An office whose issuer is set on the page.
fn office(issuer: Option<&str>) -> TestOffice {
    TestOffice::start_with(Database::Sqlite, |settings| {
        settings.issuer = issuer.map(Into::into);
    })
}

/// The cookies of a form, a language, a session and a known browser.
fn cookies(office: &TestOffice) -> Vec<String> {
    let person = Browser::signed_in(office, Role::Sales);
    let api = Api::new(&office.url());
    let form = api.page("GET", "/sign-in", &[], None);
    let language = api.page("POST", "/language", &[("content-type", FORM)], Some("to=en&back=/"));
    let browser = Browser::new(office);
    let session = browser.sign_in(&person.name, Browser::PASSWORD);
    [form, language, session].iter().flat_map(|reply| set(reply)).map(str::to_owned).collect()
}

#[test]
fn over_tls_every_cookie_is_secure_and_bound_to_the_host() {
    let cookies = cookies(&office(Some("https://licenses.vendor.example")));
    assert_eq!(cookies.len(), KINDS.len(), "{cookies:?}");
    for (cookie, name) in cookies.iter().zip(KINDS) {
        assert!(cookie.starts_with(&format!("__Host-licentia_{name}")), "{cookie}");
        for part in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
}

#[test]
fn without_tls_no_cookie_says_that_it_is_secure() {
    let cookies = cookies(&office(Some("http://127.0.0.1:8080")));
    assert_eq!(cookies.len(), KINDS.len(), "{cookies:?}");
    for (cookie, name) in cookies.iter().zip(KINDS) {
        assert!(cookie.starts_with(&format!("licentia_{name}")), "{cookie}");
        assert!(!cookie.contains("Secure"), "{cookie}");
    }
}

#[test]
fn an_issuer_that_becomes_https_counts_at_once_without_a_restart() {
    let office = office(None);
    let admin = Browser::signed_in(&office, Role::Admin);
    let other = Browser::signed_in(&office, Role::Sales);
    assert!(admin.cookie_of("licentia_session").is_some());
    assert_eq!(admin.call("GET", "/settings", None).header(HSTS), None);
    let (by, inside) = (Actor::CommandLine("test".into()), office.inside());
    let version = app::vendor_settings(&inside, &by).unwrap().version;
    let change = [("issuer".to_owned(), "https://licenses.vendor.example".to_owned())].into();
    app::change_settings(&inside, &by, None, Some(&version), &change).unwrap();
    assert_eq!(other.status("GET", "/customers"), 303, "a key that was sent in the clear is over");
    let cookies = cookies(&office);
    assert!(cookies.iter().all(|cookie| cookie.starts_with("__Host-")), "{cookies:?}");
}

#[test]
fn pages_and_api_ask_for_tls_alone_where_the_issuer_has_it() {
    let secure = office(Some("https://licenses.vendor.example"));
    let plain = office(Some("http://127.0.0.1:8080"));
    let person = Browser::signed_in(&secure, Role::Sales);
    for path in ["/", "/sign-in", "/no-such-page", "/static/style.css", "/check/1"] {
        let expected = Some("max-age=31536000");
        assert_eq!(person.call("GET", path, None).header(HSTS), expected, "{path}");
        let reply = plain.api.without_token().page("GET", path, &[], None);
        assert_eq!(reply.header(HSTS), None, "{path}");
    }
    for path in ["/customers", "/keys", "/no-such-call", "/api/openapi.json"] {
        assert_eq!(secure.api.get(path).header(HSTS), Some("max-age=31536000"), "{path}");
        assert_eq!(plain.api.get(path).header(HSTS), None, "{path}");
    }
    assert_eq!(secure.ops.get("/livez").header(HSTS), None, "operations are called inside only");
}

/// The answer to a browser that sends the sign-in form without any cookie.
fn told(office: &TestOffice, origin: &str, language: &str) -> String {
    let api = Api::new(&office.url());
    let page = api.page("GET", "/sign-in", &[], None).text;
    let (_, rest) = page.split_once("name=\"csrf\" value=\"").unwrap();
    let form = format!("name=anna&password=secret&csrf={}", rest.split('"').next().unwrap());
    let host = origin.split_once("://").unwrap().1;
    let headers =
        [("content-type", FORM), ("origin", origin), ("host", host), ("accept-language", language)];
    api.page("POST", "/sign-in", &headers, Some(&form)).expect(403).text
}

#[test]
fn over_http_the_form_says_that_the_server_expects_https_and_where() {
    let office = office(Some("https://licenses.vendor.example"));
    let link = "href=\"https://licenses.vendor.example/sign-in\"";
    for (language, words) in
        [("en", "Open this server over https"), ("ru", "Откройте сервер по https")]
    {
        let page = told(&office, "http://licenses.vendor.example", language);
        assert!(page.contains(words) && page.contains(link), "{page}");
        assert!(page.contains("https://licenses.vendor.example."), "{page}");
    }
}

#[test]
fn a_browser_that_keeps_no_cookies_is_told_so() {
    let secure = office(Some("https://licenses.vendor.example"));
    let plain = office(Some("http://127.0.0.1:8080"));
    for (office, origin) in
        [(&secure, "https://licenses.vendor.example"), (&plain, "http://127.0.0.1:8080")]
    {
        let page = told(office, origin, "en");
        assert!(page.contains("The browser did not send"), "{page}");
        let page = told(office, origin, "ru");
        assert!(page.contains("Браузер не передал cookie формы"), "{page}");
    }
    let browser = Browser::new(&secure);
    browser.call("GET", "/sign-in", None).expect(200);
    let api = Api::new(&secure.url());
    let headers = [("content-type", FORM), ("cookie", &browser.cookie())];
    let forged = api.page("POST", "/sign-in", &headers, Some("name=a&csrf=x")).expect(403).text;
    assert!(!forged.contains("cookie"), "with the cookie, the token was wrong: {forged}");
}
