//! Bad bodies, types, methods and addresses.

use crate::support::{Api, Browser, Call, TestOffice, order, romashka};
use serde_json::{Value, json};

/// A body's text with something put before its last bracket.
fn ending(body: &Value, more: &str) -> String {
    let text = body.to_string();
    format!("{}{more}}}", &text[..text.len() - 1])
}

on_both_databases! {
    fn an_unknown_field_is_refused_at_every_level(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let purchase = office.purchase(&customer, "2014-1", 20);
        let void = format!("/purchases/{purchase}/void");
        let change = |more: &str| {
            let call = Call::get(&format!("/customers/{}", customer.id)).with("if-match", "*");
            let body = format!(r#"{{"city": "Саров"{more}}}"#);
            call.with("content-type", "application/json").sending("PATCH", body.as_bytes())
        };
        let line = |more: &str| {
            let line = format!(r#"{{"item": "user_accounts", "quantity": 1{more}}}"#);
            let body = ending(&json!({"order_number": "2014-2", "paid_on": "2014-05-13"}), "");
            let body = format!(r#"{}, "items": [{line}]}}"#, &body[..body.len() - 1]);
            Call::post_text(&customer.path("purchases"), &body)
        };
        for (name, pointer) in [
            ("id", "id"),
            ("Name", "Name"),
            ("", ""),
            ("a/b", "a~1b"),
            ("a~b", "a~0b"),
            ("a`b", "a`b"),
            ("имя", "имя"),
            ("__proto__", "__proto__"),
        ] {
            let more = format!(r#", "{name}": 1"#);
            for (call, at) in [
                (Call::post_text("/customers", &ending(&romashka(), &more)), ""),
                (change(&more), ""),
                (
                    Call::post_text(
                        &customer.path("purchases"),
                        &ending(&order("2014-2", 1), &more),
                    ),
                    "",
                ),
                (line(&more), "/items/0"),
                (Call::post_text(&void, &ending(&json!({"reason": "x"}), &more)), ""),
            ] {
                office.refuses_field(&call, &format!("{at}/{pointer}"), "unknown-member");
            }
        }
    }

    fn a_repeated_field_is_refused_at_every_level(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let purchase = office.purchase(&customer, "2014-1", 20);
        let void = format!("/purchases/{purchase}/void");
        let orders = customer.path("purchases");
        let twice = r#"{"order_number": "2014-2", "paid_on": "2014-05-13",
            "items": [{"item": "user_accounts", "quantity": 1, "quantity": 2}]}"#;
        for (call, at) in [
            (Call::post_text("/customers", &ending(&romashka(), r#", "name": "b""#)), "/name"),
            (Call::post_text("/customers", &ending(&romashka(), r#", "n\u0061me": "b""#)), "/name"),
            (Call::post_text(&orders, &ending(&order("2014-2", 1), r#", "items": []"#)), "/items"),
            (Call::post_text(&orders, twice), "/items/0/quantity"),
            (Call::post_text(&void, r#"{"reason": "a", "reason": "a"}"#), "/reason"),
        ] {
            office.refuses_field(&call, at, "repeated");
        }
    }

    fn a_body_that_is_no_json_is_refused(database) {
        let office = TestOffice::start(database);
        let good = romashka().to_string();
        let nested = |open: &str, close: &str| open.repeat(5_000) + &close.repeat(5_000);
        for text in [
            "",
            " ",
            "{",
            "}",
            "nothing",
            "{\"name\": ",
            "{'name': 1}",
            "{name: 1}",
            "{\"name\": \"\\ud800\"}",
            "{\"name\": \"a\u{1}b\"}",
            "{\"name\": \"a\",}",
            &format!("{good}x"),
            &format!("{good}{good}"),
            &format!("/* */{good}"),
        ] {
            office.refuses(&Call::post_text("/customers", text), 400, "malformed-json");
        }
        for (text, at) in [
            ("null", ""),
            ("true", ""),
            ("5", ""),
            ("\"a\"", ""),
            ("[]", ""),
            (r#"["a", null, "b", "c", "d", "e@f.example"]"#, ""),
            (&nested("[", "]"), ""),
            (&nested("{\"name\":", "}"), "/name"),
            (&format!("{{\"name\": {}}}", nested("[", "]")), "/name"),
        ] {
            office.refuses_field(&Call::post_text("/customers", text), at, "wrong-type");
        }
        let deep = format!("{{\"unknown\": {}}}", nested("[", "]"));
        office.refuses_field(&Call::post_text("/customers", &deep), "/unknown", "unknown-member");
    }

    fn a_body_that_begins_with_a_mark_of_byte_order_is_read(database) {
        let office = TestOffice::start(database);
        let body = format!("\u{feff}{}", romashka());
        Call::post_text("/customers", &body).by(&office.api).expect(201);
        office.refuses(&Call::post_text("/customers", "\u{feff}\u{feff}{}"), 400, "malformed-json");
    }

    fn a_compressed_body_is_refused_and_the_answer_says_so(database) {
        let office = TestOffice::start(database);
        for encoding in ["gzip", "br", "zstd", "deflate", "gzip, identity"] {
            let call = Call::post("/customers", &romashka()).with("content-encoding", encoding);
            let refused = office.refuses(&call, 415, "unsupported-content-encoding");
            assert_eq!(refused.header("accept-encoding"), Some("identity"));
            assert!(refused.text_at("/detail").contains("Content-Encoding"), "{}", refused.text);
        }
        let plain = Call::post("/customers", &romashka()).with("content-encoding", "identity");
        plain.by(&office.api).expect(201);
    }

    fn bytes_that_are_no_utf_8_are_refused(database) {
        let office = TestOffice::start(database);
        let good = romashka().to_string();
        let (before, after) = good.split_once("Саров").unwrap();
        for bad in [&b"\xff"[..], b"\xc0\xaf", b"\xed\xa0\x80", b"\xd1", b"\xf5\x80\x80\x80"] {
            let body = [before.as_bytes(), bad, after.as_bytes()].concat();
            let call = Call::post_text("/customers", "").sending("POST", &body);
            office.refuses(&call, 400, "malformed-json");
            let statement = Call::statement("/activations", "").sending("POST", bad);
            office.refuses(&statement, 401, "statement-malformed");
        }
    }

    fn a_body_has_at_most_64_kib(database) {
        let office = TestOffice::start(database);
        let most = 64 * 1024;
        let mut fits = romashka().to_string();
        fits.push_str(&" ".repeat(most - fits.len()));
        Call::post_text("/customers", &fits).by(&office.api).expect(201);
        let large = format!("{fits} ");
        office.refuses(&Call::post_text("/customers", &large), 413, "body-too-large");
        let chunked = Call::post_text("/customers", &large).with("transfer-encoding", "chunked");
        office.refuses(&chunked, 413, "body-too-large");
        let statement = "a".repeat(most + 1);
        office.refuses(&Call::statement("/activations", &statement), 413, "body-too-large");
        let huge = Call::post_text("/customers", &"a".repeat(4 << 20));
        office.refuses(&huge, 413, "body-too-large");
    }

    fn a_call_names_the_type_of_its_body(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let body = romashka().to_string();
        let json = |content_type: &str| {
            Call::get("/customers")
                .with("content-type", content_type)
                .sending("POST", body.as_bytes())
        };
        for other in
            ["text/plain", "application/jwt", "application/jsonx", "application/problem+json", "x"]
        {
            office.refuses(&json(other), 415, "unsupported-media-type");
        }
        let none = Call::get("/customers").sending("POST", body.as_bytes());
        office.refuses(&none, 415, "unsupported-media-type");
        for path in ["/activations", "/emergency-licenses", "/usage", "/releases"] {
            let call = Call::post(path, &json!({}));
            office.refuses(&call, 415, "unsupported-media-type");
        }
        let text = Call::get(&customer.path("purchases")).with("content-type", "text/csv");
        office.refuses(&text.sending("POST", b"a;b"), 415, "unsupported-media-type");
        for same in ["application/json; charset=utf-8", "Application/JSON"] {
            json(same).by(&office.api).expect(201);
        }
    }

    fn a_wrong_method_is_told_the_right_ones(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let own = format!("/customers/{}", customer.id);
        for (path, wrong, allowed) in [
            ("/customers", vec!["PUT", "PATCH", "DELETE", "OPTIONS"], "GET, POST"),
            (&own, vec!["POST", "PUT", "DELETE"], "GET, PATCH"),
            (&customer.path("license"), vec!["POST", "PUT", "DELETE"], "GET"),
            (&customer.path("purchases"), vec!["PUT", "PATCH", "DELETE"], "GET, POST"),
            ("/purchases/pur_1/void", vec!["GET", "DELETE"], "POST"),
            ("/activations", vec!["GET", "PUT"], "POST"),
            ("/license", vec!["POST"], "GET"),
            ("/keys", vec!["POST"], "GET"),
            ("/.well-known/jwks.json", vec!["POST"], "GET"),
            ("/api/openapi.json", vec!["POST", "DELETE"], "GET"),
        ] {
            for method in wrong {
                let call = Call { method, ..Call::get(path) };
                let reply = office.refuses(&call, 405, "method-not-allowed");
                assert_eq!(reply.header("allow"), Some(allowed), "{method} {path}");
            }
        }
    }

    fn an_unknown_address_is_not_found(database) {
        let office = TestOffice::start(database);
        for path in [
            "/",
            "/customer",
            "/customers/",
            "/customers//license",
            "/customers/x/y",
            "/license/",
            "/api",
            "/api/",
            "/api/v1",
            "/api/v2/customers",
            "/api/openapi.yaml",
            "/%2e%2e/keys",
            "/CUSTOMERS",
        ] {
            office.refuses(&Call::get(path), 404, "route-not-found");
        }
        for page in ["/.env", "/customer", "/static/../keys"] {
            assert_eq!(Browser::new(&office).status("GET", page), 404, "{page}");
        }
        let stranger: &Api = &office.api.without_token();
        office.refuses_to(stranger, &Call::get("/customer"), 404, "route-not-found");
    }

    fn an_id_that_cannot_be_one_is_not_found(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let purchase = office.purchase(&customer, "2014-1", 20);
        let upper = customer.id.to_uppercase();
        for id in [
            "x",
            "cus_",
            "%00",
            "%FF",
            "%D0%AF",
            "%2e%2e%2fkeys",
            "' OR 1=1",
            "%",
            "1",
            &purchase,
            &upper,
            &format!("{}%00", customer.id),
            &format!("{}%20", customer.id),
        ] {
            let id = id.replace(' ', "%20").replace('\'', "%27");
            for path in [format!("/customers/{id}"), format!("/customers/{id}/license")] {
                office.refuses(&Call::get(&path), 404, "not-found");
            }
            let void = Call::post(&format!("/purchases/cus_{id}/void"), &json!({"reason": "x"}));
            office.refuses(&void, 404, "not-found");
        }
    }
}
