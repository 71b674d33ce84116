//! The panel of an installation, for the product's settings page: the office and the client say the
//! same, as `docs/panel.schema.json` describes it.

use crate::support::{
    Customer, InstallationKey, TestOffice, accounts, connections, emergency, order_of, support,
};
use jsonschema::Validator;
use licentia_client::{Installation, Request, Usage};
use serde_json::{Value, json};
use std::fs;

/// Says what of a panel is not as the schema has it; members that it does not know are faults here.
struct PanelSchema(Validator);

impl PanelSchema {
    fn new() -> Self {
        let root = env!("CARGO_MANIFEST_DIR");
        let text = fs::read_to_string(format!("{root}/docs/panel.schema.json")).unwrap();
        let mut schema: Value = serde_json::from_str(&text).unwrap();
        assert!(jsonschema::meta::is_valid(&schema), "it is a schema of its draft");
        close(&mut schema);
        Self(jsonschema::options().should_validate_formats(true).build(&schema).unwrap())
    }

    fn faults(&self, panel: &Value) -> Vec<String> {
        let fault =
            |error: jsonschema::ValidationError<'_>| format!("{}: {error}", error.instance_path());
        self.0.iter_errors(panel).map(fault).collect()
    }

    fn assert_valid(&self, panel: &Value) {
        assert_eq!(self.faults(panel), [""; 0], "{panel:#}");
    }
}

/// Lets objects have no other members than those described.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.values_mut().for_each(close);
            if members.get("type").is_some_and(|kind| kind == "object") {
                members.insert("additionalProperties".into(), json!(false));
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(close),
        _ => {}
    }
}

/// The panel as an installation asks for it.
fn panel(office: &TestOffice, key: &InstallationKey) -> Value {
    told(office, &key.asks(office, &json!({"license": {}})).signed())
}

fn told(office: &TestOffice, statement: &str) -> Value {
    let panel = office.api.with_token(statement).get("/panel").expect(200).json;
    PanelSchema::new().assert_valid(&panel);
    panel
}

fn right(panel: &Value) -> (Option<bool>, Option<&str>) {
    (panel["may_request_emergency"].as_bool(), panel["emergency_refusal"].as_str())
}

fn customer_with_key(office: &TestOffice) -> (Customer, InstallationKey) {
    let customer = office.customer();
    let key = office.activated_key(&customer);
    (customer, key)
}

on_both_databases! {
    fn the_panel_states_the_license_and_what_this_installation_counts(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let (key, other) = (office.activated_key(&customer), InstallationKey::new());
        let items = [accounts(20), connections(2), support("2014-10-31")];
        office.buy(&customer, &order_of("2014-1", &items)).expect(201);
        let before = panel(&office, &key);
        assert_eq!(before["user_accounts"], json!({"used": null, "licensed": 20}));
        let usage = json!({"usage": {
            "user_accounts": 19, "emergency_accounts": 0, "external_connections": 1,
        }});
        office.asked(&key, "/usage", &usage).expect(204);
        office.asked(&key, "/emergency-licenses", &emergency(3)).expect(201);

        let rows = office.rows().without_progress_of_mails();
        let panel = panel(&office, &key);
        assert_eq!(office.rows().without_progress_of_mails(), rows, "nothing was written");
        let license = office.api.get(&customer.path("license")).json;
        assert_eq!(panel["licensee"]["city"], office.claims(&customer)["licensee"]["city"]);
        assert_eq!(panel["support_until"], "2014-10-31");
        assert_eq!(panel["user_accounts"], json!({"used": 19, "licensed": 20}));
        assert_eq!(panel["external_connections"], json!({"used": 1, "licensed": 2}));
        assert_eq!(panel["emergency_accounts"], json!({"used": 0, "licensed": 3}));
        let month = json!({
            "from": "2014-05-13T10:00:00Z", "until": "2014-06-13T10:00:00Z", "state": "active",
        });
        assert_eq!(panel["emergency"], month);
        assert_eq!(panel["license"]["number"], license["id"]);
        assert_eq!(panel["license"]["seq"], license["seq"]);
        assert_eq!(panel["as_of"], "2014-05-13T10:00:00Z");

        let stranger = other.asks(&office, &json!({"license": {}})).signed();
        let refused = office.api.with_token(&stranger).get("/panel").expect(401);
        assert_eq!(refused.code(), "installation-unknown");
        let wrong = key.asks(&office, &emergency(1)).signed();
        assert_eq!(office.api.with_token(&wrong).get("/panel").expect(401).code(), "statement-mismatch");
    }

    fn the_panel_says_what_a_request_for_an_emergency_license_would_meet(database) {
        let office = TestOffice::start(database);
        let (customer, key) = customer_with_key(&office);
        assert_eq!(right(&panel(&office, &key)), (Some(false), Some("no-permanent-purchase")));
        office.purchase(&customer, "2014-1", 20);
        assert_eq!(right(&panel(&office, &key)), (Some(true), None));
        office.asked(&key, "/emergency-licenses", &emergency(10)).expect(201);
        assert_eq!(right(&panel(&office, &key)), (Some(false), Some("emergency-active")));

        office.at("2014-06-13T10:00:00Z");
        let ended = panel(&office, &key);
        assert_eq!(right(&ended), (Some(false), Some("emergency-already-used")));
        assert_eq!(ended["emergency"]["state"], "ended");
        assert_eq!(ended["emergency_accounts"]["licensed"], 0);
        office.asked(&key, "/emergency-licenses", &emergency(10)).expect(409);
        office.purchase(&customer, "2014-2", 5);
        assert_eq!(right(&panel(&office, &key)), (Some(true), None));
        office.asked(&key, "/emergency-licenses", &emergency(10)).expect(201);
    }

    fn the_client_says_offline_what_the_office_says_but_for_what_only_the_office_knows(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        office.purchase(&customer, "2014-1", 20);
        let installation = office.activated(&customer, "pbx-1");
        let same = |installation: &Installation| {
            let shown = serde_json::to_value(installation.show().unwrap()).unwrap();
            let own = shown["panel"].clone();
            PanelSchema::new().assert_valid(&own);
            let mut told = told(&office, &installation.statement(&Request::License {}).unwrap());
            if own["may_request_emergency"].is_null() {
                told["may_request_emergency"] = Value::Null;
                told["emergency_refusal"] = Value::Null;
            }
            assert_eq!(own, told);
            own
        };
        same(&installation);
        let usage = Usage { user_accounts: 19, emergency_accounts: 0, external_connections: 0 };
        installation.usage(usage).unwrap();
        assert!(same(&installation)["may_request_emergency"].is_null());
        installation.emergency(10).unwrap();
        assert_eq!(right(&same(&installation)), (Some(false), Some("emergency-active")));
        office.at("2014-06-13T10:00:00Z");
        assert_eq!(right(&same(&installation)), (None, None), "the office knows of purchases");
    }
}

#[test]
fn what_the_component_is_shown_in_the_browser_is_as_the_schema_has_it() {
    let text = include_str!("browser/support/panels.json");
    let panels: Value = serde_json::from_str(text).unwrap();
    let schema = PanelSchema::new();
    assert!(panels.as_object().unwrap().len() > 3);
    for (name, panel) in panels.as_object().unwrap() {
        assert_eq!(schema.faults(panel), [""; 0], "{name}");
    }
    let mut wrong = panels["full"].clone();
    wrong["may_request_emergency"] = json!(false);
    assert!(!schema.faults(&wrong).is_empty(), "a refusal needs a reason");
    wrong["may_request_emergency"] = json!("yes");
    assert!(!schema.faults(&wrong).is_empty());
}

#[test]
fn the_component_goes_out_to_every_origin_and_is_the_one_in_the_client() {
    let office = TestOffice::start(crate::support::Database::Sqlite);
    let component = office.api.page("GET", "/static/license-information.js", &[], None);
    assert_eq!(component.status, 200);
    assert_eq!(component.text, licentia_client::PANEL_COMPONENT);
    assert_eq!(component.header("access-control-allow-origin"), Some("*"));
    assert_eq!(component.header("cross-origin-resource-policy"), Some("cross-origin"));
    assert_eq!(component.header("cache-control"), Some("public, max-age=604800"));
    assert_eq!(component.header("content-type"), Some("text/javascript; charset=utf-8"));
    let style = office.api.page("GET", "/static/style.css", &[], None);
    assert_eq!(style.header("access-control-allow-origin"), None, "ours alone");
}
