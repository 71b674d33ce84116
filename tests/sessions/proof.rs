use super::minutes;
use crate::administration::{events, form, hidden};
use crate::support::{Browser, Reply, TestOffice, unique};
use licentia::app::Role;

/// Whether an answer asks for a proof.
fn asks(reply: &Reply) -> bool {
    reply.status == 401 && reply.text.contains("id=\"proof\"")
}

/// The fields that a page carries on, as a browser sends them again.
fn carried(page: &Reply, proof: &str) -> String {
    let (_, main) = page.text.split_once("<main").unwrap();
    let (main, _) = main.split_once("</main>").unwrap();
    let fields = main.split("<input type=\"hidden\" name=\"").skip(1).map(|rest| {
        let (name, rest) = rest.split_once("\" value=\"").unwrap();
        let value = rest.split('"').next().unwrap();
        let value = value.replace("&#60;", "<").replace("&#34;", "\"").replace("&#38;", "&");
        (name.to_owned(), value)
    });
    let fields = fields.filter(|(name, _)| name != "csrf");
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(fields).append_pair("proof", proof).finish()
}

on_both_databases! {
    fn a_sensitive_act_after_a_quarter_of_an_hour_asks_again_and_keeps_the_input(database) {
        let office = TestOffice::start(database);
        let admin = Browser::signed_in(&office, Role::Admin);
        let page = admin.call("GET", "/settings/tokens", None).expect(200);
        let name = "crm \"<&";
        let body = form(&page, &[("token_name", name), ("role", "auditor"), ("token_days", "365")]);
        office.pass(minutes(15));
        let before = office.rows();
        let asked = admin.call("POST", "/settings/tokens", Some(&body));
        assert!(asks(&asked), "{}", asked.text);
        assert_eq!(hidden(&asked, "role").as_deref(), Some("auditor"));
        assert!(!asked.text.contains(name), "what was entered is escaped");
        let tables = ["api_tokens", "audit_events", "idempotency_records"];
        let unchanged = |why: &str| {
            let now = office.rows();
            for table in tables {
                assert_eq!(now.of(table), before.of(table), "{why}: {table}");
            }
        };
        unchanged("asked");

        let wrong = admin.call("POST", "/settings/tokens", Some(&carried(&asked, "000000")));
        assert!(asks(&wrong) && wrong.text.contains("id=\"summary\""), "{}", wrong.text);
        assert_eq!(hidden(&wrong, "role").as_deref(), Some("auditor"), "it is still kept");
        unchanged("wrong");

        let key = admin.cookie();
        let code = admin.next_code(&office);
        let made = admin.call("POST", "/settings/tokens", Some(&carried(&wrong, &code))).expect(200);
        assert!(made.text.contains("<code class=\"all\">"), "{}", made.text);
        assert_ne!(admin.cookie(), key, "a proof gives the session a new key");
        let event = events(&office, "token.created");
        let event = event.iter().find(|event| event["after"]["name"] == name).unwrap();
        assert_eq!(event["after"]["role"], "auditor");
        assert_eq!(events(&office, "staff.identity-confirmed").len(), 1);

        office.pass(minutes(14));
        let page = admin.call("GET", "/settings/tokens", None).expect(200);
        let more = form(&page, &[("token_name", "erp"), ("role", "sales"), ("token_days", "365")]);
        admin.call("POST", "/settings/tokens", Some(&more)).expect(200);
    }

    fn a_proof_that_was_used_is_no_proof_again(database) {
        let office = TestOffice::start(database);
        let admin = Browser::signed_in(&office, Role::Admin);
        office.pass(minutes(15));
        let code = admin.next_code(&office);
        let change = |code: &str| {
            let page = admin.call("GET", "/settings/staff/new", None).expect(200);
            let name = unique("boris");
            admin.call("POST", "/settings/staff/new", Some(&form(&page, &[
                ("name", &name),
                ("full_name", "Борис"),
                ("role", "sales"),
                ("new_password", Browser::PASSWORD),
                ("proof", code),
            ])))
        };
        change(&code).expect(303);
        let thief = admin.copy();
        office.pass(minutes(15));
        assert!(asks(&change(&code)), "each code is good once");
        let stolen = thief.call("POST", "/settings/keys/rotate", Some("key=x"));
        assert!(asks(&stolen), "whoever holds a stolen session has no proof: {}", stolen.text);
    }

    fn the_proof_of_a_person_without_a_second_factor_is_the_password(database) {
        let office = TestOffice::start(database);
        let person = Browser::signed_in(&office, Role::Sales);
        office.pass(minutes(15));
        // Their role forbids it; what they prove with is asked first.
        let asked = person.call("POST", "/settings", Some("vendor_name=x"));
        assert!(asks(&asked) && asked.text.contains("type=\"password\""), "{}", asked.text);
        let wrong = person.call("POST", "/settings", Some(&carried(&asked, "not the password")));
        assert!(asks(&wrong) && wrong.text.contains("proof-error"), "{}", wrong.text);
        person.call("POST", "/settings", Some(&carried(&asked, Browser::PASSWORD))).expect(403);
        assert_eq!(events(&office, "staff.identity-confirmed").len(), 1);
    }
}
