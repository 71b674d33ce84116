//! A call that names itself with an Idempotency-Key happens once, and so does an order.

use crate::support::{
    Call, Customer, Reply, TestOffice, accounts, at_once, order, order_of, romashka,
};
use licentia::app::Role;
use serde_json::{Value, json};

/// A call with what it needs set up, and the table where it leaves a row.
struct Case {
    path: String,
    body: Value,
    status: u16,
}

/// Every POST of staff that can be named.
fn cases(office: &TestOffice, customer: &Customer) -> Vec<Case> {
    let purchase = office.purchase(customer, "2014-1", 20);
    office.activated_key(customer);
    let installation = office.list(&customer.path("installations"))[0]["id"].clone();
    let installation = installation.as_str().unwrap();
    let case = |path: String, body: Value, status| Case { path, body, status };
    vec![
        case("/customers".into(), romashka(), 201),
        case(customer.path("activation-key"), json!({}), 201),
        case(customer.path("purchases"), order("2014-2", 5), 201),
        case(format!("/installations/{installation}/release"), json!({}), 200),
        case(format!("/purchases/{purchase}/void"), json!({"reason": "a mistake"}), 201),
    ]
}

fn assert_same(first: &Reply, again: &Reply) {
    assert_eq!((again.status, &again.text), (first.status, &first.text));
    assert_eq!(again.header("etag"), first.header("etag"));
    assert_eq!(again.header("cache-control"), first.header("cache-control"));
}

on_both_databases! {
    fn the_same_key_with_the_same_body_gets_the_same_answer_and_happens_once(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        for (number, Case { path, body, status }) in cases(&office, &customer).iter().enumerate() {
            let key = format!("key-{number}");
            let first = office.api.post_as(path, body, Some(&key)).expect(*status);
            let rows = office.rows().without_progress_of_mails();
            for _ in 0..2 {
                assert_same(&first, &office.api.post_as(path, body, Some(&key)));
            }
            office.pass(jiff::SignedDuration::from_hours(24 * 29));
            assert_same(&first, &office.api.post_as(path, body, Some(&key)));
            assert_eq!(office.rows().without_progress_of_mails(), rows, "{path}");
        }
    }

    fn the_same_key_with_another_body_or_call_is_refused(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let other = office.customer();
        office
            .api
            .post_as(&customer.path("purchases"), &order("2014-1", 20), Some("key"))
            .expect(201);
        for (path, body) in [
            (customer.path("purchases"), order("2014-1", 21)),
            (customer.path("purchases"), order("2014-2", 20)),
            (other.path("purchases"), order("2014-1", 20)),
            ("/customers".into(), romashka()),
            (customer.path("activation-key"), json!({})),
        ] {
            let call = Call::post(&path, &body).with("idempotency-key", "key");
            office.refuses(&call, 422, "idempotency-key-reused");
        }
    }

    fn keys_are_each_token_s_own(database) {
        let office = TestOffice::start(database);
        let mut ids = Vec::new();
        for role in [Role::Sales, Role::Sales, Role::Admin] {
            let api = office.api.with_token(&office.token(role));
            let body = romashka();
            let made = api.post_as("/customers", &body, Some("key")).expect(201);
            assert_same(&made, &api.post_as("/customers", &body, Some("key")));
            ids.push(made.text_at("/id"));
        }
        ids.dedup();
        assert_eq!(ids.len(), 3);
        assert_eq!(office.rows().count("customers"), 3);
    }

    fn a_refused_call_leaves_its_key_free(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let path = customer.path("purchases");
        let refused = Call::post(&path, &order("2014-1", 0)).with("idempotency-key", "key");
        office.refuses_field(&refused, "/items/0/quantity", "out-of-range");
        office.purchase(&customer, "2014-2", 1);
        let conflict = Call::post(&path, &order("2014-2", 2)).with("idempotency-key", "key");
        office.refuses(&conflict, 409, "order-number-conflict");
        office.api.post_as(&path, &order("2014-1", 20), Some("key")).expect(201);
    }

    fn a_key_is_1_to_255_visible_characters_of_ascii(database) {
        let office = TestOffice::start(database);
        let long = "x".repeat(256);
        for key in ["", "a b", "ключ", "a\tb", &long] {
            let call = Call::post("/customers", &romashka()).with("idempotency-key", key);
            office.refuses(&call, 400, "idempotency-key-invalid");
        }
        for key in ["!", "~", &long[1..]] {
            office.api.post_as("/customers", &romashka(), Some(key)).expect(201);
        }
    }

    fn a_repeated_answer_carries_the_activation_key_that_no_row_holds(database) {
        let office = TestOffice::start(database);
        let body = romashka();
        let first = office.api.post_as("/customers", &body, Some("key")).expect(201);
        let key = first.text_at("/activation_key");
        assert_same(&first, &office.api.post_as("/customers", &body, Some("key")));
        let rows = office.rows();
        assert!(rows.hold("ООО «Ромашка»"), "the search finds what is there");
        assert!(!rows.hold(&key) && !rows.hold(&key.to_lowercase()));
        assert_eq!(rows.count("idempotency_records"), 1);
    }

    fn of_many_calls_at_once_with_one_key_all_get_the_first_answer(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let body = romashka();
        let customers = at_once(64, |_| office.api.post_as("/customers", &body, Some("a")));
        let path = customer.path("purchases");
        let body = order("2014-1", 20);
        let purchases = at_once(64, |_| office.api.post_as(&path, &body, Some("b")));
        for replies in [customers, purchases] {
            assert_eq!(replies[0].status, 201, "{}", replies[0].text);
            for reply in &replies {
                assert_same(&replies[0], reply);
            }
        }
        let rows = office.rows();
        assert_eq!((rows.count("customers"), rows.count("purchases")), (2, 1));
        assert_eq!((rows.count("licenses"), rows.count("mails")), (1, 1));
    }

    fn of_many_calls_at_once_with_one_key_and_other_bodies_one_is_done(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let path = customer.path("purchases");
        let replies = at_once(32, |i| {
            let body = order(&format!("2014-{i}"), 1);
            office.api.post_as(&path, &body, Some("key"))
        });
        let mut statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [vec![201], vec![422; 31]].concat());
        assert_eq!(office.rows().count("purchases"), 1);
    }

    fn of_many_orders_at_once_with_one_number_and_other_content_one_is_recorded(database) {
        let office = TestOffice::start(database);
        let customers = [office.customer(), office.customer()];
        let replies = at_once(32, |i| {
            let quantity = 1 + i64::try_from(i).unwrap();
            office.buy(&customers[i % 2], &order_of("2014-1", &[accounts(quantity)]))
        });
        let mut statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [vec![201], vec![409; 31]].concat());
        assert!(replies.iter().all(|r| r.status == 201 || r.code() == "order-number-conflict"));
        let rows = office.rows();
        assert_eq!((rows.count("purchases"), rows.count("licenses")), (1, 1));
    }

    fn of_many_orders_at_once_with_the_same_content_one_is_recorded(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let replies = at_once(32, |_| office.buy(&customer, &order("2014-1", 20)));
        let mut statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [vec![200; 31], vec![201]].concat());
        assert!(replies.iter().all(|reply| reply.json == replies[0].json));
        assert_eq!(office.rows().count("purchases"), 1);
    }
}
