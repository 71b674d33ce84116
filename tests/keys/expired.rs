//! An issuing key whose time is over: it is warned of, and then nothing is issued or recorded.

use crate::support::{Reply, TestOffice, order};
use jiff::SignedDuration;
use licentia::app::Role;
use licentia::chance::Chance;
use licentia::signing::Keyring;
use serde_json::json;

const DAY: i64 = 24;

on_both_databases! {
    fn past_the_issuing_key_s_end_nothing_is_issued_and_nothing_recorded(database) {
        let mut office = TestOffice::start(database);
        let customer = office.customer_with(&json!({"places": 2}));
        let path = format!("/customers/{}", customer.id);
        let purchase = office.purchase(&customer, "2014-0513", 20);
        let installation = office.activated(&customer, "pbx-1");
        let installations = office.api.get(&format!("{path}/installations")).expect(200);
        let place = installations.text_at("/data/0/id");
        let tag = office.api.get(&path).header("etag").unwrap().to_owned();
        office.pass(SignedDuration::from_hours(5 * 366 * DAY));
        office.api = office.api.with_token(&office.token(Role::Sales));
        let before = everything(&office, &path);

        assert_expired(&office.api.post(&format!("{path}/purchases"), &order("2019-0001", 5)));
        let reason = json!({"reason": "Введена дважды"});
        assert_expired(&office.api.post(&format!("/purchases/{purchase}/void"), &reason));
        let headers = [("if-match", tag.as_str()), ("content-type", "application/json")];
        let renamed = json!({"name": "ООО «Лютик»"}).to_string();
        assert_expired(&office.api.call("PATCH", &path, &headers, Some(&renamed)).unwrap());
        assert_expired(&office.api.post(&format!("/installations/{place}/release"), &json!({})));
        let emergency = installation.emergency(10).unwrap_err();
        assert_eq!(emergency.code(), "issuing-key-expired");
        let second = office.installation("pbx-2");
        let asked = office.activate(&customer, "pbx-2");
        let refused = second.activate(&office.url(), &office.roots(), asked).unwrap_err();
        assert_eq!(refused.code(), "issuing-key-expired");
        assert_eq!(installation.release().unwrap_err().code(), "issuing-key-expired");

        assert_eq!(everything(&office, &path), before, "nothing was recorded");
        assert!(!installation.update().unwrap().changed, "a fetch still works");
        assert_eq!(installation.show().unwrap().panel.user_accounts.licensed, 20);
        let ready = office.ops.ready(503).json;
        assert_eq!((&ready["database"], &ready["outbox"]), (&json!("ok"), &json!("ok")));
        assert!(ready["keys"].as_str().unwrap().contains("ended at 2019-05-13"), "{ready}");
        office.restart().expect("a server opens all the same, for the fetches");
        assert!(!installation.update().is_err_and(|error| error.code() == "issuing-key-expired"));

        let keys = office.folder.path().join("keys");
        Keyring::rotate(&keys, None, None, 365, office.now(), &Chance::default()).unwrap();
        office.purchase(&customer, "2019-0001", 5);
        let ready = office.ops.ready(200).json;
        assert_eq!(ready["warning"], json!(null));
    }

    fn a_key_that_another_server_has_taken_back_issues_nothing_more(database) {
        let office = TestOffice::start(database);
        let (known, new) = (office.customer(), office.customer());
        office.purchase(&known, "2014-0513", 20);
        let key = office.api.get(&format!("/customers/{}/license", known.id)).text_at("/key");
        let values = format!("('{key}', '2014-05-13 10:00:00')");
        office.execute(&format!("INSERT INTO withdrawn_keys (key, recorded_at) VALUES {values}"));
        for customer in [known, new] {
            let path = format!("/customers/{}", customer.id);
            let before = everything(&office, &path);
            assert_expired(&office.api.post(&format!("{path}/purchases"), &order("2014-0514", 5)));
            assert_eq!(everything(&office, &path), before, "nothing was recorded");
        }
    }

    fn from_90_days_before_its_end_an_issuing_key_is_warned_of(database) {
        let mut office = TestOffice::start(database);
        let (clock, ops) = (office.clock.clone(), office.ops.clone());
        let warned = |time: &str| {
            clock.set(time.parse().unwrap());
            ops.ready(200).json["warning"].as_str().map(str::to_owned)
        };
        // Five years from the morning of 13.05.2014, less 90 days.
        assert_eq!(warned("2019-02-12T09:59:59Z"), None);
        let warning = warned("2019-02-12T10:00:00Z").expect("90 days before");
        assert!(warning.contains("2019-05-13T10:00:00Z"), "{warning}");
        assert!(warned("2019-05-13T09:59:59Z").is_some(), "in the last second");
        let left = office.ops.get("/metrics").expect(200).text;
        assert!(left.contains("licentia_issuing_key_seconds_left 1\n"), "{left}");
        let customer = office.customer();
        office.purchase(&customer, "2019-0513", 20);
        office.at("2019-05-13T10:00:00Z");
        office.api = office.api.with_token(&office.token(Role::Sales));
        let path = format!("/customers/{}/purchases", customer.id);
        assert_expired(&office.api.post(&path, &order("2019-0514", 20)));
        office.ops.ready(503);
    }
}

#[track_caller]
fn assert_expired(reply: &Reply) {
    assert_eq!((reply.status, reply.code()), (503, "issuing-key-expired"), "{}", reply.text);
    assert!(reply.header("retry-after").is_some());
}

/// All that a refused call might have left behind.
fn everything(office: &TestOffice, customer: &str) -> Vec<String> {
    let of_customer = ["", "/purchases", "/licenses", "/emergency-grants", "/installations"];
    let lists = of_customer.map(|list| format!("{customer}{list}"));
    let all = lists.iter().map(String::as_str).chain(["/customers", "/audit-events?limit=200"]);
    let mut everything: Vec<String> =
        all.map(|path| office.api.get(path).expect(200).text).collect();
    // A mail's state may change by itself.
    let mails = office.api.get("/mails?limit=200").expect(200).json;
    everything.push(mails["data"].as_array().unwrap().len().to_string());
    everything
}
