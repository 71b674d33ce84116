//! The OpenAPI document: it says what the server has, and what it answers.

mod routes;
mod schemas;

use crate::access::operations;
use crate::support::{
    Api, Call, Database, InstallationKey, Reply, TestOffice, accounts, activation, connections,
    emergency, order, order_of, romashka, support,
};
use licentia::app::{self, Role};
use routes::routes_of_sources;
use schemas::Schemas;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The calls of the design: method, path below `/api/v1`.
const CALLS: &str = "
    POST /customers
    GET /customers
    GET /customers/{id}
    PATCH /customers/{id}
    POST /customers/{id}/activation-key
    POST /customers/{id}/purchases
    GET /customers/{id}/purchases
    POST /purchases/{id}/void
    GET /customers/{id}/license
    GET /customers/{id}/licenses
    GET /customers/{id}/emergency-grants
    GET /customers/{id}/installations
    POST /installations/{id}/release
    GET /mails
    POST /mails/retry
    POST /mails/{id}/retry
    GET /audit-events
    GET /access-refusals
    POST /activations
    GET /license
    GET /panel
    POST /emergency-licenses
    POST /usage
    POST /releases
    GET /keys
";

fn document(office: &TestOffice) -> Value {
    office.api.without_token().get("/api/openapi.json").expect(200).json
}

#[test]
fn the_document_is_openapi_3_1_and_names_every_call_of_the_design() {
    let office = TestOffice::start(Database::Sqlite);
    let document = document(&office);
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    let documented: BTreeSet<_> = operations(&document).into_iter().collect();
    let of_design = CALLS.split_whitespace().collect::<Vec<_>>();
    for call in of_design.chunks(2) {
        let call = (call[0].to_owned(), format!("/api/v1{}", call[1]));
        assert!(documented.contains(&call), "{call:?} is not documented");
    }
    assert!(documented.contains(&("GET".into(), "/.well-known/jwks.json".into())));
}

#[test]
fn every_route_of_the_server_is_documented_and_every_documented_one_is_there() {
    let office = TestOffice::start(Database::Sqlite);
    let documented: BTreeSet<_> = operations(&document(&office)).into_iter().collect();
    assert_eq!(documented, routes_of_sources(), "the sources' handlers and the document");
    let api = office.api.without_token();
    for (method, path) in &documented {
        let path = path.replace("{id}", "x");
        let headers = [("content-type", "application/json")];
        let body = (method != "GET").then_some("{}");
        let reply = api.call(method, &path, &headers, body).unwrap();
        let code = reply.code();
        assert!(!["route-not-found", "method-not-allowed"].contains(&code), "{method} {path}");
        let other = api.call("DELETE", &path, &[], None).unwrap().expect(405);
        let allowed: Vec<_> = other.header("allow").unwrap().split(", ").collect();
        assert!(allowed.contains(&method.as_str()), "{method} {path}");
    }
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    let office = TestOffice::start(Database::Sqlite);
    let document = document(&office);
    let mut found = 0;
    each_reference(&document, &mut |reference| {
        found += 1;
        let pointer = reference.strip_prefix('#').expect("all stand in the document itself");
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    });
    assert!(found > 30, "{found}");
}

#[test]
fn every_call_is_described_in_words_and_names_its_credentials() {
    let office = TestOffice::start(Database::Sqlite);
    let document = document(&office);
    assert_eq!(document["components"]["securitySchemes"]["token"]["scheme"], "bearer");
    let mut names = BTreeSet::new();
    for (method, path) in operations(&document) {
        let operation = &document["paths"][&path][method.to_lowercase()];
        assert!(operation["summary"].as_str().is_some_and(|words| !words.is_empty()), "{path}");
        assert!(
            names.insert(operation["operationId"].as_str().unwrap()),
            "{path}: names are unique"
        );
        let open = ["For installations", "Keys"].contains(&operation["tags"][0].as_str().unwrap());
        assert_eq!(operation["security"].is_null(), open, "{method} {path}");
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let has_id = parameters.iter().any(|p| p["in"] == "path" && p["name"] == "id");
        assert_eq!(has_id, path.contains("{id}"), "{method} {path}: the id is a parameter");
    }
}

fn each_reference(value: &Value, found: &mut impl FnMut(&str)) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value.as_str() {
                    Some(reference) if name == "$ref" => found(reference),
                    _ => each_reference(value, found),
                }
            }
        }
        Value::Array(elements) => elements.iter().for_each(|value| each_reference(value, found)),
        _ => {}
    }
}

on_both_databases! {
    fn what_the_server_answers_is_what_the_document_says(database) {
        let office = TestOffice::start(database);
        let story = Story { schemas: Schemas::new(document(&office)), office };
        story.staff();
        story.installations();
        story.problems();
        story.reads();
        story.schemas.assert_all_seen();
    }
}

/// A whole story, each answer held against the document.
struct Story {
    office: TestOffice,
    schemas: Schemas,
}

impl Story {
    /// Makes a call, which must be answered like this and as documented.
    fn call(&self, api: &Api, call: &Call, status: u16) -> Reply {
        let reply = call.by(api).expect(status);
        self.schemas.check(call, &reply);
        reply
    }

    fn post(&self, path: &str, body: &Value, status: u16) -> Reply {
        self.call(&self.office.api, &Call::post(path, body), status)
    }

    fn ask(&self, key: &InstallationKey, path: &str, req: &Value, status: u16) -> Reply {
        let statement = key.asks(&self.office, req).signed();
        self.call(&self.office.api, &Call::statement(path, &statement), status)
    }

    fn staff(&self) {
        let made = self.post("/customers", &romashka(), 201);
        let path = |what: &str| format!("/customers/{}{what}", made.text_at("/id"));
        let items = [accounts(20), connections(2), support("2014-05-12")];
        let orders = path("/purchases");
        let purchase = self.post(&orders, &order_of("2014-1", &items), 201);
        self.post(&orders, &order_of("2014-1", &items), 200);
        let void = format!("/purchases/{}/void", purchase.text_at("/purchase/id"));
        self.post(&void, &json!({"reason": "a mistake"}), 201);
        self.post(&path("/activation-key"), &json!({}), 201);
        let change = Call::get(&path("")).with("if-match", "*");
        let change = change.with("content-type", "application/json");
        let change = change.sending("PATCH", br#"{"country": ""}"#);
        self.call(&self.office.api, &change, 200);

        let mail = self.office.stopped_mail(&self.office.customer());
        self.post(&format!("/mails/{mail}/retry"), &json!({}), 200);
        self.post("/mails/retry", &json!({}), 200);
    }

    fn installations(&self) {
        let customer = self.office.customer();
        self.office.purchase(&customer, "2014-2", 20);
        let key = InstallationKey::new();
        let req = activation(&customer.activation_key, "pbx-1");
        let activated = self.ask(&key, "/activations", &req, 201);
        self.ask(&key, "/activations", &req, 200);
        self.ask(&key, "/emergency-licenses", &emergency(3), 201);
        self.ask(&key, "/emergency-licenses", &emergency(3), 200);
        let usage = json!({"usage": {
            "user_accounts": 19, "emergency_accounts": 0, "external_connections": 0,
        }});
        self.ask(&key, "/usage", &usage, 204);
        let fetch = Call::get("/license");
        let statement = || key.asks(&self.office, &json!({"license": {}})).signed();
        let fetched = self.call(&self.office.api.with_token(&statement()), &fetch, 200);
        let known = fetch.with("if-none-match", fetched.header("etag").unwrap());
        self.call(&self.office.api.with_token(&statement()), &known, 304);
        self.call(&self.office.api.with_token(&statement()), &Call::get("/panel"), 200);
        self.ask(&key, "/releases", &json!({"release": {}}), 204);

        self.ask(&key, "/activations", &req, 201);
        let own = self.office.list(&customer.path("installations"));
        assert_eq!(own[0]["id"], activated.text_at("/installation/id").as_str());
        let release = format!("/installations/{}/release", own[1]["id"].as_str().unwrap());
        self.post(&release, &json!({}), 200);
    }

    fn problems(&self) {
        let api = &self.office.api;
        let customer = self.office.customer();
        let orders = customer.path("purchases");
        self.post("/customers", &json!({}), 400);
        self.post(&orders, &order("2014-3", 0), 400);
        self.post(&orders, &order("2014-2", 1), 409);
        self.call(&api.without_token(), &Call::get("/customers"), 401);
        let auditor = api.with_token(&self.office.token(Role::Auditor));
        self.call(&auditor, &Call::post("/customers", &romashka()), 403);
        self.call(api, &Call::get(&format!("/customers/cus_{}", "0".repeat(26))), 404);
        let change = Call::get(&format!("/customers/{}", customer.id));
        let change = change.with("content-type", "application/json").sending("PATCH", b"{}");
        self.call(api, &change, 428);
        self.call(api, &change.with("if-match", "\"v9\""), 412);
        self.call(api, &Call::post_text("/customers", &"x".repeat(1 << 17)), 413);
        self.call(api, &Call::statement("/customers", ""), 415);
        self.call(api, &Call::get("/mails?limit=0"), 400);
        self.ask(&InstallationKey::new(), "/usage", &emergency(1), 401);
    }

    /// Reads all that the story has left.
    fn reads(&self) {
        for customer in self.office.list("/customers") {
            let id = customer["id"].as_str().unwrap();
            self.call(&self.office.api, &Call::get(&format!("/customers/{id}")), 200);
            for what in ["purchases", "licenses", "emergency-grants", "installations"] {
                let list = Call::get(&format!("/customers/{id}/{what}"));
                self.call(&self.office.api, &list, 200);
                let first = Call::get(&format!("/customers/{id}/{what}?limit=1"));
                self.call(&self.office.api, &first, 200);
            }
            let license = Call::get(&format!("/customers/{id}/license"));
            if license.by(&self.office.api).status == 200 {
                self.call(&self.office.api, &license, 200);
                let bare = license.with("accept", "application/jwt");
                self.call(&self.office.api, &bare, 200);
            }
        }
        for path in ["/customers", "/mails", "/audit-events", "/keys", "/.well-known/jwks.json"] {
            self.call(&self.office.api, &Call::get(path), 200);
        }
        let admin = self.office.api.with_token(&self.office.token(Role::Admin));
        app::store_access_refusals(&self.office.inside(), false).unwrap();
        self.call(&admin, &Call::get("/access-refusals"), 200);
    }
}
