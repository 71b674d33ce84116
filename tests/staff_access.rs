//! Who is let in, and what a session is good for (rows 39, 40, 43).

use crate::support::{Browser, Call, InstallationKey, TestOffice, activation, unique};
use licentia::app::{self, Actor, HashedPassword, Role, StaffChange};
use licentia::clock::Stopwatch;
use std::time::Duration;

const FORM: &str = "application/x-www-form-urlencoded";
/// A wait that a try makes when it is slowed; and no more tries than this until it does.
const SLOWED: Duration = Duration::from_secs(1);
const MOST_TRIES: u32 = 60;

/// How a form comes: in words, with which token, with which headers.
type Attempt<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

fn hash(office: &TestOffice) -> HashedPassword {
    HashedPassword::new("another long password", &office.inside().chance).unwrap()
}

/// How often something must be done until it is slowed; none where it never is.
fn tries_until_slowed(mut done: impl FnMut(u32)) -> Option<u32> {
    (1..=MOST_TRIES).find(|number| {
        let clock = Stopwatch::start();
        done(*number);
        clock.elapsed() >= SLOWED
    })
}

on_both_databases! {
    fn known_unknown_and_disabled_names_get_one_answer_after_the_same_work(database) {
        let office = TestOffice::start(database);
        let known = Browser::signed_in(&office, Role::Sales);
        let disabled = Browser::signed_in(&office, Role::Sales);
        disabled.disable(&office);
        let tries = [
            (known.name.clone(), "not the password"),
            (unique("nobody"), "not the password"),
            (disabled.name.clone(), Browser::PASSWORD),
            (String::new(), ""),
        ];
        for (name, password) in tries {
            let before = office.inside().passwords_checked();
            let refused = Browser::new(&office).sign_in(&name, password);
            assert_eq!(refused.status, 401, "{name}");
            assert!(refused.text.contains("Name and password do not fit"), "{name}");
            let checked = office.inside().passwords_checked();
            assert_eq!(checked, before + 1, "{name}: one password is checked");
        }
    }

    fn wrong_activation_keys_are_slowed_and_the_owner_s_is_taken(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let wrong = |number: u32| {
            let key = format!("{number:0>26}").replace('0', "A");
            let statement = InstallationKey::new().asks(&office, &activation(&key, "pbx")).signed();
            let call = Call::statement("/activations", &statement);
            office.refuses(&call, 401, "activation-key-unknown");
        };
        assert!(tries_until_slowed(wrong).is_some(), "none of {MOST_TRIES} wrong keys was slowed");
        let right = activation(&customer.activation_key, "pbx-1");
        office.asked(&InstallationKey::new(), "/activations", &right).expect(201);
    }

    fn signing_in_gives_the_session_a_new_key_and_the_old_one_is_worth_nothing(database) {
        let office = TestOffice::start(database);
        let person = Browser::signed_in(&office, Role::Sales);
        let browser = Browser::new(&office);
        browser.call("GET", "/sign-in", None);
        // A key that an attacker has planted, or seen, before the person signs in.
        let planted = browser.copy();
        assert_eq!(browser.sign_in(&person.name, Browser::PASSWORD).status, 303);
        assert_ne!(browser.cookie(), planted.cookie());
        assert_eq!(browser.status("GET", "/customers"), 200);
        assert_eq!(planted.status("GET", "/customers"), 303);
    }

    fn a_stolen_session_ends_with_the_person_s(database) {
        let office = TestOffice::start(database);
        let by = Actor::CommandLine("test".into());
        let change = |person: &Browser, change: StaffChange| {
            app::change_staff(&office.inside(), &by, None, person.id(), &change).unwrap();
        };
        let ends: [&dyn Fn(&Browser); 4] = [
            &|person| assert_eq!(person.status("POST", "/sign-out"), 303),
            &|person| change(person, StaffChange::Disable),
            &|person| change(person, StaffChange::Password(hash(&office))),
            &|person| change(person, StaffChange::ResetSecondFactor),
        ];
        for (number, end) in ends.iter().enumerate() {
            let person = Browser::signed_in(&office, Role::Sales);
            let thief = person.copy();
            assert_eq!(thief.status("GET", "/customers"), 200);
            end(&person);
            assert_eq!(thief.status("GET", "/customers"), 303, "end {number}");
            let form = "name=x&once=1";
            let sent = thief.call("POST", "/customers/new", Some(form)).status;
            assert!(matches!(sent, 303 | 403), "end {number}: {sent}");
        }
        assert!(office.list("/customers").is_empty(), "the thief has entered nothing");
    }

    fn a_form_from_elsewhere_is_told_where_the_server_expects_it_from(database) {
        let office = TestOffice::start(database);
        let person = Browser::signed_in(&office, Role::Auditor);
        let cookie = person.cookie();
        let issuer = "https://licenses.vendor.example";
        for (language, words, elsewhere) in [
            ("en", "The form did not come from this server", "another site"),
            ("ru", "Форма отправлена не с этого сервера", "другого сайта"),
        ] {
            for (header, origin) in [
                (("origin", "http://192.0.2.7:8080"), "http://192.0.2.7:8080"),
                (("origin", "http://licenses.vendor.example"), "http://licenses.vendor.example"),
                (("sec-fetch-site", "cross-site"), elsewhere),
            ] {
                let headers =
                    [("cookie", cookie.as_str()), ("accept-language", language), header, ("host", "127.0.0.1")];
                let api = office.api.without_token();
                let page = api.page("POST", "/sign-out", &headers, Some("")).expect(403).text;
                assert!(page.contains(words) && page.contains(origin), "{page}");
                assert!(page.contains(&format!("href=\"{issuer}/\"")), "{page}");
            }
        }
        assert_eq!(person.status("GET", "/customers"), 200, "nobody was signed out");
    }

    fn a_form_from_elsewhere_is_refused_however_it_comes(database) {
        let office = TestOffice::start(database);
        let person = Browser::signed_in(&office, Role::Sales);
        let other = Browser::signed_in(&office, Role::Sales);
        person.call("GET", "/customers/new", None).expect(200);
        other.call("GET", "/customers/new", None).expect(200);
        let own = format!("csrf={}", person.csrf());
        let foreign = format!("csrf={}", other.csrf());
        let cookie = person.cookie();
        let fields = "name=Ромашка&region=x&city=y&postal_code=1&email=a%40b.example&language=ru\
                      &places=1&once=1";
        let refused: [Attempt<'_>; 7] = [
            ("no token", "", &[]),
            ("another's token", &foreign, &[]),
            ("another site", &own, &[("origin", "https://evil.example")]),
            ("a page without an address", &own, &[("origin", "null")]),
            ("cross-site", &own, &[("sec-fetch-site", "cross-site")]),
            ("same-site", &own, &[("sec-fetch-site", "same-site")]),
            ("typed", &own, &[("sec-fetch-site", "none")]),
        ];
        for (how, token, more) in refused {
            let mut headers = vec![("cookie", cookie.as_str()), ("content-type", FORM)];
            headers.extend_from_slice(more);
            let body = format!("{fields}&{token}");
            let api = office.api.without_token();
            assert_eq!(api.page("POST", "/customers/new", &headers, Some(&body)).status, 403, "{how}");
        }
        assert!(office.list("/customers").is_empty());
        // A proxy has written the host.
        let issuer = "https://licenses.vendor.example";
        let behind_a_proxy = [("origin", issuer), ("host", "127.0.0.1:8080")];
        let headers = [("cookie", cookie.as_str()), ("content-type", FORM), behind_a_proxy[0], behind_a_proxy[1]];
        let body = format!("{}&{own}", fields.replace("once=1", "once=2"));
        let api = office.api.without_token();
        assert_eq!(api.page("POST", "/customers/new", &headers, Some(&body)).status, 303);
        let sent = person.call("POST", "/customers/new", Some(fields));
        assert_eq!(sent.status, 303, "the same form from our own page: {}", sent.text);
    }
}
