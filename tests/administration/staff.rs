use super::{events, form, sent};
use crate::support::{Browser, TestOffice, unique};
use licentia::app::Role;

fn path(browser: &Browser) -> String {
    format!("/settings/staff/{}", browser.id())
}

on_both_databases! {
    fn a_person_is_added_once_and_comes_in_with_its_first_password(database) {
        let office = TestOffice::start(database);
        let admin = Browser::signed_in(&office, Role::Admin);
        let name = unique("boris");
        let new = |password: &str| {
            sent(&admin, "/settings/staff/new", &[
                ("name", &name),
                ("full_name", "Борис"),
                ("role", "sales"),
                ("new_password", password),
            ])
        };
        let short = new("too short").expect(422);
        assert!(short.text.contains("new_password-error") && !short.text.contains("too short"));
        let page = admin.call("GET", "/settings/staff/new", None);
        let fields = [
            ("name", name.as_str()),
            ("full_name", "Борис"),
            ("role", "sales"),
            ("new_password", Browser::PASSWORD),
        ];
        let twice = form(&page, &fields);
        let added = [(); 2].map(|()| {
            let reply = admin.call("POST", "/settings/staff/new", Some(&twice)).expect(303);
            reply.header("location").unwrap().to_owned()
        });
        assert_eq!(added[0], added[1]);
        assert_eq!(events(&office, "staff.added").len(), 2, "the administrator, and one more");
        let taken = new(Browser::PASSWORD).expect(422);
        assert!(taken.text.contains("id=\"name-error\""), "{}", taken.text);
        let browser = Browser::new(&office);
        let reply = browser.sign_in(&name, Browser::PASSWORD);
        assert_eq!(reply.header("location"), Some("/new-password"));
        let list = admin.call("GET", "/settings/staff", None).expect(200).text;
        assert!(list.contains("Борис") && list.contains(&name));
    }

    fn the_last_administrator_can_neither_go_nor_be_sent(database) {
        let office = TestOffice::start(database);
        let admin = Browser::signed_in(&office, Role::Admin);
        for change in [vec![("change", "disable")], vec![("change", "role"), ("role", "sales")]] {
            let refused = sent(&admin, &path(&admin), &change).expect(409);
            assert!(refused.text.contains("id=\"summary\""), "{}", refused.text);
        }
        assert_eq!(admin.status("GET", "/settings/staff"), 200);
        let second = Browser::signed_in(&office, Role::Admin);
        sent(&admin, &path(&admin), &[("change", "role"), ("role", "sales")]).expect(303);
        assert_eq!(admin.status("GET", "/settings/staff"), 403, "it is no administrator now");
        assert_eq!(second.status("GET", "/settings/staff"), 200);
    }

    fn whoever_is_shut_out_or_gets_another_password_is_out_at_once(database) {
        let office = TestOffice::start(database);
        let admin = Browser::signed_in(&office, Role::Admin);
        let changes: [&[(&str, &str)]; 3] = [
            &[("change", "disable")],
            &[("change", "password"), ("new_password", "another long password")],
            &[("change", "second-factor")],
        ];
        for change in changes {
            let person = Browser::signed_in(&office, Role::Sales);
            assert_eq!(person.status("GET", "/customers"), 200);
            sent(&admin, &path(&person), change).expect(303);
            assert_eq!(person.status("GET", "/customers"), 303, "{change:?}");
            let again = Browser::new(&office).sign_in(&person.name, Browser::PASSWORD);
            let may = change[0].1 == "second-factor";
            assert_eq!(again.status, if may { 303 } else { 401 }, "{change:?}");
        }
    }

    fn whoever_becomes_an_administrator_sets_a_second_factor_up_first(database) {
        let office = TestOffice::start(database);
        let admin = Browser::signed_in(&office, Role::Admin);
        let person = Browser::signed_in(&office, Role::Sales);
        sent(&admin, &path(&person), &[("change", "role"), ("role", "admin")]).expect(303);
        assert_eq!(person.status("GET", "/settings"), 303, "no administrator without one");
        let again = Browser::new(&office).sign_in(&person.name, Browser::PASSWORD);
        assert_eq!(again.header("location"), Some("/second-factor/enrol"));
    }

    fn a_change_that_changes_nothing_leaves_no_trace(database) {
        let office = TestOffice::start(database);
        let admin = Browser::signed_in(&office, Role::Admin);
        let person = Browser::signed_in(&office, Role::Sales);
        sent(&admin, &path(&person), &[("change", "role"), ("role", "sales")]).expect(303);
        sent(&admin, &path(&person), &[("change", "enable")]).expect(303);
        assert!(events(&office, "staff.role-changed").is_empty());
        assert!(events(&office, "staff.enabled").is_empty());
        for _ in 0..2 {
            sent(&admin, &path(&person), &[("change", "disable")]).expect(303);
        }
        assert_eq!(events(&office, "staff.disabled").len(), 1);
        assert!(!office.api.get("/audit-events?limit=200").text.contains("$argon2"));
    }
}
