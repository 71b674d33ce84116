//! The client's clock goes back (failure 23).

use crate::office::{Office, Reply, fetched, problem, status, with_header, with_license};
use crate::vendor::{Site, emergency, hours, license, noon};
use jiff::{SignedDuration, Timestamp};
use licentia_client::{Language, Notice, Usage};
use licentia_license::EmergencyState;
use proptest::prelude::*;

fn with_emergency(seq: i64) -> (Site, String) {
    let site = Site::new();
    let mut with = license(&site.installation, seq);
    with.emergency = Some(emergency());
    let token = site.vendor.sign(&with);
    site.installation.take_in(&token).unwrap();
    (site, token)
}

fn emergency_accounts(site: &Site) -> i64 {
    site.installation.show().unwrap().panel.emergency_accounts.licensed
}

#[test]
fn an_emergency_license_ends_offline_at_its_very_instant() {
    let (site, _) = with_emergency(100);
    let until = emergency().until;
    site.set_clock(until - SignedDuration::from_secs(1));
    assert_eq!(emergency_accounts(&site), 10);
    site.set_clock(until);
    assert_eq!(emergency_accounts(&site), 0);
    assert_eq!(site.installation.show().unwrap().panel.user_accounts.licensed, 20);
}

#[test]
fn an_emergency_license_that_has_ended_is_never_revived_by_the_clock() {
    let (site, _) = with_emergency(100);
    site.set_clock(emergency().until);
    assert_eq!(emergency_accounts(&site), 0);
    site.set_clock(noon());
    assert_eq!(emergency_accounts(&site), 0);
    let shown = site.reopened().show().unwrap();
    assert_eq!(shown.panel.emergency.unwrap().state, EmergencyState::Ended);
}

#[test]
fn nor_by_another_license_that_states_it() {
    let (site, _) = with_emergency(100);
    site.set_clock(emergency().until);
    assert_eq!(emergency_accounts(&site), 0);
    site.set_clock(noon());
    let mut later = license(&site.installation, 101);
    later.emergency = Some(emergency());
    site.installation.take_in(&site.vendor.sign(&later)).unwrap();
    assert_eq!(emergency_accounts(&site), 0);
}

#[test]
fn nor_when_its_end_was_first_seen_by_taking_a_license_in() {
    let (site, _) = with_emergency(100);
    site.set_clock(emergency().until + hours(1));
    site.installation.take_in(&site.signed(101)).unwrap();
    site.set_clock(noon());
    let mut later = license(&site.installation, 102);
    later.emergency = Some(emergency());
    site.installation.take_in(&site.vendor.sign(&later)).unwrap();
    assert_eq!(emergency_accounts(&site), 0);
}

#[test]
fn a_clock_that_once_ran_far_ahead_does_not_end_the_next_emergency_license() {
    let (site, _) = with_emergency(100);
    site.set_clock("2099-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(emergency_accounts(&site), 0);
    site.set_clock("2014-07-01T00:00:00Z".parse().unwrap());
    let mut next = license(&site.installation, 101);
    next.iat = "2014-07-01T00:00:00Z".parse().unwrap();
    next.emergency = Some(emergency());
    let next_emergency = next.emergency.as_mut().unwrap();
    next_emergency.from = "2014-07-01T00:00:00Z".parse().unwrap();
    next_emergency.until = "2014-08-01T00:00:00Z".parse().unwrap();
    site.installation.take_in(&site.vendor.sign(&next)).unwrap();
    assert_eq!(emergency_accounts(&site), 10);
    assert_eq!(site.installation.show().unwrap().notices, []);
}

#[test]
fn a_clock_behind_the_license_does_not_delay_its_emergency_accounts() {
    let (site, _) = with_emergency(100);
    site.set_clock(emergency().from - hours(2));
    assert_eq!(emergency_accounts(&site), 10);
}

fn set_back(site: &Site) -> Option<Timestamp> {
    let notices = site.installation.show().unwrap().notices;
    notices.into_iter().find_map(|notice| match notice {
        Notice::ClockSetBack { reached, .. } => Some(reached),
        _ => None,
    })
}

#[test]
fn a_clock_set_back_by_24_hours_is_tolerated_and_by_more_reported_with_both_times() {
    let site = Site::new();
    site.installation.take_in(&site.signed(100)).unwrap();
    let reached = noon() + hours(48);
    site.set_clock(reached);
    assert_eq!(set_back(&site), None);
    site.set_clock(reached - hours(24));
    assert_eq!(set_back(&site), None);
    let clock = reached - hours(24) - SignedDuration::from_secs(1);
    site.set_clock(clock);
    let shown = site.reopened().show().unwrap();
    assert_eq!(shown.notices, [Notice::ClockSetBack { clock, reached }]);
    assert_eq!(shown.panel.user_accounts.licensed, 20, "permanent rights stay");
    let json = serde_json::to_value(&shown.notices[0]).unwrap();
    assert_eq!(json["code"], "clock-set-back");
    assert_eq!(json["reached"], reached.to_string());
    let words = shown.notices[0].text(Language::English);
    assert!(words.contains(&clock.to_string()) && words.contains(&reached.to_string()), "{words}");
}

#[test]
fn the_time_that_a_license_was_issued_at_was_reached_whatever_the_clock_shows() {
    let site = Site::new();
    let mut ahead = license(&site.installation, 100);
    ahead.iat = noon() + hours(23);
    site.installation.take_in(&site.vendor.sign(&ahead)).unwrap();
    assert_eq!(set_back(&site), None);
    site.set_clock(noon() - hours(2));
    assert_eq!(set_back(&site), Some(ahead.iat));
}

#[test]
fn an_emergency_license_is_judged_at_the_latest_time_known_when_the_clock_was_set_back() {
    let (site, _) = with_emergency(100);
    // Nothing was asked at its end; only a moment after the end was seen, with no license shown.
    let mut without = license(&site.installation, 101);
    without.iat = emergency().until;
    site.set_clock(emergency().until);
    site.installation.take_in(&site.vendor.sign(&without)).unwrap();
    site.set_clock(noon());
    let mut again = license(&site.installation, 102);
    again.emergency = Some(emergency());
    site.installation.take_in(&site.vendor.sign(&again)).unwrap();
    assert_eq!(emergency_accounts(&site), 0);
}

const OFFICE_TIME: &str = "Wed, 14 May 2014 12:00:00 GMT";

fn refused_for_its_time(code: &str) -> Reply {
    with_header(problem(401, code), "Date", OFFICE_TIME)
}

#[test]
fn a_clock_that_is_wrong_by_more_than_a_statements_life_asks_once_more_by_the_offices() {
    for code in ["statement-expired", "statement-from-the-future"] {
        let office = Office::new([]);
        let site = Site::activated(&office);
        office.reply(refused_for_its_time(code));
        office.reply(fetched(&site.signed(101), "\"101\""));
        assert!(site.installation.update().unwrap().changed, "{code}");
        let calls = office.calls();
        assert_eq!(calls[0].statement().iat, noon());
        let second = calls[1].statement();
        assert_eq!(second.iat, noon() + hours(24));
        assert_eq!(second.exp, second.iat + SignedDuration::from_secs(120));
        assert_ne!(second.jti, calls[0].statement().jti);
    }
}

#[test]
fn a_request_that_writes_asks_once_more_too_and_leaves_nothing_pending() {
    for (code, time) in [
        ("statement-expired", OFFICE_TIME),
        ("statement-from-the-future", "Mon, 12 May 2014 12:00:00 GMT"),
    ] {
        let office = Office::new([]);
        let site = Site::activated(&office);
        office.reply(with_header(problem(401, code), "Date", time));
        office.reply(with_license(201, &site.signed(101)));
        assert!(site.installation.emergency(10).unwrap().granted);
        let (first, second) = (office.calls()[0].statement(), office.calls()[1].statement());
        let ahead = if time == OFFICE_TIME { hours(24) } else { hours(-24) };
        assert_eq!(second.iat, noon() + ahead, "{code}");
        assert_eq!(second.req, first.req);
        assert_ne!(second.jti, first.jti);
        assert!(!site.directory.path().join("pending.json").exists());
    }
}

#[test]
fn it_asks_no_third_time_and_not_without_the_offices_time() {
    let office = Office::new([]);
    let site = Site::activated(&office);
    office.reply(refused_for_its_time("statement-expired"));
    office.reply(refused_for_its_time("statement-expired"));
    assert_eq!(site.installation.update().unwrap_err().code(), "statement-expired");
    assert_eq!(office.calls().len(), 2);
    office.reply(problem(401, "statement-expired"));
    office.reply(refused_for_its_time("installation-unknown"));
    assert_eq!(site.installation.update().unwrap_err().code(), "statement-expired");
    assert_eq!(site.installation.update().unwrap_err().code(), "installation-unknown");
    assert_eq!(office.calls().len(), 4);
}

#[test]
fn a_date_that_anybody_may_have_written_is_not_believed() {
    let office = Office::new([]);
    let site = Site::activated(&office);
    let far = "Fri, 01 Jan 2100 00:00:00 GMT";
    office.reply(with_header(status(304), "Date", far));
    site.installation.update().unwrap();
    assert_eq!(set_back(&site), None);
    assert_eq!(site.installation.show().unwrap().judged_at, noon());
}

/// What happens to an installation: the clock shows an hour, or a newer license is taken in that
/// states the emergency license still.
#[derive(Debug, Clone)]
enum Event {
    Clock(i64),
    License,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        4 => (-2000_i64..2000).prop_map(Event::Clock),
        1 => Just(Event::License),
    ];
    proptest::collection::vec(event, 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_walk_of_the_clock_revives_an_emergency_license_or_takes_permanent_rights(
        events in events()
    ) {
        let (site, _) = with_emergency(100);
        let (mut seq, mut ended) = (100, false);
        for event in events {
            match event {
                Event::Clock(hour) => site.set_clock(noon() + hours(hour)),
                Event::License => {
                    seq += 1;
                    let mut next = license(&site.installation, seq);
                    next.emergency = Some(emergency());
                    // A clock far behind refuses it; that is no matter here.
                    let _ = site.installation.take_in(&site.vendor.sign(&next));
                }
            }
            let shown = site.reopened().show().unwrap();
            let licensed = shown.panel.emergency_accounts.licensed;
            prop_assert_eq!(shown.panel.user_accounts.licensed, 20);
            prop_assert!(!ended || licensed == 0, "revived");
            ended |= licensed == 0;
            let behind = site.installation.check(Usage::default()).unwrap();
            prop_assert!(behind.may_add_user_account);
        }
    }
}
