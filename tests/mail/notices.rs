//! Notices to staff about their accounts, and alarms to administrators.

use crate::support::{Browser, Database, TestOffice, catcher, unique};
use jiff::SignedDuration;
use licentia::app::{self, Actor, Error, HashedPassword, Role, StaffChange};
use licentia::domain::customer::Language;
use licentia::domain::staff::{Staff, StaffForm};
use licentia::domain::staff_notice::{Proof, StaffNotice};
use std::collections::BTreeMap;

on_both_databases! {
    fn a_person_is_told_what_was_changed_of_their_access_and_by_whom(database) {
        let office = TestOffice::start(database);
        let email = address("anna");
        let person = Browser::signed_in_with_email(&office, Role::Sales, &email, Language::Ru);
        let by = Actor::CommandLine("root".into());
        let hash = HashedPassword::new("another long password", &office.inside().chance).unwrap();
        let changes = [
            (
                StaffChange::Password(hash),
                "временный пароль; войдите с ним не позднее 20.05.2014 14:00 МСК и задайте собственный",
            ),
            (StaffChange::ResetSecondFactor, "двухфакторная аутентификация сброшена"),
            (StaffChange::Role(Role::Auditor), "роль: аудитор"),
            (StaffChange::Disable, "учётная запись заблокирована"),
            (StaffChange::Enable, "учётная запись разблокирована"),
        ];
        for (count, (change, words)) in changes.iter().enumerate() {
            app::change_staff(&office.inside(), &by, None, person.id(), change).unwrap();
            let mail = &catcher().wait_for(&email, count + 1)[count];
            assert_eq!(mail.subject, "Изменён доступ к вашей учётной записи");
            for line in [
                format!("Учётная запись: {}\n", person.name),
                format!("Изменение: {words}\n"),
                "Кто изменил: root, командная строка сервера\n".to_owned(),
                "Время: 13.05.2014 14:00 МСК\n".to_owned(),
            ] {
                assert!(mail.text.contains(&line), "{line:?}: {}", mail.text);
                let value = line.trim().split_once(": ").unwrap().1;
                assert!(mail.html.contains(value), "{value:?}: {}", mail.html);
            }
            assert!(!mail.text.contains("another long password"));
        }
    }

    fn a_changed_address_is_told_to_the_former_one_and_to_the_new_one(database) {
        let office = TestOffice::start(database);
        let [former, new] = ["boris", "boris-new"].map(address);
        let person = Browser::signed_in_with_email(&office, Role::Sales, &former, Language::En);
        let change = |password: &str| {
            person.call("GET", "/account", None);
            let form = format!(
                "change=email&email={new}&language=en&email_password={}",
                password.replace(' ', "+")
            );
            person.call("POST", "/account", Some(&form))
        };
        let refused = change("not the password").expect(422);
        assert!(refused.text.contains("email_password-error"), "{}", refused.text);
        assert!(refused.text.contains(&new), "what was entered stays");
        change(Browser::PASSWORD).expect(303);
        for email in [&former, &new] {
            let mail = &catcher().wait_for(email, 1)[0];
            assert_eq!(mail.subject, "The access of your account was changed");
            let line = format!("Change: email address for notices: {new}\n");
            assert!(mail.text.contains(&line), "{}", mail.text);
            assert!(mail.text.contains(&format!("Changed by: {}\n", person.name)));
        }
        let events = office.list("/audit-events");
        let event = events.iter().find(|event| event["action"] == "staff.email-changed").unwrap();
        assert_eq!(event["before"]["email"], former.as_str());
        assert_eq!(event["after"]["email"], new.as_str());
    }

    fn of_guesses_a_person_is_told_once_an_hour_at_most(database) {
        let office = TestOffice::start(database);
        let email = address("vera");
        let person = Browser::signed_in_with_email(&office, Role::Sales, &email, Language::En);
        let slowed = |failures| StaffNotice::SignInSlowed {
            proof: Proof::Password,
            failures,
            address: Some("192.0.2.7".into()),
            until: office.now() + SignedDuration::from_mins(15),
        };
        for failures in 5..25 {
            notify(&office, person.id(), &slowed(failures));
        }
        office.pass(SignedDuration::from_mins(61));
        notify(&office, person.id(), &slowed(30));
        let mails = catcher().wait_for(&email, 2);
        assert_eq!(mails.len(), 2);
        assert_eq!(mails[0].subject, "Wrong passwords were entered for your account");
        for line in [
            "Failed attempts: 5\n",
            "Further attempts are accepted from: 13 May 2014 14:15 MSK\n",
            "Network address: 192.0.2.7\n",
        ] {
            assert!(mails[0].text.contains(line), "{line:?}: {}", mails[0].text);
        }
        assert!(mails[1].text.contains("Failed attempts: 30\n"), "{}", mails[1].text);
        assert_eq!(office.list("/mails").len(), 2);
    }

    fn a_notice_names_the_address_that_the_attempt_came_from(database) {
        let office = TestOffice::start(database);
        let email = address("olga");
        let person = Browser::signed_in_with_email(&office, Role::Admin, &email, Language::En);
        office.pass(SignedDuration::from_mins(1));
        let entering = || {
            let browser = Browser::new(&office);
            assert_eq!(browser.sign_in(&person.name, Browser::PASSWORD).status, 303);
            browser.call("GET", "/second-factor", None).expect(200);
            browser
        };
        let form = format!("change=codes&codes_password={}", Browser::PASSWORD.replace(' ', "+"));
        person.call("GET", "/account", None);
        let page = person.call("POST", "/account", Some(&form)).expect(200).text;
        let (_, rest) = page.split_once("<li><code>").unwrap();
        entering().send_code(rest.split('<').next().unwrap()).expect(303);
        let guessing = entering();
        (0..5).for_each(|_| drop(guessing.send_code("000000")));
        office.pass(SignedDuration::from_mins(61));
        for _ in 0..5 {
            assert_eq!(Browser::new(&office).sign_in(&person.name, "a wrong one").status, 401);
        }
        let mails = catcher().wait_for(&email, 5);
        for subject in [
            "Two-factor authentication was set up for your account",
            "A recovery code was used to sign in to your account",
            "Wrong two-factor codes were entered for your account",
            "Wrong passwords were entered for your account",
        ] {
            let mail = mails.iter().find(|mail| mail.subject == subject).expect(subject);
            assert!(mail.text.contains("Network address: 127.0.0.1\n"), "{}", mail.text);
        }
    }

    fn an_alarm_goes_to_every_enabled_administrator_in_their_language(database) {
        let office = TestOffice::start(database);
        let emails = ["ru", "en", "gone", "sales"].map(address);
        let [ru, en, gone, sales] = &emails;
        Browser::signed_in_with_email(&office, Role::Admin, ru, Language::Ru);
        Browser::signed_in_with_email(&office, Role::Admin, en, Language::En);
        Browser::signed_in(&office, Role::Admin);
        Browser::signed_in_with_email(&office, Role::Admin, gone, Language::En).disable(&office);
        Browser::signed_in_with_email(&office, Role::Sales, sales, Language::En);
        let alarm = StaffNotice::integrity_alarm(
            "user_accounts is 5000, expected 20\r\nBcc: all@example.com",
            Some("cus_1".into()),
        );
        let inside = office.inside();
        for _ in 0..3 {
            let told = inside.store.write(|tx| app::notify_administrators(&inside, tx, &alarm));
            told.unwrap();
        }
        // The other email tells an administrator that two-factor authentication was set up.
        let [russian, english] = [ru, en].map(|email| {
            let mails = catcher().wait_for(email, 2);
            mails.into_iter().find(|mail| mail.text.contains("5000")).expect("the alarm")
        });
        assert_eq!(russian.subject, "Данные изменены в обход сервера лицензий");
        assert_eq!(english.subject, "Stored data was changed outside the license server");
        let line = "Difference: user_accounts is 5000, expected 20  Bcc: all@example.com\n";
        assert!(english.text.contains(line), "{}", english.text);
        assert!(english.text.contains("Customer: cus_1\n"), "{}", english.text);
        let alarms = office.list("/mails");
        let alarms = alarms.iter().filter(|mail| mail["kind"] == "integrity_alarm");
        assert_eq!(alarms.count(), 2, "neither the disabled one, nor sales, nor one again");
    }

    fn a_notice_is_shown_and_sent_again_like_other_emails(database) {
        let office = TestOffice::start(database);
        let email = format!("permonce-{}", address("anna"));
        let person = Browser::signed_in_with_email(&office, Role::Sales, &email, Language::Ru);
        let admin = Browser::signed_in(&office, Role::Admin);
        let notice = StaffNotice::RecoveryCodeUsed { left: 3, address: None };
        notify(&office, person.id(), &notice);
        let mail = wait_for_state(&office, "stopped");
        assert!(mail["customer"].is_null(), "{mail}");
        assert_eq!(mail["kind"], "recovery_code_used");
        assert_eq!(mail["cause_id"], person.id().as_str());
        let id = mail["id"].as_str().unwrap();
        let own = format!("/settings/staff/{}", person.id());
        for (path, browser, link) in [
            ("/mails", &admin, true),
            ("/mails?state=stopped", &person, false),
            ("/", &person, false),
        ] {
            office.pass(SignedDuration::from_secs(1));
            let list = browser.call("GET", path, None).expect(200).text;
            assert!(list.contains(&format!("/mails/{id}")), "{path}: {list}");
            assert_eq!(list.contains(&own), link, "{path}");
        }
        let page = person.call("GET", &format!("/mails/{id}"), None).expect(200).text;
        for words in ["Recovery code used", "Осталось кодов: 3", "Member of staff", &email] {
            let words = words.replace("Member of staff", "Person");
            assert!(page.contains(&words), "{words}: {page}");
        }
        let english = person.call("GET", &format!("/mails/{id}?language=en"), None).text;
        assert!(english.contains("Codes left: 3"), "{english}");
        office.api.post(&format!("/mails/{id}/retry"), &serde_json::json!({})).expect(200);
        assert_eq!(catcher().wait_for(&email, 1).len(), 1);
        let customer = office.customer();
        let path = format!("/customers/{}/mails/{id}/resend", customer.id);
        assert_eq!(person.call("POST", &path, Some("once=1")).status, 404, "no customer's mail");
    }

    fn the_first_administrator_gives_an_address_for_alarms(database) {
        let office = TestOffice::start(database);
        let inside = office.inside();
        let hash = HashedPassword::new(Browser::PASSWORD, &inside.chance).unwrap();
        let token = app::setup_link(&inside).unwrap().unwrap();
        let mut form = StaffForm {
            name: "anna".into(),
            full_name: "Анна".into(),
            password: Browser::PASSWORD.into(),
            ..StaffForm::default()
        };
        for (email, accepted) in [("", false), (" ", false), ("anna", false), ("a@v.example", true)] {
            form.email = email.into();
            let outcome = app::set_up(&inside, &token, &form, &hash, &BTreeMap::new());
            match outcome {
                Ok(person) => {
                    assert!(accepted, "{email:?}");
                    assert_eq!(person.email.unwrap().as_str(), email);
                }
                Err(Error::Invalid(faults)) => {
                    assert!(!accepted, "{email:?}: {faults:?}");
                    assert_eq!(faults[0].pointer, "/email");
                }
                Err(error) => panic!("{email:?}: {error}"),
            }
        }
    }
}

#[test]
fn a_person_without_an_address_gets_no_notices() {
    let office = TestOffice::start(Database::Sqlite);
    let person = Browser::signed_in(&office, Role::Sales);
    notify(&office, person.id(), &StaffNotice::SecondFactorConfirmed { address: None });
    assert_eq!(office.list("/mails").len(), 0);
}

fn address(name: &str) -> String {
    format!("{}@vendor.example", unique(name))
}

/// Enqueues a notice, as a use case does in its transaction.
fn notify(office: &TestOffice, id: &licentia::domain::ids::StaffId, notice: &StaffNotice) {
    let inside = office.inside();
    let told = inside.store.write(|tx| {
        let person: Staff = tx.staff(id)?.ok_or(Error::NotFound)?;
        app::notify_staff(&inside, tx, &person, notice)
    });
    told.unwrap();
}

/// Waits until the only mail stands so.
fn wait_for_state(office: &TestOffice, state: &str) -> serde_json::Value {
    for _ in 0..400 {
        let mail = office.list("/mails").remove(0);
        if mail["state"] == state {
            return mail;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("never {state}: {:?}", office.list("/mails"));
}
