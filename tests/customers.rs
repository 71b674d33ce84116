//! Customers: entered, read, changed.

use crate::support::{Call, Reply, TestOffice, at_once, order, romashka};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use std::slice::from_ref;

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

    fn a_customer_is_found_by_the_beginnings_of_its_words_whatever_the_case(database) {
        let office = TestOffice::start(database);
        let yolka = office.customer_with(&json!({
            "name": "АО «Ёлка-Сервис 100%»", "city": "Псков", "postal_code": "180000",
            "email": "it@yolka.example",
        }));
        let romashka = office.customer();
        office.purchase(&yolka, "2014-0513", 5);
        for words in [
            "ёлка", "ЕЛКА", "«Елка", "псков", "100%", "сервис", "ёлк пск", "1800", "it@yolka",
            "yolka.ex", "2014-0513", "2014-05", "0513", "ао 2014-0513",
        ] {
            assert_eq!(office.found(words), from_ref(&yolka.id), "{words}");
        }
        assert_eq!(office.found("ромашка"), [romashka.id]);
        for words in ["»", "_", "\\", "никого", "' OR 1=1 --", "лка", "ёлка саров"] {
            assert_eq!(office.found(words), [""; 0], "{words}");
        }
    }

    fn a_customer_of_many_words_is_found_by_each(database) {
        let office = TestOffice::start(database);
        let words: Vec<_> = (10..50).map(|n| format!("w{n}")).collect();
        let customer = office.customer_with(&json!({
            "name": words.join(" "), "city": "Псков", "postal_code": "180000", "email": "it@many.example",
        }));
        for word in words {
            assert_eq!(office.found(&word), from_ref(&customer.id), "{word}");
        }
    }

    fn a_customer_is_found_by_every_id_that_belongs_to_it(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        office.customer();
        let purchase = office.purchase(&customer, "2014-0513", 5);
        office.activated(&customer, "pbx-1").emergency(3).unwrap();
        let of = |list: &str| office.list(&customer.path(list))[0]["id"].as_str().unwrap().to_owned();
        let mail = office.list("/mails")[0]["id"].as_str().unwrap().to_owned();
        let others = ["licenses", "installations", "emergency-grants"].map(of);
        for id in [customer.id.clone(), purchase, mail].into_iter().chain(others) {
            assert_eq!(office.found(&id), from_ref(&customer.id), "{id}");
        }
        assert_eq!(office.found("pur_01arz3ndektsv4rrffq69g5fav"), [""; 0]);
    }

    fn what_is_found_follows_an_edit_and_a_void(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let purchase = office.purchase(&customer, "2014-0513", 5);
        let path = format!("/customers/{}", customer.id);
        changed(&office, &path, "\"v1\"", &json!({"name": "ООО «Лютик»"})).expect(200);
        office.void(&purchase).expect(201);
        assert_eq!(office.found("ромашка"), [""; 0]);
        for words in ["лютик", "саров", "2014-0513"] {
            assert_eq!(office.found(words), from_ref(&customer.id), "{words}");
        }
    }

    fn a_search_is_paged_and_finds_everybody_once(database) {
        let office = TestOffice::start(database);
        // Some have two words that begin alike.
        let mut made: Vec<String> = (0..25)
            .map(|n| {
                let name = if n % 3 == 0 { "Роза Ромашка" } else { "Ромашка" };
                office.customer_with(&json!({"name": format!("{name} {n}")})).id
            })
            .collect();
        for words in ["ро", "ро сар", "ром"] {
            let mut found = Vec::new();
            let words = utf8_percent_encode(words, NON_ALPHANUMERIC);
            let mut after = String::new();
            loop {
                let path = format!("/customers?search={words}&limit=7{after}");
                let page = office.api.get(&path).expect(200).json;
                let ids = page["data"].as_array().unwrap().iter();
                found.extend(ids.map(|customer| customer["id"].as_str().unwrap().to_owned()));
                let Some(next) = page["next"].as_str() else { break };
                after = format!("&after={next}");
            }
            found.sort();
            made.sort();
            assert_eq!(found, made);
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

impl TestOffice {
    /// The ids of the customers that a search finds.
    fn found(&self, words: &str) -> Vec<String> {
        let words = utf8_percent_encode(words, NON_ALPHANUMERIC);
        let found = self.list(&format!("/customers?search={words}"));
        found.iter().map(|customer| customer["id"].as_str().unwrap().to_owned()).collect()
    }
}
