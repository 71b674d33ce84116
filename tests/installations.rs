//! Installations: activation, places, usage, release.

use crate::support::{Call, InstallationKey, TestOffice, activation, at_once, unique};
use serde_json::{Value, json};
use std::slice;

const PATH: &str = "/activations";

/// The ids and release times of a customer's installations, oldest first.
fn places(office: &TestOffice, path: &str) -> Vec<(String, bool)> {
    let all = office.list(path);
    let shown = |i: &Value| (i["id"].as_str().unwrap().to_owned(), i["released_at"].is_null());
    all.iter().map(shown).collect()
}

/// A customer's installations, without what is known of them beside.
fn listed(office: &TestOffice, path: &str) -> Vec<Value> {
    let mut all = office.list(path);
    for installation in &mut all {
        let members = installation.as_object_mut().unwrap();
        assert!(members.remove("heard_at").is_some() && members.remove("possible_clone").is_some());
    }
    all
}

fn usage(user_accounts: impl Into<Value>) -> Value {
    json!({"usage": {
        "user_accounts": user_accounts.into(),
        "emergency_accounts": 2,
        "external_connections": 3,
    }})
}

on_both_databases! {
    fn an_activation_binds_an_installation_to_the_customer(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let key = InstallationKey::new();
        let made = office.asked(&key, PATH, &activation(&customer.activation_key, "pbx-1"));
        let made = made.expect(201).json;
        let installation = &made["installation"];
        assert_eq!(installation["customer"], customer.id.as_str());
        assert_eq!(installation["thumbprint"], key.thumbprint());
        assert_eq!(installation["name"], "pbx-1");
        assert_eq!(installation["product_version"], "5.1");
        assert_eq!(installation["activated_at"], "2014-05-13T10:00:00Z");
        assert_eq!(installation["released_at"], Value::Null);
        assert_eq!(installation["usage"], Value::Null);
        assert_eq!(
            listed(&office, &customer.path("installations"))[..],
            *slice::from_ref(installation)
        );
        assert_eq!(office.fetched(&key, &[]).text, made["license"].as_str().unwrap());
        assert_eq!(office.claims(&customer)["aud"], json!([key.thumbprint()]));
        assert_eq!(office.audited(&customer), ["customer.created", "installation.activated"]);
        assert!(!office.rows().hold(&customer.activation_key), "no stored row holds the key");
    }

    fn an_active_installation_is_answered_with_its_place_and_the_current_license(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let key = office.activated_key(&customer);
        office.purchase(&customer, "2014-1", 20);
        let rows = office.rows().without_progress_of_mails();
        let again = office.asked(&key, PATH, &activation(&customer.activation_key, "other name"));
        let again = again.expect(200).json;
        assert_eq!(again["license"], office.fetched(&key, &[]).text.as_str());
        assert_eq!(again["installation"], listed(&office, &customer.path("installations"))[0]);
        assert_eq!(office.rows().without_progress_of_mails(), rows);
    }

    fn the_activation_key_can_be_used_again_until_the_house_is_full(database) {
        let office = TestOffice::start(database);
        let customer = office.customer_with(&json!({"places": 2}));
        let [first, second] = [office.activated_key(&customer), office.activated_key(&customer)];
        let late = InstallationKey::new();
        let req = activation(&customer.activation_key, "late");
        let full = Call::statement(PATH, &late.asks(&office, &req).signed());
        office.refuses(&full, 409, "no-free-place");

        office.asked(&first, "/releases", &json!({"release": {}})).expect(204);
        full.by(&office.api).expect(201);
        let back = Call::statement(PATH, &first.asks(&office, &req).signed());
        office.refuses(&back, 409, "no-free-place");
        let aud = office.claims(&customer)["aud"].clone();
        let mut aud: Vec<_> = aud.as_array().unwrap().iter().map(|a| a.as_str().unwrap()).collect();
        let mut expected = [second.thumbprint(), late.thumbprint()];
        aud.sort_unstable();
        expected.sort_unstable();
        assert_eq!(aud, expected);
    }

    fn of_many_activations_at_once_only_as_many_succeed_as_there_are_places(database) {
        let office = TestOffice::start(database);
        let customer = office.customer_with(&json!({"places": 3}));
        let mut statuses = at_once(16, |_| {
            let req = activation(&customer.activation_key, &unique("pbx"));
            office.asked(&InstallationKey::new(), PATH, &req).status
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [vec![201; 3], vec![409; 13]].concat());
        assert_eq!(office.claims(&customer)["aud"].as_array().unwrap().len(), 3);
    }

    fn there_is_one_answer_for_every_wrong_activation_key(database) {
        let office = TestOffice::start(database);
        let [customer, other] = [office.customer(), office.customer()];
        office.api.post(&other.path("activation-key"), &json!({})).expect(201);
        let right = &customer.activation_key;
        let wrong = [
            String::new(),
            "A".repeat(26),
            "0".repeat(10_000),
            right[1..].to_owned(),
            format!("{right}A"),
            "ключ".into(),
            "' OR 1=1 --".into(),
            customer.id.clone(),
            other.activation_key,
        ];
        let mut answers = Vec::new();
        for activation_key in wrong {
            let req = activation(&activation_key, "pbx-1");
            let statement = InstallationKey::new().asks(&office, &req).signed();
            let call = Call::statement(PATH, &statement);
            let reply = office.refuses(&call, 401, "activation-key-unknown");
            let mut body = reply.json.as_object().unwrap().clone();
            body.remove("request_id");
            let headers = reply.headers.into_iter().filter(|(name, _)| {
                !["date", "content-length", "x-request-id"].contains(&name.as_str())
            });
            answers.push((body, headers.collect::<Vec<_>>()));
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    }

    fn a_renewed_activation_key_replaces_the_old_one_and_active_installations_stay(database) {
        let office = TestOffice::start(database);
        let customer = office.customer_with(&json!({"places": 2}));
        let active = office.activated_key(&customer);
        let renewed = office.api.post(&customer.path("activation-key"), &json!({})).expect(201);
        let old = activation(&customer.activation_key, "pbx-2");
        let statement = InstallationKey::new().asks(&office, &old).signed();
        office.refuses(&Call::statement(PATH, &statement), 401, "activation-key-unknown");
        let new = activation(&renewed.text_at("/activation_key"), "pbx-2");
        office.asked(&InstallationKey::new(), PATH, &new).expect(201);
        office.fetched(&active, &[]).expect(200);
    }

    fn an_activation_key_is_read_as_people_write_it(database) {
        let office = TestOffice::start(database);
        let customer = office.customer_with(&json!({"places": 3}));
        let key = &customer.activation_key;
        let grouped: Vec<&str> =
            [&key[..6], &key[6..11], &key[11..16], &key[16..21], &key[21..]].into();
        for written in [grouped.join("-"), key.to_lowercase(), format!(" {key} ")] {
            let req = activation(&written, "pbx");
            office.asked(&InstallationKey::new(), PATH, &req).expect(201);
        }
    }

    fn an_installation_that_is_active_elsewhere_is_refused(database) {
        let office = TestOffice::start(database);
        let [first, second] = [office.customer(), office.customer()];
        let key = office.activated_key(&first);
        let req = activation(&second.activation_key, "pbx-1");
        let moving = Call::statement(PATH, &key.asks(&office, &req).signed());
        office.refuses(&moving, 409, "installation-elsewhere");
        office.asked(&key, "/releases", &json!({"release": {}})).expect(204);
        moving.by(&office.api).expect(201);
        assert_eq!(office.claims(&first)["aud"], json!([]));
        assert_eq!(office.claims(&second)["aud"], json!([key.thumbprint()]));
    }

    fn an_installation_gives_its_own_place_back(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let key = office.activated_key(&customer);
        let statement = key.asks(&office, &json!({"release": {}})).signed();
        office.api.post_statement("/releases", &statement).expect(204);
        assert!(!places(&office, &customer.path("installations"))[0].1);
        assert_eq!(office.claims(&customer)["aud"], json!([]));
        office.api.post_statement("/releases", &statement).expect(204);

        let license = json!({"license": {}});
        let fetch = Call::get("/license");
        let api = office.api.with_token(&key.asks(&office, &license).signed());
        office.refuses_to(&api, &fetch, 401, "installation-released");
        for (path, req) in [("/releases", json!({"release": {}})), ("/usage", usage(19))] {
            let call = Call::statement(path, &key.asks(&office, &req).signed());
            office.refuses(&call, 401, "installation-released");
        }
    }

    fn staff_take_a_place_back_once(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        office.activated_key(&customer);
        let id = places(&office, &customer.path("installations"))[0].0.clone();
        let path = format!("/installations/{id}/release");
        let released = office.api.post(&path, &json!({})).expect(200).json;
        assert_eq!(released["released_at"], "2014-05-13T10:00:00Z");
        assert_eq!(released, listed(&office, &customer.path("installations"))[0]);
        assert_eq!(office.claims(&customer)["aud"], json!([]));
        office.refuses(&Call::post(&path, &json!({})), 409, "already-released");
        assert_eq!(office.audited(&customer).last().unwrap(), "installation.released");
        office.activated_key(&customer);
    }

    fn usage_is_shown_to_staff_and_changes_no_license(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let key = office.activated_key(&customer);
        let license = office.fetched(&key, &[]).text;
        for counted in [19, 20, 0, i64::from(i32::MAX)] {
            office.asked(&key, "/usage", &usage(counted)).expect(204);
            let shown = &office.list(&customer.path("installations"))[0]["usage"];
            assert_eq!(
                *shown,
                json!({
                    "user_accounts": counted,
                    "emergency_accounts": 2,
                    "external_connections": 3,
                    "reported_at": "2014-05-13T10:00:00Z",
                })
            );
        }
        assert_eq!(office.fetched(&key, &[]).text, license);
        for counted in [-1, i64::from(i32::MAX) + 1] {
            let call = Call::statement("/usage", &key.asks(&office, &usage(counted)).signed());
            office.refuses_field(&call, "/req/usage/user_accounts", "out-of-range");
        }
    }

    fn what_an_installation_says_of_itself_is_one_line_each(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let key = InstallationKey::new();
        for (member, value, fault) in [
            ("name", json!(""), "empty"),
            ("name", json!("a\r\nb"), "control-character"),
            ("name", json!("x".repeat(101)), "too-long"),
            ("name", json!("x".repeat(10_000)), "too-long"),
            ("product_version", json!("\u{0}"), "control-character"),
            ("product_version", json!("5".repeat(51)), "too-long"),
            ("fingerprint", json!({"machine_id": ""}), "too-long"),
            ("fingerprint", (0..17).map(|i| (i.to_string(), json!("x"))).collect(), "too-long"),
        ] {
            let mut req = activation(&customer.activation_key, "pbx-1");
            req["activate"][member] = value;
            let call = Call::statement(PATH, &key.asks(&office, &req).signed());
            office.refuses_field(&call, &format!("/req/activate/{member}"), fault);
        }
    }
}
