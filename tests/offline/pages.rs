use super::carried;
use crate::support::{Browser, TestOffice, emergency};
use licentia::app::Role;
use serde_json::json;

on_both_databases! {
    fn strangers_hand_requests_in_without_a_session(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        office.purchase(&customer, "2014-1", 20);
        let key = office.activated_key(&customer);
        let form = office.api.page("GET", "/offline", &[("accept-language", "ru")], None);
        assert_eq!(form.status, 200);
        assert!(form.text.contains("lang=\"ru\"") && form.text.contains("type=\"file\""));
        let request = carried(&key, &office, &emergency(10)).signed();
        let answer = office.api.hand_in(&request, &[]);
        answer.carried_license();
        let refused = office.api.hand_in("</textarea><script>alert(1)</script>", &[]);
        assert!(refused.text.contains("&lt;") || refused.text.contains("&#60;"));
        for reply in [&form, &answer, &refused] {
            assert_eq!(reply.header("set-cookie"), None);
            assert!(!reply.text.contains("<script>"), "{}", reply.text);
            assert!(!reply.text.contains("/customers/"), "of the customer strangers learn nothing");
            assert!(!reply.text.contains('⟦'), "{}", reply.text);
        }
        assert_eq!(office.rows().count("sessions"), 0);
        let events = office.audited(&customer);
        assert!(!events.iter().any(|action| action == "request.handed-in"), "nobody is known");
    }

    fn staff_who_hand_a_request_in_are_named_in_the_audit_and_led_to_the_customer(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        office.purchase(&customer, "2014-1", 20);
        let key = office.activated_key(&customer);
        let anna = Browser::signed_in(&office, Role::Sales);
        let cookie = anna.cookie();
        let headers = [("cookie", cookie.as_str())];
        let form = anna.call("GET", "/offline", None);
        assert!(form.text.contains("/sign-out"), "in the frame of the staff pages");
        let page = anna.call("GET", &format!("/customers/{}", customer.id), None);
        assert!(page.text.contains("href=\"/offline\""));
        let request = carried(&key, &office, &emergency(10)).signed();
        let answer = office.api.hand_in(&request, &headers);
        answer.carried_license();
        assert!(answer.text.contains(&format!("href=\"/customers/{}\"", customer.id)));
        office.api.hand_in(&request, &headers).carried_license();
        let events = office.list(&format!("/audit-events?customer={}", customer.id));
        let by_anna: Vec<_> = events
            .iter()
            .filter(|event| event["action"] == "request.handed-in")
            .map(|event| event["actor"].as_str().unwrap())
            .collect();
        assert_eq!(by_anna, [format!("staff:{}", anna.name)], "once, as it was answered once");
        let granted = events.iter().find(|event| event["action"] == "emergency.granted").unwrap();
        assert!(granted["actor"].as_str().unwrap().starts_with("installation:"));
    }
}

#[test]
fn another_site_cannot_hand_a_request_in() {
    let office = TestOffice::start(crate::support::Database::Sqlite);
    let customer = office.customer();
    office.purchase(&customer, "2014-1", 20);
    let key = office.activated_key(&customer);
    let request = carried(&key, &office, &json!({"release": {}})).signed();
    for header in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
        assert_eq!(office.api.hand_in(&request, &[header]).status, 403, "{header:?}");
    }
    assert!(!office.audited(&customer).iter().any(|action| action == "installation.released"));
}

#[test]
fn an_address_that_hands_in_too_often_is_told_to_wait() {
    let office = TestOffice::start(crate::support::Database::Sqlite);
    let refused = (0..200).map(|_| office.api.hand_in("x", &[])).find(|reply| reply.status == 429);
    let refused = refused.expect("there is a limit");
    assert!(refused.header("retry-after").is_some());
    assert!(refused.text.contains("Too often"), "{}", refused.text);
}
