//! What holds for every HTTP answer, whoever asks for what.

use crate::support::{Api, Browser, Call, Reply, TestOffice};
use licentia::app::Role;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// One of each kind: pages, files, API, problems, operations; asked with and without credentials.
fn some_of_each(office: &TestOffice) -> Vec<(String, Reply)> {
    let customer = office.customer();
    office.purchase(&customer, "2014-1", 20);
    let admin = Browser::signed_in(office, Role::Admin);
    let mut answers = Vec::new();
    for path in ["/", "/customers", "/customers.csv", "/account", "/audit", "/settings", "/none"] {
        answers.push((format!("page {path}"), admin.call("GET", path, None)));
    }
    let strangers = Browser::new(office);
    for path in ["/sign-in", "/offline", "/check/x", "/none", "/setup"] {
        answers.push((format!("stranger {path}"), strangers.call("GET", path, None)));
    }
    answers.push(("no token in a form".into(), strangers.call("POST", "/sign-in", None)));
    let root = |path: &str, api: &Api| api.page("GET", path, &[], None);
    for path in ["/static/style.css", "/static/licentia.js", "/static/license-information.js"] {
        answers.push((path.into(), root(path, &office.api.without_token())));
    }
    answers.push(("the document".into(), root("/api/openapi.json", &office.api)));
    for path in ["/customers", &customer.path("purchases"), "/audit-events", "/none"] {
        answers.push((format!("API {path}"), office.api.get(path)));
        answers.push((format!("API, no token {path}"), office.api.without_token().get(path)));
    }
    let posts = [
        Call::post_text("/customers", "{"),
        Call::statement("/usage", "x"),
        Call::get("/customers").sending("DELETE", b""),
    ];
    answers.extend(posts.into_iter().map(|call| (format!("{call:?}"), call.by(&office.api))));
    for path in ["/livez", "/readyz", "/metrics", "/none"] {
        answers.push((format!("operations {path}"), root(path, &office.ops)));
    }
    answers
}

fn header<'a>(reply: &'a Reply, name: &str) -> &'a str {
    reply.header(name).unwrap_or_default()
}

on_both_databases! {
    fn no_answer_can_be_sniffed_framed_or_kept_unless_it_says_so(database) {
        let office = TestOffice::start(database);
        for (what, reply) in some_of_each(&office) {
            assert_eq!(header(&reply, "x-content-type-options"), "nosniff", "{what}");
            let policy = header(&reply, "content-security-policy");
            for directive in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
                assert!(policy.contains(directive), "{what}: {policy}");
            }
            let referrer = header(&reply, "referrer-policy");
            assert!(matches!(referrer, "no-referrer" | "same-origin"), "{what}: {referrer}");
            let kept = header(&reply, "cache-control");
            let expected = if what.starts_with("/static/") {
                kept.starts_with("public, max-age=")
            } else {
                matches!(kept, "no-store" | "private, no-cache")
            };
            assert!(expected, "{what}: {kept}");
        }
    }

    fn every_body_names_its_type_and_every_text_its_encoding(database) {
        let office = TestOffice::start(database);
        for (what, reply) in some_of_each(&office) {
            let kind = header(&reply, "content-type");
            assert_eq!(kind.is_empty(), reply.text.is_empty(), "{what}: {kind}");
            if kind.starts_with("text/") {
                assert!(kind.contains("charset=utf-8"), "{what}: {kind}");
            } else if kind.contains("json") {
                assert!(!reply.json.is_null(), "{what}: {}", reply.text);
            }
        }
    }

    fn signing_out_clears_what_the_browser_keeps(database) {
        let office = TestOffice::start(database);
        let person = Browser::signed_in(&office, Role::Sales);
        person.call("GET", "/account", None);
        let out = person.call("POST", "/sign-out", Some("")).expect(303);
        assert_eq!(header(&out, "clear-site-data"), "\"cache\", \"storage\"");
    }

    fn a_form_that_names_a_field_twice_is_refused(database) {
        let office = TestOffice::start(database);
        let person = Browser::signed_in(&office, Role::Sales);
        person.call("GET", "/account", None);
        let once = "change=name&full_name=Anna";
        person.call("POST", "/account", Some(&format!("{once}&full_name=Boris"))).expect(403);
        person.call("POST", "/account", Some(once)).expect(303);
    }

    fn trace_is_answered_by_no_listener(database) {
        let office = TestOffice::start(database);
        for (api, path) in [
            (&office.api, "/"),
            (&office.api, "/sign-in"),
            (&office.api, "/static/style.css"),
            (&office.api, "/api/v1/customers"),
            (&office.ops, "/livez"),
        ] {
            let asked = format!("TRACE {path} HTTP/1.1\r\nhost: x\r\nx-secret: canary\r\n\r\n");
            let answer = raw(api, &asked);
            let refused = ["HTTP/1.1 404", "HTTP/1.1 405", "HTTP/1.1 400", "HTTP/1.1 303"];
            assert!(refused.iter().any(|status| answer.starts_with(status)), "{path}: {answer}");
            assert!(!answer.contains("canary"), "{path}: {answer}");
        }
    }

    fn a_body_whose_length_can_be_read_in_two_ways_is_refused(database) {
        let office = TestOffice::start(database);
        let hidden = "GET /api/openapi.json HTTP/1.1\r\nhost: x\r\n\r\n";
        let length = hidden.len();
        for lengths in [
            format!("content-length: {length}\r\ntransfer-encoding: chunked\r\n"),
            format!("transfer-encoding: chunked\r\ncontent-length: {length}\r\n"),
            format!("content-length: 0\r\ncontent-length: {length}\r\n"),
            format!("content-length: +{length}\r\n"),
            "transfer-encoding: identity, chunked\r\n".to_owned(),
            "transfer-encoding: xchunked\r\n".to_owned(),
        ] {
            let head = "POST /api/v1/customers HTTP/1.1\r\nhost: x\r\n";
            let answer = raw(&office.api, &format!("{head}{lengths}\r\n0\r\n\r\n{hidden}"));
            assert!(answer.starts_with("HTTP/1.1 400"), "{lengths}: {answer}");
            assert!(!answer.contains("openapi"), "{lengths}: the hidden request is answered");
        }
    }
}

/// What a server answers to these very bytes, until it ends the connection or says nothing more.
fn raw(api: &Api, asked: &str) -> String {
    let address = api.base().trim_start_matches("http://");
    let mut connection = TcpStream::connect(address).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    connection.write_all(asked.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let _ = connection.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}
