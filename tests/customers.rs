//! Customers: entered, read, changed.

use crate::support::{Call, Reply, TestOffice, at_once, order, romashka};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

fn changed(office: &TestOffice, path: &str, version: &str, change: &Value) -> Reply {
    let headers = [("content-type", "application/json"), ("if-match", version)];
    office.api.call("PATCH", path, &headers, Some(&change.to_string())).unwrap()
}

on_both_databases! {
    fn a_customer_is_shown_as_it_was_entered_and_its_activation_key_once(database) {
        let office = TestOffice::start(database);
        let mut body = romashka();
        body["places"] = json!(3);
        let made = office.api.post("/customers", &body).expect(201);
        let key = made.text_at("/activation_key");
        assert_eq!(key.len(), 26, "128 bits in base32");
        assert!(key.bytes().all(|byte| byte.is_ascii_uppercase() || (b'2'..=b'7').contains(&byte)));
        assert_eq!(made.header("cache-control"), Some("no-store"));

        let path = format!("/customers/{}", made.text_at("/id"));
        let read = office.api.get(&path).expect(200);
        assert_eq!(read.header("etag"), made.header("etag"));
        for (member, value) in body.as_object().unwrap() {
            assert_eq!(&read.json[member], value, "{member}");
        }
        assert_eq!(read.json["created_at"], "2014-05-13T10:00:00Z");
        let lists = ["/customers", "/audit-events"].map(|path| office.api.get(path).expect(200));
        for answer in lists.into_iter().chain([read]) {
            assert!(!answer.text.contains(&key), "the key is shown in the first answer alone");
        }
        assert!(!office.rows().hold(&key), "no stored row holds it");
    }

    fn language_and_places_may_be_left_out_and_the_country_too(database) {
        let office = TestOffice::start(database);
        let mut body = romashka();
        for member in ["country", "language"] {
            body.as_object_mut().unwrap().remove(member);
        }
        let made = office.api.post("/customers", &body).expect(201).json;
        assert_eq!((&made["language"], &made["places"]), (&json!("ru"), &json!(1)));
        assert_eq!(made["country"], Value::Null);
    }

    fn a_customer_is_found_by_name_city_and_postal_code_whatever_the_case(database) {
        let office = TestOffice::start(database);
        let yolka = office.customer_with(&json!({"name": "АО «Ёлка 100%»", "city": "Псков"}));
        office.customer();
        let found = |words: &str| {
            let words = utf8_percent_encode(words, NON_ALPHANUMERIC);
            office.list(&format!("/customers?search={words}"))
        };
        for words in ["ёлка", "ЕЛКА", "псков", "100%", "ка 1"] {
            let ids: Vec<_> = found(words).iter().map(|customer| customer["id"].clone()).collect();
            assert_eq!(ids, [yolka.id.as_str()], "{words}");
        }
        assert_eq!(found("»").len(), 2);
        for words in ["_", "10_%", "\\", "никого", "' OR 1=1 --"] {
            assert!(found(words).is_empty(), "{words}");
        }
    }

    fn a_change_keeps_what_it_does_not_name(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let path = format!("/customers/{}", customer.id);
        let before = office.api.get(&path).expect(200);
        let version = before.header("etag").unwrap();
        let after = changed(&office, &path, version, &json!({"city": "Дивеево", "places": 2}));
        let after = after.expect(200);
        assert_ne!(after.header("etag"), Some(version));
        let mut expected = before.json.clone();
        expected["city"] = json!("Дивеево");
        expected["places"] = json!(2);
        assert_eq!(after.json, expected);
        assert_eq!(office.api.get(&path).json, expected);

        let gone = changed(&office, &path, "*", &json!({"country": ""})).expect(200);
        assert_eq!(gone.json["country"], Value::Null);
        assert_eq!(
            office.audited(&customer),
            ["customer.created", "customer.changed", "customer.changed"]
        );
        let event = &office.list("/audit-events")[2];
        assert_eq!(event["before"]["licensee"]["city"], "Саров");
        assert_eq!(event["after"]["licensee"]["city"], "Дивеево");
    }

    fn a_change_names_the_version_that_was_read(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let path = format!("/customers/{}", customer.id);
        let call = Call::get(&path).with("content-type", "application/json");
        let call = call.sending("PATCH", r#"{"city": "Арзамас"}"#.as_bytes());
        office.refuses(&call, 428, "precondition-required");
        for version in ["\"v0\"", "\"v2\"", "W/\"v1\"", "\"\""] {
            office.refuses(&call.clone().with("if-match", version), 412, "precondition-failed");
        }
        let first = call.clone().with("if-match", "\"v1\"");
        first.by(&office.api).expect(200);
        office.refuses(&first, 412, "precondition-failed");
    }

    fn of_two_changes_of_the_same_version_one_wins(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let path = format!("/customers/{}", customer.id);
        let statuses = at_once(8, |number| {
            let change = json!({"city": format!("Город {number}")});
            changed(&office, &path, "\"v1\"", &change).status
        });
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 412).count(), 7, "{statuses:?}");
        assert_eq!(office.audited(&customer), ["customer.created", "customer.changed"]);
    }

    fn a_change_that_changes_nothing_leaves_no_trace(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        office.buy(&customer, &order("2014-1", 5)).expect(201);
        let before = office.rows().without_progress_of_mails();
        let path = format!("/customers/{}", customer.id);
        let same = changed(&office, &path, "\"v1\"", &json!({"city": "Саров"})).expect(200);
        assert_eq!(same.header("etag"), Some("\"v1\""));
        assert_eq!(office.rows().without_progress_of_mails(), before);
    }

    fn a_new_activation_key_is_told_once_and_recorded_without_it(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let renewed = office.api.post(&customer.path("activation-key"), &json!({})).expect(201);
        let key = renewed.text_at("/activation_key");
        assert_ne!(key, customer.activation_key);
        assert_eq!(renewed.header("cache-control"), Some("no-store"));
        assert_eq!(office.audited(&customer), ["customer.created", "activation-key.renewed"]);
        assert!(!office.rows().hold(&key));
    }
}
