//! The audit as staff look through it: filters, pages, what changed, and the export.

use crate::support::{Browser, Database, TestOffice, unique};
use jiff::SignedDuration;
use licentia::app::{self, NewToken, Role};
use serde_json::json;

/// The times of the rows and what was done, as the page lists them.
fn rows(page: &str) -> Vec<String> {
    let (_, body) = page.split_once("<tbody>").unwrap_or_default();
    let body = body.split("</tbody>").next().unwrap_or_default();
    body.split("<tr>").skip(1).map(text).collect()
}

/// What a piece of HTML says: its text, each space one.
fn text(html: &str) -> String {
    let parts = html.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    parts.collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn audit(browser: &Browser, query: &str) -> Vec<String> {
    rows(&browser.call("GET", &format!("/audit?{query}"), None).expect(200).text)
}

fn counted(rows: &[String], words: &str) -> usize {
    rows.iter().filter(|row| row.contains(words)).count()
}

on_both_databases! {
    fn each_filter_narrows_and_they_narrow_together(database) {
        let office = TestOffice::start(database);
        let [romashka, lilia] = [
            office.customer(),
            office.customer_with(&json!({"name": "ЗАО «Лилия»"})),
        ];
        office.purchase(&romashka, "2014-0513", 20);
        office.pass(SignedDuration::from_hours(24));
        office.purchase(&lilia, "2014-0514", 5);
        let auditor = Browser::signed_in(&office, Role::Auditor);
        office.activated(&lilia, "pbx-1");

        let all = audit(&auditor, "");
        assert!(all.len() > 5, "{all:?}");
        assert!(all[0].contains("Installation activated"), "the newest first: {all:?}");
        let bought = audit(&auditor, "action=purchase.recorded");
        assert_eq!((bought.len(), counted(&bought, "Purchase recorded")), (2, 2));
        for customer in [lilia.id.as_str(), "%D0%BB%D0%B8%D0%BB%D0%B8%D1%8F"] {
            let theirs = audit(&auditor, &format!("customer={customer}"));
            assert_eq!((theirs.len(), counted(&theirs, "ЗАО «Лилия»")), (3, 3), "{theirs:?}");
            let both = format!("customer={customer}&action=purchase.recorded");
            assert_eq!(audit(&auditor, &both).len(), 1);
        }
        let by = audit(&auditor, &format!("by={}", auditor.name));
        assert_eq!((by.len(), counted(&by, "Signed in")), (1, 1), "{by:?}");
        assert!(audit(&auditor, "by=nobody-has-this-name").is_empty());
        assert!(audit(&auditor, "customer=nobody").is_empty());
        // The days are the vendor's: 13.05.2014 in Moscow ends at 20:00 UTC.
        let first = audit(&auditor, "to=2014-05-13");
        let second = audit(&auditor, "from=2014-05-14");
        assert_eq!(first.len() + second.len(), all.len());
        assert_eq!(counted(&second, "Purchase recorded"), 1);
        assert_eq!(audit(&auditor, "from=2014-05-13&to=2014-05-14").len(), all.len());
        assert!(audit(&auditor, "from=2014-05-15").is_empty());
    }

    fn a_day_begins_and_ends_at_the_vendor_s_midnight(database) {
        let office = TestOffice::start(database);
        for (at, day) in [
            ("2014-05-14T19:59:59Z", "2014-05-14"),
            ("2014-05-14T20:00:00Z", "2014-05-15"),
            ("2014-05-15T19:59:59Z", "2014-05-15"),
        ] {
            office.at(at);
            let auditor = Browser::signed_in(&office, Role::Auditor);
            let customer = office.customer();
            let on = |day: &str| {
                audit(&auditor, &format!("from={day}&to={day}&customer={}", customer.id)).len()
            };
            assert_eq!(on(day), 1, "{at}");
            for other in ["2014-05-13", "2014-05-14", "2014-05-15", "2014-05-16"] {
                assert_eq!(on(other), usize::from(other == day), "{at} on {other}");
            }
        }
    }

    fn pages_hold_every_event_once_however_many_stand_in_one_second(database) {
        let office = TestOffice::start(database);
        let auditor = Browser::signed_in(&office, Role::Auditor);
        for number in 0..70 {
            if number % 20 == 0 {
                office.pass(SignedDuration::from_secs(1));
            }
            office.customer_with(&json!({"name": format!("Заказчик {number}")}));
        }
        let mut query = "action=customer.created&".to_owned();
        let mut seen = Vec::new();
        let mut sizes = Vec::new();
        loop {
            let page = auditor.call("GET", &format!("/audit?{query}"), None).expect(200).text;
            let shown = rows(&page);
            sizes.push(shown.len());
            seen.extend(shown);
            let Some((_, next)) = page.split_once("rel=\"next\" href=\"/audit?") else { break };
            query = next.split('"').next().unwrap().replace("&#38;", "&");
            assert!(sizes.len() < 9, "the list has an end");
        }
        assert_eq!(sizes, [30, 30, 10]);
        for (place, number) in (0..70).rev().enumerate() {
            let name = format!("Заказчик {number} ");
            assert!(format!("{} ", seen[place]).contains(&name), "{name} at {place}");
        }
    }

    fn the_export_has_what_the_filters_let_pass_and_no_formula(database) {
        let office = TestOffice::start(database);
        let auditor = Browser::signed_in(&office, Role::Auditor);
        let evil = office.customer_with(&json!({"name": "=HYPERLINK(\"http://evil.example\")"}));
        for number in 0..205 {
            office.purchase(&evil, &format!("2014-{number}"), 1);
        }
        office.customer();
        let path = format!("/audit.csv?customer={}", evil.id);
        let file = auditor.call("GET", &path, None).expect(200);
        assert_eq!(file.header("content-disposition"), Some("attachment; filename=\"audit.csv\""));
        let table = file.text.trim_start_matches('\u{feff}');
        let mut reader = csv::Reader::from_reader(table.as_bytes());
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 206, "all of them, past a slice of 200");
        for row in &rows {
            assert_eq!(&row[5], evil.id);
            assert!(row.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@'])), "{row:?}");
        }
        assert_eq!(&rows[205][2], "customer.created", "the newest first");
        assert_eq!(&rows[0][2], "purchase.recorded");
    }

    fn words_that_stand_for_too_many_and_days_that_are_none_are_told(database) {
        let office = TestOffice::start(database);
        let auditor = Browser::signed_in(&office, Role::Auditor);
        for number in 0..11 {
            office.customer_with(&json!({"name": format!("Одинаковый {number}")}));
        }
        for (query, field) in [
            ("customer=%D0%BE%D0%B4%D0%B8%D0%BD%D0%B0%D0%BA%D0%BE%D0%B2%D1%8B%D0%B9", "customer"),
            ("from=yesterday", "from"),
            ("to=2014-02-30", "to"),
        ] {
            let reply = auditor.call("GET", &format!("/audit?{query}"), None).expect(422);
            assert!(reply.text.contains(&format!("id=\"{field}-error\"")), "{query}");
            auditor.call("GET", &format!("/audit.csv?{query}"), None).expect(422);
        }
        auditor.call("GET", "/audit?after=x", None).expect(422);
    }
}

#[test]
fn what_changed_is_shown_member_by_member_with_the_customer_s_name() {
    let office = TestOffice::start(Database::Sqlite);
    let admin = Browser::signed_in(&office, Role::Admin);
    let customer = office.customer();
    let path = format!("/customers/{}", customer.id);
    let change = json!({"city": "Москва"}).to_string();
    let headers = [("content-type", "application/json"), ("if-match", "*")];
    office.api.call("PATCH", &path, &headers, Some(&change)).unwrap().expect(200);
    let changed = audit(&admin, "action=customer.changed");
    assert!(changed[0].contains("city: Саров → Москва"), "{changed:?}");
    assert!(!changed[0].contains("region"), "{changed:?}");
    let page = admin.call("GET", "/audit", None).text;
    assert!(page.contains(&format!("href=\"{path}\"><bdi>ООО «Ромашка»</bdi>")), "{page}");
    let inside = office.inside();
    let by = app::Actor::CommandLine(unique("anna"));
    app::create_token(&inside, &by, None, &NewToken::new("<b>crm", Role::Sales)).unwrap();
    let made = audit(&admin, "action=token.created&by=command+line:anna");
    assert!(made.is_empty(), "a name that is not whole");
    let page = admin.call("GET", "/audit?action=token.created", None).text;
    assert!(page.contains("&#60;b&#62;crm") && !page.contains("<b>crm"));
    assert!(page.contains("role: <bdi>sales</bdi>"), "{page}");
}
