use crate::support::{Browser, Database, TestOffice};
use licentia::app::Role;

#[test]
fn a_server_that_others_reach_without_tls_says_so_and_stays_ready() {
    let office = TestOffice::start_with(Database::Sqlite, |settings| {
        settings.listen = Some("0.0.0.0:0".into());
        settings.ops_listen = Some("0.0.0.0:0".into());
        settings.issuer = Some("http://licenses.vendor.example".into());
    });
    let ready = office.ops.ready(200).json;
    let said = ready["network"].to_string();
    assert!(said.contains("the API listens on") && said.contains("operations listen on"), "{said}");
    let page = Browser::signed_in(&office, Role::Admin).call("GET", "/", None).text;
    assert!(page.contains("without TLS") && page.contains("operations listener"), "{page}");
    assert!(!page.contains('⟦'), "{page}");
    let page = Browser::signed_in(&office, Role::Sales).call("GET", "/", None).text;
    assert!(!page.contains("without TLS"), "only administrators can change it");
}

#[test]
fn a_server_behind_a_proxy_with_tls_has_nothing_to_say() {
    let office = TestOffice::start_with(Database::Sqlite, |settings| {
        settings.listen = Some("0.0.0.0:0".into());
    });
    let ready = office.ops.ready(200).json;
    assert!(ready.get("network").is_none(), "{ready}");
    let page = Browser::signed_in(&office, Role::Admin).call("GET", "/", None).text;
    assert!(!page.contains("without TLS"), "{page}");
}
