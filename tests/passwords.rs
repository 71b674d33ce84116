//! What may be a password, and that it is taken as it was entered.

use crate::support::{Browser, TestOffice};
use licentia::app::Role;
use url::form_urlencoded::byte_serialize;

/// A new password for somebody who is signed in; the status that the page answers with.
fn change(person: &Browser, present: &str, new: &str) -> u16 {
    person.call("GET", "/account", None);
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let (present, new) = (encoded(present), encoded(new));
    let form = format!("change=password&present_password={present}&new_password={new}");
    person.call("POST", "/account", Some(&form)).status
}

on_both_databases! {
    fn a_password_has_12_to_200_characters_of_any_kind(database) {
        let office = TestOffice::start(database);
        let person = Browser::signed_in(&office, Role::Sales);
        let mut present = Browser::PASSWORD.to_owned();
        let long = "Zwölf Boxkämpfer jagen Viktor quer. ".repeat(6);
        for (new, is_taken) in [
            ("vQ7.kT2_xW9", false),
            ("vQ7.kT2_xW9z", true),
            ("мокрый фонарь жуёт 🦊 кирпич", true),
            ("nur kleine buchstaben qwvz xkjm", true),
            ("93847561029384756017", true),
            (&long.chars().take(200).collect::<String>(), true),
            (&long.chars().take(201).collect::<String>(), false),
        ] {
            let expected = if is_taken { 303 } else { 422 };
            assert_eq!(change(&person, &present, new), expected, "{new}");
            if is_taken {
                new.clone_into(&mut present);
            }
        }
    }

    fn a_password_is_compared_exactly_as_it_was_entered(database) {
        let office = TestOffice::start(database);
        let person = Browser::signed_in(&office, Role::Sales);
        let password = "  Дождь над Волгой, 4 утра! ";
        assert_eq!(change(&person, Browser::PASSWORD, password), 303);
        let sign_in = |password: &str| {
            let browser = Browser::new(&office);
            browser.call("GET", "/sign-in", None);
            let encoded: String = byte_serialize(password.as_bytes()).collect();
            let form = format!("name={}&password={encoded}", person.name);
            browser.call("POST", "/sign-in", Some(&form)).status
        };
        assert_eq!(sign_in(password.trim()), 401, "white space counts");
        assert_eq!(sign_in(&password.to_lowercase()), 401, "case counts");
        assert_eq!(sign_in(&password[..password.len() - 2]), 401, "the end counts");
        assert_eq!(sign_in(password), 303);
    }

    fn nobody_is_sent_to_another_site(database) {
        let office = TestOffice::start(database);
        let person = Browser::signed_in(&office, Role::Sales);
        for elsewhere in [
            "https://evil.example/",
            "//evil.example/",
            "/\\evil.example/",
            "/\t/evil.example/",
            "javascript:alert(1)",
            "evil.example",
        ] {
            let encoded: String = byte_serialize(elsewhere.as_bytes()).collect();
            let browser = Browser::new(&office);
            browser.call("GET", &format!("/sign-in?next={encoded}"), None);
            let password: String = byte_serialize(Browser::PASSWORD.as_bytes()).collect();
            let form = format!("name={}&password={password}&next={encoded}", person.name);
            let entered = browser.call("POST", "/sign-in", Some(&form));
            let language = browser.call("GET", "/sign-in", None);
            assert!(language.status < 400, "{}", language.text);
            let changed = browser.call("POST", "/language", Some(&format!("to=ru&back={encoded}")));
            for reply in [entered, changed] {
                if let Some(path) = reply.header("location") {
                    let own = path.starts_with('/') && !path.contains("evil");
                    assert!(own, "{elsewhere} leads to {path}");
                }
                assert!(reply.status < 500, "{}", reply.text);
            }
        }
    }
}
