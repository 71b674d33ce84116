use super::{events, form, hidden, sent};
use crate::support::{Browser, Database, Reply, TestOffice};
use licentia::app::Role;

/// An office whose settings stand on the page, but for its time zone.
fn office(database: Database) -> TestOffice {
    TestOffice::start_with(database, |settings| {
        settings.vendor_name = None;
        settings.issuer = None;
        settings.sales_address = None;
        settings.mail_url = None;
        settings.mail_from = None;
        settings.session_idle_minutes = None;
    })
}

/// The value that a field shows.
fn value(page: &Reply, name: &str) -> String {
    let (_, rest) = page.text.split_once(&format!("<input id=\"{name}\"")).unwrap();
    let (_, rest) = rest.split_once("value=\"").unwrap();
    rest.split('"').next().unwrap().replace("&#60;", "<").replace("&#62;", ">")
}

/// The fields as the page shows them, with some changed.
fn fields<'a>(
    shown: &'a [(&'a str, String)],
    changes: &'a [(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    let kept = shown.iter().map(|(name, value)| (*name, value.as_str()));
    let kept = kept.filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    kept.chain(changes.iter().copied()).collect()
}

fn shown(page: &Reply) -> Vec<(&'static str, String)> {
    let mut shown: Vec<_> = ["vendor_name", "issuer", "sales_address", "mail_url", "mail_from"]
        .map(|name| (name, value(page, name)))
        .into();
    shown.extend([("sales_language", "ru".into()), ("second_factor_for_all", "false".into())]);
    for name in ["moves_per_year", "session_idle_minutes"] {
        shown.push((name, value(page, name)));
    }
    shown
}

on_both_databases! {
    fn what_is_saved_on_the_page_counts_at_once_and_is_in_the_audit(database) {
        let office = office(database);
        let admin = Browser::signed_in(&office, Role::Admin);
        let page = admin.call("GET", "/settings", None).expect(200);
        let shown = shown(&page);
        let changes = [("vendor_name", "Вектор"), ("sales_address", "sales@vendor.example")];
        let form = form(&page, &fields(&shown, &changes));
        for _ in 0..2 {
            let saved = admin.call("POST", "/settings", Some(&form)).expect(303);
            assert_eq!(saved.header("location"), Some("/settings?done=saved"), "sent twice, once");
        }
        let settings = office.inside().settings();
        assert_eq!(settings.vendor_name, "Вектор");
        assert_eq!(settings.sales_address.as_ref().unwrap().as_str(), "sales@vendor.example");
        let event = &events(&office, "settings.changed");
        assert_eq!(event.len(), 1, "{event:?}");
        assert_eq!(event[0]["actor"], format!("staff:{}", admin.name));
        assert_eq!(event[0]["before"], serde_json::json!({}), "what was not changed is not stored");
        assert_eq!(event[0]["after"]["vendor_name"], "Вектор");
        let told = admin.call("GET", "/settings?done=saved", None);
        assert!(told.text.contains("role=\"status\""), "{}", told.text);
    }

    fn a_value_that_cannot_be_understood_is_named_and_nothing_is_saved(database) {
        let office = office(database);
        let admin = Browser::signed_in(&office, Role::Admin);
        for (name, wrong) in [
            ("issuer", "ftp://vendor.example"),
            ("sales_address", "sales"),
            ("mail_from", "nobody"),
            ("mail_url", "smtp://"),
            ("second_factor_for_all", "perhaps"),
            ("sales_language", "de"),
            ("moves_per_year", "often"),
            ("moves_per_year", "101"),
            ("session_idle_minutes", "4"),
        ] {
            let page = admin.call("GET", "/settings", None).expect(200);
            let shown = shown(&page);
            let changes = [("vendor_name", "Вектор"), (name, wrong)];
            let form = form(&page, &fields(&shown, &changes));
            let refused = admin.call("POST", "/settings", Some(&form)).expect(422);
            assert!(refused.text.contains(&format!("id=\"{name}-error\"")), "{name}");
            assert_eq!(value(&refused, "vendor_name"), "Вектор", "what was entered is kept");
            assert_eq!(office.inside().settings().vendor_name, "Licentia");
        }
    }

    fn a_change_of_settings_that_changed_meanwhile_is_shown_and_overwrites_nothing(database) {
        let office = office(database);
        let admins = [(); 2].map(|()| Browser::signed_in(&office, Role::Admin));
        let pages = admins.each_ref().map(|admin| admin.call("GET", "/settings", None).expect(200));
        let shown = shown(&pages[0]);
        let [first, second] = [("vendor_name", "Первый"), ("sales_address", "b@vendor.example")];
        let forms = [(&pages[0], first), (&pages[1], second)]
            .map(|(page, change)| form(page, &fields(&shown, &[change])));
        admins[0].call("POST", "/settings", Some(&forms[0])).expect(303);
        let refused = admins[1].call("POST", "/settings", Some(&forms[1])).expect(409);
        assert!(office.inside().settings().sales_address.is_none());
        assert!(refused.text.contains("Saved now: Первый"), "{}", refused.text);
        assert_eq!(value(&refused, "sales_address"), "b@vendor.example");
        assert_ne!(hidden(&refused, "version"), hidden(&pages[1], "version"));
        let again = form(&refused, &fields(&shown, &[("vendor_name", "Первый"), second]));
        admins[1].call("POST", "/settings", Some(&again)).expect(303);
        let settings = office.inside().settings();
        assert_eq!(settings.vendor_name, "Первый");
        assert!(settings.sales_address.is_some());
    }

    fn the_mail_server_s_password_is_on_no_page_and_in_no_audit(database) {
        let office = office(database);
        let admin = Browser::signed_in(&office, Role::Admin);
        let secret = [("mail_url", "smtps://office:canary@mail.vendor.example")];
        let page = admin.call("GET", "/settings", None).expect(200);
        let shown = shown(&page);
        let saved = form(&page, &fields(&shown, &secret));
        admin.call("POST", "/settings", Some(&saved)).expect(303);
        let page = admin.call("GET", "/settings", None).expect(200);
        assert!(page.text.contains("mail.vendor.example") && !page.text.contains("canary"));
        let wrong = [("vendor_name", "Вектор"), ("sales_address", "x"), secret[0]];
        let refused = admin.call("POST", "/settings", Some(&form(&page, &fields(&shown, &wrong))));
        assert_eq!(refused.status, 422);
        assert!(!refused.text.contains("canary"), "{}", refused.text);
        assert!(refused.text.contains("mail_url-error"), "it is asked for again");
        // Left empty, it stays.
        let kept = [("vendor_name", "Вектор"), ("mail_url", "")];
        sent(&admin, "/settings", &fields(&shown, &kept)).expect(303);
        assert!(office.inside().settings().mail_url.contains("mail.vendor.example"));
        let audit = office.api.get("/audit-events?limit=200").text;
        assert!(audit.contains("mail.vendor.example") && !audit.contains("canary"), "{audit}");
    }

    fn the_issuer_is_fixed_by_the_first_license(database) {
        let office = office(database);
        let admin = Browser::signed_in(&office, Role::Admin);
        let change = [("issuer", "https://licenses.vendor.example")];
        let before = admin.call("GET", "/settings", None).expect(200);
        let shown = shown(&before);
        admin.call("POST", "/settings", Some(&form(&before, &fields(&shown, &change)))).expect(303);
        office.purchase(&office.customer(), "2014-0513", 20);
        let page = admin.call("GET", "/settings", None).expect(200);
        let (_, issuer) = page.text.split_once("<input id=\"issuer\"").unwrap();
        assert!(issuer.split('>').next().unwrap().contains("disabled"), "it is shown, read-only");
        let by = licentia::app::Actor::CommandLine("test".into());
        let inside = office.inside();
        let version = licentia::app::vendor_settings(&inside, &by).unwrap().version;
        let other = [("issuer".to_owned(), "https://other.example".to_owned())].into();
        let refused = licentia::app::change_settings(&inside, &by, None, Some(&version), &other);
        assert_eq!(refused.unwrap_err().code(), "issuer-fixed");
    }
}

#[test]
fn what_is_set_more_strongly_is_shown_and_stays() {
    let office = TestOffice::start(Database::Sqlite);
    let admin = Browser::signed_in(&office, Role::Admin);
    let page = admin.call("GET", "/settings", None).expect(200);
    let (_, zone) = page.text.split_once("<input id=\"time_zone\"").unwrap();
    let zone = zone.split('>').next().unwrap();
    assert!(zone.contains("Europe/Moscow") && zone.contains("disabled"), "{zone}");
    assert!(page.text.contains("Set by a flag at the start"));
    let form = form(&page, &[("time_zone", "UTC"), ("sales_language", "en")]);
    admin.call("POST", "/settings", Some(&form)).expect(303);
    let settings = office.inside().settings();
    assert_eq!(settings.time_zone.iana_name(), Some("Europe/Moscow"));
    assert_eq!(settings.sales_language.as_str(), "en");
    assert!(!events(&office, "settings.changed")[0].to_string().contains("time_zone"));
}
