//! Emergency licenses: the manual's rule, by the API.

use crate::support::{
    Call, Customer, InstallationKey, Reply, TestOffice, connections, emergency, order_of, support,
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::slice;

const PATH: &str = "/emergency-licenses";

fn asks(office: &TestOffice, key: &InstallationKey, accounts: i64) -> Reply {
    office.asked(key, PATH, &emergency(accounts))
}

fn refused(office: &TestOffice, key: &InstallationKey, accounts: i64, status: u16, code: &str) {
    let statement = key.asks(office, &emergency(accounts)).signed();
    office.refuses(&Call::statement(PATH, &statement), status, code);
}

/// A customer with 20 accounts and an activated installation.
fn licensed(office: &TestOffice) -> (Customer, InstallationKey) {
    let customer = office.customer();
    office.purchase(&customer, "2014-1", 20);
    let key = office.activated_key(&customer);
    (customer, key)
}

on_both_databases! {
    fn an_emergency_license_is_given_at_once_for_one_calendar_month(database) {
        let office = TestOffice::start(database);
        let (customer, key) = licensed(&office);
        let given = asks(&office, &key, 10).expect(201).json;
        let grant = &given["emergency"];
        assert_eq!(grant["accounts"], 10);
        assert_eq!(grant["from"], "2014-05-13T10:00:00Z");
        assert_eq!(grant["until"], "2014-06-13T10:00:00Z");
        assert_eq!(grant["spent_order"], "2014-1");
        assert_eq!(grant["number"], 2, "grants share the ledger's numbering");
        let claims = office.claims(&customer);
        assert_eq!(claims["user_accounts"], 20, "the permanent rights stay as they are");
        assert_eq!(claims["emergency"]["accounts"], 10);
        assert_eq!(claims["emergency"]["until"], grant["until"]);
        assert_eq!(&office.list(&customer.path("emergency-grants"))[..], slice::from_ref(grant));
        assert_eq!(office.fetched(&key, &[]).text, given["license"].as_str().unwrap());
        assert_eq!(office.audited(&customer).last().unwrap(), "emergency.granted");
        let mails = office.mails_about(&customer);
        assert_eq!(mails, ["license_ready", "emergency_granted", "emergency_owed"]);
    }

    fn an_emergency_license_has_1_to_10_accounts(database) {
        let office = TestOffice::start(database);
        let (_, key) = licensed(&office);
        for accounts in [0, 11, -1, i64::MAX, i64::MIN] {
            refused(&office, &key, accounts, 400, "emergency-accounts-out-of-range");
        }
        asks(&office, &key, 1).expect(201);
        refused(&office, &key, 11, 400, "emergency-accounts-out-of-range");
    }

    fn a_request_while_one_is_active_gets_it_as_it_is(database) {
        let office = TestOffice::start(database);
        let (customer, key) = licensed(&office);
        let given = asks(&office, &key, 3).expect(201).json;
        let rows = office.rows().without_progress_of_mails();
        for accounts in [10, 3, 1] {
            assert_eq!(asks(&office, &key, accounts).expect(200).json, given);
        }
        assert_eq!(office.rows().without_progress_of_mails(), rows, "nothing was written");
        let other = {
            office.purchase(&customer, "2014-2", 5);
            asks(&office, &key, 10)
        };
        let other = other.expect(200).json;
        assert_eq!(other["emergency"], given["emergency"], "a purchase does not change a grant");
        assert_eq!(
            other["license"],
            office.fetched(&key, &[]).text.as_str(),
            "the current license"
        );
    }

    fn there_must_be_a_permanent_purchase_of_user_accounts(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let key = office.activated_key(&customer);
        refused(&office, &key, 10, 409, "no-permanent-purchase");
        let items = [connections(5), support("2014-10-31")];
        office.buy(&customer, &order_of("2014-1", &items)).expect(201);
        refused(&office, &key, 10, 409, "no-permanent-purchase");
        refused(&office, &key, 0, 400, "emergency-accounts-out-of-range");
        let voided = office.purchase(&customer, "2014-2", 5);
        office.void(&voided).expect(201);
        refused(&office, &key, 10, 409, "no-permanent-purchase");
        office.purchase(&customer, "2014-2", 5);
        asks(&office, &key, 10).expect(201);
    }

    fn a_grant_ends_at_its_until_and_a_new_order_of_accounts_renews_the_right(database) {
        let office = TestOffice::start(database);
        let (customer, key) = licensed(&office);
        asks(&office, &key, 10).expect(201);
        office.at("2014-06-13T09:59:59Z");
        asks(&office, &key, 10).expect(200);
        office.at("2014-06-13T10:00:00Z");
        refused(&office, &key, 10, 409, "emergency-already-used");

        let items = [connections(5), support("2014-10-31")];
        office.buy(&customer, &order_of("2014-2", &items)).expect(201);
        refused(&office, &key, 10, 409, "emergency-already-used");
        let first = office.list(&customer.path("purchases"))[0]["id"].clone();
        office.void(first.as_str().unwrap()).expect(201);
        office.purchase(&customer, "2014-1", 30);
        refused(&office, &key, 10, 409, "emergency-already-used");

        office.purchase(&customer, "2014-3", 1);
        let second = asks(&office, &key, 5).expect(201).json;
        assert_eq!(second["emergency"]["spent_order"], "2014-3");
        let claims = office.claims(&customer);
        assert_eq!(
            (&claims["user_accounts"], &claims["emergency"]["accounts"]),
            (&json!(31), &json!(5))
        );
    }

    fn rights_do_not_pile_up_and_a_purchase_during_a_grant_can_be_used_after_it(database) {
        let office = TestOffice::start(database);
        let (customer, key) = licensed(&office);
        office.purchase(&customer, "2014-2", 1);
        let first = asks(&office, &key, 10).expect(201).json;
        assert_eq!(
            first["emergency"]["spent_order"], "2014-2",
            "the latest order, the older lapses"
        );
        office.at("2014-06-14T10:00:00Z");
        refused(&office, &key, 10, 409, "emergency-already-used");

        office.purchase(&customer, "2014-3", 1);
        asks(&office, &key, 10).expect(201);
        office.purchase(&customer, "2014-4", 1);
        asks(&office, &key, 10).expect(200);
        office.at("2014-07-15T10:00:00Z");
        let third = asks(&office, &key, 10).expect(201).json;
        assert_eq!(third["emergency"]["spent_order"], "2014-4");
        assert_eq!(office.list(&customer.path("emergency-grants")).len(), 3);
    }

    fn a_month_is_the_vendor_s_and_is_clamped_at_its_end(database) {
        let office = TestOffice::start(database);
        for (now, until) in [
            ("2015-01-31T10:00:00Z", "2015-02-28T10:00:00Z"),
            // 1 March 00:30 in Moscow, where UTC still has 29 February.
            ("2016-02-29T21:30:00Z", "2016-03-31T21:30:00Z"),
            ("2016-12-31T20:59:59Z", "2017-01-31T20:59:59Z"),
        ] {
            office.at(now);
            let customer = office.customer();
            office.purchase(&customer, now, 1);
            let key = office.activated_key(&customer);
            assert_eq!(asks(&office, &key, 1).expect(201).text_at("/emergency/until"), until);
        }
    }

    fn the_license_of_a_time_after_the_grant_states_no_emergency(database) {
        let office = TestOffice::start(database);
        let (customer, key) = licensed(&office);
        asks(&office, &key, 10).expect(201);
        office.pass(SignedDuration::from_hours(24 * 32));
        assert_eq!(office.claims(&customer)["emergency"]["accounts"], 10, "time issues nothing");
        office.purchase(&customer, "2014-2", 1);
        assert_eq!(office.claims(&customer)["emergency"], Value::Null);
    }

    fn only_an_active_installation_is_given_one(database) {
        let office = TestOffice::start(database);
        let (customer, key) = licensed(&office);
        refused(&office, &InstallationKey::new(), 10, 401, "installation-unknown");
        let id = office.list(&customer.path("installations"))[0]["id"].clone();
        let path = format!("/installations/{}/release", id.as_str().unwrap());
        office.api.post(&path, &json!({})).expect(200);
        refused(&office, &key, 10, 401, "installation-released");
    }

    fn one_statement_for_an_emergency_has_one_outcome_for_good(database) {
        let office = TestOffice::start(database);
        let (customer, key) = licensed(&office);
        let statement = key.asks(&office, &emergency(10));
        let first = office.api.post_statement(PATH, &statement.signed()).expect(201);
        office.purchase(&customer, "2014-2", 1);
        let again = office.api.post_statement(PATH, &statement.signed()).expect(201);
        assert_eq!(again.text, first.text, "to the byte");
        let other = statement.with("req", emergency(9)).signed();
        office.refuses(&Call::statement(PATH, &other), 409, "statement-reused");
        assert_eq!(office.rows().count("grants"), 1);
    }
}
