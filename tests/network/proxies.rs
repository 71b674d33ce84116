use crate::offline::carried;
use crate::support::{Browser, Database, Reply, TestOffice, emergency};
use licentia::app::Role;

/// An office behind a proxy, which is the peer of every connection.
fn behind_a_proxy() -> TestOffice {
    TestOffice::start_with(Database::Sqlite, |settings| {
        settings.trusted_proxies = Some("127.0.0.1".into());
    })
}

fn check(office: &TestOffice, address: &str) -> Reply {
    office.api.without_token().page("GET", "/check/lic_x", &[("x-forwarded-for", address)], None)
}

fn hand_in(office: &TestOffice, address: &str, text: &str) -> Reply {
    office.api.hand_in(text, &[("x-forwarded-for", address)])
}

const STRANGER: &str = "198.51.100.1";
const OTHER: &str = "198.51.100.2";

#[test]
fn one_stranger_behind_a_proxy_closes_check_and_offline_for_nobody_else() {
    let office = behind_a_proxy();
    let checks = (0..200).find(|_| check(&office, STRANGER).status == 429);
    assert!(checks.is_some(), "there is a limit");
    assert_eq!(check(&office, OTHER).status, 404, "others ask");
    assert_eq!(
        hand_in(&office, STRANGER, "x").status,
        422,
        "the limit of the other page is its own"
    );
    let handed_in = (0..200).find(|_| hand_in(&office, STRANGER, "x").status == 429);
    assert!(handed_in.is_some(), "there is a limit");
    assert_eq!(hand_in(&office, OTHER, "x").status, 422, "others hand in");
    // The client cannot choose its address: the proxy appends the true one.
    let forged = |number| check(&office, &format!("203.0.113.{number}, {STRANGER}")).status;
    assert!((0..200).any(|number| forged(number) == 429));
}

#[test]
fn staff_are_exempt_from_the_limits_of_check_and_offline() {
    let office = behind_a_proxy();
    let anna = Browser::signed_in(&office, Role::Sales);
    let cookie = anna.cookie();
    let headers = [("x-forwarded-for", STRANGER), ("cookie", cookie.as_str())];
    while check(&office, STRANGER).status != 429 {}
    while hand_in(&office, STRANGER, "x").status != 429 {}
    let reply = office.api.without_token().page("GET", "/check/lic_x", &headers, None);
    assert_eq!(reply.status, 404);
    assert_eq!(office.api.hand_in("x", &headers).status, 422);
}

#[test]
fn a_signed_request_is_answered_whatever_rubbish_came_from_its_address() {
    let office = behind_a_proxy();
    let customer = office.customer();
    office.purchase(&customer, "2014-1", 20);
    let key = office.activated_key(&customer);
    for _ in 0..100 {
        let request = carried(&key, &office, &emergency(10)).signed();
        hand_in(&office, STRANGER, &request).carried_license();
    }
    while hand_in(&office, STRANGER, "x").status != 429 {}
    let request = carried(&key, &office, &emergency(10)).signed();
    hand_in(&office, STRANGER, &request).carried_license();
    let picture = crate::support::photographed(&request);
    let refused = (0..20).any(|_| {
        while hand_in(&office, STRANGER, "x").status != 429 {}
        office.api.hand_in_file_from(STRANGER, &picture).status == 429
    });
    assert!(refused, "pictures are costly to look at");
    office.api.hand_in_file_from(OTHER, &picture).carried_license();
}
