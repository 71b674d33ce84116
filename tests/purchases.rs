//! Purchases: recorded once, never edited, told to the customer.

use crate::support::{Call, TestOffice, accounts, connections, order, order_of, support, unique};
use serde_json::{Value, json};
use std::slice;

on_both_databases! {
    fn a_purchase_is_recorded_with_the_license_that_states_it(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let items = [accounts(20), connections(3), support("2014-10-31")];
        let made = office.buy(&customer, &order_of("2014-0513", &items)).expect(201).json;
        let purchase = &made["purchase"];
        assert_eq!(purchase["number"], 1);
        assert_eq!(purchase["order_number"], "2014-0513");
        assert_eq!(purchase["paid_on"], "2014-05-13");
        assert_eq!(purchase["items"], json!(items));
        assert_eq!(purchase["notify"], true);
        assert_eq!(purchase["recorded_at"], "2014-05-13T10:00:00Z");
        assert_eq!(purchase["void"], Value::Null);
        assert_eq!(made["warnings"], json!([]));

        let license = &made["license"];
        assert_eq!(license["cause"], "purchase");
        assert_eq!(license["cause_id"], purchase["id"]);
        let claims = &license["claims"];
        assert_eq!(
            (&claims["user_accounts"], &claims["external_connections"]),
            (&json!(20), &json!(3))
        );
        assert_eq!(claims["support_until"], "2014-10-31");
        assert_eq!(claims["emergency"], Value::Null);

        assert_eq!(&office.list(&customer.path("purchases"))[..], slice::from_ref(purchase));
        assert_eq!(office.audited(&customer), ["customer.created", "purchase.recorded"]);
        assert_eq!(office.mails_about(&customer), ["license_ready"]);
    }

    fn purchases_add_up_and_support_lasts_until_the_latest_date(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let steps = [
            (vec![accounts(20), support("2014-10-31")], (20, 0, json!("2014-10-31"))),
            (vec![connections(2)], (20, 2, json!("2014-10-31"))),
            (vec![support("2014-09-30")], (20, 2, json!("2014-10-31"))),
            (vec![accounts(1), support("2015-10-31")], (21, 2, json!("2015-10-31"))),
        ];
        for (items, held) in steps {
            office.buy(&customer, &order_of(&unique("order"), &items)).expect(201);
            let claims = office.claims(&customer);
            let (user_accounts, external_connections, until) = held;
            assert_eq!(claims["user_accounts"], user_accounts);
            assert_eq!(claims["external_connections"], external_connections);
            assert_eq!(claims["support_until"], until);
        }
        let numbers: Vec<_> =
            office.list(&customer.path("purchases")).iter().map(|p| p["number"].clone()).collect();
        assert_eq!(numbers, [1, 2, 3, 4], "numbered in the order they were recorded");
    }

    fn support_alone_can_be_bought(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        office.buy(&customer, &order_of("2014-1", &[support("2014-10-31")])).expect(201);
        assert_eq!(office.claims(&customer)["user_accounts"], 0);
    }

    fn the_same_order_with_the_same_content_answers_as_the_first_time(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let order = order_of("2014-1", &[accounts(20), support("2014-10-31")]);
        let first = office.buy(&customer, &order).expect(201);
        let rows = office.rows().without_progress_of_mails();
        let turned = order_of(" 2014-1 ", &[support("2014-10-31"), accounts(20)]);
        for again in [&order, &turned] {
            assert_eq!(office.buy(&customer, again).expect(200).json, first.json);
        }
        office.buy(&customer, &order_of("2014-2", &[connections(1)])).expect(201);
        let later = office.buy(&customer, &order).expect(200);
        assert_eq!(later.json, first.json, "also after others, with the license of that time");
        assert_eq!(rows.count("purchases"), 1);
    }

    fn an_order_number_with_other_content_is_a_conflict_for_every_customer(database) {
        let office = TestOffice::start(database);
        let [customer, other] = [office.customer(), office.customer()];
        let first = order_of("2014-1", &[accounts(20)]);
        office.buy(&customer, &first).expect(201);
        let mut earlier = first.clone();
        earlier["paid_on"] = json!("2014-05-12");
        let rivals = [
            (&customer, order_of("2014-1", &[accounts(21)])),
            (&customer, order_of("2014-1", &[connections(20)])),
            (&customer, order_of("2014-1", &[accounts(20), connections(1)])),
            (&customer, earlier),
            (&other, first),
            (&other, order_of("2014-1", &[accounts(1)])),
        ];
        for (whose, order) in rivals {
            let call = Call::post(&whose.path("purchases"), &order);
            office.refuses(&call, 409, "order-number-conflict");
        }
    }

    fn today_is_the_vendor_s_day_not_that_of_utc(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let mut tomorrow = order("2014-1", 20);
        tomorrow["paid_on"] = json!("2014-05-14");
        let call = Call::post(&customer.path("purchases"), &tomorrow);
        office.at("2014-05-13T19:59:59Z");
        office.refuses_field(&call, "/paid_on", "in-the-future");
        office.at("2014-05-13T20:00:00Z");
        call.by(&office.api).expect(201);
    }

    fn a_support_date_in_the_past_is_accepted_with_a_warning(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let bought = |until: &str, language: &str| {
            let order = order_of(&unique("order"), &[support(until)]);
            let call = Call::post(&customer.path("purchases"), &order);
            call.with("accept-language", language).by(&office.api).expect(201).json
        };
        assert_eq!(bought("2014-05-13", "en")["warnings"], json!([]), "today is not past");
        let [english, russian] = ["en", "ru"].map(|language| bought("2014-05-12", language));
        for made in [&english, &russian] {
            assert_eq!(made["warnings"][0]["code"], "support-in-the-past");
        }
        assert_ne!(english["warnings"][0]["detail"], russian["warnings"][0]["detail"]);
        assert_eq!(office.claims(&customer)["support_until"], "2014-05-13");
    }

    fn a_purchase_without_notice_sends_no_mail_and_the_first_mail_carries_the_key(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let mut loaded = order("2014-1", 20);
        loaded["notify"] = json!(false);
        office.buy(&customer, &loaded).expect(201);
        assert!(office.mails_about(&customer).is_empty());
        office.buy(&customer, &order("2014-2", 1)).expect(201);
        office.buy(&customer, &order("2014-3", 1)).expect(201);
        let mails = crate::support::catcher().wait_for(&customer.email, 2);
        let with_key = mails
            .iter()
            .filter(|mail| mail.text.replace('-', "").contains(&customer.activation_key));
        assert_eq!(with_key.count(), 1, "the first one alone carries the activation key");
    }

    fn a_customer_has_at_most_2147483647_of_an_item(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        office.purchase(&customer, "2014-1", 1_000_000);
        let more =
            "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 2147)";
        office.execute(&format!(
            "{more} INSERT INTO ledger (customer_id, number, kind, recorded_at, recorded_by)
             SELECT customer_id, i, kind, recorded_at, recorded_by
             FROM ledger, n;
             {more} INSERT INTO purchases SELECT 'pur_' || i, customer_id, i, 'order ' || i,
             paid_on, user_accounts, external_connections, support_until, notify, recorded_at
             FROM purchases, n;
             UPDATE customers SET ledger_number = 2147;"
        ));
        office.accept_records(&customer);
        let too_many = Call::post(&customer.path("purchases"), &order("2014-2", 483_648));
        office.refuses_field(&too_many, "/items", "total-too-large");
        office.purchase(&customer, "2014-2", 483_647);
        assert_eq!(office.claims(&customer)["user_accounts"], i32::MAX);
        let one_more = Call::post(&customer.path("purchases"), &order("2014-3", 1));
        office.refuses_field(&one_more, "/items", "total-too-large");
        let other_item = order_of("2014-3", &[connections(1_000_000)]);
        office.buy(&customer, &other_item).expect(201);
    }
}
