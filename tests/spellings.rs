//! One order in two spellings is one order; names are found in any spelling (row 58).

use crate::support::{
    Browser, Call, Customer, ProcessOffice, Sql, TestOffice, accounts, at_once, emergency, order,
    order_of, said_no,
};
use jiff::SignedDuration;
use licentia::app::Role;
use licentia::store::{Location, revert_last};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

/// The migration that brought order keys.
const MIGRATION: &str = "22";

/// «ЗАКАЗ-Й17» as others type, paste and send it.
const TWINS: &[&str] = &[
    "заказ-й17",
    "ЗАКАЗ-И\u{306}17",
    "ЗАКАЗ\u{2011}Й17",
    "ЗАКАЗ\u{2212}Й17",
    "ЗАКАЗ-\u{200b}Й17",
    "\u{feff}ЗАКАЗ-Й17\u{202c}",
    "ЗAKAЗ-Й17",
    "ЗАКАЗ-Й１７",
];

/// The names of the customers that a search finds.
fn found(office: &TestOffice, words: &str) -> Vec<String> {
    let words = utf8_percent_encode(words, NON_ALPHANUMERIC);
    let found = office.list(&format!("/customers?search={words}"));
    found.iter().map(|customer| customer["name"].as_str().unwrap().to_owned()).collect()
}

fn named(office: &TestOffice, name: &str) -> Customer {
    office.customer_with(&json!({"name": name, "city": "Саров"}))
}

on_both_databases! {
    fn an_order_in_another_spelling_is_answered_as_repeated_and_shown_as_it_was_typed_first(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let first = office.buy(&customer, &order("ЗАКАЗ-Й17", 20)).expect(201);
        for twin in TWINS {
            let again = office.buy(&customer, &order(twin, 20)).expect(200);
            assert_eq!(again.json, first.json, "{twin:?}");
        }
        assert_eq!(first.json["purchase"]["order_number"], "ЗАКАЗ-Й17");
        assert_eq!(office.list(&customer.path("purchases")).len(), 1);
        assert_eq!(office.claims(&customer)["user_accounts"], 20);
    }

    fn an_order_in_another_spelling_with_other_content_is_a_conflict_that_shows_the_other(database) {
        let office = TestOffice::start(database);
        let [customer, other] = [named(&office, "Ромашка"), named(&office, "Лютик")];
        let made = office.buy(&customer, &order("ЗАКАЗ-Й17", 20)).expect(201);
        let purchase = made.text_at("/purchase/id");
        for (whose, twin, count) in
            [(&customer, "заказ-й17", 21), (&other, "ЗАКАЗ\u{2011}Й17", 20), (&other, "ЗАКАЗ-Й17", 20)]
        {
            let call = Call::post(&whose.path("purchases"), &order(twin, count));
            let refused = office.refuses(&call, 409, "order-number-conflict");
            assert_eq!(refused.json["conflict"], json!({
                "purchase": purchase, "order_number": "ЗАКАЗ-Й17",
                "customer": customer.id, "customer_name": "Ромашка",
            }));
            let detail = refused.text_at("/detail");
            assert!(detail.contains("ЗАКАЗ-Й17") && detail.contains("Ромашка"), "{detail}");
        }
        let sales = Browser::signed_in(&office, Role::Sales);
        let twin = utf8_percent_encode("заказ-й17", NON_ALPHANUMERIC).to_string();
        let form = format!("order_number={twin}&paid_on=2014-05-13&user_accounts=21");
        let path = format!("/customers/{}/purchases/check?{form}", other.id);
        let page = sales.call("GET", &path, None);
        assert_eq!(page.status, 409);
        assert!(page.text.contains("ЗАКАЗ-Й17") && page.text.contains("Ромашка"), "{}", page.text);
        assert!(page.text.contains(&purchase), "{}", page.text);
    }

    fn of_one_order_in_many_spellings_at_once_one_is_recorded(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let replies = at_once(TWINS.len(), |n| office.buy(&customer, &order(TWINS[n], 20)).status);
        assert_eq!(replies.iter().filter(|status| **status == 201).count(), 1, "{replies:?}");
        assert_eq!(office.claims(&customer)["user_accounts"], 20);
    }

    fn an_order_entered_again_in_another_spelling_renews_no_right_to_an_emergency_license(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let purchase = office.purchase(&customer, "ЗАКАЗ-Й17", 20);
        let key = office.activated_key(&customer);
        office.asked(&key, "/emergency-licenses", &emergency(10)).expect(201);
        office.void(&purchase).expect(201);
        office.pass(SignedDuration::from_hours(24 * 40));
        for twin in TWINS {
            let purchase = office.buy(&customer, &order(twin, 20)).expect(201).text_at("/purchase/id");
            let refused = office.asked(&key, "/emergency-licenses", &emergency(10));
            assert_eq!((refused.status, refused.code()), (409, "emergency-already-used"), "{twin:?}");
            office.void(&purchase).expect(201);
        }
        office.purchase(&customer, "ЗАКАЗ-Й18", 20);
        office.asked(&key, "/emergency-licenses", &emergency(10)).expect(201);
    }

    /// Before spellings were compared, two of one order could stand. They stay, and no third comes.
    fn existing_orders_and_words_are_folded_by_the_first_start_and_twins_among_them_stay(database) {
        let mut office = TestOffice::start(database);
        let [customer, other] = [named(&office, "Söhne & Łódź"), named(&office, "O'Brien")];
        let first = office.purchase(&customer, "ЗАКАЗ-Й17", 20);
        office.execute(&format!("DELETE FROM standing_orders WHERE purchase_id = '{first}'"));
        let second = office.purchase(&other, "заказ-й17", 30);
        office.purchase(&other, "Order-18", 30);
        office.stop();
        let location = Location::parse(office.database_url()).unwrap();
        while revert_last(&location).unwrap() != MIGRATION {}
        let mut sql = Sql::open(office.database_url());
        sql.run(&format!(
            "INSERT INTO standing_orders (order_number, purchase_id) VALUES ('ЗАКАЗ-Й17', '{first}'); \
             DELETE FROM search_words WHERE word = 'sohne'; \
             INSERT INTO search_words (word, customer_id) VALUES ('söhne', '{}')", customer.id
        )).unwrap();
        office.restart().unwrap();

        assert_eq!(found(&office, "sohne"), ["Söhne & Łódź"]);
        assert_eq!(sql.lines("SELECT word AS line FROM search_words WHERE word = 'söhne'"), [""; 0]);
        assert_eq!(office.claims(&customer)["user_accounts"], 20);
        assert_eq!(office.claims(&other)["user_accounts"], 60);
        office.buy(&other, &order("ЗАКАЗ\u{2011}Й17", 30)).expect(200);
        office.buy(&other, &order("ORDER\u{2010}18", 30)).expect(200);
        let third = Call::post(&customer.path("purchases"), &order("ЗАКАЗ\u{2011}Й17", 5));
        for standing in [first, second] {
            let refused = office.refuses(&third, 409, "order-number-conflict");
            assert_eq!(refused.json["conflict"]["purchase"], standing.as_str());
            office.void(&standing).expect(201);
        }
        third.by(&office.api).expect(201);
        office.stop();
        office.restart().unwrap();
        office.refuses_conflict(&customer);
    }

    fn a_customer_is_found_without_marks_and_apostrophes_and_in_either_form_of_unicode(database) {
        let office = TestOffice::start(database);
        for name in ["Söhne", "Łódź", "İstanbul", "O'Brien", "Ёж и Чайка"] {
            named(&office, name);
        }
        for (typed, name) in [
            ("sohne", "Söhne"),
            ("so\u{308}hne", "Söhne"),
            ("SÖHNE", "Söhne"),
            ("lodz", "Łódź"),
            ("istanbul", "İstanbul"),
            ("obrien", "O'Brien"),
            ("o’brien", "O'Brien"),
            ("brien", "O'Brien"),
            ("Чаи\u{306}ка", "Ёж и Чайка"),
            ("е\u{308}ж\u{200b}", "Ёж и Чайка"),
        ] {
            assert_eq!(found(&office, typed), [name], "{typed:?}");
        }
        let decomposed = named(&office, "Е\u{308}лка и Zürich");
        let read = office.api.get(&format!("/customers/{}", decomposed.id)).expect(200);
        assert_eq!(read.json["name"], "Ёлка и Zürich", "names are kept composed");
        assert_eq!(found(&office, "ёлка zurich"), ["Ёлка и Zürich"]);
    }

    fn a_name_of_which_nothing_can_be_seen_is_empty(database) {
        let office = TestOffice::start(database);
        for name in ["\u{200b}", "\u{feff} \u{200b}", "\u{202e}\u{202c}", "\u{2060}\u{ad}", "\u{200d}"] {
            let mut body = crate::support::romashka();
            body["name"] = json!(name);
            office.refuses_field(&Call::post("/customers", &body), "/name", "empty");
        }
        let order = order_of("\u{200b}\u{2011}".trim_end_matches('\u{2011}'), &[accounts(1)]);
        let call = Call::post(&office.customer().path("purchases"), &order);
        office.refuses_field(&call, "/order_number", "empty");
    }

    fn the_command_line_compares_spellings_and_shows_the_other_order_too(database) {
        let office = ProcessOffice::start(database);
        let customer = office.customer_with(&json!({"name": "Ромашка"}));
        let bought = json!({"order_number": "ЗАКАЗ-Й17", "paid_on": "2014-05-13",
            "items": [accounts(20)]});
        office.api.post(&customer.path("purchases"), &bought).expect(201);
        let add = |count: &str| {
            let mut command = office.command("purchase");
            command.args(["add", &customer.id, "--order-number", "заказ\u{2011}й17"]);
            command.args(["--paid-on", "2014-05-13", "--user-accounts", count]).output().unwrap()
        };
        assert!(add("20").status.success(), "the same order");
        let said = said_no(&add("21"));
        assert!(said.contains("ЗАКАЗ-Й17") && said.contains("Ромашка"), "{said}");
    }
}

impl TestOffice {
    #[track_caller]
    fn refuses_conflict(&self, customer: &Customer) {
        let again = Call::post(&customer.path("purchases"), &order("заказ-й17", 6));
        self.refuses(&again, 409, "order-number-conflict");
    }
}
