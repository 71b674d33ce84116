//! Bad statements: each is refused with a code of its own, and changes nothing.

use crate::support::{
    Call, Customer, InstallationKey, Statement, TestOffice, activation, emergency, unique,
};
use serde_json::{Value, json};

/// A customer with a purchase and an activated installation, and one place more.
fn licensed(office: &TestOffice) -> (Customer, InstallationKey) {
    let customer = office.customer_with(&json!({"places": 2}));
    office.purchase(&customer, "2014-1", 20);
    let key = office.activated_key(&customer);
    (customer, key)
}

fn usage() -> Value {
    json!({"usage": {"user_accounts": 19, "emergency_accounts": 0, "external_connections": 0}})
}

/// Every call that takes a statement, with what it asks.
fn calls(customer: &Customer) -> [(&'static str, Value); 5] {
    [
        ("/activations", activation(&customer.activation_key, "pbx-2")),
        ("/license", json!({"license": {}})),
        ("/emergency-licenses", emergency(10)),
        ("/usage", usage()),
        ("/releases", json!({"release": {}})),
    ]
}

/// The call must be refused for its statement, wherever it stands.
#[track_caller]
fn refuses(office: &TestOffice, path: &str, statement: &str, code: &str) {
    if path == "/license" {
        let api = office.api.with_token(statement);
        office.refuses_to(&api, &Call::get(path), 401, code);
    } else {
        office.refuses(&Call::statement(path, statement), 401, code);
    }
}

/// Refused on every call that takes a statement.
fn refused_everywhere(office: &TestOffice, spoil: impl Fn(Statement) -> String, code: &str) {
    let (customer, key) = licensed(office);
    for (path, req) in calls(&customer) {
        refuses(office, path, &spoil(key.asks(office, &req)), code);
    }
    for purchase in office.list(&customer.path("purchases")) {
        office.void(purchase["id"].as_str().unwrap()).expect(201);
    }
}

on_both_databases! {
    fn a_statement_has_its_time(database) {
        let office = TestOffice::start(database);
        let now = office.now().as_second();
        for (iat, exp, code) in [
            (-120, 0, "statement-expired"),
            (-120, -1, "statement-expired"),
            (-86_400, -86_000, "statement-expired"),
            (0, 301, "statement-too-long-lived"),
            (-1, 300, "statement-too-long-lived"),
            (0, 30 * 86_400, "statement-too-long-lived"),
            (60, 60, "statement-too-long-lived"),
            (60, 30, "statement-too-long-lived"),
            (61, 120, "statement-from-the-future"),
            (86_400, 86_500, "statement-from-the-future"),
        ] {
            let spoil = |statement: Statement| {
                statement.with("iat", now + iat).with("exp", now + exp).signed()
            };
            refused_everywhere(&office, spoil, code);
        }
        for claim in ["iat", "exp"] {
            for value in [json!(i64::MAX), json!(i64::MIN), json!(1.5), json!("now"), Value::Null] {
                let spoil = |statement: Statement| statement.with(claim, value.clone()).signed();
                refused_everywhere(&office, spoil, "statement-malformed");
            }
        }
        let (_, key) = licensed(&office);
        for (iat, exp) in [(0, 300), (-299, 1), (60, 360)] {
            let statement =
                key.asks(&office, &usage()).with("iat", now + iat).with("exp", now + exp);
            office.api.post_statement("/usage", &statement.signed()).expect(204);
        }
    }

    fn a_statement_is_for_this_office_alone(database) {
        let office = TestOffice::start(database);
        for audience in [
            "https://other.example",
            "",
            "https://licenses.vendor.example/",
            "HTTPS://licenses.vendor.example",
            "https://licenses.vendor.example.evil.example",
        ] {
            let spoil = |statement: Statement| statement.with("aud", audience).signed();
            refused_everywhere(&office, spoil, "statement-audience");
        }
    }

    fn a_statement_is_for_this_call_alone(database) {
        let office = TestOffice::start(database);
        let (customer, key) = licensed(&office);
        for (path, own) in calls(&customer) {
            for (_, other) in calls(&customer).into_iter().filter(|(_, other)| *other != own) {
                let statement = key.asks(&office, &other).signed();
                refuses(&office, path, &statement, "statement-mismatch");
            }
        }
    }

    fn a_statement_is_signed_by_the_key_that_it_names(database) {
        let office = TestOffice::start(database);
        let other = InstallationKey::new();
        let spoils: [&dyn Fn(Statement) -> String; 7] = [
            &|statement| statement.signed_by(&other),
            &|statement| statement.with("iss", other.thumbprint()).signed(),
            &|statement| statement.with_header("jwk", json!(other.public().jwk())).signed(),
            &|statement| statement.with("iss", "").signed(),
            &|statement| {
                let weak =
                    json!({"kty": "OKP", "crv": "Ed25519", "x": format!("AQ{}", "A".repeat(41))});
                statement.with_header("jwk", weak).signed()
            },
            &|statement| {
                let ec = json!({"kty": "EC", "crv": "P-256", "x": "AA"});
                statement.with_header("jwk", ec).signed()
            },
            &|statement| {
                let (signed, _) = statement
                    .signed()
                    .rsplit_once('.')
                    .map(|(a, b)| (a.to_owned(), b.len()))
                    .unwrap();
                format!("{signed}.{}", "A".repeat(86))
            },
        ];
        for spoil in spoils {
            refused_everywhere(&office, spoil, "statement-signature");
        }
    }

    fn a_changed_statement_does_not_fit_its_signature(database) {
        let office = TestOffice::start(database);
        let (_, key) = licensed(&office);
        let one = key.asks(&office, &emergency(1));
        let ten = one.clone().with("req", emergency(10));
        let parts = |token: &str| token.split('.').map(str::to_owned).collect::<Vec<_>>();
        let (one, ten) = (parts(&one.signed()), parts(&ten.signed()));
        let mixed = format!("{}.{}.{}", one[0], ten[1], one[2]);
        refuses(&office, "/emergency-licenses", &mixed, "statement-signature");
    }

    fn a_statement_has_the_one_algorithm(database) {
        let office = TestOffice::start(database);
        for none in ["none", "None", "NONE", ""] {
            let unsigned = |statement: Statement| statement.with_header("alg", none).unsigned();
            refused_everywhere(&office, unsigned, "statement-algorithm");
            let signed = |statement: Statement| statement.with_header("alg", none).signed();
            refused_everywhere(&office, signed, "statement-algorithm");
        }
        let hmac = |statement: Statement| statement.with_header("alg", "HS256").signed_by_hmac();
        refused_everywhere(&office, hmac, "statement-algorithm");
        for other in ["HS256", "RS256", "ES256", "Ed25519", "eddsa"] {
            let spoil = |statement: Statement| statement.with_header("alg", other).signed();
            refused_everywhere(&office, spoil, "statement-algorithm");
        }
        let empty = |statement: Statement| statement.unsigned();
        refused_everywhere(&office, empty, "statement-signature");
    }

    fn a_statement_has_the_one_type(database) {
        let office = TestOffice::start(database);
        for typ in ["license+jwt", "license-key+jwt", "JWT", "", "LICENSE-REQUEST+JWT"] {
            let spoil = |statement: Statement| statement.with_header("typ", typ).signed();
            refused_everywhere(&office, spoil, "statement-type");
        }
        let (customer, _) = licensed(&office);
        let license = office.api.get(&customer.path("license")).text_at("/document");
        let header = license.split('.').next().unwrap();
        let certificate = header_of(header)["cert"].as_str().unwrap().to_owned();
        for (path, _) in calls(&customer) {
            refuses(&office, path, &license, "statement-type");
            refuses(&office, path, &certificate, "statement-type");
        }
    }

    fn a_statement_that_is_none_is_malformed(database) {
        let office = TestOffice::start(database);
        let (customer, key) = licensed(&office);
        let good = key.asks(&office, &usage()).signed();
        let token = office.token(licentia::app::Role::Admin);
        for text in [
            ".",
            "..",
            "...",
            "a",
            "a.b",
            "a.b.c",
            "e30.e30.e30",
            "{}",
            &token,
            &good[1..],
            &format!("{good}."),
            &format!("{good}="),
            &format!("a{good}"),
            &format!("{good}.{good}"),
        ] {
            for (path, _) in calls(&customer) {
                refuses(&office, path, text, "statement-malformed");
            }
        }
        refuses(&office, "/usage", "", "statement-malformed");
        let stranger = office.api.without_token();
        office.refuses_to(&stranger, &Call::get("/license"), 401, "unauthenticated");
    }

    fn the_claims_of_a_statement_fit_exactly(database) {
        let office = TestOffice::start(database);
        let (customer, key) = licensed(&office);
        let good = || key.asks(&office, &usage());
        for (claim, value) in [
            ("jti", json!("")),
            ("jti", json!("x".repeat(101))),
            ("jti", json!(5)),
            ("jti", json!("a\u{0}b")),
            ("jti", json!("a\nb")),
            ("jti", Value::Null),
            ("nbf", json!(0)),
            ("iss", json!(5)),
            ("aud", json!(["https://licenses.vendor.example"])),
            ("req", json!({})),
            ("req", json!("usage")),
            ("req", json!([])),
            ("req", Value::Null),
            ("req", json!({"unknown": {}})),
            ("req", json!({"usage": {}})),
            ("req", json!({"license": {}, "release": {}})),
            ("req", json!({"license": {"x": 1}})),
        ] {
            let statement = good().with(claim, value).signed();
            refuses(&office, "/usage", &statement, "statement-malformed");
        }
        for member in ["jwk", "typ", "alg"] {
            let statement = good().with_header(member, Value::Null).signed();
            refuses(&office, "/usage", &statement, "statement-malformed");
        }
        let critical = good().with_header("crit", json!(["exp"])).signed();
        refuses(&office, "/usage", &critical, "statement-malformed");
        let claims = good().claims.to_string();
        let twice = format!("{}, \"jti\": \"a\"}}", &claims[..claims.len() - 1]);
        refuses(&office, "/usage", &good().signed_claims(&twice), "statement-malformed");
        for accounts in [json!(1.5), json!("9x"), json!(true), Value::Null, json!(u64::MAX)] {
            let statement = key.asks(&office, &emergency(accounts)).signed();
            refuses(&office, "/emergency-licenses", &statement, "statement-malformed");
        }
        let mut req = activation(&customer.activation_key, "pbx-2");
        req["activate"]["places"] = json!(5);
        let statement = InstallationKey::new().asks(&office, &req).signed();
        refuses(&office, "/activations", &statement, "statement-malformed");
    }

    fn a_statement_of_a_stranger_finds_no_installation(database) {
        let office = TestOffice::start(database);
        let (customer, _) = licensed(&office);
        for (path, req) in calls(&customer).into_iter().filter(|(path, _)| *path != "/activations")
        {
            let statement = InstallationKey::new().asks(&office, &req).signed();
            refuses(&office, path, &statement, "installation-unknown");
        }
    }

    fn a_statement_sent_twice_has_one_outcome(database) {
        let office = TestOffice::start(database);
        let (customer, key) = licensed(&office);
        let fresh = InstallationKey::new();
        for (path, req) in calls(&customer).into_iter().filter(|(path, _)| *path != "/license") {
            let by = if path == "/activations" { &fresh } else { &key };
            let statement = by.asks(&office, &req);
            let first = office.api.post_statement(path, &statement.signed());
            assert!((200..300).contains(&first.status), "{path}: {}", first.text);
            let rows = office.rows().without_progress_of_mails();
            let again = office.api.post_statement(path, &statement.signed());
            assert_eq!((again.status, &again.text), (first.status, &first.text), "{path}");
            assert_eq!(office.rows().without_progress_of_mails(), rows, "{path}");

            let now = statement.claims["exp"].as_i64().unwrap();
            let other = statement.clone().with("exp", now + 1).signed();
            office.refuses(&Call::statement(path, &other), 409, "statement-reused");
        }
    }

    fn a_statement_with_a_jti_of_another_call_is_refused(database) {
        let office = TestOffice::start(database);
        let (_, key) = licensed(&office);
        let used = key.asks(&office, &usage());
        office.api.post_statement("/usage", &used.signed()).expect(204);
        let other = key.asks(&office, &emergency(10)).with("jti", used.jti()).signed();
        office.refuses(&Call::statement("/emergency-licenses", &other), 409, "statement-reused");
    }

    fn two_installations_may_use_the_same_jti(database) {
        let office = TestOffice::start(database);
        let (customer, first) = licensed(&office);
        let second = office.activated_key(&customer);
        let jti = unique("shared");
        for key in [first, second] {
            let statement = key.asks(&office, &usage()).with("jti", jti.as_str()).signed();
            office.api.post_statement("/usage", &statement).expect(204);
        }
        let all = office.list(&customer.path("installations"));
        assert!(all.iter().all(|installation| installation["usage"]["user_accounts"] == 19));
    }
}

/// A JWS's header, taken apart.
fn header_of(part: &str) -> Value {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}
