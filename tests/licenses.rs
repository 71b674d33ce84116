//! Licenses: what issues one and what does not, and the very bytes of it.

use crate::support::{
    Call, Customer, InstallationKey, TestOffice, accounts, emergency, order_of, support,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::SignedDuration;
use licentia_license::Trust;
use serde_json::{Value, json};

/// What the customer's licenses were issued for, oldest first.
fn causes(office: &TestOffice, customer: &Customer) -> Vec<String> {
    let licenses = office.list(&customer.path("licenses"));
    licenses.iter().map(|license| license["cause"].as_str().unwrap().to_owned()).collect()
}

fn change(office: &TestOffice, customer: &Customer, change: &Value) {
    let call = Call::get(&format!("/customers/{}", customer.id)).with("if-match", "*");
    let call = call.with("content-type", "application/json");
    call.sending("PATCH", change.to_string().as_bytes()).by(&office.api).expect(200);
}

/// The claims of a compact JWS, unchecked.
fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

on_both_databases! {
    fn a_license_is_issued_for_each_cause_and_for_nothing_else(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        change(&office, &customer, &json!({"name": "ООО «Лютик»"}));
        assert!(causes(&office, &customer).is_empty(), "nothing to state before the first cause");
        office.refuses(&Call::get(&customer.path("license")), 404, "not-found");

        let purchase = office.purchase(&customer, "2014-1", 20);
        let key = office.activated_key(&customer);
        office.asked(&key, "/emergency-licenses", &emergency(10)).expect(201);
        change(&office, &customer, &json!({"city": "Арзамас"}));
        office.void(&purchase).expect(201);
        office.asked(&key, "/releases", &json!({"release": {}})).expect(204);
        let expected = ["purchase", "activation", "grant", "licensee", "void", "release"];
        assert_eq!(causes(&office, &customer), expected);

        let key = office.activated_key(&customer);
        let issued = office.rows().count("licenses");
        office.asked(&key, "/emergency-licenses", &emergency(10)).expect(200);
        let counts = json!({"usage": {
            "user_accounts": 1, "emergency_accounts": 1, "external_connections": 1,
        }});
        office.asked(&key, "/usage", &counts).expect(204);
        office.fetched(&key, &[]).expect(200);
        office.api.post(&customer.path("activation-key"), &json!({})).expect(201);
        change(
            &office,
            &customer,
            &json!({"email": "it@lutik.example", "language": "en", "places": 3}),
        );
        office.pass(SignedDuration::from_hours(24 * 60));
        office.fetched(&key, &[]).expect(200);
        office.api.get(&customer.path("license")).expect(200);
        assert_eq!(office.rows().count("licenses"), issued);
    }

    fn the_sequence_number_rises_strictly_and_the_time_never_falls(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        for (number, moved) in [0, 0, 0, 3600, -7200, 0, 60, 86_400].into_iter().enumerate() {
            office.pass(SignedDuration::from_secs(moved));
            office.purchase(&customer, &format!("2014-{number}"), 1);
        }
        let licenses = office.list(&customer.path("licenses"));
        let start = 1_399_975_200;
        let seqs: Vec<_> = licenses.iter().map(|l| l["seq"].as_i64().unwrap() - start).collect();
        let iats: Vec<_> =
            licenses.iter().map(|l| l["claims"]["iat"].as_i64().unwrap() - start).collect();
        assert_eq!(iats, [0, 0, 0, 3600, 3600, 3600, 3600, 82_860]);
        assert_eq!(seqs, [0, 1, 2, 3600, 3601, 3602, 3603, 82_860], "max(previous + 1, iat)");
        for license in &licenses {
            assert_eq!(license["seq"], license["claims"]["seq"]);
            assert_eq!(license["id"], license["claims"]["jti"]);
            let totals = license["claims"]["user_accounts"].as_i64().unwrap();
            assert!((1..=8).contains(&totals));
        }
    }

    fn a_license_states_who_issued_what_to_whom(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        office
            .buy(&customer, &order_of("2014-1", &[accounts(20), support("2014-10-31")]))
            .expect(201);
        let key = office.activated_key(&customer);
        let token = office.fetched(&key, &[]).expect(200).text;
        let stated = claims(&token);
        assert_eq!(stated, office.claims(&customer));
        let jti = stated["jti"].as_str().unwrap();
        assert!(jti.starts_with("lic_"), "{jti}");
        assert_eq!(
            stated,
            json!({
                "iss": "https://licenses.vendor.example",
                "sub": customer.id,
                "jti": jti,
                "iat": 1_399_975_200,
                "seq": 1_399_975_201,
                "aud": [key.thumbprint()],
                "licensee": {
                    "name": "ООО «Ромашка»",
                    "country": "Россия",
                    "region": "Нижегородская область",
                    "city": "Саров",
                    "postal_code": "607190",
                },
                "user_accounts": 20,
                "external_connections": 0,
                "support_until": "2014-10-31",
                "emergency": null,
            })
        );
        let verified = Trust::new(&office.roots()).unwrap().license(&token).unwrap();
        assert_eq!(verified.license.jti, jti);
    }

    fn a_license_names_exactly_the_active_installations(database) {
        let office = TestOffice::start(database);
        let customer = office.customer_with(&json!({"places": 20}));
        let audience = || {
            let aud = office.claims(&customer)["aud"].clone();
            let mut aud: Vec<String> = serde_json::from_value(aud).unwrap();
            aud.sort();
            aud
        };
        office.purchase(&customer, "2014-1", 1);
        assert!(audience().is_empty());
        let mut keys: Vec<InstallationKey> = Vec::new();
        for _ in 0..20 {
            keys.push(office.activated_key(&customer));
        }
        for count in (0..=20).rev() {
            let mut expected: Vec<String> = keys.iter().map(InstallationKey::thumbprint).collect();
            expected.sort();
            assert_eq!((audience(), keys.len()), (expected, count));
            let Some(key) = keys.pop() else { break };
            office.asked(&key, "/releases", &json!({"release": {}})).expect(204);
        }
    }

    fn a_change_of_the_licensee_is_stated_and_is_told_by_no_mail(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        office.purchase(&customer, "2014-1", 1);
        for (member, value) in [
            ("name", json!("ООО «Лютик»")),
            ("country", json!("")),
            ("region", json!("Псковская область")),
            ("city", json!("Псков")),
            ("postal_code", json!("180000")),
        ] {
            change(&office, &customer, &json!({member: value}));
            let stated = office.claims(&customer)["licensee"][member].clone();
            assert_eq!(stated, if value == "" { Value::Null } else { value });
        }
        assert_eq!(causes(&office, &customer).len(), 6);
        assert_eq!(office.mails_about(&customer), ["license_ready"]);
    }

    fn everyone_gets_the_very_bytes_that_were_stored(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        office.purchase(&customer, "2014-1", 20);
        let key = office.activated_key(&customer);
        let asked = office.asked(&key, "/emergency-licenses", &emergency(10)).expect(201);
        let bytes = asked.text_at("/license");
        assert!(office.rows().hold(&bytes));

        let fetched = office.fetched(&key, &[]).expect(200);
        let path = customer.path("license");
        let jwt = office.api.call("GET", &path, &[("accept", "application/jwt")], None).unwrap();
        for reply in [&fetched, &jwt] {
            assert_eq!(reply.text, bytes);
            assert_eq!(reply.header("content-type"), Some("application/jwt"));
        }
        assert_eq!(fetched.header("etag"), jwt.header("etag"));
        assert_eq!(office.api.get(&path).text_at("/document"), bytes);
        let all = office.list(&customer.path("licenses"));
        assert_eq!(all.last().unwrap()["document"], bytes.as_str());
        assert!(office.api.get(&path).header("vary").unwrap().contains("Accept"));
    }

    fn a_fetch_has_an_etag_of_its_bytes_and_304_while_it_is_current(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let key = office.activated_key(&customer);
        let first = office.fetched(&key, &[]).expect(200);
        let etag = first.header("etag").unwrap();
        assert!(etag.starts_with('"') && etag.ends_with('"'), "strong: {etag}");
        assert_eq!(first.header("cache-control"), Some("private, no-cache"));
        assert!(first.header("vary").unwrap().contains("Authorization"));
        for known in [etag, "*", &format!("\"other\", {etag}"), &format!("W/{etag}")] {
            let same = office.fetched(&key, &[("if-none-match", known)]);
            assert_eq!((same.status, same.text.as_str()), (304, ""), "{known}");
            assert_eq!(same.header("etag"), Some(etag));
        }
        office.fetched(&key, &[("if-none-match", "\"other\"")]).expect(200);
        office.purchase(&customer, "2014-1", 1);
        let second = office.fetched(&key, &[("if-none-match", etag)]).expect(200);
        assert_ne!(second.header("etag"), Some(etag));
    }

    fn every_read_of_staff_has_an_etag_and_304(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let mut order = order_of("2014-1", &[accounts(1)]);
        order["notify"] = json!(false);
        office.buy(&customer, &order).expect(201);
        office.stopped_mail(&customer);
        let own = ["license", "licenses", "purchases", "emergency-grants", "installations"];
        let mut paths: Vec<String> = own.iter().map(|what| customer.path(what)).collect();
        paths.push(format!("/customers/{}", customer.id));
        paths.extend(["/customers", "/mails", "/audit-events", "/keys"].map(Into::into));
        paths.push("/.well-known/jwks.json".into());
        for path in paths {
            let first = office.api.get(&path).expect(200);
            let etag = first.header("etag").unwrap_or_else(|| panic!("no ETag on {path}"));
            let known = [("if-none-match", etag)];
            let again = office.api.call("GET", &path, &known, None).unwrap();
            assert_eq!((again.status, again.text.as_str()), (304, ""), "{path}");
        }
    }
}
