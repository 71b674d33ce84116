//! Today: what somebody has to look at, and nothing else.

use crate::support::{Browser, Sql, TestOffice, accounts, connections, order, order_of, support};
use jiff::SignedDuration;
use licentia::app::Role;
use licentia::domain::deadlines::Deadlines;
use licentia::domain::ids::CustomerId;
use serde_json::json;

/// The page as somebody sees it who has just signed in: sessions end sooner than these stories.
fn page(office: &TestOffice) -> String {
    let page = Browser::signed_in(office, Role::Auditor).call("GET", "/", None);
    assert_eq!(page.status, 200, "{}", page.text);
    page.text
}

/// The sections of the page, by the ids of their headings.
fn sections(office: &TestOffice) -> Vec<String> {
    let page = page(office);
    let parts = page.split("<h2 id=\"today-").skip(1);
    parts.map(|part| part.split('"').next().unwrap().to_owned()).collect()
}

on_both_databases! {
    fn a_quiet_office_says_that_all_is_well(database) {
        let office = TestOffice::start(database);
        let shown = page(&office);
        assert!(shown.contains("All is well"), "{shown}");
        assert_eq!(sections(&office), [""; 0]);
    }

    fn an_emergency_license_is_shown_until_it_is_paid(database) {
        let office = TestOffice::start(database);
        let customer = office.customer_with(&json!({"name": "АО «Лютик»"}));
        office.purchase(&customer, "2014-1", 20);
        office.activated(&customer, "pbx-1").emergency(3).unwrap();
        assert_eq!(sections(&office), ["owed", "licenses"]);
        let browser = Browser::signed_in(&office, Role::Auditor);
        let whole = browser.call("GET", "/today/owed", None).text;
        assert!(whole.contains("АО «Лютик»") && whole.contains(">active<"), "{whole}");

        office.pass(SignedDuration::from_hours(25 * 24));
        assert_eq!(sections(&office), ["owed", "ending", "licenses"]);
        office.pass(SignedDuration::from_hours(10 * 24));
        let shown = page(&office);
        assert!(shown.contains(">ended<"), "{shown}");
        // What is not an order of user accounts pays for nothing; the void of the one that paid
        // makes it owed again.
        office.buy(&customer, &order_of("2014-2", &[connections(5)])).expect(201);
        assert_eq!(sections(&office), ["owed", "licenses"]);
        let paid = office.purchase(&customer, "2014-3", 3);
        assert_eq!(sections(&office), ["licenses"]);
        office.void(&paid).expect(201);
        assert_eq!(sections(&office), ["owed", "licenses"]);
    }

    fn support_is_shown_from_sixty_days_before_its_last_day(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        // The tests begin on 13 May.
        let items = [accounts(5), support("2014-07-13")];
        office.buy(&customer, &order_of("2014-1", &items)).expect(201);
        assert_eq!(sections(&office), ["licenses"], "61 days before");
        office.at("2014-05-14T10:00:00Z");
        assert_eq!(sections(&office), ["support", "licenses"], "60 days before");
        let within = |text: &str| page(&office).contains(text);
        assert!(within("within 30 days: 0 · within 60 days: 1"));
        office.at("2014-07-10T10:00:00Z");
        assert!(within("within 7 days: 1 · within 14 days: 1"));
        assert!(within(">3 days<"));
        office.at("2014-07-13T10:00:00Z");
        assert!(within(">ends today<"));
        office.at("2014-07-14T10:00:00Z");
        assert_eq!(sections(&office), ["licenses"], "it has ended");
    }

    fn a_mail_that_was_refused_is_shown(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        office.stopped_mail(&customer);
        assert_eq!(sections(&office), ["mails"]);
        let shown = page(&office);
        assert!(shown.contains("550 no such mailbox"), "{shown}");
    }

    fn what_a_customers_row_repeats_is_what_its_ledger_comes_to(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let repeats_the_ledger = |step: &str| {
            let id = CustomerId::parse(&customer.id).unwrap();
            let ledger = office.inside().store.read(|tx| tx.ledger(&id)).unwrap();
            let Deadlines { support_until, emergency_until, owed_since } = Deadlines::of(&ledger);
            let day = support_until.map_or("-".into(), |day| day.to_string());
            let [until, since] = [emergency_until, owed_since]
                .map(|at| at.map_or("-".into(), |at| at.strftime("%F %T").to_string()));
            let [stored] = &*Sql::open(office.database_url()).lines(&format!(
                "SELECT coalesce(CAST(support_until AS TEXT), '-') || ' ' ||
                 coalesce(CAST(emergency_until AS TEXT), '-') || ' ' ||
                 coalesce(CAST(owed_since AS TEXT), '-') AS line
                 FROM customers WHERE id = '{}'",
                customer.id,
            )) else {
                panic!("the customer has one row")
            };
            assert_eq!(*stored, format!("{day} {until} {since}"), "{step}");
        };
        repeats_the_ledger("nothing bought");
        let items = [accounts(5), support("2014-07-13")];
        let made = office.buy(&customer, &order_of("2014-1", &items)).expect(201);
        repeats_the_ledger("bought");
        let installation = office.activated(&customer, "pbx-1");
        installation.emergency(3).unwrap();
        repeats_the_ledger("emergency");
        office.void(&made.text_at("/purchase/id")).expect(201);
        repeats_the_ledger("voided");
        office.buy(&customer, &order("2014-2", 5)).expect(201);
        repeats_the_ledger("paid");
    }
}
