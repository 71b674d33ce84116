//! Zones, days and months, and clocks that go back or are wrong (rows 20–23).

use crate::support::{
    Customer, Database, ProcessOffice, ServerProcess, TestOffice, catcher, order, order_of, unique,
};
use jiff::{SignedDuration, Timestamp, ToSpan, tz::TimeZone};
use licentia::domain::customer::Language;
use licentia::domain::emergency::one_month_after;
use licentia::text;
use licentia_client::Usage;
use serde_json::{Value, json};
use std::fs;
use std::sync::Arc;

/// Zones to the east and west of every date line, with half hours, and with odd summer times.
const ZONES: [&str; 20] = [
    "UTC",
    "Europe/Moscow",
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "America/Sao_Paulo",
    "America/Caracas",
    "America/Los_Angeles",
    "Pacific/Niue",
    "Pacific/Kiritimati",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Tehran",
    "Asia/Tokyo",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Antarctica/Troll",
];

/// What `until` must be, by hand: zone, the moment of granting, one calendar month later.
#[rustfmt::skip]
const MONTHS: &[(&str, &str, &str)] = &[
    ("UTC",                 "2015-01-31T12:00:00Z", "2015-02-28T12:00:00Z"),
    ("UTC",                 "2016-01-31T12:00:00Z", "2016-02-29T12:00:00Z"),
    ("UTC",                 "2015-12-31T23:59:59Z", "2016-01-31T23:59:59Z"),
    ("Europe/Moscow",       "2014-05-13T10:00:00Z", "2014-06-13T10:00:00Z"),
    // Moscow went from UTC+4 to UTC+3 on 26.10.2014.
    ("Europe/Moscow",       "2014-10-13T10:00:00Z", "2014-11-13T11:00:00Z"),
    ("Europe/Berlin",       "2015-01-31T22:59:59Z", "2015-02-28T22:59:59Z"),
    // Already the 1st in Berlin.
    ("Europe/Berlin",       "2015-01-31T23:00:00Z", "2015-02-28T23:00:00Z"),
    ("Europe/Berlin",       "2015-03-15T12:00:00Z", "2015-04-15T11:00:00Z"),
    // 01:30 does not exist on 29.03.2015 in London, nor 02:30 on 08.03.2015 in New York: the first
    // instant after.
    ("Europe/London",       "2015-02-28T01:30:00Z", "2015-03-28T01:30:00Z"),
    ("America/New_York",    "2015-02-08T07:30:00Z", "2015-03-08T07:00:00Z"),
    // 01:30 is there twice on 02.11.2014: the earlier.
    ("America/New_York",    "2014-10-02T05:30:00Z", "2014-11-02T05:30:00Z"),
    // Midnight does not exist on 19.10.2014 in Sao Paulo.
    ("America/Sao_Paulo",   "2014-09-19T03:30:00Z", "2014-10-19T03:00:00Z"),
    ("America/St_Johns",    "2014-12-31T02:00:00Z", "2015-01-31T02:00:00Z"),
    ("Pacific/Kiritimati",  "2015-01-30T12:00:00Z", "2015-02-27T12:00:00Z"),
    ("Pacific/Niue",        "2015-02-01T05:00:00Z", "2015-03-01T05:00:00Z"),
    ("Asia/Kathmandu",      "2016-01-31T18:10:00Z", "2016-02-29T18:10:00Z"),
    ("Asia/Kathmandu",      "2016-01-31T18:20:00Z", "2016-02-29T18:20:00Z"),
    ("Asia/Kolkata",        "2015-08-31T18:29:59Z", "2015-09-30T18:29:59Z"),
    // Lord Howe puts its clocks back by half an hour on 05.04.2015.
    ("Australia/Lord_Howe", "2015-03-05T00:00:00Z", "2015-04-05T00:30:00Z"),
    ("Pacific/Chatham",     "2014-08-28T12:00:00Z", "2014-09-28T11:00:00Z"),
];

#[test]
fn the_zone_of_the_server_s_machine_changes_nothing() {
    let zone = "Pacific/Auckland";
    let sales = format!("{}@vendor.example", unique("sales"));
    let settings = [("time_zone", zone.to_owned()), ("sales_address", sales)];
    let mut office = ProcessOffice::start_with(Database::Sqlite, &settings);
    let vendor = TimeZone::get(zone).unwrap();
    let mut seen = Vec::new();
    for machine in ZONES {
        office.server.end();
        office.server = ServerProcess::start(&office.settings, &[("TZ", machine)]);
        office.api = office.api.moved_to(&office.server.url);
        let customer = office.customer_with(&json!({}));
        let today = || vendor.to_datetime(Timestamp::from_second(now()).unwrap()).date();
        let mut bought = order_of(
            &unique("zone"),
            &[
                json!({"item": "user_accounts", "quantity": 20}),
                json!({"item": "support", "until": "2031-10-31"}),
            ],
        );
        bought["paid_on"] = json!(today().to_string());
        office.api.post(&customer.path("purchases"), &bought).expect(201);
        let day_after = today().checked_add(2.days()).unwrap();
        bought["order_number"] = json!(unique("zone"));
        bought["paid_on"] = json!(day_after.to_string());
        let refused = office.api.post(&customer.path("purchases"), &bought).expect(400);
        assert_eq!(refused.json["errors"][0]["code"], "in-the-future");

        let answer = office.activated(&customer, &machine.replace('/', "-")).emergency(10).unwrap();
        let grant = answer.license.emergency.clone().unwrap();
        assert_eq!(grant.until, one_month_after(grant.from, &vendor), "{machine}");
        let mail = &catcher().wait_for(&customer.email, 2)[1];
        let until = text::date_time(Language::Ru, grant.until, &vendor);
        assert!(mail.subject.ends_with(&until), "{machine}: {}", mail.subject);
        let line = format!(
            "purchase add {} --order-number {} --user-accounts 1",
            customer.id,
            unique("tz")
        );
        let added = office.command(&line).env("TZ", machine).output().unwrap();
        assert!(added.status.success(), "{machine}: {}", String::from_utf8_lossy(&added.stderr));
        let listed = office.api.get(&customer.path("purchases")).expect(200).json;
        assert_eq!(listed["data"][1]["paid_on"], json!(today().to_string()), "today: {machine}");

        let mut claims = office.license(&customer)["claims"].clone();
        for of_its_own in ["sub", "jti", "iat", "seq", "aud", "emergency"] {
            claims[of_its_own] = Value::Null;
        }
        seen.push(claims.to_string());
    }
    assert_eq!(seen.len(), 20);
    assert!(seen.iter().all(|claims| *claims == seen[0]), "{seen:?}");
}

on_both_databases! {
    fn today_is_the_vendor_s_day_to_the_second(database) {
        let mut office = TestOffice::start(database);
        let day = jiff::civil::date(2014, 10, 19);
        for zone in ZONES {
            office.settings.time_zone = Some(zone.into());
            office.restart().unwrap();
            let midnight = day.to_zoned_datetime(TimeZone::get(zone).unwrap()).unwrap().timestamp();
            let customer = office.customer();
            let mut bought = order(&unique("edge"), 1);
            bought["paid_on"] = json!("2014-10-19");
            office.clock.set(midnight - SignedDuration::from_secs(1));
            let refused = office.buy(&customer, &bought).expect(400);
            assert_eq!(refused.json["errors"][0]["pointer"], "/paid_on", "{zone}");
            office.clock.set(midnight);
            office.buy(&customer, &bought).expect(201);
        }
    }

    fn an_emergency_ends_a_calendar_month_later_in_the_vendor_s_zone(database) {
        let mut office = TestOffice::start(database);
        for (zone, from, until) in MONTHS {
            office.settings.time_zone = Some((*zone).into());
            office.restart().unwrap();
            office.at(from);
            let customer = office.customer();
            office.purchase(&customer, &unique("month"), 20);
            let installation = office.activated(&customer, &unique("pbx"));
            let grant = installation.emergency(10).unwrap().license.emergency.unwrap();
            let told = (grant.from.to_string(), grant.until.to_string());
            assert_eq!(told, ((*from).to_owned(), (*until).to_owned()), "{zone}");
            let licensed = || installation.show().unwrap().panel.emergency_accounts.licensed;
            office.clock.set(grant.until - SignedDuration::from_secs(1));
            assert_eq!(licensed(), 10, "{zone}");
            office.clock.set(grant.until);
            assert_eq!(licensed(), 0, "half-open: {zone}");
            assert_eq!(installation.emergency(1).unwrap_err().code(), "emergency-already-used");
        }
    }

    fn an_installation_whose_clock_is_wrong_asks_by_the_server_s(database) {
        let office = ProcessOffice::start(database);
        let customer = office.customer();
        let installation = office.activated(&customer, &unique("pbx"));
        let mut installation = Some(installation);
        // Hours; a clock far ahead comes last, since its time counts as reached from then on.
        for (n, wrong) in [-20, -1, 1, 20 * 24].into_iter().enumerate() {
            let clock = move || Timestamp::from_second(now()).unwrap() + SignedDuration::from_hours(wrong);
            let wrong_installation = installation.take().unwrap().with_clock(Arc::new(clock));
            let mut bought = order(&unique(&format!("wrong-{n}")), 1);
            bought["notify"] = json!(false);
            office.api.post(&customer.path("purchases"), &bought).expect(201);
            let update = wrong_installation.update().unwrap();
            assert!(update.changed, "{wrong} h");
            assert_eq!(update.license.user_accounts, 21 + i64::try_from(n).unwrap());
            let usage = Usage { user_accounts: 1, emergency_accounts: 0, external_connections: 0 };
            wrong_installation.usage(usage).unwrap();
            installation = Some(wrong_installation);
        }
        let installation = installation.unwrap();
        assert!(installation.emergency(10).unwrap().granted);
        installation.release().unwrap();
    }

    fn a_clock_that_goes_back_never_makes_an_earlier_license(database) {
        let mut office = TestOffice::start(database);
        let customer = office.customer_with(&json!({"places": 3}));
        let start = office.now();
        let hours = |hours| SignedDuration::from_hours(hours);
        let mut last = (0, 0);
        let mut voidable = Vec::new();
        let mut check = |office: &TestOffice, what: &str| {
            let license = office.api.get(&customer.path("license")).expect(200).json;
            let (iat, seq) = (license["claims"]["iat"].as_i64().unwrap(), license["seq"].as_i64().unwrap());
            assert!(iat >= last.0, "{what}: issued {} s before the last", last.0 - iat);
            assert!(seq > last.1 && seq >= iat, "{what}: {seq} after {}", last.1);
            let issued_at: Timestamp = license["issued_at"].as_str().unwrap().parse().unwrap();
            assert_eq!(issued_at.as_second(), iat);
            last = (iat, seq);
            iat
        };
        // Hours from the start, forth and back.
        for (n, clock) in [0, 5, 4, 4, -3, 6, -24, 7, 2].into_iter().enumerate() {
            office.clock.set(start + hours(clock));
            let mut bought = order(&format!("back-{n}"), 1);
            bought["paid_on"] = json!("2014-05-01");
            let recorded = office.buy(&customer, &bought).expect(201);
            voidable.push(recorded.text_at("/purchase/id"));
            check(&office, &format!("a purchase at {clock} h"));
        }
        let newest = start + hours(7);
        office.clock.set(start);
        office.restart().unwrap();
        office.void(&voidable[0]).expect(201);
        assert_eq!(check(&office, "a void"), newest.as_second(), "the time of the last");
        let installation = office.activated(&customer, "pbx-1");
        check(&office, "an activation");
        let grant = installation.emergency(10).unwrap().license.emergency.unwrap();
        assert_eq!(grant.from, newest, "an entry is not earlier than the last");
        assert_eq!(grant.until.to_string(), "2014-06-13T17:00:00Z");
        check(&office, "a grant");
        installation.usage(Usage { user_accounts: 1, emergency_accounts: 0, external_connections: 0 }).unwrap();
        rename(&office, &customer);
        check(&office, "a change of the licensee");
        installation.release().unwrap();
        check(&office, "a release");
        office.clock.set(newest + hours(1));
        office.purchase(&customer, "forth", 1);
        assert_eq!(check(&office, "the clock set right"), (newest + hours(1)).as_second());

        let ledger = office.list(&customer.path("purchases"));
        let recorded: Vec<_> = ledger.iter().map(|p| p["recorded_at"].as_str().unwrap()).collect();
        assert!(recorded.is_sorted(), "{recorded:?}");
        let ids: Vec<_> = ledger.iter().map(|p| p["id"].as_str().unwrap()).collect();
        assert!(ids.is_sorted(), "the list is in the order of recording: {ids:?}");
        assert!(fs::exists(office.folder.path().join("keys")).unwrap());
    }
}

fn rename(office: &TestOffice, customer: &Customer) {
    let path = format!("/customers/{}", customer.id);
    let tag = office.api.get(&path).header("etag").unwrap().to_owned();
    let headers = [("if-match", tag.as_str()), ("content-type", "application/json")];
    let renamed = json!({"name": "ООО «Лютик»"}).to_string();
    office.api.call("PATCH", &path, &headers, Some(&renamed)).unwrap().expect(200);
}

/// The machine's time, as the server process has it.
fn now() -> i64 {
    licentia::clock::Clock::System.now().as_second()
}
