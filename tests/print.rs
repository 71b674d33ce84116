//! The printable license and its public check: who may see what, and that nothing is mangled
//! (rows 34 and 38).

use crate::support::{Api, Browser, Customer, Database, Reply, TestOffice, accounts, command};
use crate::support::{emergency, order_of, support};
use licentia::app::Role;
use serde_json::{Value, json};

/// Texts that go wrong where somebody meddles with them: composed, directions, joined, beyond the first
/// plane, mark-up.
const TEXTS: &[&str] = &[
    "ООО «Ёлка» ё É",
    "LTD עברית (א) عربي",
    "a\u{200d}b\u{200c}c ❤\u{fe0f}",
    "𝔏𝔦𝔠𝔢𝔫𝔱𝔦𝔞 👩‍👩‍👧 𠮷",
    "<b>&amp;</b> \"' {{ 7*7 }} {% raw %} %s \\u0041",
];
/// Texts that no line has.
const REFUSED: &[&str] = &["a\0b", "a\nb", "a\tb", "a\u{7f}b", "a\u{85}b", "a\u{2028}b"];

/// What anybody gets who has a license's number.
fn check(office: &TestOffice, number: &str) -> Reply {
    let stranger = Api::new(&office.url());
    stranger.page("GET", &format!("/check/{number}"), &[("accept-language", "en")], None)
}

fn current(office: &TestOffice, customer: &Customer) -> String {
    office.api.get(&customer.path("license")).expect(200).text_at("/id")
}

fn print(customer: &Customer, query: &str) -> String {
    format!("/customers/{}/license/print{query}", customer.id)
}

on_both_databases! {
    fn anybody_learns_whether_a_license_is_the_current_one_and_nothing_else(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let items = [accounts(4321), support("2014-10-31")];
        office.buy(&customer, &order_of("2014-0513", &items)).expect(201);
        let first = current(&office, &customer);
        let reply = check(&office, &first).expect(200);
        assert!(reply.text.contains("Its holder has no newer license"), "{}", reply.text);
        assert!(reply.text.contains("31 Oct 2014"));
        assert!(!reply.text.contains("Emergency"));

        let key = office.activated_key(&customer);
        office.asked(&key, "/emergency-licenses", &emergency(3)).expect(201);
        let second = current(&office, &customer);
        let reply = check(&office, &second).expect(200);
        assert!(reply.text.contains("13 Jun 2014 14:00 MSK"), "{}", reply.text);
        assert!(!reply.text.contains(">ended<"));
        let superseded = check(&office, &first).expect(200);
        assert!(superseded.text.contains("Its holder has a newer license"));
        assert!(!superseded.text.contains("2014"), "no date of one that counts no more");
        assert!(!superseded.text.contains(&second), "nor the newer one's number");
        for reply in [&reply, &superseded] {
            for secret in ["Ромашка", "Саров", "607190", "4321", &customer.id, &customer.email] {
                assert!(!reply.text.contains(secret), "{secret}");
            }
            assert_eq!(reply.header("cache-control"), Some("no-store"));
            assert_eq!(reply.header("x-robots-tag"), Some("noindex, nofollow"));
            assert_eq!(reply.header("set-cookie"), None, "strangers get no session");
        }
        office.at("2014-11-01T12:00:00Z");
        let ended = check(&office, &second).expect(200);
        assert_eq!(ended.text.matches(">ended<").count(), 2, "support and emergency license");
    }

    fn numbers_that_are_none_get_one_answer(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        office.purchase(&customer, "2014-0513", 20);
        let known = current(&office, &customer);
        let other = if known.ends_with('0') { "1" } else { "0" };
        let unknown = format!("{}{other}", &known[..known.len() - 1]);
        let first = check(&office, &unknown).expect(404);
        assert!(first.text.contains("There is no license with this number here"));
        for wrong in [
            "lic_", "x", "1%27%20OR%20%271%27=%271", "..%2f..%2fetc", "%00", "%3Cscript%3E",
            &customer.id, &known.to_uppercase(), &known[..20], "%D1%8E",
        ] {
            let reply = check(&office, wrong).expect(404);
            assert_eq!(reply.text, first.text, "{wrong}");
            assert_eq!(reply.header("set-cookie"), None, "{wrong}");
        }
    }

    fn the_print_states_what_its_license_states(database) {
        let office = TestOffice::start(database);
        let mut browser = Browser::signed_in(&office, Role::Auditor);
        let customer = office.customer();
        assert_eq!(browser.status("GET", &print(&customer, "")), 404, "nothing to print yet");
        let items = [accounts(20), support("2014-10-31")];
        office.buy(&customer, &order_of("2014-0513", &items)).expect(201);
        let first = office.api.get(&customer.path("license")).expect(200);
        let (number, key) = (first.text_at("/id"), first.text_at("/key"));
        let russian = browser.call("GET", &print(&customer, ""), None).expect(200).text;
        let parts = [
            "lang=\"ru\"", "ООО «Ромашка»", "607190", "31.10.2014", "13.05.2014 14:00 МСК",
            "Orange Software", &number, &key, ">20<",
        ];
        for part in parts {
            assert!(russian.contains(part), "{part}");
        }
        let url = format!("https://licenses.vendor.example/check/{number}");
        assert!(russian.contains(&url));
        browser.language = "ru";
        let english = browser.call("GET", &print(&customer, "?language=en"), None).expect(200).text;
        assert!(english.contains("lang=\"en\"") && english.contains("31 Oct 2014"), "as chosen");

        office.purchase(&customer, "2014-0701", 10);
        let old = format!("?license={number}&language=en");
        let old = browser.call("GET", &print(&customer, &old), None).expect(200).text;
        assert!(old.contains(">20<") && old.contains("has been replaced by a newer one"));
        let new = browser.call("GET", &print(&customer, "?language=en"), None).expect(200).text;
        assert!(new.contains(">30<") && !new.contains("replaced by a newer one</p>"));
        let other = office.customer();
        office.purchase(&other, "2014-0702", 1);
        for wrong in [number.as_str(), "lic_", "../x"] {
            let path = print(&other, &format!("?license={wrong}"));
            assert_eq!(browser.status("GET", &path), 404, "{wrong} is no license of this customer");
        }
    }

    fn texts_are_the_same_everywhere_or_refused_by_name(database) {
        let office = TestOffice::start(database);
        let browser = Browser::signed_in(&office, Role::Sales);
        for text in TEXTS {
            let form = form(text);
            let created = browser.call("POST", "/customers/new", Some(&form)).expect(303);
            let at = created.header("location").unwrap().to_owned();
            let api = office.api.get(&at).expect(200);
            for field in ["name", "country", "region", "city", "postal_code"] {
                let expected = if field == "postal_code" { "607190" } else { text };
                assert_eq!(api.text_at(&format!("/{field}")), expected, "{field}");
            }
            let id = api.text_at("/id");
            let order = order_of(&format!("n {id}"), &[accounts(1)]);
            office.api.post(&format!("{at}/purchases"), &order).expect(201);
            let license = office.api.get(&format!("{at}/license")).expect(200).json;
            assert_eq!(license["claims"]["licensee"]["name"], *text);
            for path in [at.clone(), format!("{at}/license/print?language=en")] {
                let page = browser.call("GET", &path, None).expect(200).text;
                let shown = format!("<bdi>{text}</bdi>");
                assert!(unescaped(&page).contains(&shown), "{path}: {text}");
            }
            let table = browser.call("GET", "/customers.csv", None).expect(200).text;
            let quoted = text.replace('"', "\"\"");
            assert!(table.contains(&quoted), "CSV: {text}");
        }
        let before = office.list("/customers").len();
        for text in REFUSED {
            let reply = browser.call("POST", "/customers/new", Some(&form(text))).expect(422);
            for field in ["name", "country", "region", "city"] {
                assert!(reply.text.contains(&format!("id=\"{field}-error\"")), "{field} {text:?}");
            }
        }
        assert_eq!(office.list("/customers").len(), before);
    }
}

/// A form that enters a customer whose fields all hold this text.
fn form(text: &str) -> String {
    let fields = [
        ("name", text),
        ("country", text),
        ("region", text),
        ("city", text),
        ("postal_code", "607190"),
        ("email", "it@romashka.example"),
        ("language", "ru"),
        ("places", "1"),
    ];
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// A page's text as a browser reads it: each entity is read once.
fn unescaped(html: &str) -> String {
    let ampersand = "\u{1}";
    let entities = [
        ("&#38;", ampersand),
        ("&amp;", ampersand),
        ("&#60;", "<"),
        ("&lt;", "<"),
        ("&#62;", ">"),
        ("&gt;", ">"),
        ("&#34;", "\""),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&#x2f;", "/"),
        (ampersand, "&"),
    ];
    let read = |text: String, (entity, character): &(&str, &str)| text.replace(entity, character);
    entities.iter().fold(html.to_owned(), read)
}

#[test]
fn one_address_asks_for_numbers_so_often_and_no_oftener() {
    let office = TestOffice::start(Database::Sqlite);
    let replies = (0..200).map(|_| check(&office, "lic_x"));
    let refused = replies.map(|reply| reply.status).find(|status| *status != 404);
    assert_eq!(refused, Some(429));
    let reply = check(&office, "lic_x").expect(429);
    let wait: u64 = reply.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait));
    let forged = [("x-forwarded-for", "192.0.2.7"), ("forwarded", "for=192.0.2.7")];
    let forged = Api::new(&office.url()).page("GET", "/check/lic_x", &forged, None);
    assert_eq!(forged.status, 429, "whatever the caller says of where it comes from");
}

/// An office with this as its Russian agreement, in a folder of the vendor's.
fn with_agreement(text: &str) -> (TestOffice, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("agreement.ru.html"), text).unwrap();
    std::fs::write(folder.path().join("agreement.en.html"), "<h1>{{ vendor }}</h1>").unwrap();
    let dir = folder.path().to_owned();
    let office = TestOffice::start_with(Database::Sqlite, |s| s.agreement_dir = Some(dir));
    (office, folder)
}

#[test]
fn the_vendors_own_agreement_is_printed_with_names_inert_in_it() {
    let text =
        "<h1>Договор</h1>{% autoescape false %}<p>{{ licensee.name }}</p>{% endautoescape %}";
    let (office, _folder) = with_agreement(text);
    let browser = Browser::signed_in(&office, Role::Sales);
    let customer = office.customer_with(&json!({"name": "<script>alert(1)</script>"}));
    office.purchase(&customer, "2014-0513", 20);
    let page = browser.call("GET", &print(&customer, "?language=ru"), None).expect(200).text;
    assert!(page.contains("<h1>Договор</h1><p>&lt;script&gt;alert(1)"), "{page}");
    assert!(!page.contains("<script>"));
}

#[test]
fn a_variable_that_does_not_exist_is_told_instead_of_printed_as_a_gap() {
    let (office, folder) = with_agreement("<h1>x</h1>\n<p>{{ licensee.naem }}</p>");
    let browser = Browser::signed_in(&office, Role::Sales);
    let customer = office.customer();
    office.purchase(&customer, "2014-0513", 20);
    let page = browser.call("GET", &print(&customer, "?language=ru"), None).expect(500).text;
    let file = folder.path().join("agreement.ru.html").display().to_string();
    assert!(page.contains(&format!("{file}, line 2")), "{page}");
    assert!(page.contains("licensee.naem"), "{page}");
    assert_eq!(browser.status("GET", &print(&customer, "?language=en")), 200);
}

#[test]
fn a_start_with_an_agreement_that_is_no_template_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().display().to_string();
    let start = || {
        let settings = [
            ("data_dir", dir.clone()),
            ("listen", "127.0.0.1:0".into()),
            ("ops_listen", "127.0.0.1:0".into()),
            ("agreement_dir", dir.clone()),
        ];
        let ended = command("serve", &settings).output().unwrap();
        assert!(!ended.status.success());
        String::from_utf8_lossy(&ended.stderr).into_owned()
    };
    let said = start();
    assert!(said.contains("agreement_dir") && said.contains("agreement.ru.html"), "{said}");
    std::fs::write(folder.path().join("agreement.ru.html"), "<h1>x</h1>").unwrap();
    std::fs::write(folder.path().join("agreement.en.html"), "<h1>x</h1>\n{% if %}").unwrap();
    let said = start();
    assert!(said.contains("agreement.en.html, line 2: syntax error"), "{said}");
    assert!(!folder.path().join("licentia.db").exists(), "refused before anything is made");
}

#[test]
fn the_json_api_refuses_the_same_by_pointer() {
    let office = TestOffice::start(Database::Sqlite);
    for text in REFUSED {
        let mut body = crate::support::romashka();
        for field in ["name", "region", "city"] {
            body[field] = Value::from(*text);
        }
        let reply = office.api.post("/customers", &body).expect(400);
        let faults: Vec<&str> = reply.json["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|fault| fault["pointer"].as_str().unwrap())
            .collect();
        assert_eq!(faults, ["/name", "/region", "/city"], "{text:?}");
    }
}
