use super::{events, sent};
use crate::support::{Browser, TestOffice};
use licentia::app::Role;

on_both_databases! {
    fn a_new_password_needs_the_present_one_and_ends_the_sessions_elsewhere(database) {
        let office = TestOffice::start(database);
        let person = Browser::signed_in(&office, Role::Sales);
        let elsewhere = Browser::new(&office);
        assert_eq!(elsewhere.sign_in(&person.name, Browser::PASSWORD).status, 303);
        let thief = person.copy();
        let change = |present: &str, new: &str| {
            let fields =
                [("change", "password"), ("present_password", present), ("new_password", new)];
            sent(&person, "/account", &fields)
        };
        let refused = change("not the password", "short").expect(422);
        for field in ["present_password-error", "new_password-error"] {
            assert!(refused.text.contains(field), "{}", refused.text);
        }
        assert_eq!(elsewhere.status("GET", "/customers"), 200);
        let before = person.cookie();
        change(Browser::PASSWORD, "another long password").expect(303);
        assert_ne!(person.cookie(), before, "the session has a new key");
        assert_eq!(person.status("GET", "/customers"), 200, "who changed it stays");
        assert_eq!(elsewhere.status("GET", "/customers"), 303);
        assert_eq!(thief.status("GET", "/customers"), 303, "a copy of the old cookie is no session");
        let again = |password| Browser::new(&office).sign_in(&person.name, password).status;
        assert_eq!(again(Browser::PASSWORD), 401);
        assert_eq!(again("another long password"), 303);
        let event = events(&office, "staff.password-changed");
        assert_eq!(event.len(), 1);
        assert_eq!(event[0]["actor"], format!("staff:{}", person.name));
    }

    fn new_recovery_codes_end_the_old_ones(database) {
        let office = TestOffice::start(database);
        let admin = Browser::signed_in(&office, Role::Admin);
        let ask = |password| {
            sent(&admin, "/account", &[("change", "codes"), ("codes_password", password)])
        };
        let refused = ask("not the password").expect(422);
        assert!(refused.text.contains("codes_password-error"));
        let codes = |page: String| -> Vec<String> {
            let codes = page.split("<li><code>").skip(1);
            codes.map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
        };
        let [old, new] = [(); 2].map(|()| codes(ask(Browser::PASSWORD).expect(200).text));
        assert_eq!((old.len(), new.len()), (10, 10));
        for code in &new {
            let letters = code.replace('-', "").len();
            assert_eq!(letters, 26, "128 bits, which nobody tries through: {code}");
        }
        let come_in = |code: &str| {
            let browser = Browser::new(&office);
            browser.sign_in(&admin.name, Browser::PASSWORD);
            browser.call("GET", "/second-factor", None);
            browser.call("POST", "/second-factor", Some(&format!("code={code}"))).status
        };
        assert_eq!(come_in(&old[0]), 401);
        assert_eq!(come_in(&new[0]), 303);
        assert_eq!(come_in(&new[0]), 401, "a code is good once");
        assert_eq!(come_in(&new[1].replace('-', "")), 303, "the hyphens are for people");
        let page = admin.call("GET", "/account", None).text;
        assert!(page.contains("8 codes are left"), "{page}");
    }

    fn a_person_without_a_second_factor_gets_no_codes(database) {
        let office = TestOffice::start(database);
        let person = Browser::signed_in(&office, Role::Auditor);
        let fields = [("change", "codes"), ("codes_password", Browser::PASSWORD)];
        assert_eq!(sent(&person, "/account", &fields).status, 403);
    }

    fn a_person_signs_out_everywhere_else_and_changes_its_name(database) {
        let office = TestOffice::start(database);
        let person = Browser::signed_in(&office, Role::Auditor);
        let elsewhere = Browser::new(&office);
        assert_eq!(elsewhere.sign_in(&person.name, Browser::PASSWORD).status, 303);
        sent(&person, "/account", &[("change", "sessions")]).expect(303);
        assert_eq!(elsewhere.status("GET", "/customers"), 303);
        sent(&person, "/account", &[("change", "name"), ("full_name", "")]).expect(422);
        sent(&person, "/account", &[("change", "name"), ("full_name", "Вера")]).expect(303);
        let page = person.call("GET", "/customers", None);
        assert!(page.text.contains("<bdi>Вера</bdi>"), "{}", page.text);
        let event = events(&office, "staff.renamed");
        assert_eq!(event[0]["after"]["full_name"], "Вера");
    }
}
