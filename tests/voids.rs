//! Voids: how a mistake is corrected.

use crate::support::{
    Call, InstallationKey, TestOffice, accounts, at_once, connections, emergency, order, order_of,
    support,
};
use jiff::SignedDuration;
use serde_json::{Value, json};

on_both_databases! {
    fn a_void_takes_a_purchase_out_of_the_license_and_leaves_it_in_the_ledger(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        office.purchase(&customer, "2014-1", 20);
        let items = [accounts(5), connections(2), support("2014-10-31")];
        let made = office.buy(&customer, &order_of("2014-2", &items)).expect(201);
        let purchase = made.text_at("/purchase/id");
        office.pass(SignedDuration::from_hours(1));

        let voided = office.void(&purchase).expect(201).json;
        assert_eq!(voided["void"]["number"], 3, "purchases and voids share one numbering");
        assert_eq!(voided["void"]["purchase"], purchase.as_str());
        assert_eq!(voided["void"]["reason"], "entered by mistake");
        assert_eq!(voided["void"]["recorded_at"], "2014-05-13T11:00:00Z");
        assert_eq!(voided["license"]["cause"], "void");
        assert_eq!(voided["license"]["cause_id"], voided["void"]["id"]);
        let claims = office.claims(&customer);
        assert_eq!(claims, voided["license"]["claims"]);
        assert_eq!(
            (&claims["user_accounts"], &claims["external_connections"]),
            (&json!(20), &json!(0))
        );
        assert_eq!(claims["support_until"], Value::Null);

        let purchases = office.list(&customer.path("purchases"));
        assert_eq!(purchases[0]["void"], Value::Null);
        assert_eq!(purchases[1]["void"], voided["void"]);
        assert_eq!(purchases[1]["items"], json!(items));
        assert_eq!(
            office.mails_about(&customer),
            ["license_ready", "license_ready", "purchase_voided"]
        );
        assert_eq!(office.audited(&customer).last().unwrap(), "purchase.voided");
    }

    fn a_second_void_is_a_conflict(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let purchase = office.purchase(&customer, "2014-1", 20);
        office.void(&purchase).expect(201);
        let again = Call::post(&format!("/purchases/{purchase}/void"), &json!({"reason": "again"}));
        office.refuses(&again, 409, "already-voided");
    }

    fn of_many_voids_at_once_one_is_recorded(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let purchase = office.purchase(&customer, "2014-1", 20);
        let mut statuses = at_once(16, |_| office.void(&purchase).status);
        statuses.sort_unstable();
        assert_eq!(statuses, [vec![201], vec![409; 15]].concat());
        assert_eq!(office.rows().count("voids"), 1);
        assert_eq!(office.rows().count("licenses"), 2);
    }

    fn after_a_void_the_order_number_may_be_entered_again_by_any_customer(database) {
        let office = TestOffice::start(database);
        let [customer, other] = [office.customer(), office.customer()];
        let mistaken = office.purchase(&customer, "2014-1", 200);
        office.void(&mistaken).expect(201);
        let corrected = office.purchase(&customer, "2014-1", 20);
        assert_ne!(corrected, mistaken);
        assert_eq!(office.claims(&customer)["user_accounts"], 20);
        let taken = Call::post(&other.path("purchases"), &order("2014-1", 20));
        office.refuses(&taken, 409, "order-number-conflict");
        office.void(&corrected).expect(201);
        office.buy(&other, &order("2014-1", 20)).expect(201);
        assert_eq!(office.claims(&customer)["user_accounts"], 0);
    }

    fn a_void_needs_a_reason_of_at_most_500_characters(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let purchase = office.purchase(&customer, "2014-1", 20);
        let path = format!("/purchases/{purchase}/void");
        for (reason, fault) in [
            (json!(""), "empty"),
            (json!("   "), "empty"),
            (json!("x".repeat(501)), "too-long"),
            (json!("a\nb"), "control-character"),
            (json!("a\u{0}b"), "control-character"),
            (json!(5), "wrong-type"),
            (Value::Null, "wrong-type"),
        ] {
            office.refuses_field(&Call::post(&path, &json!({"reason": reason})), "/reason", fault);
        }
        office.refuses_field(&Call::post(&path, &json!({})), "/reason", "missing");
        let longest = json!({"reason": "я".repeat(500)});
        office.api.post(&path, &longest).expect(201);
    }

    fn a_void_does_not_end_a_grant_and_revives_no_right(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let purchase = office.purchase(&customer, "2014-1", 20);
        let installation = office.activated_key(&customer);
        let given = office.asked(&installation, "/emergency-licenses", &emergency(10)).expect(201);

        office.void(&purchase).expect(201);
        let claims = office.claims(&customer);
        assert_eq!(
            (&claims["user_accounts"], &claims["emergency"]["accounts"]),
            (&json!(0), &json!(10))
        );
        assert_eq!(claims["emergency"]["until"], given.json["emergency"]["until"]);

        office.purchase(&customer, "2014-1", 20);
        office.at("2014-06-13T10:00:00Z");
        let again = refused_emergency(&office, &installation);
        office.refuses(&again, 409, "emergency-already-used");
    }
}

fn refused_emergency(office: &TestOffice, key: &InstallationKey) -> Call {
    Call::statement("/emergency-licenses", &key.asks(office, &emergency(1)).signed())
}
