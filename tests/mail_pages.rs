//! The outbox on the staff pages: what was stopped is seen and sent again (rows 30 and 32), and a
//! mail server is tried before its settings are saved.

use crate::support::{Browser, Database, TestOffice, catcher, unique};
use licentia::app::Role;
use serde_json::json;
use std::io::Write;
use std::net::TcpListener;
use std::time::Duration;
use url::form_urlencoded::byte_serialize;

on_both_databases! {
    fn a_mail_that_was_refused_for_good_is_shown_with_the_answer_and_goes_when_it_is_retried(database) {
        let office = TestOffice::start(database);
        let email = format!("permonce-{}@romashka.example", unique("it"));
        let customer = office.customer_with(&json!({"email": email}));
        office.purchase(&customer, "2014-0513", 20);
        let sales = Browser::signed_in(&office, Role::Sales);
        let list = wait_for(&sales, "/mails?state=stopped", "5.2.1 Mailbox disabled");
        let path = first_mail(&list);
        let page = sales.call("GET", &path, None).expect(200).text;
        for shown in ["stopped", "5.2.1 Mailbox disabled", &email, "2014-0513", "Send it again"] {
            assert!(page.contains(shown), "{shown}: {page}");
        }
        let auditor = Browser::signed_in(&office, Role::Auditor);
        let read = auditor.call("GET", &path, None).expect(200).text;
        assert!(!read.contains("Send it again"), "an auditor changes nothing");

        let once = once(&page);
        for _ in 0..2 {
            let reply = sales.call("POST", &format!("{path}/retry"), Some(&format!("once={once}")));
            assert_eq!(reply.status, 303, "{}", reply.text);
        }
        assert_eq!(catcher().wait_for(&email, 1).len(), 1);
        let sent = wait_for(&sales, &path, "sent</span>");
        assert!(!sent.contains("Send it again") && !sent.contains("Mailbox disabled"), "{sent}");
        sales.call("GET", "/mails?state=stopped", None).expect(200);
        let retried = office.list(&format!("/audit-events?customer={}", customer.id));
        let retried = retried.iter().filter(|event| event["action"] == "mail.retried").count();
        assert_eq!(retried, 1, "a form that is sent twice asks once");
    }

    fn a_mail_without_starttls_waits_and_the_page_says_why(database) {
        let url = format!("smtp://localhost:{}?ca={}", catcher().port("plain"), catcher().authority());
        let office = TestOffice::start_with(database, |s| s.mail_url = Some(url));
        let customer = office.customer();
        office.purchase(&customer, "2014-0513", 20);
        let browser = Browser::signed_in(&office, Role::Auditor);
        let list = wait_for(&browser, "/mails?state=queued", "STARTTLS");
        assert!(list.contains("next try"), "{list}");
        assert!(list.contains("has waited since 13 May 2014 14:00"), "{list}");
    }

    fn the_outbox_is_looked_through_by_state_and_customer_from_the_newest_mail(database) {
        let office = TestOffice::start(database);
        let browser = Browser::signed_in(&office, Role::Auditor);
        let empty = browser.call("GET", "/mails", None).expect(200).text;
        assert!(empty.contains("There are no mails yet"), "{empty}");

        let many = office.customer();
        let one = office.customer_with(&json!({"name": "Одуванчик"}));
        office.purchase(&one, "first", 1);
        for n in 0..51 {
            office.purchase(&many, &format!("order-{n}"), 1);
        }
        let newest = wait_for(&browser, "/mails?state=sent", "Sent <span class=\"count\">52</span>");
        assert_eq!(newest.matches("<tr>").count(), 51, "a heading and a page of 50");
        assert!(!newest.contains("Одуванчик"), "the oldest is not on the first page");
        let next = between(&newest, "rel=\"next\" href=\"", "\"").replace("&#38;", "&");
        let rest = browser.call("GET", &next, None).expect(200).text;
        assert_eq!(rest.matches("<tr>").count(), 3, "{rest}");
        assert!(rest.contains("Одуванчик") && !rest.contains("rel=\"next\""), "{rest}");

        let of_one = browser.call("GET", &format!("/mails?customer={}", one.id), None).expect(200);
        assert_eq!(of_one.text.matches("<tr>").count(), 2, "{}", of_one.text);
        assert!(of_one.text.contains("Sent <span class=\"count\">1</span>"), "{}", of_one.text);
        let none = format!("/mails?customer={}&state=stopped", one.id);
        let none = browser.call("GET", &none, None).expect(200).text;
        assert!(none.contains("No mail was stopped"), "{none}");
        for unknown in ["/mails?customer=cus_01arz3ndektsv4rrffq69g5fav", "/mails?customer=x"] {
            browser.call("GET", unknown, None).expect(404);
        }
    }

    fn a_letter_is_shown_in_both_languages_in_a_frame_that_can_do_nothing_and_without_its_key(database) {
        let office = TestOffice::start(database);
        let customer = office.customer_with(&json!({"name": "<script>alert(1)</script>"}));
        office.purchase(&customer, "2014-0513", 20);
        let mail = &catcher().wait_for(&customer.email, 1)[0];
        let browser = Browser::signed_in(&office, Role::Auditor);
        let path = first_mail(&browser.call("GET", "/mails", None).expect(200).text);
        let own = browser.call("GET", &path, None).expect(200);
        let policy = own.header("content-security-policy").unwrap();
        assert!(policy.contains("frame-src 'self'") && !policy.contains("unsafe-inline"), "{policy}");
        assert!(own.text.contains("Ваша лицензия готова: заказ 2014-0513"), "{}", own.text);
        assert!(own.text.contains("Учётные записи пользователей: 0 → 20"), "{}", own.text);
        let english = browser.call("GET", &format!("{path}?language=en"), None).expect(200).text;
        assert!(english.contains("User accounts: 0 → 20"), "{english}");

        let body = browser.call("GET", &format!("{path}/body?language=en"), None).expect(200);
        let policy = body.header("content-security-policy").unwrap();
        assert!(policy.contains("sandbox") && policy.contains("frame-ancestors 'self'"), "{policy}");
        assert!(policy.contains("default-src 'none'") && !policy.contains("allow-"), "{policy}");
        let key = &customer.activation_key;
        assert!(mail.text.replace('-', "").contains(key), "the mail itself has the key");
        for page in [&own.text, &english, &body.text] {
            assert!(!page.replace('-', "").contains(key), "no page has the key");
            assert!(!page.contains("<script>alert"), "a name is a name");
            assert!(page.contains("&lt;script&gt;") || page.contains("&#60;script&#62;"), "{page}");
        }
        assert!(body.text.contains("stands only in the mail that is sent"), "{}", body.text);
    }

    fn mail_settings_are_tried_before_they_are_saved(database) {
        let office = without_mail_settings(database);
        let admin = Browser::signed_in(&office, Role::Admin);
        let form = admin.call("GET", "/mails/test", None).expect(200).text;
        assert!(form.contains("At present: file:"), "{form}");
        let to = format!("{}@vendor.example", unique("anna"));
        let url = format!("smtp://localhost:{}?tls=none", catcher().port("plain"));
        let taken = try_out(&admin, "/mails/test", &url, &to);
        assert!(taken.contains("The mail server took the mail"), "{taken}");
        let mail = &catcher().mails_to(&to)[0];
        assert!(mail.subject == "Test mail", "{mail:?}");
        assert!(String::from_utf8_lossy(&mail.raw).contains("From: Vendor <licenses@vendor.example>"));
        let customer = office.customer();
        office.purchase(&customer, "2014-0513", 20);
        wait_for(&admin, "/mails?state=sent", "License ready");
        assert!(catcher().mails_to(&customer.email).is_empty(), "nothing was saved by trying");

        let saved = admin.call("POST", "/mails/test/save", Some(&entered(&url, &to)));
        assert_eq!((saved.status, saved.header("location")), (303, Some("/mails/test?saved=yes")));
        office.purchase(&customer, "2014-0514", 20);
        catcher().wait_for(&customer.email, 1);
        let form = admin.call("GET", "/mails/test", None).expect(200).text;
        let present = format!("At present: smtp://localhost:{}", catcher().port("plain"));
        assert!(form.contains(&present), "{form}");
        assert!(form.contains("value=\"Vendor &#60;licenses@vendor.example&#62;\""), "{form}");
        // What is left empty is the mail server in force, with its password.
        let again = try_out(&admin, "/mails/test", "", &to);
        assert!(again.contains("The mail server took the mail"), "{again}");
        assert_eq!(catcher().mails_to(&to).len(), 2);
        let password = "canary-password";
        let secret = url.replace("smtp://", &format!("smtp://office:{password}@"));
        try_out(&admin, "/mails/test", &secret, &to);
        admin.call("POST", "/mails/test/save", Some(&entered(&secret, &to))).expect(303);
        let form = admin.call("GET", "/mails/test", None).expect(200).text;
        assert!(!form.contains(password) && !form.contains("office:"), "no stored password: {form}");
        let audit = office.api.get("/audit-events?limit=200").text;
        assert!(audit.contains("settings.changed") && !audit.contains(password), "{audit}");
        let tried = office.list("/audit-events");
        let tried: Vec<_> = tried.iter().filter(|e| e["action"] == "settings.mail-tried").collect();
        assert_eq!(tried.len(), 3);
        assert_eq!(tried[0]["after"]["to"], to.as_str());
    }
}

#[test]
fn a_trial_says_how_the_mail_server_answered_and_never_in_its_words() {
    let office = without_mail_settings(Database::Sqlite);
    let admin = Browser::signed_in(&office, Role::Admin);
    let at = |name: &str, more: &str| format!("smtp://localhost:{}{more}", catcher().port(name));
    let anna = format!("{}@vendor.example", unique("anna"));
    let permfail = format!("permfail-{anna}");
    // A service of the internal network that tells who connects what it is.
    let banner = TcpListener::bind("127.0.0.1:0").unwrap();
    let internal = format!("smtp://{}?tls=none", banner.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in banner.incoming() {
            stream.unwrap().write_all(b"SSH-2.0-canary internal-build-7\r\n").unwrap();
        }
    });
    let trials = [
        (at("plain", "?tls=none"), &permfail, "The mail server refused", "550"),
        (at("silent", "?timeout=1"), &anna, "The mail server does not answer", "firewall"),
        (at("plain", ""), &anna, "The mail server offers no STARTTLS", "Nothing was sent"),
        (at("starttls", ""), &anna, "The protected connection failed", "certificate"),
        ("smtp://localhost:9".into(), &anna, "There is no connection", "its port"),
        (internal, &anna, "What answers is no mail server", "does not speak SMTP"),
    ];
    for (url, to, title, answer) in trials {
        let page = try_out(&admin, "/mails/test", &url, to);
        assert!(page.contains(title) && page.contains(answer), "{url}: {page}");
        for foreign in ["No such mailbox", "5.1.1", "canary", "internal-build"] {
            assert!(!page.contains(foreign), "{url}: {page}");
        }
    }
    assert!(catcher().mails_to(&anna).is_empty() && catcher().mails_to(&permfail).is_empty());
    let wrong = admin.call("POST", "/mails/test", Some(&entered("gopher://localhost", "nobody")));
    assert_eq!(wrong.status, 422);
    for field in ["mail_url-error", "to-error"] {
        assert!(wrong.text.contains(field), "{field}: {}", wrong.text);
    }
}

#[test]
fn no_page_names_a_file_of_the_server_and_one_that_was_stored_is_not_followed() {
    let office = without_mail_settings(Database::Sqlite);
    let admin = Browser::signed_in(&office, Role::Admin);
    let folder = office.folder.path().join("named-on-a-page");
    let urls = [
        format!("file:{}", folder.display()),
        format!("FILE:{}", folder.display()),
        format!("smtp://localhost:25?ca={}", folder.display()),
        format!("smtps://localhost?timeout=2&ca={}", folder.display()),
    ];
    for url in &urls {
        for path in ["/mails/test", "/mails/test/save", "/settings"] {
            let refused = admin.call("POST", path, Some(&entered(url, "anna@vendor.example")));
            assert_eq!(refused.status, 422, "{path}: {url}: {}", refused.text);
            assert!(refused.text.contains("mail_url-error"), "{path}: {url}: {}", refused.text);
        }
        office.execute("DELETE FROM settings");
        office.execute(&format!("INSERT INTO settings (name, value) VALUES ('mail_url', '{url}')"));
        office.inside().reload_settings().unwrap();
        let form = admin.call("GET", "/mails/test", None).expect(200).text;
        assert!(!form.contains("named-on-a-page"), "{url}: {form}");
    }
    assert!(!folder.exists());
}

#[test]
fn a_trial_that_waits_for_a_silent_server_holds_up_no_call() {
    let office = without_mail_settings(Database::Sqlite);
    let admin = Browser::signed_in(&office, Role::Admin);
    let url = format!("smtp://localhost:{}?timeout=3", catcher().port("silent"));
    std::thread::scope(|scope| {
        let trial =
            scope.spawn(move || try_out(&admin, "/mails/test", &url, "anna@vendor.example"));
        std::thread::sleep(Duration::from_millis(500));
        let customer = office.customer();
        office.purchase(&customer, "2014-0513", 20);
        assert!(!trial.is_finished(), "a write went while the trial waited");
        assert!(trial.join().unwrap().contains("does not answer"));
    });
}

#[test]
fn settings_that_are_set_elsewhere_can_be_tried_and_not_changed() {
    let office = TestOffice::start(Database::Sqlite);
    let admin = Browser::signed_in(&office, Role::Admin);
    let to = format!("{}@vendor.example", unique("anna"));
    let page = try_out(&admin, "/mails/test", "smtp://localhost:9", &to);
    assert!(page.contains("The mail server took the mail"), "the one in the file: {page}");
    assert!(!page.contains("formaction"), "nothing can be saved");
    catcher().wait_for(&to, 1);
}

/// An office whose administrators settle how mails go; until then they are written to files.
fn without_mail_settings(database: Database) -> TestOffice {
    TestOffice::start_with(database, |settings| {
        settings.mail_url = None;
        settings.mail_from = None;
        settings.sales_address = None;
    })
}

fn try_out(browser: &Browser, path: &str, url: &str, to: &str) -> String {
    browser.call("POST", path, Some(&entered(url, to))).expect(200).text
}

fn entered(url: &str, to: &str) -> String {
    let fields = [
        ("mail_url", url),
        ("mail_from", "Vendor <licenses@vendor.example>"),
        ("sales_address", "sales@vendor.example"),
        ("to", to),
    ];
    let encoded = fields.map(|(name, value)| {
        format!("{name}={}", byte_serialize(value.as_bytes()).collect::<String>())
    });
    encoded.join("&")
}

/// Waits until a page says something.
#[track_caller]
fn wait_for(browser: &Browser, path: &str, says: &str) -> String {
    let mut text = String::new();
    for _ in 0..400 {
        text = browser.call("GET", path, None).expect(200).text;
        if text.contains(says) {
            return text;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{path} never says {says}: {text}");
}

/// Where the first mail of a list is shown.
fn first_mail(list: &str) -> String {
    format!("/mails/mai_{}", between(list, "href=\"/mails/mai_", "\""))
}

fn once(page: &str) -> String {
    between(page, "name=\"once\" value=\"", "\"")
}

#[track_caller]
fn between(text: &str, before: &str, after: &str) -> String {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split(after).next().unwrap_or_default().to_owned()
}
