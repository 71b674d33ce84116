//! A password that somebody else has set opens one page: where the person chooses another one.

use crate::support::{Browser, Reply, Sql, TestOffice, own_password, unique};
use jiff::SignedDuration;
use licentia::app::{self, Actor, HashedPassword, Role, StaffChange};
use licentia::domain::ids::StaffId;
use licentia::domain::staff::StaffForm;
use licentia::store::{Location, revert_last};

const TEMPORARY: &str = "violet-Kettle-drum-9";
const OWN: &str = "nine tall yellow boats";
const PAGES: [&str; 8] = [
    "/",
    "/customers",
    "/customers/new",
    "/customers.csv",
    "/account",
    "/audit",
    "/mails",
    "/settings",
];

/// A new person with a temporary password: name and id.
fn newcomer(office: &TestOffice, role: Role) -> (String, StaffId) {
    let inside = office.inside();
    let form = StaffForm {
        name: unique(role.as_str()),
        full_name: "Анна".into(),
        role: role.as_str().into(),
        password: TEMPORARY.into(),
        ..StaffForm::default()
    };
    let hash = HashedPassword::new(TEMPORARY, &inside.chance).unwrap();
    let by = Actor::CommandLine("test".into());
    let person = app::add_staff(&inside, &by, None, &form, &hash).unwrap();
    (person.name, person.id)
}

/// Another temporary password, by the command line.
fn reset(office: &TestOffice, id: &StaffId, password: &str) {
    let inside = office.inside();
    let hash = HashedPassword::new(password, &inside.chance).unwrap();
    let by = Actor::CommandLine("test".into());
    app::change_staff(&inside, &by, None, id, &StaffChange::Password(hash)).unwrap();
}

fn choose(browser: &Browser, password: &str) -> Reply {
    browser.call("GET", "/new-password", None);
    let form = format!("new_password={}", password.replace(' ', "+"));
    browser.call("POST", "/new-password", Some(&form))
}

/// Signs in, and says where the browser is led.
fn led_to(browser: &Browser, name: &str, password: &str) -> Option<String> {
    browser.sign_in(name, password).header("location").map(str::to_owned)
}

/// No page opens; each leads to the choice of a password.
fn opens_nothing(browser: &Browser) {
    for page in PAGES {
        let reply = browser.call("GET", page, None);
        assert_eq!(reply.status, 303, "{page}");
        let next = browser.call("GET", reply.header("location").unwrap(), None);
        assert_eq!(next.header("location"), Some("/new-password"), "{page}");
    }
    browser.call("GET", "/new-password", None).expect(200);
    for (page, form) in [("/customers/new", "name=A"), ("/account", "change=name&full_name=B")] {
        let sent = browser.call("POST", page, Some(form));
        assert!(matches!(sent.status, 303 | 403), "{page}: {}", sent.status);
    }
}

on_both_databases! {
    fn a_temporary_password_opens_nothing_but_the_choice_of_another(database) {
        let office = TestOffice::start(database);
        let (name, _) = newcomer(&office, Role::Sales);
        let browser = Browser::new(&office);
        browser.call("GET", "/sign-in", None);
        let form = format!("name={name}&password={TEMPORARY}&next=/mails");
        let entered = browser.call("POST", "/sign-in", Some(&form));
        assert_eq!(entered.header("location"), Some("/new-password"));
        opens_nothing(&browser);
        let elsewhere = Browser::new(&office);
        elsewhere.sign_in(&name, TEMPORARY);
        for (password, fault) in [
            (TEMPORARY, "This is the temporary password"),
            ("2shrt", "at least 12"),
            ("password1234", "easily guessed"),
        ] {
            let refused = choose(&browser, password).expect(422);
            assert!(refused.text.to_lowercase().contains(&fault.to_lowercase()), "{}", refused.text);
            assert!(!refused.text.contains(password));
        }
        opens_nothing(&browser);
        office.api.get("/customers").expect(200);

        let before = browser.cookie_of("__Host-licentia_session");
        let chosen = choose(&browser, OWN).expect(303);
        assert_eq!(chosen.header("location"), Some("/mails"), "where the person wanted to go");
        assert_ne!(browser.cookie_of("__Host-licentia_session"), before, "the session has a new key");
        assert_eq!(browser.status("GET", "/customers"), 200);
        assert_eq!(choose(&browser, "another long password").status, 303, "it is chosen once");
        assert_eq!(elsewhere.status("GET", "/new-password"), 303, "other sessions have ended");
        assert_eq!(Browser::new(&office).sign_in(&name, TEMPORARY).status, 401);
        assert_eq!(led_to(&Browser::new(&office), &name, OWN).as_deref(), Some("/"));
        let known = Browser::new(&office);
        known.with_cookies_of(&browser, "__Host-licentia_device_");
        (0..6).for_each(|_| drop(Browser::new(&office).sign_in(&name, "a wrong password")));
        assert_eq!(known.sign_in(&name, OWN).status, 303, "the browser is known");
    }

    fn a_temporary_password_is_replaced_after_the_second_factor(database) {
        let office = TestOffice::start(database);
        let (name, id) = newcomer(&office, Role::Admin);
        let browser = Browser::new(&office);
        assert_eq!(led_to(&browser, &name, TEMPORARY).as_deref(), Some("/second-factor/enrol"));
        assert!(matches!(choose(&browser, OWN).status, 303 | 403), "not before the second factor");
        let codes = browser.enrol(&office).expect(200);
        assert!(codes.text.contains("href=\"/new-password\""), "{}", codes.text);
        opens_nothing(&browser);
        choose(&browser, OWN).expect(303);
        assert_eq!(browser.status("GET", "/settings"), 200);

        reset(&office, &id, TEMPORARY);
        assert_eq!(browser.status("GET", "/settings"), 303, "the session has ended");
        office.pass(SignedDuration::from_mins(1));
        assert_eq!(led_to(&browser, &name, TEMPORARY).as_deref(), Some("/second-factor"));
        browser.call("GET", "/second-factor", None).expect(200);
        let shown = browser.send_code(&browser.code(&office));
        assert_eq!(shown.header("location"), Some("/new-password"), "{}", shown.text);
        opens_nothing(&browser);
        office.pass(SignedDuration::from_mins(16));
        assert_ne!(choose(&browser, OWN).header("location"), Some("/"), "it was too late");
        assert_eq!(browser.status("GET", "/settings"), 303);
    }

    fn a_temporary_password_ends_after_seven_days_and_a_chosen_one_does_not(database) {
        let office = TestOffice::start(database);
        let (late, _) = newcomer(&office, Role::Sales);
        let (early, _) = newcomer(&office, Role::Sales);
        office.pass(SignedDuration::from_hours(7 * 24) - SignedDuration::from_secs(1));
        let browser = Browser::new(&office);
        assert_eq!(led_to(&browser, &early, TEMPORARY).as_deref(), Some("/new-password"));
        choose(&browser, OWN).expect(303);
        office.pass(SignedDuration::from_secs(1));
        let answers = [TEMPORARY, "a wrong password"].map(|password| {
            let browser = Browser::new(&office);
            let refused = browser.sign_in(&late, password).expect(401);
            refused.text.replace(&browser.csrf(), "TOKEN")
        });
        assert_eq!(answers[0], answers[1], "it is refused as a wrong one");
        office.pass(SignedDuration::from_hours(400 * 24));
        assert_eq!(led_to(&Browser::new(&office), &early, OWN).as_deref(), Some("/"));
    }

    fn another_temporary_password_ends_the_choice(database) {
        let office = TestOffice::start(database);
        let (name, id) = newcomer(&office, Role::Sales);
        let browser = Browser::new(&office);
        browser.sign_in(&name, TEMPORARY);
        browser.call("GET", "/new-password", None).expect(200);
        reset(&office, &id, "another long password");
        assert_eq!(choose(&browser, OWN).status, 303);
        assert_eq!(Browser::new(&office).sign_in(&name, OWN).status, 401, "nothing was chosen");
        let with_it = led_to(&Browser::new(&office), &name, "another long password");
        assert_eq!(with_it.as_deref(), Some("/new-password"));
    }

    fn a_temporary_password_made_a_persons_own_in_the_database_is_noticed(database) {
        let office = TestOffice::start(database);
        let (name, id) = newcomer(&office, Role::Sales);
        let sql = format!("UPDATE staff SET password_until = NULL WHERE id = '{id}'");
        Sql::open(office.database_url()).run(&sql).unwrap();
        assert_eq!(Browser::new(&office).sign_in(&name, TEMPORARY).status, 401);
    }

    fn after_an_upgrade_nobodys_password_is_temporary(database) {
        let mut office = TestOffice::start(database);
        let (name, id) = newcomer(&office, Role::Sales);
        own_password(&office.inside(), &id);
        office.stop();
        let location = Location::parse(office.database_url()).unwrap();
        while !revert_last(&location).unwrap().starts_with("19") {}
        office.restart().unwrap();
        assert_eq!(led_to(&Browser::new(&office), &name, TEMPORARY).as_deref(), Some("/"));
    }
}
