//! Who may call what: every route of the OpenAPI document, with every kind of credentials.

use crate::support::{Api, Customer, InstallationKey, Reply, TestOffice, order, romashka};
use licentia::app::{self, Actor, NewToken, Role};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What a route asks of its caller.
#[derive(Clone, Copy, PartialEq)]
enum Rule {
    /// Anyone may read it.
    Open,
    /// Staff of every role may read it.
    Read,
    /// Admin and sales may do it; an auditor may not.
    Sell,
    /// Admin alone may read it.
    Administer,
    /// A statement in the Authorization header.
    Fetch,
    /// A statement in the body; the Authorization header is not looked at.
    Ask,
}

use Rule::{Administer, Ask, Fetch, Open, Read, Sell};

/// One row for every call: a new route without a rule fails the test.
#[rustfmt::skip]
const RULES: &[(&str, &str, Rule, u16)] = &[
    // method   path                                       rule    when it may
    ("GET",   "/api/v1/customers",                         Read,   200),
    ("POST",  "/api/v1/customers",                         Sell,   201),
    ("GET",   "/api/v1/customers/{id}",                    Read,   200),
    ("PATCH", "/api/v1/customers/{id}",                    Sell,   200),
    ("POST",  "/api/v1/customers/{id}/activation-key",     Sell,   201),
    ("GET",   "/api/v1/customers/{id}/purchases",          Read,   200),
    ("POST",  "/api/v1/customers/{id}/purchases",          Sell,   201),
    ("GET",   "/api/v1/customers/{id}/license",            Read,   200),
    ("GET",   "/api/v1/customers/{id}/licenses",           Read,   200),
    ("GET",   "/api/v1/customers/{id}/emergency-grants",   Read,   200),
    ("GET",   "/api/v1/customers/{id}/installations",      Read,   200),
    ("POST",  "/api/v1/purchases/{id}/void",               Sell,   201),
    ("POST",  "/api/v1/installations/{id}/release",        Sell,   200),
    ("GET",   "/api/v1/mails",                             Read,   200),
    ("POST",  "/api/v1/mails/retry",                       Sell,   200),
    ("POST",  "/api/v1/mails/{id}/retry",                  Sell,   200),
    ("GET",   "/api/v1/audit-events",                      Read,   200),
    ("GET",   "/api/v1/access-refusals",                   Administer, 200),
    ("POST",  "/api/v1/activations",                       Ask,    200),
    ("GET",   "/api/v1/license",                           Fetch,  200),
    ("GET",   "/api/v1/panel",                             Fetch,  200),
    ("POST",  "/api/v1/emergency-licenses",                Ask,    201),
    ("POST",  "/api/v1/usage",                             Ask,    204),
    ("POST",  "/api/v1/releases",                          Ask,    204),
    ("GET",   "/api/v1/keys",                              Open,   200),
    ("GET",   "/.well-known/jwks.json",                    Open,   200),
];

/// A customer with one of everything that a path can name.
struct House {
    customer: Customer,
    key: InstallationKey,
    purchase: String,
    installation: String,
    mail: String,
}

impl House {
    fn new(office: &TestOffice) -> Self {
        let customer = office.customer();
        let purchase = office.purchase(&customer, &crate::support::unique("order"), 20);
        let key = office.activated_key(&customer);
        let id_in =
            |path: &str| office.list(path).last().unwrap()["id"].as_str().unwrap().to_owned();
        let installation = id_in(&customer.path("installations"));
        Self { key, purchase, installation, mail: office.stopped_mail(&customer), customer }
    }

    /// The path of a route with the ids of this house.
    fn path(&self, route: &str) -> String {
        let id = match route.split('/').nth(3) {
            Some("purchases") => &self.purchase,
            Some("installations") => &self.installation,
            Some("mails") => &self.mail,
            _ => &self.customer.id,
        };
        route.replace("{id}", id)
    }

    /// A good statement for a route.
    fn statement(&self, office: &TestOffice, route: &str) -> String {
        let req = match route.rsplit('/').next().unwrap() {
            "activations" => crate::support::activation(&self.customer.activation_key, "pbx"),
            "emergency-licenses" => crate::support::emergency(1),
            "usage" => json!({"usage": {
                "user_accounts": 1, "emergency_accounts": 0, "external_connections": 0,
            }}),
            "releases" => json!({"release": {}}),
            _ => json!({"license": {}}),
        };
        self.key.asks(office, &req).signed()
    }

    /// Makes a good call to a route.
    fn call(&self, office: &TestOffice, api: &Api, method: &str, route: &str, rule: Rule) -> Reply {
        let body = match (method, route.rsplit('/').next().unwrap()) {
            ("GET", _) => None,
            (_, "customers") => Some(romashka()),
            (_, "purchases") => Some(order(&crate::support::unique("order"), 1)),
            (_, "void") => Some(json!({"reason": "a mistake"})),
            ("PATCH", _) => Some(json!({"city": crate::support::unique("Город")})),
            _ => Some(json!({})),
        };
        let (content_type, body) = match rule {
            Ask => ("application/jwt", Some(self.statement(office, route))),
            _ => ("application/json", body.map(|body| body.to_string())),
        };
        let mut headers = vec![("if-match", "*")];
        if body.is_some() {
            headers.push(("content-type", content_type));
        }
        api.call(method, &self.path(route), &headers, body.as_deref()).unwrap()
    }
}

/// Who calls, and what answer that gets: the status, and a code where it is refused.
fn callers(office: &TestOffice, rule: Rule, may: u16) -> Vec<(&'static str, Option<String>, u16)> {
    let revoked = {
        let name = crate::support::unique("revoked");
        let actor = Actor::CommandLine("test".into());
        let token = office.new_token(&NewToken::new(&name, Role::Admin));
        app::revoke_token(&office.inside(), &actor, None, &name).unwrap();
        token
    };
    let open = matches!(rule, Open | Ask);
    let stranger = if open { may } else { 401 };
    let reader = match rule {
        Read => may,
        Sell | Administer => 403,
        _ => stranger,
    };
    let seller = match rule {
        Read | Sell => may,
        Administer => 403,
        _ => stranger,
    };
    let admin = if rule == Administer { may } else { seller };
    vec![
        ("no token", None, stranger),
        ("an empty token", Some(String::new()), stranger),
        ("an unknown token", Some("lct_unknown".into()), stranger),
        ("a revoked token", Some(revoked), stranger),
        ("auditor", Some(office.token(Role::Auditor)), reader),
        ("sales", Some(office.token(Role::Sales)), seller),
        ("admin", Some(office.token(Role::Admin)), admin),
    ]
}

on_both_databases! {
    fn every_route_asks_for_the_right_credentials(database) {
        let office = TestOffice::start(database);
        for (method, route, rule, may) in RULES {
            for (who, token, status) in callers(&office, *rule, *may) {
                let house = House::new(&office);
                let api = token.as_ref().map_or_else(
                    || office.api.without_token(),
                    |token| office.api.with_token(token),
                );
                let rows = office.rows().without_progress_of_mails();
                let reply = house.call(&office, &api, method, route, *rule);
                assert_eq!(reply.status, status, "{method} {route} by {who}: {}", reply.text);
                if [401, 403].contains(&status) {
                    assert_eq!(office.rows().without_progress_of_mails(), rows, "{route} by {who}");
                    let asked = reply.header("www-authenticate").is_some();
                    assert_eq!(asked, status == 401, "{route} by {who}");
                }
            }
        }
    }

    fn a_statement_is_no_token_and_opens_the_installation_s_own_license_alone(database) {
        let office = TestOffice::start(database);
        let house = House::new(&office);
        for (method, route, rule, may) in RULES {
            let api = office.api.with_token(&house.statement(&office, route));
            let reply = house.call(&office, &api, method, route, *rule);
            let expected = if matches!(rule, Read | Sell | Administer) { 401 } else { *may };
            assert_eq!(reply.status, expected, "{method} {route}: {}", reply.text);
            if expected == 401 {
                assert_eq!(reply.code(), "token-unknown");
            }
            if *route == "/api/v1/releases" {
                let again = crate::support::activation(&house.customer.activation_key, "pbx");
                office.asked(&house.key, "/activations", &again).expect(201);
            }
        }
    }

    fn an_auditor_reads_everything_and_changes_nothing(database) {
        let office = TestOffice::start(database);
        let house = House::new(&office);
        let auditor = office.api.with_token(&office.token(Role::Auditor));
        // What the purchase owes is sent first, so that both see the mails as they stay.
        while office.list("/mails").iter().any(|mail| mail["state"] == "queued") {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let rows = office.rows().without_progress_of_mails();
        for (method, route, rule, _) in RULES.iter().filter(|row| matches!(row.2, Read | Sell)) {
            let reply = house.call(&office, &auditor, method, route, *rule);
            if *rule == Read {
                let theirs = house.call(&office, &office.api, method, route, *rule).expect(200);
                assert_eq!(reply.json, theirs.json, "{route}: the same as sales see");
            } else {
                assert_eq!((reply.status, reply.code()), (403, "forbidden"), "{method} {route}");
            }
        }
        assert_eq!(office.rows().without_progress_of_mails(), rows);
    }

    fn what_is_not_there_is_not_found_and_another_customer_s_is_not_shown(database) {
        let office = TestOffice::start(database);
        let [house, other] = [House::new(&office), House::new(&office)];
        let absent = House {
            customer: Customer { id: format!("cus_{}", "0".repeat(26)), ..house.customer.clone() },
            key: house.key.clone(),
            purchase: format!("pur_{}", "0".repeat(26)),
            installation: format!("ins_{}", "0".repeat(26)),
            mail: format!("mai_{}", "0".repeat(26)),
        };
        // An id of one kind where another stands.
        let crossed = House {
            customer: Customer { id: house.purchase.clone(), ..house.customer.clone() },
            key: house.key.clone(),
            purchase: house.customer.id.clone(),
            installation: house.mail.clone(),
            mail: house.installation.clone(),
        };
        let named = RULES.iter().filter(|row| row.1.contains("{id}"));
        for (method, route, rule, may) in named {
            for wrong in [&absent, &crossed] {
                let reply = wrong.call(&office, &office.api, method, route, *rule);
                assert_eq!((reply.status, reply.code()), (404, "not-found"), "{method} {route}");
            }
            if *rule == Read {
                let reply = other.call(&office, &office.api, method, route, *rule).expect(*may);
                for theirs in [&house.customer.id, &house.purchase, &house.installation] {
                    assert!(!reply.text.contains(theirs.as_str()), "{route} shows another's");
                }
            }
        }
        let statement = json!({"license": {}});
        let api = office.api.with_token(&other.key.asks(&office, &statement).signed());
        let license = api.get("/license").expect(200).text;
        let own = office.api.get(&other.customer.path("license")).text_at("/document");
        assert_eq!(license, own, "an installation gets its own customer's license");
    }
}

#[test]
fn every_route_of_the_document_has_a_rule() {
    let office = TestOffice::start(crate::support::Database::Sqlite);
    let document = office.api.get("/api/openapi.json").expect(200).json;
    let documented: BTreeSet<(String, String)> = operations(&document).into_iter().collect();
    let ruled: BTreeSet<(String, String)> =
        RULES.iter().map(|(method, route, ..)| ((*method).into(), (*route).into())).collect();
    assert_eq!(documented, ruled);
    assert_eq!(ruled.len(), RULES.len(), "each has one rule");
}

/// The operations of an OpenAPI document: method in capitals, and path.
pub fn operations(document: &Value) -> Vec<(String, String)> {
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, item): (&String, &Value)| {
        let methods = item.as_object().unwrap().keys();
        let methods =
            methods.filter(|key| !["parameters", "summary", "description"].contains(&key.as_str()));
        methods.map(|method| (method.to_uppercase(), path.clone())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}
