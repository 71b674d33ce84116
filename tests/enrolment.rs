//! A second factor is set up once, with a secret that nobody else has seen (rows 39, 40).

use crate::support::{Browser, Rows, TestOffice, own_password, unique};
use jiff::SignedDuration;
use licentia::app::{self, Actor, HashedPassword, Role, StaffChange};
use licentia::domain::ids::StaffId;
use licentia::domain::staff::StaffForm;

/// A new administrator, who has not set a second factor up yet.
fn newcomer(office: &TestOffice) -> (String, StaffId) {
    let inside = office.inside();
    let form = StaffForm {
        name: unique("admin"),
        full_name: "Анна".into(),
        role: Role::Admin.as_str().into(),
        password: Browser::PASSWORD.into(),
        ..StaffForm::default()
    };
    let hash = HashedPassword::new(&form.password, &inside.chance).unwrap();
    let by = Actor::CommandLine("test".into());
    let person = app::add_staff(&inside, &by, None, &form, &hash).unwrap();
    own_password(&inside, &person.id);
    (person.name, person.id)
}

/// A browser whose session is to set a second factor up; with the page.
fn enrolling(office: &TestOffice, name: &str) -> (Browser, String) {
    let browser = Browser::new(office);
    let reply = browser.sign_in(name, Browser::PASSWORD);
    assert_eq!(reply.header("location"), Some("/second-factor/enrol"));
    let page = browser.call("GET", "/second-factor/enrol", None).expect(200).text;
    (browser, secret_on(&page).expect("the secret"))
}

fn secret_on(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("<code class=\"all\">")?;
    Some(rest.split('<').next()?.to_owned())
}

on_both_databases! {
    fn a_half_open_session_is_worth_nothing_once_the_owner_has_set_the_factor_up(database) {
        let office = TestOffice::start(database);
        let (name, _) = newcomer(&office);
        // Somebody else has the first password, and the page of the enrolment open.
        let (stranger, seen) = enrolling(&office, &name);
        let (owner, secret) = enrolling(&office, &name);
        assert_ne!(seen, secret, "each attempt has a secret of its own");
        let again = owner.call("GET", "/second-factor/enrol", None).text;
        assert_eq!(secret_on(&again).as_deref(), Some(secret.as_str()), "and keeps it");
        owner.enrol(&office).expect(200);
        assert_eq!(owner.status("GET", "/settings/staff"), 200, "the owner is in");

        let page = stranger.call("GET", "/second-factor/enrol", None);
        assert_eq!((page.status, secret_on(&page.text)), (303, None), "{}", page.text);
        let known = stranger.copy();
        known.know(&seen);
        let code = known.code(&office);
        let sent = stranger.call("POST", "/second-factor/enrol", Some(&format!("code={code}")));
        assert!(matches!(sent.status, 303 | 403), "{}", sent.text);
        assert_eq!(stranger.status("GET", "/settings/staff"), 303);
        // A later sign-in with the password asks for the owner's code; the one seen is worth nothing.
        let later = Browser::new(&office);
        let reply = later.sign_in(&name, Browser::PASSWORD);
        assert_eq!(reply.header("location"), Some("/second-factor"));
        assert_eq!(later.call("GET", "/second-factor/enrol", None).status, 303);
        later.call("GET", "/second-factor", None).expect(200);
        office.pass(SignedDuration::from_secs(60));
        assert_eq!(later.send_code(&known.code(&office)).status, 401);
        assert_eq!(later.send_code(&owner.code(&office)).status, 303);
    }

    fn the_secret_is_sealed_in_the_database_and_gone_after_a_reset(database) {
        let office = TestOffice::start(database);
        let admin = Browser::signed_in(&office, Role::Admin);
        let before = Rows::read(office.database_url());
        let secret = admin.secret();
        let raw = data_encoding::BASE32_NOPAD.decode(secret.as_bytes()).unwrap();
        let stored = format!("{before:?}").to_lowercase();
        for form in [secret.to_lowercase(), data_encoding::HEXLOWER.encode(&raw)] {
            assert!(!stored.contains(&form), "it can be read");
        }
        // It is sealed anew after its key was rotated, and stays the same.
        assert_eq!(app::reseal_second_factors(&office.inside()).unwrap(), 1);
        office.pass(SignedDuration::from_secs(60));
        let browser = Browser::new(&office);
        browser.sign_in(&admin.name, Browser::PASSWORD);
        browser.call("GET", "/second-factor", None).expect(200);
        assert_eq!(browser.send_code(&admin.code(&office)).status, 303);

        let by = Actor::CommandLine("test".into());
        let reset = StaffChange::ResetSecondFactor;
        app::change_staff(&office.inside(), &by, None, admin.id(), &reset).unwrap();
        assert_eq!(app::reseal_second_factors(&office.inside()).unwrap(), 0);
        let (_, new) = enrolling(&office, &admin.name);
        assert_ne!(new, secret);
    }
}
