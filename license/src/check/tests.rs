use super::*;
use crate::{Emergency, Licensee};
use jiff::SignedDuration;
use proptest::prelude::*;

const FROM: &str = "2014-05-13T10:00:00Z";
const UNTIL: &str = "2014-06-13T10:00:00Z";

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn date(date: &str) -> Date {
    date.parse().unwrap()
}

fn license(user_accounts: i64, emergency_accounts: i64) -> License {
    let emergency = Emergency { accounts: emergency_accounts, from: at(FROM), until: at(UNTIL) };
    License {
        iss: "https://licenses.vendor.example".into(),
        sub: "cus_1".into(),
        jti: "lic_1".into(),
        iat: at(FROM),
        seq: 1,
        aud: vec![],
        licensee: Licensee {
            name: String::new(),
            country: None,
            region: String::new(),
            city: String::new(),
            postal_code: String::new(),
        },
        user_accounts,
        external_connections: 2,
        support_until: Some(date("2014-10-31")),
        emergency: (emergency_accounts > 0).then_some(emergency),
    }
}

fn usage(user_accounts: i64, emergency_accounts: i64) -> Usage {
    Usage { user_accounts, emergency_accounts, external_connections: 0 }
}

fn blocked(license: &License, used: (i64, i64), now: &str) -> i64 {
    license.check(usage(used.0, used.1), at(now)).blocked_emergency_accounts
}

#[test]
fn permanent_and_emergency_accounts_have_limits_of_their_own() {
    let license = license(20, 10);
    let may = |permanent, emergency| {
        let check = license.check(usage(permanent, emergency), at(FROM));
        (check.may_add_user_account, check.may_add_emergency_account)
    };
    assert_eq!(may(19, 0), (true, true), "a free permanent place does not keep emergency ones");
    assert_eq!(may(20, 9), (false, true));
    assert_eq!(may(19, 10), (true, false));
    assert_eq!(may(20, 10), (false, false));
}

#[test]
fn past_its_end_all_emergency_accounts_are_blocked_and_no_permanent_one() {
    let license = license(20, 10);
    let last = "2014-06-13T09:59:59Z";
    assert_eq!(blocked(&license, (15, 10), last), 0);
    assert_eq!(blocked(&license, (15, 10), UNTIL), 10, "also where permanent places are free");
    let ended = license.check(usage(19, 3), at(UNTIL));
    assert!(ended.may_add_user_account && !ended.may_add_emergency_account);
    assert_eq!((ended.blocked_emergency_accounts, ended.user_accounts_over), (3, 0));
    assert!(!ended.is_within());
}

#[test]
fn after_a_void_emergency_accounts_give_way_to_permanent_ones_that_are_over() {
    let license = license(20, 10);
    for (used, expected) in
        [((22, 3), 0), ((22, 8), 0), ((22, 9), 1), ((22, 10), 2), ((40, 10), 10)]
    {
        assert_eq!(blocked(&license, used, FROM), expected, "{used:?}");
    }
    let check = license.check(usage(22, 8), at(FROM));
    assert_eq!(check.user_accounts_over, 2);
    assert!(!check.may_add_user_account && !check.may_add_emergency_account);
}

#[test]
fn external_connections_are_limited_by_how_many_are_open() {
    let license = license(20, 0);
    let check = |open| license.check(Usage { external_connections: open, ..usage(0, 0) }, at(FROM));
    assert!(check(1).may_open_external_connection);
    assert!(!check(2).may_open_external_connection);
    assert_eq!(check(3).external_connections_over, 1);
    assert!(check(2).is_within() && !check(3).is_within());
}

#[test]
fn the_days_left_count_the_day_that_has_begun() {
    let emergency = |now| license(20, 10).check(usage(0, 0), at(now)).emergency_days_left;
    assert_eq!(emergency("2014-05-13T10:00:00Z"), Some(31));
    assert_eq!(emergency("2014-06-12T10:00:00Z"), Some(1));
    assert_eq!(emergency("2014-06-12T09:59:59Z"), Some(2));
    assert_eq!(emergency("2014-06-13T09:59:59Z"), Some(1));
    assert_eq!(emergency(UNTIL), Some(0));
    assert_eq!(license(20, 0).check(usage(0, 0), at(UNTIL)).emergency_days_left, None);
    let support = |now| license(20, 0).check(usage(0, 0), at(now)).support_days_left;
    assert_eq!(support("2014-10-30T23:59:59Z"), Some(2));
    assert_eq!(support("2014-10-31T00:00:00Z"), Some(1));
    assert_eq!(support("2014-10-31T23:59:59Z"), Some(1));
    assert_eq!(support("2014-11-01T00:00:00Z"), Some(0));
    assert_eq!(support("2099-11-01T00:00:00Z"), Some(0));
    let none = License { support_until: None, ..license(20, 0) };
    assert_eq!(none.check(usage(0, 0), at(UNTIL)).support_days_left, None);
}

#[test]
fn the_support_covers_versions_published_up_to_its_last_day() {
    let license = license(20, 0);
    assert!(license.support_covers(date("2014-10-31")));
    assert!(license.support_covers(date("1999-01-01")));
    assert!(!license.support_covers(date("2014-11-01")));
    let none = License { support_until: None, ..license };
    assert!(!none.support_covers(date("1999-01-01")));
}

/// A second way to the same answer: seats that accounts sit down on one after the other, first
/// the permanent ones, who are never sent away, then the emergency ones.
fn seated(license: &License, used: Usage, now: Timestamp) -> i64 {
    let active = license.emergency.as_ref().filter(|e| e.from <= now && now < e.until);
    let extra = active.map_or(0, |e| e.accounts);
    let mut free = license.user_accounts + extra;
    let mut emergency_seats = extra;
    for _ in 0..used.user_accounts {
        free -= 1;
    }
    let mut blocked = 0;
    for _ in 0..used.emergency_accounts {
        if free > 0 && emergency_seats > 0 {
            free -= 1;
            emergency_seats -= 1;
        } else {
            blocked += 1;
        }
    }
    blocked
}

fn cases() -> impl Strategy<Value = (License, Usage, Timestamp)> {
    let hours = -24_i64..(35 * 24);
    (0..40_i64, 0..=10_i64, 0..60_i64, 0..15_i64, 0..5_i64, hours).prop_map(
        |(licensed, extra, user_accounts, emergency_accounts, external_connections, hours)| {
            let usage = Usage { user_accounts, emergency_accounts, external_connections };
            (license(licensed, extra), usage, at(FROM) + SignedDuration::from_hours(hours))
        },
    )
}

proptest! {
    #[test]
    fn as_many_are_blocked_as_find_no_seat((license, usage, now) in cases()) {
        let check = license.check(usage, now);
        prop_assert_eq!(check.blocked_emergency_accounts, seated(&license, usage, now));
        prop_assert!((0..=usage.emergency_accounts).contains(&check.blocked_emergency_accounts));
    }

    #[test]
    fn what_may_be_added_blocks_nothing_and_what_would_be_blocked_may_not_be_added(
        (license, usage, now) in cases()
    ) {
        let check = license.check(usage, now);
        let one_more = Usage { emergency_accounts: usage.emergency_accounts + 1, ..usage };
        let added = license.check(one_more, now);
        prop_assert_eq!(check.may_add_emergency_account, added.blocked_emergency_accounts == 0);
        let one_more = Usage { user_accounts: usage.user_accounts + 1, ..usage };
        let added = license.check(one_more, now);
        prop_assert_eq!(check.may_add_user_account, added.user_accounts_over == 0);
        if check.may_add_user_account {
            prop_assert_eq!(added.blocked_emergency_accounts, check.blocked_emergency_accounts);
        }
        let one_more = Usage { external_connections: usage.external_connections + 1, ..usage };
        let added = license.check(one_more, now);
        prop_assert_eq!(check.may_open_external_connection, added.external_connections_over == 0);
    }

    #[test]
    fn no_count_whatever_makes_a_check_panic(a in any::<i64>(), b in any::<i64>(), c in any::<i64>(),
        licensed in any::<i64>(), extra in any::<i64>())
    {
        let usage = Usage { user_accounts: a, emergency_accounts: b, external_connections: c };
        let mut license = license(licensed, extra);
        license.external_connections = c;
        let check = license.check(usage, at(FROM));
        prop_assert!(check.blocked_emergency_accounts >= 0 && check.user_accounts_over >= 0);
        let none = license.check(Usage::default(), Timestamp::MAX);
        prop_assert_eq!(none.blocked_emergency_accounts, 0);
    }
}
