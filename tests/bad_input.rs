//! Bad input of staff: each is refused with a code and a pointer, and changes nothing.

use crate::support::{
    Call, Customer, TestOffice, accounts, connections, order, order_of, romashka, support, unique,
};
use serde_json::{Value, json};

/// A purchase whose one quantity is written like this.
fn of_quantity(customer: &Customer, quantity: &str) -> Call {
    let line = format!(r#"{{"item": "user_accounts", "quantity": {quantity}}}"#);
    let body =
        format!(r#"{{"order_number": "2014-1", "paid_on": "2014-05-13", "items": [{line}]}}"#);
    Call::post_text(&customer.path("purchases"), &body)
}

/// Romashka with one member changed.
fn with(member: &str, value: &Value) -> Value {
    let mut body = romashka();
    body[member] = value.clone();
    body
}

fn new_customer(member: &str, value: &Value) -> Call {
    Call::post("/customers", &with(member, value))
}

on_both_databases! {
    fn a_quantity_is_a_whole_number_from_1_to_1000000(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        for (quantity, fault) in [
            ("-1", "out-of-range"),
            ("0", "out-of-range"),
            ("1000001", "out-of-range"),
            ("2147483647", "out-of-range"),
            ("2147483648", "out-of-range"),
            ("4294967297", "out-of-range"),
            ("9223372036854775807", "out-of-range"),
            ("9223372036854775808", "out-of-range"),
            ("18446744073709551617", "out-of-range"),
            ("-9223372036854775809", "out-of-range"),
            ("1e30", "out-of-range"),
            ("1.5", "not-a-whole-number"),
            ("1.0", "not-a-whole-number"),
            ("1e-3", "not-a-whole-number"),
            ("1e400", "not-a-whole-number"),
            ("-1e400", "not-a-whole-number"),
            ("\"9x\"", "wrong-type"),
            ("\"9\"", "wrong-type"),
            ("true", "wrong-type"),
            ("[1]", "wrong-type"),
            ("{}", "wrong-type"),
            ("null", "missing"),
        ] {
            let call = of_quantity(&customer, quantity);
            office.refuses_field(&call, "/items/0/quantity", fault);
        }
        for quantity in ["NaN", "Infinity", "0x10", "01", "+1", "1.", "1_000", "--1"] {
            office.refuses(&of_quantity(&customer, quantity), 400, "malformed-json");
        }
        of_quantity(&customer, "1000000").by(&office.api).expect(201);
    }

    fn places_are_a_whole_number_from_1_to_20(database) {
        let office = TestOffice::start(database);
        for places in [0, -1, 21, i64::from(i32::MAX) + 1, i64::MAX, i64::MIN] {
            office.refuses_field(
                &new_customer("places", &json!(places)),
                "/places",
                "out-of-range",
            );
        }
        for places in
            [json!(1.5), json!("9x"), json!(u64::MAX), json!(true), json!([]), Value::Null]
        {
            office.refuses_field(&new_customer("places", &places), "/places", "wrong-type");
        }
        for places in [1, 20] {
            new_customer("places", &json!(places)).by(&office.api).expect(201);
        }
    }

    fn lines_of_text_are_not_empty_not_too_long_and_lines(database) {
        let office = TestOffice::start(database);
        let members =
            [("name", 200), ("country", 100), ("region", 100), ("city", 100), ("postal_code", 20)];
        for (member, most) in members {
            let at = format!("/{member}");
            for (text, fault) in [
                ("x".repeat(10_000), "too-long"),
                ("я".repeat(most + 1), "too-long"),
                ("a\u{0}b".into(), "control-character"),
                ("a\nb".into(), "control-character"),
                ("a\r\nBcc: b".into(), "control-character"),
                ("a\n".into(), "control-character"),
                ("\ta".into(), "control-character"),
                ("a\u{7f}b".into(), "control-character"),
                ("a\u{85}b".into(), "control-character"),
                ("a\u{2028}b".into(), "control-character"),
            ] {
                office.refuses_field(&new_customer(member, &json!(text)), &at, fault);
            }
            for value in [json!(1), json!(true), json!([]), json!({})] {
                office.refuses_field(&new_customer(member, &value), &at, "wrong-type");
            }
            if member != "country" {
                for empty in ["", "   ", "\u{a0}\u{3000}"] {
                    office.refuses_field(&new_customer(member, &json!(empty)), &at, "empty");
                }
                office.refuses_field(&new_customer(member, &Value::Null), &at, "wrong-type");
            }
            new_customer(member, &json!("я".repeat(most))).by(&office.api).expect(201);
        }
    }

    fn an_email_address_is_one_address_and_nothing_else(database) {
        let office = TestOffice::start(database);
        for (email, fault) in [
            ("it@romashka.example\r\nBcc: all@romashka.example", "control-character"),
            ("it@romashka.example\n", "control-character"),
            ("it\r@romashka.example", "control-character"),
            ("it@romashka.example\u{0}", "control-character"),
            ("", "empty"),
            ("romashka", "not-an-email-address"),
            ("it@", "not-an-email-address"),
            ("@romashka.example", "not-an-email-address"),
            ("it@@romashka.example", "not-an-email-address"),
            ("it@romashka.example, all@romashka.example", "not-an-email-address"),
            ("Ромашка <it@romashka.example>", "not-an-email-address"),
            ("it @romashka.example", "not-an-email-address"),
            ("it@romashka.example>", "not-an-email-address"),
        ] {
            office.refuses_field(&new_customer("email", &json!(email)), "/email", fault);
        }
        let long = format!("{}@romashka.example", "x".repeat(10_000));
        office.refuses_field(&new_customer("email", &json!(long)), "/email", "too-long");
    }

    fn other_languages_are_refused(database) {
        let office = TestOffice::start(database);
        for language in ["", "de", "RU", "ru ", "ru-RU"] {
            let call = new_customer("language", &json!(language));
            office.refuses_field(&call, "/language", "unknown-word");
        }
    }

    fn what_carries_nothing_is_dropped_and_names_are_composed(database) {
        let office = TestOffice::start(database);
        for (typed, kept) in [
            ("ООО \u{202e}акшамоР\u{202c}", "ООО акшамоР"),
            ("שלום \u{2067}abc\u{2069}", "שלום abc"),
            ("Е\u{308}лка e\u{301}te\u{301}", "Ёлка été"),
            ("\u{feff}Ромаш\u{ad}ка\u{200b}", "Ромашка"),
        ] {
            let customer = office.customer_with(&json!({"name": typed}));
            office.purchase(&customer, &unique("order"), 1);
            let read = office.api.get(&format!("/customers/{}", customer.id)).expect(200);
            assert_eq!(read.json["name"], kept);
            assert_eq!(office.claims(&customer)["licensee"]["name"], kept);
        }
    }

    fn unicode_is_kept_as_it_is_in_answers_and_licenses(database) {
        let office = TestOffice::start(database);
        for name in [
            "שלום abc",
            "Ёлка и ЁЛКА",
            "ＡＢＣ ﬁ",
            "👩‍👩‍👧 ❤\u{fe0f} نمی\u{200c}خواهم",
            "'; DROP TABLE customers; --",
            "\"<script>alert(1)</script>&amp;%s{{name}}",
            "=HYPERLINK(\"http://a.example\")",
            "..\\..//etc/passwd",
        ] {
            let customer = office.customer_with(&json!({"name": name}));
            office.purchase(&customer, &unique("order"), 1);
            let read = office.api.get(&format!("/customers/{}", customer.id)).expect(200);
            assert_eq!(read.json["name"], name);
            assert_eq!(office.claims(&customer)["licensee"]["name"], name);
        }
    }

    fn a_date_is_one_of_the_calendar_in_one_way_of_writing(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let paid_on = |day: &Value| {
            let mut body = order("2014-1", 20);
            body["paid_on"] = day.clone();
            Call::post(&customer.path("purchases"), &body)
        };
        let until = |day: &Value| {
            let line = json!({"item": "support", "until": day});
            Call::post(&customer.path("purchases"), &order_of("2014-1", &[line]))
        };
        for day in [
            "",
            "never",
            "2014-02-29",
            "2014-04-31",
            "2014-13-01",
            "2014-00-10",
            "2014-10-00",
            "31/12/2020",
            "31.10.2014",
            "2014-5-1",
            "20141031",
            "2014-10-31T00:00:00Z",
            " 2014-10-31",
            "2014-10-31\n",
            "+2014-10-31",
            "-2014-10-31",
            "12014-10-31",
            "0000-00-00",
            "1969-12-31",
            "２０１４-10-31",
            "2014-W20-2",
        ] {
            office.refuses_field(&paid_on(&json!(day)), "/paid_on", "not-a-date");
            office.refuses_field(&until(&json!(day)), "/items/0/until", "not-a-date");
        }
        for value in [json!(20_141_031), json!(true), json!([]), json!({})] {
            office.refuses_field(&paid_on(&value), "/paid_on", "wrong-type");
            office.refuses_field(&until(&value), "/items/0/until", "wrong-type");
        }
        office.refuses_field(&paid_on(&Value::Null), "/paid_on", "wrong-type");
        office.refuses_field(&until(&Value::Null), "/items/0/until", "missing");
        for tomorrow in ["2014-05-14", "9999-12-31"] {
            office.refuses_field(&paid_on(&json!(tomorrow)), "/paid_on", "in-the-future");
        }
        until(&json!("9999-12-31")).by(&office.api).expect(201);
    }

    fn a_purchase_has_one_to_three_lines_each_item_once(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let three = [accounts(1), connections(1), support("2014-10-31")];
        let four = [&three[..], &[accounts(1)]].concat();
        for (items, at, fault) in [
            (vec![], "/items", "line-count"),
            (four, "/items", "line-count"),
            (vec![accounts(1), accounts(1)], "/items/1/item", "repeated"),
            (vec![support("2014-10-31"), support("2015-10-31")], "/items/1/item", "repeated"),
            (vec![json!({"item": "user_accounts"})], "/items/0/quantity", "missing"),
            (vec![json!({"item": "support"})], "/items/0/until", "missing"),
            (vec![json!({"quantity": 1})], "/items/0/item", "missing"),
            (vec![json!({"item": "places", "quantity": 1})], "/items/0/item", "unknown-word"),
            (
                vec![json!({"item": "USER_ACCOUNTS", "quantity": 1})],
                "/items/0/item",
                "unknown-word",
            ),
            (vec![json!({"item": 1, "quantity": 1})], "/items/0/item", "wrong-type"),
            (vec![json!(5)], "/items/0", "wrong-type"),
            (vec![json!(["user_accounts", 5, null])], "/items/0", "wrong-type"),
            (
                vec![json!({"item": "user_accounts", "quantity": 1, "until": "2014-10-31"})],
                "/items/0/until",
                "not-for-this-item",
            ),
            (
                vec![json!({"item": "support", "quantity": 1, "until": "2014-10-31"})],
                "/items/0/quantity",
                "not-for-this-item",
            ),
        ] {
            let call = Call::post(&customer.path("purchases"), &order_of("2014-1", &items));
            office.refuses_field(&call, at, fault);
        }
        for (member, value, fault) in [
            ("items", json!({}), "wrong-type"),
            ("notify", json!("yes"), "wrong-type"),
            ("notify", Value::Null, "wrong-type"),
            ("order_number", json!(""), "empty"),
            ("order_number", json!("x".repeat(65)), "too-long"),
            ("order_number", json!("2014\u{0}1"), "control-character"),
            ("order_number", json!(2014), "wrong-type"),
        ] {
            let mut body = order("2014-1", 20);
            body[member] = value;
            let call = Call::post(&customer.path("purchases"), &body);
            office.refuses_field(&call, &format!("/{member}"), fault);
        }
        office.buy(&customer, &order_of("2014-1", &three)).expect(201);
    }

    fn all_wrong_fields_are_named_at_once(database) {
        let office = TestOffice::start(database);
        let mut body = romashka();
        body["name"] = json!("");
        body["city"] = json!("x".repeat(101));
        body["email"] = json!("romashka");
        body["places"] = json!(0);
        let reply = office.refuses(&Call::post("/customers", &body), 400, "invalid-fields");
        let errors = reply.json["errors"].as_array().unwrap();
        let pointers: Vec<_> = errors.iter().map(|e| e["pointer"].as_str().unwrap()).collect();
        assert_eq!(pointers, ["/name", "/city", "/email", "/places"]);
        let detail = errors[1]["detail"].as_str().unwrap();
        assert!(detail.contains("100"), "says how much would fit: {detail}");
    }

    fn a_missing_field_is_named(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        for member in ["name", "region", "city", "postal_code", "email"] {
            let mut body = romashka();
            body.as_object_mut().unwrap().remove(member);
            let call = Call::post("/customers", &body);
            office.refuses_field(&call, &format!("/{member}"), "missing");
        }
        for member in ["order_number", "paid_on", "items"] {
            let mut body = order("2014-1", 20);
            body.as_object_mut().unwrap().remove(member);
            let call = Call::post(&customer.path("purchases"), &body);
            office.refuses_field(&call, &format!("/{member}"), "missing");
        }
    }
}
