//! Lists: a page at a time, oldest first, each row once.

use crate::support::{Call, Customer, TestOffice, emergency, order};
use serde_json::{Value, json};

const ROWS: usize = 25;

/// The ids of a list, read in pages of `limit`; every page but the last is full.
fn ids(office: &TestOffice, path: &str, limit: usize) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut query = format!("limit={limit}");
    loop {
        let with = if path.contains('?') { '&' } else { '?' };
        let page = office.api.get(&format!("{path}{with}{query}")).expect(200).json;
        let rows = page["data"].as_array().unwrap();
        all.extend(rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else {
            assert!(rows.len() <= limit && (!rows.is_empty() || all.is_empty()), "{path}");
            return all;
        };
        assert_eq!(rows.len(), limit, "{path}");
        assert!(all.len() < 10 * ROWS, "{path} has an end");
        assert_eq!(next, all.last().unwrap(), "{path}");
        query = format!("limit={limit}&after={next}");
    }
}

/// A customer with 25 of everything that a customer has a list of.
fn busy_customer(office: &TestOffice) -> Customer {
    let customer = office.customer();
    for number in 0..ROWS {
        office.purchase(&customer, &format!("2014-{number}"), 1);
        let key = office.activated_key(&customer);
        office.asked(&key, "/emergency-licenses", &emergency(1)).expect(201);
        office.asked(&key, "/releases", &json!({"release": {}})).expect(204);
        office.pass(jiff::SignedDuration::from_hours(24 * 32));
    }
    customer
}

on_both_databases! {
    fn a_list_read_in_pages_of_any_size_has_every_row_once_and_in_order(database) {
        let office = TestOffice::start(database);
        let customer = busy_customer(&office);
        for _ in 1..ROWS {
            office.customer();
        }
        for (path, rows) in [
            ("/customers".to_owned(), ROWS),
            (customer.path("purchases"), ROWS),
            (customer.path("licenses"), 4 * ROWS),
            (customer.path("emergency-grants"), ROWS),
            (customer.path("installations"), ROWS),
            ("/mails".to_owned(), 3 * ROWS),
            (format!("/audit-events?customer={}", customer.id), 1 + 4 * ROWS),
        ] {
            let whole = ids(&office, &path, 200);
            assert_eq!(whole.len(), rows, "{path}");
            assert!(whole.is_sorted_by(|a, b| a < b), "{path}: sorted, each once");
            for limit in [1, 7, 24, 25, 26] {
                assert_eq!(ids(&office, &path, limit), whole, "{path} by {limit}");
            }
        }
        let numbers: Vec<_> = office
            .list(&customer.path("purchases"))
            .iter()
            .map(|purchase| purchase["order_number"].clone())
            .collect();
        let recorded: Vec<_> = (0..ROWS).map(|number| json!(format!("2014-{number}"))).collect();
        assert_eq!(numbers, recorded, "oldest first");
    }

    fn fifty_rows_are_shown_where_no_limit_is_named(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        for number in 0..51 {
            office.purchase(&customer, &format!("2014-{number}"), 1);
        }
        let page = office.api.get(&customer.path("purchases")).expect(200).json;
        assert_eq!(page["data"].as_array().unwrap().len(), 50);
        assert_eq!(page["next"], page["data"][49]["id"]);
    }

    fn rows_that_come_in_while_a_list_is_read_move_nothing(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        for number in 0..4 {
            office.purchase(&customer, &format!("2014-{number}"), 1);
        }
        let path = customer.path("purchases");
        let first = office.api.get(&format!("{path}?limit=3")).expect(200).json;
        office.buy(&customer, &order("2014-4", 1)).expect(201);
        let next = first["next"].as_str().unwrap();
        let second = office.api.get(&format!("{path}?limit=3&after={next}")).expect(200).json;
        let numbers = |page: &Value| -> Vec<Value> {
            page["data"].as_array().unwrap().iter().map(|p| p["number"].clone()).collect()
        };
        assert_eq!(numbers(&first), [1, 2, 3]);
        assert_eq!(numbers(&second), [4, 5]);
    }

    fn an_empty_list_is_empty_and_after_the_last_row_there_is_nothing(database) {
        let office = TestOffice::start(database);
        let empty = json!({"data": [], "next": null});
        assert_eq!(office.api.get("/customers").expect(200).json, empty);
        let customer = office.customer();
        for after in [customer.id.as_str(), "z"] {
            let path = format!("/customers?after={after}");
            assert_eq!(office.api.get(&path).expect(200).json, empty);
        }
    }

    fn a_limit_is_1_to_200_and_nothing_else_stands_in_the_query(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let own = ["purchases", "licenses", "emergency-grants", "installations"];
        let mut paths: Vec<String> = own.iter().map(|what| customer.path(what)).collect();
        paths.extend(["/customers", "/mails", "/audit-events"].map(Into::into));
        for path in paths {
            for limit in ["0", "-1", "201", "9223372036854775807"] {
                let call = Call::get(&format!("{path}?limit={limit}"));
                office.refuses_field(&call, "/limit", "out-of-range");
            }
            let long = format!("after={}", "x".repeat(65));
            for query in [
                "limit=",
                "limit=ten",
                "limit=1.5",
                "limit=9223372036854775808",
                "limit=1&limit=2",
                "after=a&after=b",
                "after=%00",
                "sort=name",
                &long,
            ] {
                let call = Call::get(&format!("{path}?{query}"));
                office.refuses(&call, 400, "cursor-invalid");
            }
            for limit in [1, 200] {
                office.api.get(&format!("{path}?limit={limit}")).expect(200);
            }
        }
        office.refuses(&Call::get("/audit-events?customer=x"), 404, "not-found");
        office.refuses_field(&Call::get("/customers?search=%00"), "/search", "control-character");
    }
}
