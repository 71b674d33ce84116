//! Many people who sign in at once: licenses never wait behind their passwords (row 53).

use crate::support::{Browser, InstallationKey, TestOffice, at_once, emergency, unique};
use licentia::app::{PasswordPlace, Role};

const CROWD: usize = 300;
const ATTEMPTS: usize = 3;
const CUSTOMERS: usize = 8;
const DEVICE: &str = "__Host-licentia_device_";

fn licensed(office: &TestOffice) -> InstallationKey {
    let customer = office.customer();
    office.purchase(&customer, &unique("2014"), 20);
    office.activated_key(&customer)
}

/// Takes each place in the queue of strangers' passwords.
fn fill(office: &TestOffice) -> Vec<PasswordPlace> {
    let office = office.inside();
    std::iter::from_fn(|| office.passwords.admit().ok()).collect()
}

on_both_databases! {
    fn emergency_licenses_are_granted_while_300_people_sign_in(database) {
        let office = TestOffice::start(database);
        let keys: Vec<_> = (0..CUSTOMERS).map(|_| licensed(&office)).collect();
        let visitor = Browser::new(&office);
        visitor.call("GET", "/sign-in", None).expect(200);
        let browsers: Vec<_> =
            (0..CROWD).map(|_| std::sync::Mutex::new(visitor.copy())).collect();
        let statuses = at_once(CROWD + CUSTOMERS, |number| {
            let Some(browser) = browsers.get(number) else {
                let key = &keys[number - CROWD];
                return vec![office.asked(key, "/emergency-licenses", &emergency(10)).status];
            };
            let browser = browser.lock().unwrap();
            let sign_in = |attempt| {
                let form = format!("name=nobody-{number}-{attempt}&password=not+the+password");
                browser.call("POST", "/sign-in", Some(&form)).status
            };
            (0..ATTEMPTS).map(sign_in).collect()
        });
        let (crowd, granted) = statuses.split_at(CROWD);
        assert!(granted.iter().all(|status| *status == [201]), "{granted:?}");
        let of_crowd = |status| crowd.iter().flatten().filter(|one| **one == status).count();
        let (looked_at, turned_away) = (of_crowd(401), of_crowd(429));
        assert_eq!(looked_at + turned_away, CROWD * ATTEMPTS, "{crowd:?}");
        assert!(looked_at > 0 && turned_away > 0, "{looked_at} and {turned_away}");
    }

    fn an_attempt_without_a_place_is_not_counted_and_a_known_browser_has_its_own(database) {
        let office = TestOffice::start(database);
        let owner = Browser::signed_in(&office, Role::Sales);
        let stranger = Browser::new(&office);
        let forger = Browser::new(&office);
        forger.with_invented_cookies_of(&owner, DEVICE);
        let places = fill(&office);
        assert!(!places.is_empty());
        for browser in [&stranger, &forger] {
            for _ in 0..10 {
                let reply = browser.sign_in(&owner.name, "not the password at all");
                assert_eq!((reply.status, reply.header("retry-after")), (429, Some("2")));
            }
        }
        let known = Browser::new(&office);
        known.with_cookies_of(&owner, DEVICE);
        assert_eq!(known.sign_in(&owner.name, Browser::PASSWORD).status, 303);
        drop(places);
        let right = stranger.sign_in(&owner.name, Browser::PASSWORD);
        assert_eq!(right.status, 303, "nothing was counted: {}", right.text);
    }

    fn a_browser_that_is_known_for_another_waits_with_strangers(database) {
        let office = TestOffice::start(database);
        let owner = Browser::signed_in(&office, Role::Sales);
        let other = Browser::signed_in(&office, Role::Sales);
        let browser = Browser::new(&office);
        browser.with_cookies_of(&other, DEVICE);
        let places = fill(&office);
        assert_eq!(browser.sign_in(&owner.name, Browser::PASSWORD).status, 429);
        drop(places);
        assert_eq!(browser.sign_in(&owner.name, Browser::PASSWORD).status, 303);
    }
}
