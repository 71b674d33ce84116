//! Names that try to be headers, mark-up, or the end of a mail (rows 31 and 38).

use super::parsed;
use crate::support::{Call, Database, TestOffice, accounts, catcher, order_of, romashka};
use serde_json::json;

/// Where a mail goes that an injected header would send.
const ELSEWHERE: &str = "all@elsewhere.example";

#[test]
fn a_line_break_or_control_character_in_any_field_is_refused() {
    let office = TestOffice::start(Database::Sqlite);
    for field in ["name", "country", "region", "city", "postal_code", "email"] {
        for breaks in ["\r\n", "\n", "\r", "\0", "\u{85}", "\u{2028}", "\u{2029}", "\u{1b}[31m"] {
            let mut body = romashka();
            body[field] = json!(format!("a{breaks}Bcc: {ELSEWHERE}"));
            let reply = office.refuses(&Call::post("/customers", &body), 400, "invalid-fields");
            let pointers: Vec<_> = reply.json["errors"].as_array().unwrap().iter().collect();
            assert_eq!(pointers.len(), 1, "{}", reply.text);
            assert_eq!(pointers[0]["pointer"], format!("/{field}"));
            assert_eq!(pointers[0]["code"], "control-character", "{breaks:?} in {field}");
        }
    }
    let customer = office.customer();
    let order = order_of("1\r\nBcc: all@elsewhere.example", &[accounts(1)]);
    let call = Call::post(&customer.path("purchases"), &order);
    office.refuses(&call, 400, "invalid-fields");
    let purchase = office.purchase(&customer, "2014-0513", 20);
    let reason = json!({"reason": "because\r\n.\r\nMAIL FROM:<x@elsewhere.example>"});
    let call = Call::post(&format!("/purchases/{purchase}/void"), &reason);
    office.refuses(&call, 400, "invalid-fields");
}

#[test]
fn a_hostile_name_makes_exactly_one_mail_and_is_inert_in_it() {
    let office = TestOffice::start(Database::Sqlite);
    let long = "Ж".repeat(200);
    let words = format!("{}конец", "слово ".repeat(32));
    let names = [
        "Bcc: all@elsewhere.example",
        "x%0d%0aBcc: all@elsewhere.example",
        "x\\r\\nBcc: all@elsewhere.example",
        "=?utf-8?B?DQpCY2M6IGFsbEBlbHNld2hlcmUuZXhhbXBsZQ==?=",
        "Acme, all@elsewhere.example",
        "\"Acme\" <all@elsewhere.example>",
        ".",
        "..",
        ".Acme",
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "</bdi></td></table><h1>&lt;b&gt;",
        "{{ view.vendor_name }} { $order } ${7*7}",
        "abc שלום) 7 (",
        "عربي שלום 株式会社 👩‍💻",
        &long,
        &words,
    ];
    for (index, name) in names.iter().enumerate() {
        let customer = office.customer_with(
            &json!({"name": name, "city": name.chars().take(100).collect::<String>()}),
        );
        let order_number: String = format!("{index} {name}").chars().take(64).collect();
        let order_number = order_number.trim();
        office.buy(&customer, &order_of(order_number, &[accounts(20)])).expect(201);
        office.activated(&customer, &format!("pbx-{index}")).emergency(1).unwrap();
        let mails = catcher().wait_for(&customer.email, 2);
        assert_eq!(mails.len(), 2, "{name:?}");
        let owed = catcher().wait_for(&office.sales_address, index + 1);
        assert_eq!(owed.len(), index + 1, "{name:?}");
        let owed = owed.last().unwrap();

        assert_eq!(mails[0].subject, format!("Ваша лицензия готова: заказ {order_number}"));
        assert_eq!(owed.subject, format!("К оплате: «экстренная» лицензия, {name}"));
        for mail in mails.iter().chain([owed]) {
            assert_eq!(mail.recipients.len(), 1);
            assert!(mail.text.contains(&format!("Заказчик: {name}\n")), "{}", mail.text);
            let message = parsed(mail);
            assert!(message.bcc().is_none() && message.cc().is_none());
            assert_eq!(message.to().unwrap().iter().count(), 1);
            assert_eq!(message.parts.len(), 3);
            let markup = ["<script", "<img", "</bdi></td></table><h1>"];
            assert!(!markup.iter().any(|m| mail.html.contains(m)), "{}", mail.html);
            assert_lines_are_short(&mail.raw);
        }
        let isolated = mails[0].html.matches("<bdi>").count();
        assert_eq!(isolated, mails[0].html.matches("</bdi>").count(), "as many as were opened");
    }
    assert_eq!(catcher().mails_to(ELSEWHERE).len(), 0);
    let all = catcher().all();
    assert!(!all.iter().flat_map(|mail| &mail.recipients).any(|to| to.contains("elsewhere")));
}

#[test]
fn mail_to_an_internationalized_domain_is_sent_by_its_ascii_form_and_shown_in_unicode() {
    let office = TestOffice::start(Database::Sqlite);
    for (index, typed) in ["ромашка.рф", "xn--80aa3agjl3d.xn--p1ai"].iter().enumerate() {
        let customer = office.customer_with(&json!({"email": format!("idn-{index}@{typed}")}));
        office.purchase(&customer, &format!("idn-{index}"), 20);
        let sent = format!("idn-{index}@xn--80aa3agjl3d.xn--p1ai");
        let mail = &catcher().wait_for(&sent, 1)[0];
        assert_eq!(mail.recipients, [sent.as_str()]);
        let shown = format!("idn-{index}@ромашка.рф");
        let read = office.api.get(&format!("/customers/{}", customer.id)).expect(200);
        assert_eq!(read.json["email"], shown);
        assert!(office.list("/mails").iter().any(|mail| mail["recipient"] == shown.as_str()));
    }
    let mut body = romashka();
    body["email"] = json!("инфо@ромашка.рф");
    office.refuses(&Call::post("/customers", &body), 400, "invalid-fields");
}

#[test]
fn what_an_address_may_hold_is_written_to_and_the_rest_is_refused() {
    let office = TestOffice::start(Database::Sqlite);
    for (index, local) in
        ["it+licenses", "o'brien", "a.b-c_d", "x!#$%&*/=?^`{|}~y"].iter().enumerate()
    {
        let email = format!("{local}.{index}@romashka.example");
        let customer = office.customer_with(&json!({"email": email}));
        office.purchase(&customer, &format!("address-{index}"), 20);
        assert_eq!(catcher().wait_for(&email, 1)[0].recipients, [email.as_str()]);
    }
    for email in [
        "a@b.example, all@elsewhere.example",
        "a@b.example;x@y.example",
        "a b@c.example",
        "<a@b.example>",
        "@b.example",
        "a@",
        "a@@b.example",
        "a@b..example",
        "a@-",
        "a@[127.0.0.1]",
        "a@[IPv6:::1]",
        "\"a\r\n\"@b.example",
    ] {
        let mut body = romashka();
        body["email"] = json!(email);
        office.refuses(&Call::post("/customers", &body), 400, "invalid-fields");
    }
}

/// RFC 5322: no line is longer than 998; ours are folded and encoded far below.
#[track_caller]
fn assert_lines_are_short(raw: &[u8]) {
    for line in raw.split(|byte| *byte == b'\n') {
        assert!(line.len() <= 100, "{}", String::from_utf8_lossy(line));
        assert!(line.is_ascii(), "{}", String::from_utf8_lossy(line));
    }
}
