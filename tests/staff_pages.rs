//! The staff pages by role: every route, who may call it, and what is refused on the server.

use crate::support::{Browser, Database, TestOffice};
use licentia::app::Role;
use std::collections::BTreeSet;

/// Who may call a page.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    /// Anybody, signed in or not.
    Anybody,
    /// Whoever has signed in.
    Staff,
    /// Who may enter and change: administrators and sales.
    Sellers,
    /// Administrators alone.
    Admins,
}

use For::{Admins, Anybody, Sellers, Staff};

/// Every route of the pages; a test holds it against the sources.
const ROUTES: &[(&str, &str, For)] = &[
    ("GET", "/static/style.css", Anybody),
    ("GET", "/static/print.css", Anybody),
    ("GET", "/static/licentia.js", Anybody),
    ("GET", "/static/license-information.js", Anybody),
    ("GET", "/check/{number}", Anybody),
    ("GET", "/offline", Anybody),
    ("POST", "/offline", Anybody),
    ("GET", "/setup", Anybody),
    ("POST", "/setup", Anybody),
    ("GET", "/sign-in", Anybody),
    ("POST", "/sign-in", Anybody),
    ("POST", "/sign-out", Anybody),
    ("POST", "/language", Anybody),
    ("GET", "/second-factor", Anybody),
    ("POST", "/second-factor", Anybody),
    ("GET", "/second-factor/enrol", Anybody),
    ("POST", "/second-factor/enrol", Anybody),
    ("GET", "/new-password", Anybody),
    ("POST", "/new-password", Anybody),
    ("GET", "/", Staff),
    ("GET", "/today/{list}", Staff),
    ("GET", "/customers", Staff),
    ("GET", "/customers.csv", Staff),
    ("GET", "/customers/new", Sellers),
    ("POST", "/customers/new", Sellers),
    ("GET", "/customers/{id}", Staff),
    ("GET", "/customers/{id}/edit", Sellers),
    ("POST", "/customers/{id}/edit", Sellers),
    ("GET", "/customers/{id}/purchases", Staff),
    ("GET", "/customers/{id}/licenses", Staff),
    ("GET", "/customers/{id}/licenses/{license}/file", Staff),
    ("POST", "/customers/{id}/mails/{mail}/resend", Sellers),
    ("GET", "/customers/{id}/license/print", Staff),
    ("POST", "/customers/{id}/activation-key", Sellers),
    ("GET", "/installations/{installation}/release", Sellers),
    ("POST", "/installations/{installation}/release", Sellers),
    ("POST", "/installations/{installation}/in-order", Sellers),
    ("GET", "/customers/{id}/purchases/new", Sellers),
    ("GET", "/customers/{id}/purchases/check", Sellers),
    ("POST", "/customers/{id}/purchases", Sellers),
    ("GET", "/customers/{id}/purchases/{purchase}/void", Sellers),
    ("POST", "/customers/{id}/purchases/{purchase}/void", Sellers),
    ("GET", "/mails", Staff),
    ("GET", "/mails/test", Admins),
    ("POST", "/mails/test", Admins),
    ("POST", "/mails/test/save", Admins),
    ("GET", "/mails/{mail}", Staff),
    ("GET", "/mails/{mail}/body", Staff),
    ("POST", "/mails/{mail}/retry", Sellers),
    ("POST", "/mails/retry", Sellers),
    ("GET", "/audit", Staff),
    ("GET", "/audit.csv", Staff),
    ("GET", "/audit/refused", Admins),
    ("GET", "/account", Staff),
    ("POST", "/account", Staff),
    ("GET", "/settings", Admins),
    ("POST", "/settings", Admins),
    ("GET", "/settings/staff", Admins),
    ("GET", "/settings/staff/new", Admins),
    ("POST", "/settings/staff/new", Admins),
    ("GET", "/settings/staff/{person}", Admins),
    ("POST", "/settings/staff/{person}", Admins),
    ("GET", "/settings/tokens", Admins),
    ("POST", "/settings/tokens", Admins),
    ("GET", "/settings/tokens/{token}/rotate", Admins),
    ("POST", "/settings/tokens/{token}/rotate", Admins),
    ("GET", "/settings/tokens/{token}/revoke", Admins),
    ("POST", "/settings/tokens/{token}/revoke", Admins),
    ("GET", "/settings/keys", Admins),
    ("GET", "/settings/keys/roots.json", Admins),
    ("GET", "/settings/keys/rotate", Admins),
    ("POST", "/settings/keys/rotate", Admins),
];

#[test]
fn the_table_has_every_route_that_the_sources_have() {
    // The first id of a path is called `{id}` in most of the sources, and by its own name here.
    let same = |method: &str, path: &str| {
        let first = path.split_once('{').and_then(|(_, rest)| rest.split_once('}'));
        let name = first.map(|(name, _)| format!("{{{name}}}"));
        let path = name.map_or_else(|| path.to_owned(), |name| path.replacen(&name, "{id}", 1));
        (method.to_owned(), path)
    };
    let written = crate::support::web_routes();
    let written: BTreeSet<_> = written.iter().map(|(method, path)| same(method, path)).collect();
    let listed: BTreeSet<_> = ROUTES.iter().map(|(method, path, _)| same(method, path)).collect();
    assert_eq!(written, listed);
}

/// What changes access, keys or settings: it needs a recent proof of identity. A page of a person's
/// own account asks for the password with each change that needs one.
fn is_sensitive(method: &str, whom: For) -> bool {
    method == "POST" && whom == Admins
}

on_both_databases! {
    fn every_sensitive_act_asks_for_a_proof_that_is_not_old(database) {
        let office = TestOffice::start(database);
        let admin = Browser::signed_in(&office, Role::Admin);
        office.token(Role::Sales);
        let tokens = admin.call("GET", "/settings/tokens", None).text;
        let token = tokens.split("/settings/tokens/").nth(1).unwrap().split('/').next().unwrap();
        office.pass(jiff::SignedDuration::from_mins(15));
        admin.status("GET", "/customers");
        let before = office.rows();
        let mut tried = 0;
        for (method, route, _) in ROUTES.iter().filter(|(m, _, whom)| is_sensitive(m, *whom)) {
            let path = route.replace("{person}", admin.id().as_str()).replace("{token}", token);
            let reply = admin.call(method, &path, Some("once=a&change=role&role=sales"));
            assert_eq!(reply.status, 401, "{route}: {}", reply.text);
            assert!(reply.text.contains("id=\"proof\""), "{route}: {}", reply.text);
            assert!(reply.text.contains("name=\"change\" value=\"role\""), "{route} keeps the input");
            tried += 1;
        }
        assert!(tried >= 8, "tokens, staff, keys, settings, mail settings: {tried}");
        assert_eq!(office.rows(), before, "nothing was done");
    }

    fn every_page_is_refused_to_those_whose_role_lacks_it(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let purchase = office.purchase(&customer, "2014-0513", 20);
        office.activated(&customer, "pbx-1");
        let installations = office.api.get(&format!("/customers/{}/installations", customer.id));
        let installation = installations.text_at("/data/0/id");

        let mail = office.list("/mails")[0]["id"].as_str().unwrap().to_owned();
        let license = office.api.get(&customer.path("license")).text_at("/id");

        let stranger = Browser::new(&office);
        let auditor = Browser::signed_in(&office, Role::Auditor);
        let sales = Browser::signed_in(&office, Role::Sales);
        let admin = Browser::signed_in(&office, Role::Admin);
        let token = {
            office.token(Role::Sales);
            let page = admin.call("GET", "/settings/tokens", None).text;
            page.split("/settings/tokens/").nth(1).unwrap().split('/').next().unwrap().to_owned()
        };
        let before = office.api.get("/audit-events?limit=200").json["data"].clone();

        for (method, route, whom) in ROUTES.iter().filter(|(_, _, whom)| *whom != Anybody) {
            let path = route
                .replace("{installation}", &installation)
                .replace("{purchase}", &purchase)
                .replace("{license}", &license)
                .replace("{mail}", &mail)
                .replace("{list}", "owed")
                .replace("{person}", sales.id().as_str())
                .replace("{token}", &token)
                .replace("{id}", &customer.id);
            let status = |browser: &Browser| browser.status(method, &path);
            let named = format!("{method} {route}");
            // A stranger is sent to sign in; a form of his has no session to belong to.
            let to_sign_in = if *method == "GET" { 303 } else { status(&stranger) };
            assert_eq!(status(&stranger), to_sign_in, "{named} by a stranger");
            assert!(matches!(to_sign_in, 303 | 403), "{named} by a stranger: {to_sign_in}");
            let roles = [
                ("an auditor", &auditor, matches!(whom, Staff)),
                ("sales", &sales, matches!(whom, Staff | Sellers)),
                ("an administrator", &admin, true),
            ];
            for (who, browser, may) in roles {
                let answered = status(browser);
                if may {
                    let served = !matches!(answered, 401 | 403 | 404 | 500..);
                    assert!(served, "{named} by {who}: {answered}");
                } else {
                    assert_eq!(answered, 403, "{named} by {who}");
                }
            }
        }
        let after = office.api.get("/audit-events?limit=200").json["data"].clone();
        let (before, after) = (before.as_array().unwrap().len(), after.as_array().unwrap().len());
        assert!(after > before, "what sales and the administrator did is in the audit");
        let by_auditor = office.api.get("/audit-events?limit=200").text.contains("staff:auditor");
        assert!(by_auditor, "the auditor's sign-in is in the audit");
    }

    fn nothing_is_reached_by_the_address_of_another_customer(database) {
        let office = TestOffice::start(database);
        let (customer, other) = (office.customer(), office.customer());
        let purchase = office.purchase(&customer, "2014-0513", 20);
        let mail = office.list("/mails")[0]["id"].as_str().unwrap().to_owned();
        let license = office.api.get(&customer.path("license")).text_at("/id");
        office.purchase(&other, "2014-0514", 20);
        let admin = Browser::signed_in(&office, Role::Admin);
        let before = office.api.get("/audit-events?limit=200").json;
        let nested = ROUTES.iter().filter(|(_, route, _)| {
            route.starts_with("/customers/{id}/") && route.matches('{').count() == 2
        });
        let mut tried = 0;
        for (method, route, _) in nested {
            let path = |customer: &str| {
                let path = route.replace("{id}", customer).replace("{purchase}", &purchase);
                path.replace("{license}", &license).replace("{mail}", &mail)
            };
            let form = (*method == "POST").then_some("reason=mistake&once=a");
            let reply = admin.call(method, &path(&other.id), form);
            assert_eq!(reply.status, 404, "{method} {route}: {}", reply.text);
            tried += 1;
        }
        assert!(tried >= 4, "a void, a license's file, a mail");
        let print = format!("/customers/{}/license/print?license={license}", other.id);
        assert_eq!(admin.status("GET", &print), 404);
        assert_eq!(office.api.get("/audit-events?limit=200").json, before, "nothing was done");
    }

    fn a_disabled_person_is_out_at_once(database) {
        let office = TestOffice::start(database);
        let browser = Browser::signed_in(&office, Role::Sales);
        assert_eq!(browser.status("GET", "/customers"), 200);
        browser.disable(&office);
        assert_eq!(browser.status("GET", "/customers"), 303);
    }

    fn a_setup_link_is_good_once_and_for_half_an_hour(database) {
        let office = TestOffice::start(database);
        let inside = office.inside();
        let first = licentia::app::setup_link(&inside).unwrap().expect("there is no staff yet");
        let second = licentia::app::setup_link(&inside).unwrap().expect("there is no staff yet");
        assert!(licentia::app::check_setup_link(&inside, &first).is_err(), "a newer link ends it");
        licentia::app::check_setup_link(&inside, &second).unwrap();
        office.pass(jiff::SignedDuration::from_mins(30));
        assert!(licentia::app::check_setup_link(&inside, &second).is_err());
        Browser::signed_in(&office, Role::Admin);
        assert_eq!(licentia::app::setup_link(&inside).unwrap(), None, "there is staff now");
    }

    fn the_code_of_a_setup_link_stands_in_no_address(database) {
        let office = TestOffice::start(database);
        let code = licentia::app::setup_link(&office.inside()).unwrap().expect("no staff yet");
        let browser = Browser::new(&office);
        let page = browser.call("GET", &format!("/setup?token={code}"), None).expect(200);
        let filled_in = format!("value=\"{code}\"");
        assert!(!page.text.contains(&filled_in), "an address gives the page nothing");
        assert!(page.text.contains("name=\"setup_code\""));
        let form = |code: &str| {
            let you = "full_name=Anna&name=anna&email=anna%40vendor.example";
            let password = "new_password=correct+horse+battery+staple";
            format!("setup_code={code}&{you}&{password}&vendor_name=Vector&time_zone=UTC")
        };
        let refused = browser.call("POST", "/setup", Some(&form("wrong"))).expect(401);
        assert!(refused.text.contains("value=\"anna\""), "what was entered is kept");
        let done = browser.call("POST", "/setup", Some(&form(&code))).expect(303);
        assert_eq!(done.header("location"), Some("/second-factor/enrol"));
        Browser::new(&office).call("GET", "/setup", None).expect(401);
    }

    fn a_new_installation_asks_everybody_for_a_second_factor(database) {
        let office = TestOffice::start(database);
        let inside = office.inside();
        assert!(!inside.settings().second_factor_for_all);
        let link = licentia::app::setup_link(&inside).unwrap().expect("there is no staff yet");
        let browser = Browser::new(&office);
        browser.call("GET", "/setup", None).expect(200);
        let form = format!(
            "setup_code={link}&full_name=Anna&name=anna&email=anna%40vendor.example&\
             new_password=violet+Kettle+drum+9"
        );
        let reply = browser.call("POST", "/setup", Some(&form));
        assert_eq!(reply.header("location"), Some("/second-factor/enrol"), "{}", reply.text);
        assert!(inside.settings().second_factor_for_all);
    }

    fn the_last_administrator_stays(database) {
        let office = TestOffice::start(database);
        let admin = Browser::signed_in(&office, Role::Admin);
        let refused = admin.try_disable(&office).unwrap_err();
        assert_eq!(refused.code(), "last-administrator");
        Browser::signed_in(&office, Role::Admin);
        admin.disable(&office);
    }
}

#[test]
fn a_wrong_password_an_unknown_name_and_a_disabled_person_get_one_answer() {
    let office = TestOffice::start(Database::Sqlite);
    let known = Browser::signed_in(&office, Role::Sales);
    let disabled = Browser::signed_in(&office, Role::Sales);
    disabled.disable(&office);
    let answers: Vec<String> = [
        (known.name.as_str(), "not the password at all"),
        ("nobody-has-this-name", "not the password at all"),
        (disabled.name.as_str(), Browser::PASSWORD),
    ]
    .map(|(name, password)| {
        let browser = Browser::new(&office);
        let reply = browser.sign_in(name, password);
        assert_eq!(reply.status, 401);
        // The form keeps the name that was entered, and has a token of its own.
        reply.text.replace(name, "NAME").replace(&browser.csrf(), "TOKEN")
    })
    .into();
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
}
