//! A new purchase on the staff pages: what is looked at is what happens, and nothing before.

use crate::support::{Browser, Customer, TestOffice, catcher};
use licentia::app::Role;
use serde_json::json;

on_both_databases! {
    fn the_look_at_a_purchase_shows_the_panel_and_the_letter_that_come_of_it(database) {
        let office = TestOffice::start(database);
        let customer = office.customer_with(&json!({"language": "en"}));
        let sales = Browser::signed_in(&office, Role::Sales);
        let first = "order_number=2014-0513&paid_on=2014-05-13&user_accounts=20&support_until=2014-10-31";
        let look = check(&sales, &customer, first).expect(200).text;
        assert!(look.contains("The activation key will be in it"), "{look}");
        assert!(look.contains("data-said=\"After: 20 user accounts, support until 31 Oct 2014.\""));
        assert!(office.list(&format!("/customers/{}/purchases", customer.id)).is_empty());
        assert!(office.list("/mails").is_empty() && catcher().mails_to(&customer.email).is_empty());
        let panel = after(&look);
        assert_eq!(look.matches("class=\"changed\"").count(), 2, "accounts and support: {look}");
        record(&sales, &customer, first, &look);
        let page = sales.call("GET", &format!("/customers/{}", customer.id), None).text;
        assert!(page.contains(&panel), "the panel is what the look has shown: {panel}\n{page}");
        let sent = &catcher().wait_for(&customer.email, 1)[0];
        let hidden = "(the key itself stands only in the mail that is sent)";
        let key = between(&sent.text, "Activation key: ", "\n");
        assert!(key.replace('-', "").contains(&customer.activation_key));
        assert!(look.contains(&sent.subject) && !look.replace('-', "").contains(&customer.activation_key));
        assert_eq!(letter(&look), sent.text.replace(&key, hidden), "the letter is what goes");

        let second = "order_number=2014-0701&paid_on=2014-05-13&user_accounts=10";
        let look = check(&sales, &customer, second).expect(200).text;
        assert!(!look.contains("The activation key will be in it"), "{look}");
        record(&sales, &customer, second, &look);
        let sent = &catcher().wait_for(&customer.email, 2)[1];
        assert_eq!(letter(&look), sent.text);
        assert!(sent.text.contains("User accounts: 20 → 30"), "{}", sent.text);

        let third = "order_number=2014-0801&paid_on=2014-05-13&user_accounts=10&notify=no";
        let look = check(&sales, &customer, third).expect(200).text;
        assert!(look.contains("Nobody is told by mail") && !look.contains("class=\"reading\""));
    }

    fn what_is_wrong_with_a_purchase_is_told_on_its_form_before_it_is_recorded(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        office.purchase(&customer, "2014-0513", 20);
        let other = office.customer();
        let sales = Browser::signed_in(&office, Role::Sales);
        let none = check(&sales, &customer, "order_number=&paid_on=2014-06-13&user_accounts=1.5x");
        assert_eq!(none.status, 422);
        assert!(none.text.contains("user_accounts-error") && none.text.contains("value=\"1.5x\""));
        let too_much = "order_number=a&paid_on=2014-05-13&user_accounts=0&external_connections=9999999";
        let too_much = check(&sales, &customer, too_much);
        assert_eq!(too_much.status, 422);
        for field in ["user_accounts-error", "external_connections-error"] {
            assert!(too_much.text.contains(field), "{field}: {}", too_much.text);
        }
        // The order number stands with other content, or with another customer.
        for (customer, accounts) in [(&customer, 21), (&other, 20)] {
            let taken = format!("order_number=2014-0513&paid_on=2014-05-13&user_accounts={accounts}");
            let taken = check(&sales, customer, &taken);
            assert_eq!(taken.status, 409);
            assert!(taken.text.contains("id=\"summary\""), "{}", taken.text);
            assert!(taken.text.contains("value=\"2014-0513\""), "what was entered is kept");
        }
        let again = "order_number=2014-0513&paid_on=2014-05-13&user_accounts=20";
        let again = check(&sales, &customer, again).expect(200).text;
        assert!(again.contains("Just this purchase is recorded already"), "{again}");
        assert!(!again.contains("name=\"once\""), "there is nothing to record");
        let past = "order_number=past&paid_on=2014-05-13&support_until=2013-10-31";
        let past = check(&sales, &customer, past).expect(200).text;
        assert!(past.contains("has ended already") && past.contains("name=\"once\""), "{past}");
        let change = between(&past, "<a class=\"button\" href=\"", "\"").replace("&#38;", "&");
        let form = sales.call("GET", &change, None).expect(200).text;
        assert!(form.contains("value=\"past\"") && form.contains("value=\"2013-10-31\""), "{form}");
    }
}

fn check(browser: &Browser, customer: &Customer, form: &str) -> crate::support::Reply {
    browser.call("GET", &format!("/customers/{}/purchases/check?{form}", customer.id), None)
}

fn record(browser: &Browser, customer: &Customer, form: &str, look: &str) {
    let once = between(look, "name=\"once\" value=\"", "\"");
    let path = format!("/customers/{}/purchases", customer.id);
    for _ in 0..2 {
        let reply = browser.call("POST", &path, Some(&format!("{form}&once={once}")));
        assert_eq!(reply.status, 303, "{}", reply.text);
    }
}

/// The rows of the panel as it will be.
fn after(look: &str) -> String {
    let section = between(look, "aria-labelledby=\"after\"", "</section>");
    let section = section.replace(" class=\"changed\"", "");
    format!("<dl{}", section.split_once("<dl").expect("a panel").1)
}

/// The letter's text, as it is read on the page.
fn letter(look: &str) -> String {
    let (_, rest) = look.split_once("class=\"reading\"").expect("a letter");
    let text = between(rest, ">", "</div>");
    text.replace("&#34;", "\"").replace("&#39;", "'").replace("&#60;", "<").replace("&#62;", ">")
}

#[track_caller]
fn between(text: &str, before: &str, after: &str) -> String {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split(after).next().unwrap_or_default().to_owned()
}
