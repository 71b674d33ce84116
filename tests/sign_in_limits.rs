//! Failed sign-ins are counted in the database, and limited (rows 39, 43, 55, 56).

use crate::support::{Browser, Sql, TestOffice, at_once, unique};
use jiff::SignedDuration;
use licentia::app::{self, Actor, HashedPassword, Role, StaffChange};
use licentia::chance::Chance;
use licentia::startup::Spawned;

const WRONG: &str = "not the password at all";
const CONNECTIONS: usize = 400;
const DEVICE: &str = "__Host-licentia_device_";

/// A second server of the office, on its clock.
fn second_server(office: &TestOffice) -> (Spawned, String) {
    let config = office.settings.clone().understand().unwrap();
    let server = Spawned::start(&config, office.clock.clone(), Chance::default()).unwrap();
    let url = format!("http://{}", server.address);
    (server, url)
}

/// The highest count of failures there is.
fn most_failures(office: &TestOffice) -> i64 {
    let query = "SELECT CAST(coalesce(max(failures), 0) AS TEXT) AS line FROM sign_in_failures";
    Sql::open(office.database_url()).lines(query)[0].parse().unwrap()
}

fn events(office: &TestOffice, person: &Browser) -> usize {
    let query = format!(
        "SELECT id AS line FROM audit_events WHERE action = 'staff.sign-in-slowed' \
         AND subject = '{}'",
        person.id()
    );
    Sql::open(office.database_url()).lines(&query).len()
}

/// A browser of a stranger who knows the password: a code is still to come.
fn half_open(office: &TestOffice, person: &Browser) -> Browser {
    let browser = Browser::new(office);
    let reply = browser.sign_in(&person.name, Browser::PASSWORD);
    assert_eq!(reply.header("location"), Some("/second-factor"), "{}", reply.text);
    browser.call("GET", "/second-factor", None).expect(200);
    browser
}

/// Sends wrong codes until the pause after the last one is this long.
fn wrong_codes_until_pause(office: &TestOffice, person: &Browser, seconds: i64) {
    let mut browser = half_open(office, person);
    for _ in 0..50 {
        let reply = browser.send_code("000000x");
        match reply.status {
            401 => (),
            303 => browser = half_open(office, person),
            429 => {
                let wait: i64 = reply.header("retry-after").unwrap().parse().unwrap();
                if wait >= seconds {
                    return;
                }
                office.pass(SignedDuration::from_secs(wait));
            }
            other => panic!("{other}: {}", reply.text),
        }
    }
    panic!("the pause does not grow to {seconds} s");
}

on_both_databases! {
    fn of_400_parallel_codes_five_are_looked_at_and_the_session_is_over(database) {
        let mut office = TestOffice::start(database);
        let owner = Browser::signed_in(&office, Role::Admin);
        let stranger = half_open(&office, &owner);
        let (server, second) = second_server(&office);
        let first = office.url();
        let browsers: Vec<_> = (0..CONNECTIONS)
            .map(|number| stranger.at(if number % 2 == 0 { &first } else { &second }))
            .map(std::sync::Mutex::new)
            .collect();
        let statuses = at_once(CONNECTIONS, |number| {
            browsers[number].lock().unwrap().send_code(&format!("{number:06}x")).status
        });
        assert_eq!(most_failures(&office), 5, "{statuses:?}");
        let looked_at = statuses.iter().filter(|status| **status == 401).count();
        assert!(looked_at <= 4, "after the fifth, name and password are asked: {statuses:?}");
        assert!(statuses.iter().all(|status| [401, 303, 403, 429, 503].contains(status)), "{statuses:?}");
        office.pass(SignedDuration::from_secs(60));
        let right = stranger.send_code(&owner.code(&office));
        assert_ne!(right.header("location"), Some("/"), "the session is over: {}", right.text);
        assert_eq!(stranger.status("GET", "/customers"), 303);
        // Neither the password nor a restart sets the count back.
        server.stop().unwrap();
        office.restart().unwrap();
        let again = half_open(&office, &owner);
        assert_eq!(again.send_code("000000x").status, 401);
        assert_eq!(most_failures(&office), 6);
        let reply = again.send_code(&owner.code(&office));
        assert_eq!((reply.status, reply.header("retry-after")), (429, Some("2")), "a pause");
        assert_eq!(events(&office, &owner), 2, "an event for each pause");
    }

    fn the_pause_after_wrong_codes_grows_to_15_minutes_and_a_right_code_ends_it(database) {
        let office = TestOffice::start(database);
        let owner = Browser::signed_in(&office, Role::Admin);
        wrong_codes_until_pause(&office, &owner, 900);
        office.pass(SignedDuration::from_secs(900));
        let browser = half_open(&office, &owner);
        assert_eq!(browser.send_code(&owner.code(&office)).status, 303);
        assert_eq!(browser.status("GET", "/customers"), 200);
        let next = half_open(&office, &owner);
        for _ in 0..4 {
            assert_eq!(next.send_code("000000x").status, 401, "the count began anew");
        }
    }

    fn of_400_parallel_passwords_five_are_looked_at(database) {
        let office = TestOffice::start(database);
        let owner = Browser::signed_in(&office, Role::Sales);
        let (server, second) = second_server(&office);
        for name in [owner.name.clone(), unique("nobody")] {
            let before = office.inside().passwords_checked() + server.office.passwords_checked();
            let stranger = Browser::new(&office);
            stranger.call("GET", "/sign-in", None);
            let first = office.url();
            let browsers: Vec<_> = (0..CONNECTIONS)
                .map(|number| stranger.at(if number % 2 == 0 { &first } else { &second }))
                .map(std::sync::Mutex::new)
                .collect();
            let form = format!("name={name}&password={}", WRONG.replace(' ', "+"));
            let replies = at_once(CONNECTIONS, |number| {
                browsers[number].lock().unwrap().call("POST", "/sign-in", Some(&form))
            });
            let checked = office.inside().passwords_checked() + server.office.passwords_checked();
            assert!(checked - before <= 5, "{name}: {} passwords were checked", checked - before);
            for reply in replies {
                assert!([401, 429].contains(&reply.status), "{name}: {}", reply.text);
                let waits = reply.header("retry-after").is_some();
                assert_eq!(waits, reply.status == 429, "{name}: {}", reply.text);
                assert!(reply.text.contains(&format!("value=\"{name}\"")), "the name is kept");
            }
        }
        server.stop().unwrap();
    }

    fn names_that_nobody_has_are_slowed_as_others_are(database) {
        let mut office = TestOffice::start(database);
        let owner = Browser::signed_in(&office, Role::Sales);
        let mut answers = Vec::new();
        for name in [owner.name.clone(), unique("nobody")] {
            let mut told = Vec::new();
            for _ in 0..12 {
                // Upper case and spaces make no other name.
                let reply = Browser::new(&office).sign_in(&format!("+{}+", name.to_uppercase()), WRONG);
                let wait = reply.header("retry-after").map(str::to_owned);
                told.push((reply.status, wait.clone()));
                if let Some(wait) = wait {
                    office.pass(SignedDuration::from_secs(wait.parse().unwrap()));
                    office.restart().unwrap();
                }
            }
            answers.push(told);
        }
        assert_eq!(answers[0], answers[1]);
        let waits: Vec<_> = answers[0].iter().filter_map(|(_, wait)| wait.as_deref()).collect();
        assert_eq!(waits, ["1", "2", "4", "8"], "{answers:?}");
    }

    fn the_owner_gets_in_from_a_known_browser_while_a_stranger_tries(database) {
        let office = TestOffice::start(database);
        let owner = Browser::signed_in(&office, Role::Admin);
        wrong_codes_until_pause(&office, &owner, 64);
        for _ in 0..6 {
            Browser::new(&office).sign_in(&owner.name, WRONG);
        }
        let stranger = Browser::new(&office);
        assert_eq!(stranger.sign_in(&owner.name, Browser::PASSWORD).status, 429);
        let known = Browser::new(&office);
        known.with_cookies_of(&owner, DEVICE);
        office.pass(SignedDuration::from_secs(30));
        assert_eq!(known.sign_in(&owner.name, Browser::PASSWORD).status, 303);
        known.call("GET", "/second-factor", None).expect(200);
        let code = owner.code(&office);
        assert_eq!(known.send_code(&code).header("location"), Some("/"));
        // A stolen device cookie has a limit too, and is worth nothing after a reset.
        let thief = Browser::new(&office);
        thief.with_cookies_of(&owner, DEVICE);
        let statuses: Vec<_> =
            (0..6).map(|_| thief.sign_in(&owner.name, WRONG).status).collect();
        assert_eq!(statuses, [401, 401, 401, 401, 401, 429]);
        office.pass(SignedDuration::from_secs(3600));
        let by = Actor::CommandLine("test".into());
        let hash = HashedPassword::new(Browser::PASSWORD, &office.inside().chance).unwrap();
        let change = StaffChange::Password(hash);
        app::change_staff(&office.inside(), &by, None, owner.id(), &change).unwrap();
        for _ in 0..5 {
            Browser::new(&office).sign_in(&owner.name, WRONG);
        }
        assert_eq!(thief.sign_in(&owner.name, WRONG).status, 429, "the cookie is void");
    }

    fn a_device_cookie_of_another_or_a_changed_one_makes_no_browser_known(database) {
        let office = TestOffice::start(database);
        let owner = Browser::signed_in(&office, Role::Sales);
        let other = Browser::signed_in(&office, Role::Sales);
        for _ in 0..5 {
            Browser::new(&office).sign_in(&owner.name, WRONG);
        }
        let browser = Browser::new(&office);
        browser.with_cookies_of(&other, DEVICE);
        assert_eq!(browser.sign_in(&owner.name, Browser::PASSWORD).status, 429);
        office.pass(SignedDuration::from_hours(181 * 24));
        for _ in 0..5 {
            Browser::new(&office).sign_in(&owner.name, WRONG);
        }
        let late = Browser::new(&office);
        late.with_cookies_of(&owner, DEVICE);
        assert_eq!(late.sign_in(&owner.name, Browser::PASSWORD).status, 429, "after 180 days");
    }

    fn a_stolen_session_is_no_way_to_guess_the_password(database) {
        let office = TestOffice::start(database);
        let owner = Browser::signed_in(&office, Role::Sales);
        let thief = Browser::new(&office);
        thief.with_cookies_of(&owner, "__Host-licentia_session");
        thief.call("GET", "/account", None).expect(200);
        let form = "change=password&new_password=a+new+password+of+mine&present_password=wrong";
        let statuses: Vec<_> =
            (0..6).map(|_| thief.call("POST", "/account", Some(form)).status).collect();
        assert_eq!(statuses, [422, 422, 422, 422, 422, 429]);
    }

    fn a_pause_is_told_to_the_person_by_one_email_an_hour(database) {
        let office = TestOffice::start(database);
        let owner = Browser::signed_in(&office, Role::Sales);
        let by = Actor::CommandLine("test".into());
        let email = StaffChange::Email("anna@vendor.example".into());
        app::change_staff(&office.inside(), &by, None, owner.id(), &email).unwrap();
        let query = "SELECT kind AS line FROM mails WHERE kind = 'sign_in_slowed'";
        for (tries, told) in [(4, 0), (1, 1), (3, 1)] {
            for _ in 0..tries {
                Browser::new(&office).sign_in(&owner.name, WRONG);
                office.pass(SignedDuration::from_secs(10));
            }
            let mails = Sql::open(office.database_url()).lines(query).len();
            assert_eq!(mails, told);
        }
        assert_eq!(events(&office, &owner), 4, "an event for each pause");
        office.pass(SignedDuration::from_secs(3600));
        Browser::new(&office).sign_in(&owner.name, WRONG);
        assert_eq!(Sql::open(office.database_url()).lines(query).len(), 2);
    }

    fn a_common_password_is_refused_at_its_field(database) {
        let office = TestOffice::start(database);
        let admin = Browser::signed_in(&office, Role::Admin);
        admin.call("GET", "/settings/staff/new", None).expect(200);
        let form = "full_name=Anna&name=anna&role=sales&once=1&new_password=password1234";
        let refused = admin.call("POST", "/settings/staff/new", Some(form)).expect(422);
        assert!(refused.text.contains("easily guessed"), "{}", refused.text);
        admin.call("GET", "/account", None).expect(200);
        let form = format!(
            "change=password&new_password={}123456&present_password={}",
            admin.name,
            Browser::PASSWORD.replace(' ', "+")
        );
        let refused = admin.call("POST", "/account", Some(&form)).expect(422);
        assert!(refused.text.contains("easily guessed"), "{}", refused.text);
    }
}
