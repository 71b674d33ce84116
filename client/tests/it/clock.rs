//! The client's clock goes back (failure 23).

use crate::vendor::{Site, emergency, hours, license, noon};
use licentia_client::Notice;
use licentia_license::EmergencyState;

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
    site.set_clock(until - jiff::SignedDuration::from_secs(1));
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

#[test]
fn a_clock_that_has_gone_back_is_spoken_of_and_the_permanent_rights_stay() {
    let site = Site::new();
    site.installation.take_in(&site.signed(100)).unwrap();
    site.set_clock(noon() + hours(2));
    assert_eq!(site.installation.show().unwrap().notices, []);
    site.set_clock("1970-01-02T00:00:00Z".parse().unwrap());
    let shown = site.installation.show().unwrap();
    assert!(matches!(shown.notices[..], [Notice::ClockBehind { reached, .. }]
        if reached == noon() + hours(2)));
    assert_eq!(shown.panel.user_accounts.licensed, 20);
}
