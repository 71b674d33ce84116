//! Rows that give access or decide what is sent where, written past the server: as if they were not there.

use super::{alarm, bytes, force, found, names, operator};
use crate::support::{Browser, Sql, TestOffice, catcher, order, unique};
use licentia::app::{self, Role};
use licentia::domain::customer::Language;
use sha2::Digest as _;

on_both_databases! {
    fn a_token_that_was_written_into_the_database_opens_nothing(database) {
        let office = TestOffice::start(database);
        let forged = "forged-token";
        let digest = data_encoding::HEXLOWER.encode(&sha2::Sha256::digest(forged.as_bytes()));
        let hash = bytes(database, &digest);
        office.execute(&format!(
            "UPDATE api_tokens SET role = 'admin', hash = {hash}"
        ));
        let reply = office.api.with_token(forged).get("/customers").expect(401);
        assert_eq!(reply.code(), "token-unknown");
        assert!(alarm(&office).contains("api_tokens tok_"));
        let changed = found(&office);
        assert!(changed.len() == 1 && changed[0].0.starts_with("api_tokens tok_"), "{changed:#?}");

        // Neither a rotation nor a revocation makes it genuine.
        let inside = office.inside();
        let name = app::tokens(&inside, &operator()).unwrap().remove(0).name;
        assert!(app::rotate_token(&inside, &operator(), None, &name, 24, 365).is_err());
        assert_eq!(found(&office), changed);
        app::revoke_token(&inside, &operator(), None, &name).unwrap();
        assert_eq!(found(&office), changed);
    }

    fn a_person_that_was_written_into_the_database_cannot_sign_in(database) {
        let office = TestOffice::start(database);
        let sales = Browser::signed_in(&office, Role::Sales);
        assert_eq!(sales.status("GET", "/customers"), 200);
        office.execute(&format!("UPDATE staff SET role = 'admin' WHERE id = '{}'", sales.id()));
        assert_ne!(sales.status("GET", "/settings/keys"), 200);
        assert_ne!(sales.status("GET", "/customers"), 200, "the person is treated as not there");
        assert!(alarm(&office).contains("staff "));
        names(&office, &format!("staff {}", sales.id()), &["changed or inserted"]);
    }

    fn a_session_that_was_written_into_the_database_lets_nobody_in(database) {
        let office = TestOffice::start(database);
        let admin = Browser::signed_in(&office, Role::Admin);
        let sales = Browser::signed_in(&office, Role::Sales);
        assert_eq!(sales.status("GET", "/customers"), 200);
        office.execute(&format!(
            "UPDATE sessions SET staff_id = '{}' WHERE staff_id = '{}'", admin.id(), sales.id()
        ));
        assert_ne!(sales.status("GET", "/settings/keys"), 200);
        assert!(alarm(&office).contains("sessions "));
        assert_eq!(admin.status("GET", "/settings/keys"), 200);
    }

    fn a_setting_that_was_written_into_the_database_does_not_count(database) {
        let office = TestOffice::start(database);
        office.execute("INSERT INTO settings (name, value) VALUES ('moves_per_year', '100')");
        office.inside().reload_settings().unwrap();
        assert_eq!(office.inside().settings().moves_per_year, 2);
        assert!(alarm(&office).contains("settings settings:moves_per_year"));
        let subject = "settings settings:moves_per_year";
        names(&office, subject, &["changed or inserted"]);
        crate::integrity::alarms_are_recorded();
        app::accept_row(&office.inside(), &operator(), subject, "meant so").unwrap();
        office.inside().reload_settings().unwrap();
        assert_eq!(office.inside().settings().moves_per_year, 100);
        assert_eq!(found(&office), []);
        office.ops.ready(200);
    }

    fn administrators_get_an_email_that_says_whose_records_differ_and_how(database) {
        let office = TestOffice::start(database);
        let emails = ["olga", "anna"].map(|name| format!("{}@vendor.example", unique(name)));
        Browser::signed_in_with_email(&office, Role::Admin, &emails[0], Language::En);
        Browser::signed_in_with_email(&office, Role::Sales, &emails[1], Language::En);
        let customer = office.customer();
        let purchase = office.purchase(&customer, "2014-1", 20);
        let sql = format!("UPDATE purchases SET user_accounts = 5000 WHERE id = '{purchase}'");
        force(&office, database, "purchases", &sql);
        let next = order("2014-2", 5);
        office.api.post(&customer.path("purchases"), &next).expect(503);
        assert!(alarm(&office).contains(&customer.id));
        // The other email is about the second factor.
        let mails = catcher().wait_for(&emails[0], 2);
        let said = |words: &[&str]| {
            mails.iter().any(|mail| words.iter().all(|words| mail.text.contains(words)))
        };
        let words = [customer.id.as_str(), "user_accounts: stored 5000, licensed 20"];
        assert!(said(&words), "{:#?}", mails.iter().map(|mail| &mail.text).collect::<Vec<_>>());
        let query = "SELECT id AS line FROM mails WHERE kind = 'integrity_alarm'";
        let told = Sql::open(office.database_url()).lines(query).len();
        assert_eq!(told, 1, "nobody else is told");
    }
}
