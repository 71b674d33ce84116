//! The log: who called, from where, and that nobody else writes in it.

use crate::support::{Database, ProcessOffice};
use serde_json::Value;

#[test]
fn each_call_is_logged_with_its_time_its_address_and_its_caller() {
    let settings = [("log_format", "json".to_owned()), ("trusted_proxies", "127.0.0.1".to_owned())];
    let office = ProcessOffice::start_with(Database::Sqlite, &settings);
    let from = [("x-forwarded-for", "203.0.113.7")];
    office.api.call("GET", "/customers", &from, None).unwrap().expect(200);
    office.api.without_token().call("GET", "/audit-events", &from, None).unwrap().expect(401);
    let answered = |path: &str| {
        office.server.log.wait_for(path);
        let log = office.server.log.text();
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let is_it =
            |line: &Value| line["span"]["path"] == path && line["fields"]["message"] == "answered";
        lines.into_iter().find(is_it).unwrap_or_else(|| panic!("{path} is not there: {log}"))
    };
    let known = answered("/api/v1/customers");
    assert!(known["timestamp"].as_str().unwrap().ends_with('Z'), "times are UTC: {known}");
    assert_eq!(known["span"]["address"], "203.0.113.7", "{known}");
    assert_eq!(known["span"]["actor"], "token:crm", "{known}");
    assert_eq!(known["span"]["method"], "GET", "{known}");
    assert_eq!(known["fields"]["status"], 200, "{known}");
    let stranger = answered("/api/v1/audit-events");
    assert_eq!(stranger["span"]["address"], "203.0.113.7", "{stranger}");
    assert!(stranger["span"].get("actor").is_none(), "{stranger}");
}

#[test]
fn nothing_that_a_caller_sends_begins_a_line_of_the_log() {
    const FORGED: &str = "x\n2026-01-01T00:00:00.000000Z  INFO forged: all is well\r\nforged";
    let settings = [("log_format", "text".to_owned()), ("log", "debug".to_owned())];
    let office = ProcessOffice::start_with(Database::Sqlite, &settings);
    let encoded: String = url::form_urlencoded::byte_serialize(FORGED.as_bytes()).collect();
    let strangers = office.api.without_token();
    for path in ["/check", "/customers", "/api/v1/customers", "/setup", "/none"] {
        strangers.page("GET", &format!("{path}/{encoded}"), &[], None);
        strangers.page("GET", &format!("{path}?after={encoded}"), &[], None);
    }
    let form = [("content-type", "application/x-www-form-urlencoded"), ("user-agent", "x\tforged")];
    let body = format!("name={encoded}&password={encoded}&csrf={encoded}");
    strangers.page("POST", "/sign-in", &form, Some(&body));
    let body = serde_json::json!({"name": FORGED, FORGED: FORGED});
    office.api.post("/customers", &body).expect(400);
    strangers.post_statement("/activations", FORGED).expect(401);
    let request_id = office.api.get("/nowhere").expect(404).text_at("/request_id");
    office.server.log.wait_for(&request_id);
    for line in office.server.log.text().lines() {
        assert!(line.starts_with("20") && !line.contains("Z  INFO forged"), "{line}");
    }
}

#[test]
fn a_visitor_who_has_to_sign_in_first_is_no_error_of_the_log() {
    let settings = [("log_format", "json".to_owned())];
    let office = ProcessOffice::start_with(Database::Sqlite, &settings);
    let stranger = office.api.without_token();
    for path in ["/", "/customers", "/audit", "/settings", "/second-factor"] {
        stranger.page("GET", path, &[], None).expect(303);
    }
    for path in ["/customers", "/license", "/access-refusals"] {
        stranger.get(path).expect(401);
    }
    let last = stranger.get("/nowhere").expect(404).text_at("/request_id");
    office.server.log.wait_for(&last);
    let log = office.server.log.text();
    let levels = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut answered = 0;
    for line in levels {
        assert_ne!(line["level"], "ERROR", "{line}");
        answered += usize::from(line["fields"]["message"] == "answered");
        assert_ne!(line["fields"]["message"], "access refused", "nothing was shown: {line}");
    }
    assert!(answered >= 9, "{log}");
}
