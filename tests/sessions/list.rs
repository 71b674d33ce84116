use super::{minutes, office};
use crate::administration::{events, sent};
use crate::support::{Browser, TestOffice};
use licentia::app::Role;

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

/// The ids of the sessions that a page offers to end.
fn listed(page: &str) -> Vec<String> {
    let ids = page.split("name=\"session\" value=\"").skip(1);
    ids.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

on_both_databases! {
    fn a_person_sees_their_sessions_and_ends_one(database) {
        let office = office(database, 60);
        let person = Browser::signed_in(&office, Role::Sales);
        let mut elsewhere = Browser::new(&office);
        elsewhere.agent = FIREFOX;
        elsewhere.sign_in(&person.name, Browser::PASSWORD).expect(303);
        let idle = Browser::new(&office);
        office.pass(minutes(5));
        idle.sign_in(&person.name, Browser::PASSWORD).expect(303);
        assert_eq!(elsewhere.status("GET", "/customers"), 200);

        let page = person.call("GET", "/account", None).expect(200).text;
        assert_eq!(listed(&page).len(), 2, "two others, and this one: {page}");
        assert_eq!(page.matches("this session").count(), 1);
        assert!(page.contains("Firefox, Linux") && page.contains("127.0.0.1"), "{page}");
        assert!(page.contains("14:00") && page.contains("14:05"), "since and last use: {page}");

        let other = listed(&elsewhere.call("GET", "/account", None).text);
        let own: Vec<_> =
            other.into_iter().filter(|id| !listed(&page).contains(id)).collect();
        let theirs = listed(&page).into_iter().next_back().unwrap();
        assert_eq!(own.len(), 1, "the one that the person sits at");
        sent(&person, "/account", &[("change", "session"), ("session", &theirs)]).expect(303);
        sent(&person, "/account", &[("change", "session"), ("session", &theirs)]).expect(303);
        assert_eq!(elsewhere.status("GET", "/customers"), 303);
        assert_eq!(idle.status("GET", "/customers"), 200);
        assert_eq!(person.status("GET", "/customers"), 200);
        let event = events(&office, "staff.session-ended");
        assert_eq!(event.len(), 1, "ended once");
        assert_eq!(event[0]["before"]["browser"], "Firefox, Linux");
        assert_eq!(event[0]["before"]["address"], "127.0.0.1");

        office.pass(minutes(59));
        person.status("GET", "/customers");
        office.pass(minutes(2));
        let page = person.call("GET", "/account", None).text;
        assert_eq!(listed(&page).len(), 0, "what has ended by itself is not listed");
    }

    fn ending_a_session_asks_for_a_proof_that_is_not_old(database) {
        let office = office(database, 60);
        let person = Browser::signed_in(&office, Role::Sales);
        let elsewhere = Browser::new(&office);
        elsewhere.sign_in(&person.name, Browser::PASSWORD).expect(303);
        office.pass(minutes(15));
        let page = person.call("GET", "/account", None).expect(200).text;
        let other = listed(&page).into_iter().next().unwrap();
        let change = [("change", "session"), ("session", other.as_str())];
        for fields in [&change[..], &[("change", "sessions")]] {
            let asked = sent(&person, "/account", fields).expect(401);
            assert!(asked.text.contains("id=\"proof\""), "{}", asked.text);
            assert_eq!(elsewhere.status("GET", "/customers"), 200);
        }
        let proof = [change[0], change[1], ("proof", Browser::PASSWORD)];
        sent(&person, "/account", &proof).expect(303);
        assert_eq!(elsewhere.status("GET", "/customers"), 303);
        assert_eq!(person.status("GET", "/customers"), 200);
    }

    fn nobody_ends_the_session_of_somebody_else_on_their_own_page(database) {
        let office = TestOffice::start(database);
        let [person, other] = [(); 2].map(|()| Browser::signed_in(&office, Role::Sales));
        let second = Browser::new(&office);
        second.sign_in(&other.name, Browser::PASSWORD).expect(303);
        let theirs = listed(&other.call("GET", "/account", None).text).remove(0);
        sent(&person, "/account", &[("change", "session"), ("session", &theirs)]).expect(303);
        assert_eq!(second.status("GET", "/customers"), 200);
        for wrong in ["", "x", "ses_", "' OR 1=1"] {
            sent(&person, "/account", &[("change", "session"), ("session", wrong)]).expect(422);
        }
        assert!(events(&office, "staff.session-ended").is_empty());
    }

    fn an_administrator_sees_and_ends_the_sessions_of_a_person(database) {
        let office = TestOffice::start(database);
        let admin = Browser::signed_in(&office, Role::Admin);
        let person = Browser::signed_in(&office, Role::Auditor);
        let second = Browser::new(&office);
        second.sign_in(&person.name, Browser::PASSWORD).expect(303);
        let path = format!("/settings/staff/{}", person.id());
        let page = admin.call("GET", &path, None).expect(200).text;
        let ids = listed(&page);
        assert_eq!(ids.len(), 2, "{page}");
        // The newest stands first.
        sent(&admin, &path, &[("change", "session"), ("session", &ids[0])]).expect(303);
        assert_eq!(second.status("GET", "/customers"), 303);
        assert_eq!(person.status("GET", "/customers"), 200);
        for _ in 0..2 {
            sent(&admin, &path, &[("change", "sessions")]).expect(303);
        }
        assert_eq!(person.status("GET", "/customers"), 303);
        assert_eq!(admin.status("GET", "/customers"), 200);
        let by = format!("staff:{}", admin.name);
        for action in ["staff.session-ended", "staff.sessions-ended"] {
            let event = events(&office, action);
            assert_eq!(event.len(), 1, "{action}");
            assert_eq!((&event[0]["actor"], &event[0]["subject"]), (&by.as_str().into(), &person.id().as_str().into()));
        }
        let own = format!("/settings/staff/{}", admin.id());
        let page = admin.call("GET", &own, None).expect(200).text;
        assert!(page.contains("this session") && listed(&page).is_empty(), "{page}");
    }
}
