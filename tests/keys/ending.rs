//! Administrators are told before the issuing key ends, once for each key and threshold.

use crate::support::{Browser, Sql, TestOffice, catcher, unique};
use licentia::app::{self, Role};
use licentia::chance::Chance;
use licentia::domain::customer::Language;
use licentia::signing::Keyring;
use licentia::startup::Spawned;
use std::time::Duration;

/// 60 days before the key ends.
const DAYS_60: &str = "2019-03-14T10:00:00Z";

fn second_server(office: &TestOffice) -> Spawned {
    let config = office.settings.clone().understand().unwrap();
    Spawned::start(&config, office.clock.clone(), Chance::default()).unwrap()
}

/// How many of these emails there are, once every server has looked at the key again.
fn told(office: &TestOffice) -> usize {
    std::thread::sleep(Duration::from_millis(2500));
    let query = "SELECT id AS line FROM mails WHERE kind = 'issuing_key_ends'";
    Sql::open(office.database_url()).lines(query).len()
}

fn key(office: &TestOffice) -> String {
    let keyring = office.inside().keys.keyring().unwrap();
    keyring.current().unwrap().public.thumbprint()
}

on_both_databases! {
    fn administrators_are_told_before_the_key_ends_once_for_each_threshold(database) {
        let mut office = TestOffice::start(database);
        office.at(DAYS_60);
        assert_eq!(told(&office), 0, "no administrator has an address yet");
        let email = format!("{}@vendor.example", unique("olga"));
        Browser::signed_in_with_email(&office, Role::Admin, &email, Language::En);
        let other = format!("{}@vendor.example", unique("sales"));
        Browser::signed_in_with_email(&office, Role::Sales, &other, Language::En);
        office.at("2019-03-14T09:59:59Z");
        assert_eq!(told(&office), 0, "a second before");

        let second = second_server(&office);
        office.at(DAYS_60);
        assert_eq!(told(&office), 1, "two servers tell one administrator once");
        second.stop().unwrap();
        office.restart().unwrap();
        assert_eq!(told(&office), 1, "a server that starts again tells it no second time");
        // The other email is about the second factor.
        let mails = catcher().wait_for(&email, 2);
        let mail = mails.iter().find(|mail| mail.subject.contains("key")).expect("the notice");
        assert_eq!(mail.subject, "The issuing key expires soon");
        for line in [
            format!("Key: {}\n", key(&office)),
            "Issues licenses until: 13 May 2019 13:00 MSK\n".to_owned(),
        ] {
            assert!(mail.text.contains(&line), "{line:?}: {}", mail.text);
        }
        assert!(mail.text.contains("licentia keys rotate"), "{}", mail.text);

        office.stop();
        office.at("2019-05-08T10:00:00Z");
        office.restart().unwrap();
        assert_eq!(told(&office), 2, "of 30 and 7 days only the nearest");
        let keys = office.folder.path().join("keys");
        Keyring::rotate(&keys, None, None, 50, office.now(), &Chance::default()).unwrap();
        assert_eq!(told(&office), 2, "the next key was made within 60 days of its end");
        office.at("2019-05-28T10:00:00Z");
        assert_eq!(told(&office), 3, "30 days before the end of the next key");
        office.at("2019-06-27T10:00:00Z");
        assert_eq!(told(&office), 3, "past the end there is nothing to tell");
    }

    fn servers_that_tell_at_the_same_moment_tell_once(database) {
        let office = TestOffice::start(database);
        let email = format!("{}@vendor.example", unique("olga"));
        Browser::signed_in_with_email(&office, Role::Admin, &email, Language::En);
        office.at(DAYS_60);
        let inside = office.inside();
        let end = app::near_key_end(&inside).expect("it ends in 60 days");
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| app::tell_key_end(&inside, &end).unwrap());
            }
        });
        assert_eq!(told(&office), 1);
    }
}
