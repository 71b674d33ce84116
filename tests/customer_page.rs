//! The customer's page: the panel on any day, how it came to be, what may be done from it.

use crate::support::{
    Browser, Customer, Database, Reply, TestOffice, catcher, emergency, order, order_of, support,
};
use jiff::SignedDuration;
use licentia::app::Role;
use serde_json::json;
use std::time::Duration;
use url::form_urlencoded;

/// A page of the customer, which must be there.
fn page(browser: &Browser, customer: &Customer, rest: &str) -> String {
    let path = format!("/customers/{}{rest}", customer.id);
    browser.call("GET", &path, None).expect(200).text
}

/// A form with these fields.
fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// What stands between two marks.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let rest = text.split_once(from).unwrap_or_else(|| panic!("no {from} in {text}")).1;
    rest.split_once(to).unwrap_or_else(|| panic!("no {to} after {from}")).0
}

/// The panel: its words, without the mark-up.
fn panel(page: &str) -> String {
    words(between(page, "<h2 id=\"panel\">", "</section>"))
}

/// A section: its words.
fn section(page: &str, id: &str) -> String {
    let rest = between(page, &format!("<h2 id=\"{id}\">"), "</main>");
    words(rest.split("<h2 id=").next().unwrap())
}

/// Words without mark-up, one space between them.
fn words(html: &str) -> String {
    let mut words = String::new();
    for part in html.split('<') {
        words.push(' ');
        words.push_str(part.split_once('>').map_or(part, |(_, text)| text));
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The fields of the edit, as the page has them.
fn edit_fields(page: &str) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for input in between(page, "<form class=\"narrow\"", "</form>").split("<input ").skip(1) {
        let input = input.split('>').next().unwrap();
        let value = between(input, "value=\"", "\"").replace("&#38;", "&");
        fields.push((between(input, "name=\"", "\"").to_owned(), value));
    }
    fields.push(("language".into(), "ru".into()));
    fields.retain(|(name, _)| name != "csrf");
    fields
}

/// Sends the edit with some fields changed.
fn edit(browser: &Browser, customer: &Customer, page: &str, changed: &[(&str, &str)]) -> Reply {
    let mut fields = edit_fields(page);
    for (name, value) in changed {
        let field = fields.iter_mut().find(|(field, _)| field == name).unwrap();
        (*value).clone_into(&mut field.1);
    }
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    browser.call("POST", &format!("/customers/{}/edit", customer.id), Some(&form(&fields)))
}

/// Waits until all mails are sent; returns them, oldest first.
fn sent(office: &TestOffice) -> Vec<serde_json::Value> {
    for _ in 0..600 {
        let mails = office.list("/mails");
        if mails.iter().all(|mail| mail["state"] == "sent") {
            return mails;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("not sent: {:?}", office.list("/mails"));
}

on_both_databases! {
    fn the_panel_of_a_past_day_is_what_it_was_at_the_days_end_in_the_vendors_zone(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let items = [json!({"item": "user_accounts", "quantity": 20}), support("2014-10-31")];
        office.buy(&customer, &order_of("2014-0513", &items)).expect(201);
        // 01:30 of 2 July in Moscow.
        office.at("2014-07-01T21:30:00Z");
        let second = office.purchase(&customer, "2014-0701", 10);
        office.at("2014-08-01T10:00:00Z");
        let browser = Browser::signed_in(&office, Role::Sales);
        let form = page(&browser, &customer, "/edit");
        assert_eq!(edit(&browser, &customer, &form, &[("name", "ООО «Лютик»")]).status, 303);
        office.at("2014-09-01T10:00:00Z");
        office.void(&second).expect(201);
        office.pass(SignedDuration::from_hours(24));

        let browser = Browser::signed_in(&office, Role::Auditor);
        let on = |day: &str| panel(&page(&browser, &customer, &format!("?on={day}")));
        for (day, accounts, name) in [
            ("2014-05-12", "– / 0", "ООО «Лютик»"),
            ("2014-05-13", "– / 20", "ООО «Ромашка»"),
            ("2014-07-01", "– / 20", "ООО «Ромашка»"),
            ("2014-07-02", "– / 30", "ООО «Ромашка»"),
            ("2014-07-31", "– / 30", "ООО «Ромашка»"),
            ("2014-08-01", "– / 30", "ООО «Лютик»"),
            ("2014-09-01", "– / 20", "ООО «Лютик»"),
        ] {
            let panel = on(day);
            assert!(panel.contains("As of"), "{panel}");
            assert!(panel.contains(accounts) && panel.contains(name), "{day}: {panel}");
        }
        assert!(on("2014-05-12").contains("There is no license for support"));
        assert!(on("2014-05-12").contains("no license yet on that day"));
        let today = panel(&page(&browser, &customer, ""));
        assert!(!today.contains("As of") && today.contains("– / 20"), "{today}");
        assert_eq!(today, on("2014-09-02"), "today is no other day");
    }

    fn the_panel_of_a_coming_day_says_what_will_have_run_out(database) {
        let office = TestOffice::start(database);
        let browser = Browser::signed_in(&office, Role::Sales);
        let customer = office.customer();
        let items = [json!({"item": "user_accounts", "quantity": 20}), support("2014-10-31")];
        office.buy(&customer, &order_of("2014-0513", &items)).expect(201);
        let key = office.activated_key(&customer);
        office.asked(&key, "/emergency-licenses", &emergency(3)).expect(201);
        let counted = json!({"usage": {
            "user_accounts": 15, "emergency_accounts": 0, "external_connections": 0,
        }});
        office.asked(&key, "/usage", &counted).expect(204);
        let on = |day: &str| panel(&page(&browser, &customer, &format!("?on={day}")));

        assert!(on("2014-05-13").contains("User accounts 15 / 20"), "today it is known");
        for day in ["2014-05-12", "2014-05-14"] {
            assert!(on(day).contains("User accounts – / "), "{day}: what is counted is not known");
        }
        let tomorrow = on("2014-05-14");
        assert!(tomorrow.contains("Nothing runs out by then"), "{tomorrow}");
        assert!(tomorrow.contains("Emergency accounts – / 3"), "{tomorrow}");
        let after_the_month = on("2014-06-13");
        assert!(after_the_month.contains("emergency license will have ended: 13 Jun 2014"));
        assert!(after_the_month.contains("Emergency accounts – / 0"), "{after_the_month}");
        let last_day = on("2014-10-31");
        assert!(!last_day.contains("Support will have ended"), "it is the last day: {last_day}");
        assert!(on("2014-11-01").contains("Support will have ended: 31 Oct 2014"));
    }

    fn what_is_no_day_is_said_at_its_field_and_kept(database) {
        let office = TestOffice::start(database);
        let browser = Browser::signed_in(&office, Role::Auditor);
        let customer = office.customer();
        for asked in ["31.10.2014", "2014-02-30", "x"] {
            let path = format!("/customers/{}?on={asked}", customer.id);
            let page = browser.call("GET", &path, None).expect(422).text;
            assert!(page.contains(&format!("value=\"{asked}\"")), "{asked}");
            assert!(page.contains("id=\"on-error\"") && page.contains("href=\"#on\""), "{asked}");
        }
    }

    fn licenses_say_in_words_why_they_were_issued_and_what_has_changed(database) {
        let office = TestOffice::start(database);
        let browser = Browser::signed_in(&office, Role::Auditor);
        let customer = office.customer();
        let items = [json!({"item": "user_accounts", "quantity": 50}), support("2014-10-31")];
        office.buy(&customer, &order_of("2014-0513", &items)).expect(201);
        let installation = office.activated(&customer, "pbx-1");
        installation.emergency(3).unwrap();
        let items = [json!({"item": "user_accounts", "quantity": 25}), support("2015-10-31")];
        let bought = office.buy(&customer, &order_of("2014-0701", &items)).expect(201);
        office.void(&bought.text_at("/purchase/id")).expect(201);
        installation.release().unwrap();

        let licenses = section(&page(&browser, &customer, ""), "licenses");
        let expected = [
            "current release of a place pbx-1 installation removed pbx-1",
            "void of purchase 2014-0701 user accounts 75 → 50 support until 31 Oct 2015 → 31 Oct 2014",
            "purchase 2014-0701 user accounts 50 → 75 support until 31 Oct 2014 → 31 Oct 2015",
            "emergency license emergency license: 3 accounts until 13 Jun 2014 14:00 MSK",
            "activation pbx-1 installation added pbx-1",
            "purchase 2014-0513 first license user accounts 50 support until 31 Oct 2014",
        ];
        let mut rest = licenses.as_str();
        for line in expected {
            rest = rest.split_once(line).unwrap_or_else(|| panic!("no “{line}” in {licenses}")).1;
        }
        assert_eq!(licenses.matches("current").count(), 1);
    }

    fn a_license_is_downloaded_as_the_file_that_an_installation_takes_in(database) {
        let office = TestOffice::start(database);
        let browser = Browser::signed_in(&office, Role::Auditor);
        let customer = office.customer();
        office.purchase(&customer, "2014-0513", 20);
        let installation = office.activated(&customer, "pbx-1");
        office.purchase(&customer, "2014-0701", 10);
        let page = page(&browser, &customer, "");
        let path = between(&page, "<td data-label=\"Number and file\"><a href=\"", "\"");
        let file = browser.call("GET", path, None).expect(200);
        let disposition = file.header("content-disposition").unwrap();
        assert!(disposition.starts_with("attachment; filename=\"lic_"), "{disposition}");
        assert!(file.text.starts_with("Лицензия lic_"), "in the customer's language");
        let taken = installation.take_in(&file.text).unwrap();
        assert!(taken.changed);
        assert_eq!(taken.license.user_accounts, 30);

        let stranger = office.customer();
        let foreign = path.replace(&customer.id, &stranger.id);
        browser.call("GET", &foreign, None).expect(404);
    }

    fn use_over_the_license_is_marked_on_the_installation_and_in_all(database) {
        let office = TestOffice::start(database);
        let browser = Browser::signed_in(&office, Role::Auditor);
        let customer = office.customer_with(&json!({"places": 3}));
        office.purchase(&customer, "2014-0513", 20);
        let counts = |accounts: i64| json!({"usage": {
            "user_accounts": accounts, "emergency_accounts": 0, "external_connections": 0,
        }});
        let keys = [office.activated_key(&customer), office.activated_key(&customer)];
        office.asked(&keys[0], "/usage", &counts(20)).expect(204);
        let shown = section(&page(&browser, &customer, ""), "installations");
        assert!(shown.contains("2 of 3 places taken"), "{shown}");
        assert!(!shown.contains("over the license") && !shown.contains("Together"), "{shown}");

        office.asked(&keys[1], "/usage", &counts(3)).expect(204);
        let shown = section(&page(&browser, &customer, ""), "installations");
        assert!(shown.contains("Together, the active installations use more"), "{shown}");
        assert!(shown.contains("user accounts: 23 of 20"), "{shown}");
        assert!(!shown.contains("over the license"), "each alone is within it: {shown}");

        office.asked(&keys[0], "/usage", &counts(23)).expect(204);
        let shown = section(&page(&browser, &customer, ""), "installations");
        assert!(shown.contains("over the license: 23 of 20"), "{shown}");
    }

    fn an_emergency_is_to_be_paid_until_the_next_purchase(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        office.purchase(&customer, "2014-0513", 20);
        let key = office.activated_key(&customer);
        office.asked(&key, "/emergency-licenses", &emergency(3)).expect(201);
        // A session lasts a working day: after a month there is another.
        let grants = || {
            let browser = Browser::signed_in(&office, Role::Auditor);
            section(&page(&browser, &customer, ""), "grants")
        };
        assert!(grants().contains("active to be paid"), "{}", grants());
        office.pass(SignedDuration::from_hours(24 * 40));
        assert!(grants().contains("ended to be paid"), "{}", grants());
        office.purchase(&customer, "2014-0701", 3);
        assert!(!grants().contains("to be paid"), "{}", grants());
    }

    fn an_edit_that_is_stale_is_shown_and_overwrites_nothing_unseen(database) {
        let office = TestOffice::start(database);
        let anna = Browser::signed_in(&office, Role::Sales);
        let boris = Browser::signed_in(&office, Role::Sales);
        let customer = office.customer();
        office.purchase(&customer, "2014-0513", 20);
        let stale = page(&anna, &customer, "/edit");
        let fresh = page(&boris, &customer, "/edit");
        let theirs = [("name", "ООО «Лютик»"), ("city", "Москва")];
        assert_eq!(edit(&boris, &customer, &fresh, &theirs).status, 303);
        let licenses = office.list(&customer.path("licenses")).len();

        let mine = [("city", "Пермь"), ("region", "Пермский край")];
        let refused = edit(&anna, &customer, &stale, &mine).expect(409).text;
        let meanwhile = words(between(&refused, "<h2 id=\"meanwhile\">", "</section>"));
        assert!(meanwhile.contains(&boris.name), "{meanwhile}");
        assert!(meanwhile.contains("Company ООО «Лютик» You left it alone"), "{meanwhile}");
        assert!(meanwhile.contains("City Москва → Пермь"), "{meanwhile}");
        assert!(!meanwhile.contains("Region"), "nobody else has changed it: {meanwhile}");
        let kept = edit_fields(&refused);
        let value = |name: &str| &kept.iter().find(|(field, _)| field == name).unwrap().1;
        assert_eq!((value("city").as_str(), value("region").as_str()), ("Пермь", "Пермский край"));
        assert_eq!(value("name"), "ООО «Лютик»", "what she left alone is as it stands now");
        let details = || office.api.get(&format!("/customers/{}", customer.id)).json;
        assert_eq!(details()["city"], "Москва", "nothing was overwritten");
        assert_eq!(office.list(&customer.path("licenses")).len(), licenses);

        assert_eq!(edit(&anna, &customer, &refused, &[]).status, 303, "knowingly");
        let stands = details();
        assert_eq!(
            (&stands["name"], &stands["city"], &stands["region"]),
            (&json!("ООО «Лютик»"), &json!("Пермь"), &json!("Пермский край"))
        );
        assert_eq!(office.claims(&customer)["licensee"]["city"], "Пермь");
        assert_eq!(edit(&anna, &customer, &refused, &[]).status, 303, "sent twice, done once");
        assert_eq!(office.list(&customer.path("licenses")).len(), licenses + 1);
    }

    fn an_edit_with_faults_keeps_the_input_and_the_version(database) {
        let office = TestOffice::start(database);
        let browser = Browser::signed_in(&office, Role::Sales);
        let customer = office.customer();
        let form = page(&browser, &customer, "/edit");
        let changed = [("name", " "), ("city", "Пермь"), ("places", "21")];
        let refused = edit(&browser, &customer, &form, &changed).expect(422).text;
        assert!(refused.contains("id=\"name-error\"") && refused.contains("id=\"places-error\""));
        assert!(refused.contains("value=\"Пермь\""), "the input is kept");
        let mended = [("name", "ООО «Ромашка»"), ("places", "2")];
        assert_eq!(edit(&browser, &customer, &refused, &mended).status, 303);
        let stands = office.api.get(&format!("/customers/{}", customer.id)).json;
        assert_eq!((&stands["city"], &stands["places"]), (&json!("Пермь"), &json!(2)));
    }

    fn a_mail_that_was_sent_is_sent_again_to_where_the_customer_reads_now(database) {
        let office = TestOffice::start(database);
        let browser = Browser::signed_in(&office, Role::Sales);
        let customer = office.customer();
        office.purchase(&customer, "2014-0513", 20);
        let first = sent(&office)[0].clone();
        let moved = format!("moved-{}", customer.email);
        let form_page = page(&browser, &customer, "/edit");
        assert_eq!(edit(&browser, &customer, &form_page, &[("email", &moved)]).status, 303);

        let path = format!("/customers/{}/mails/{}/resend", customer.id, first["id"].as_str().unwrap());
        for _ in 0..2 {
            assert_eq!(browser.call("POST", &path, Some("once=one")).status, 303);
        }
        let mails = sent(&office);
        assert_eq!(mails.len(), 2, "sent twice, the form owes one");
        assert_eq!(mails[1]["recipient"], moved.as_str());
        for member in ["kind", "customer", "language"] {
            assert_eq!(mails[1][member], first[member], "{member}");
        }
        let caught = catcher().wait_for(&moved, 1);
        assert!(caught[0].text.replace([' ', '-'], "").contains(&customer.activation_key), "it tells all that the first told");
        assert_eq!(office.audited(&customer).last().unwrap(), "mail.resent");

        let stranger = office.customer();
        let foreign = path.replace(&customer.id, &stranger.id);
        assert_eq!(browser.call("POST", &foreign, Some("once=two")).status, 404);
    }

    fn a_mail_that_was_stopped_goes_back_into_the_queue(database) {
        let office = TestOffice::start(database);
        let browser = Browser::signed_in(&office, Role::Sales);
        let customer = office.customer();
        let mail = office.stopped_mail(&customer);
        let mails = section(&page(&browser, &customer, ""), "mails");
        assert!(mails.contains("stopped Try now"), "{mails}");
        assert!(mails.contains("550 no such mailbox"), "{mails}");
        let path = format!("/customers/{}/mails/{mail}/resend", customer.id);
        assert_eq!(browser.call("POST", &path, Some("once=one")).status, 303);
        assert_eq!(office.list("/mails").len(), 1, "it is the same mail");
        assert_eq!(office.audited(&customer).last().unwrap(), "mail.retried");
    }

    fn a_release_is_asked_for_once_and_names_the_installation(database) {
        let office = TestOffice::start(database);
        let browser = Browser::signed_in(&office, Role::Sales);
        let customer = office.customer();
        office.purchase(&customer, "2014-0513", 20);
        office.activated(&customer, "pbx-1");
        let overview = page(&browser, &customer, "");
        let path = format!("/installations/{}/release", between(&overview, "<a href=\"/installations/", "/"));
        let asked = browser.call("GET", &path, None).expect(200).text;
        assert!(words(&asked).contains("Release the installation « pbx-1 »?"), "{asked}");
        assert_eq!(browser.call("POST", &path, Some("once=one")).status, 303);
        assert_eq!(browser.call("GET", &path, None).status, 409);
    }
}

#[test]
fn a_page_of_500_purchases_is_small_and_leads_to_all_of_them() {
    let office = TestOffice::start(Database::Sqlite);
    let customer = office.customer();
    for number in 0..500 {
        let mut order = order(&format!("2014-{number:04}"), 1);
        order["notify"] = json!(false);
        office.buy(&customer, &order).expect(201);
        office.pass(SignedDuration::from_hours(20));
    }
    let browser = Browser::signed_in(&office, Role::Sales);
    let overview = page(&browser, &customer, "");
    assert!(overview.len() < 70_000, "{} bytes", overview.len());
    assert!(overview.contains("500 purchases in all") && overview.contains("500 licenses in all"));
    for list in ["purchases", "licenses"] {
        let mut path = format!("/customers/{}/{list}", customer.id);
        let mut shown = 0;
        loop {
            let page = browser.call("GET", &path, None).expect(200).text;
            assert!(page.len() < 85_000, "{path}: {} bytes", page.len());
            shown += page.matches("<tr>").count() - 1;
            let Some((_, rest)) = page.split_once("rel=\"next\" href=\"") else { break };
            path = rest.split('"').next().unwrap().to_owned();
        }
        assert_eq!(shown, 500, "{list}");
    }
}
