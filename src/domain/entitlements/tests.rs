use super::super::purchase::Lines;
use super::super::testing::{History, accounts, at, connections, day, support};
use super::*;
use jiff::ToSpan;

fn held(history: &History) -> Entitlements {
    Entitlements::at(&history.ledger, history.now)
}

#[test]
fn who_bought_nothing_holds_nothing() {
    assert_eq!(held(&History::new()), Entitlements::default());
    assert_eq!(Entitlements::default().user_accounts, 0);
    assert_eq!(Entitlements::default().support_until, None);
}

#[test]
fn accounts_and_connections_are_sums_over_what_stands() {
    let mut history = History::new();
    history.buys("A-1", accounts(20));
    history.buys("C-1", connections(3));
    let both = Lines { user_accounts: Some(5), ..connections(4) };
    history.buys("AC-1", both);
    history.buys("S-1", support("2014-10-31"));
    assert_eq!((held(&history).user_accounts, held(&history).external_connections), (25, 7));
    history.voids("A-1");
    assert_eq!((held(&history).user_accounts, held(&history).external_connections), (5, 7));
    history.voids("AC-1");
    assert_eq!((held(&history).user_accounts, held(&history).external_connections), (0, 3));
    history.buys("A-1", accounts(30));
    assert_eq!(held(&history).user_accounts, 30);
}

#[test]
fn support_is_the_latest_until_among_what_stands() {
    let mut history = History::new();
    history.buys("S-1", support("2014-10-31"));
    history.buys("S-2", support("2016-10-31"));
    history.buys("S-3", support("2015-10-31"));
    history.buys("A-1", accounts(1));
    assert_eq!(held(&history).support_until, Some(day("2016-10-31")));
    history.voids("S-2");
    assert_eq!(held(&history).support_until, Some(day("2015-10-31")));
    history.voids("S-1");
    history.voids("S-3");
    assert_eq!(held(&history).support_until, None);
}

#[test]
fn support_that_has_ended_is_still_stated() {
    let mut history = History::new();
    history.buys("S-1", support("2013-10-31"));
    assert_eq!(held(&history).support_until, Some(day("2013-10-31")));
}

#[test]
fn permanent_rights_never_end() {
    let mut history = History::new();
    history.buys("A-1", accounts(20));
    history.buys("C-1", connections(3));
    let later = Entitlements::at(&history.ledger, at("9000-01-01T00:00:00Z"));
    assert_eq!((later.user_accounts, later.external_connections), (20, 3));
}

#[test]
fn what_is_recorded_at_the_instant_counts_and_what_is_recorded_after_it_does_not() {
    let mut history = History::new();
    let bought = history.buys("A-1", accounts(20)).recorded_at;
    let voided = history.days_pass(1).voids("A-1").recorded_at;
    let at = |instant| Entitlements::at(&history.ledger, instant).user_accounts;
    assert_eq!(at(bought - 1.second()), 0);
    assert_eq!(at(bought), 20);
    assert_eq!(at(voided - 1.second()), 20);
    assert_eq!(at(voided), 0);
}

#[test]
fn the_emergency_is_the_grant_that_runs_from_its_first_second_to_before_its_last() {
    let mut history = History::new();
    history.buys("A-1", accounts(20));
    let first = history.days_pass(1).is_granted(10);
    history.buys("A-2", accounts(1));
    history.now = first.until;
    let second = history.is_granted(3);
    let at = |instant| Entitlements::at(&history.ledger, instant).emergency;
    assert_eq!(at(first.from - 1.second()), None);
    assert_eq!(at(first.from), Some(first.clone()));
    assert_eq!(at(first.until - 1.second()), Some(first.clone()));
    assert_eq!(at(first.until), Some(second.clone()), "half-open: the next may begin there");
    assert_eq!(at(second.until - 1.second()), Some(second.clone()));
    assert_eq!(at(second.until), None);
}

#[test]
fn emergency_accounts_are_beside_the_permanent_ones_not_among_them() {
    let mut history = History::new();
    history.buys("A-1", accounts(20));
    history.is_granted(10);
    assert_eq!(held(&history).user_accounts, 20);
}

#[test]
fn what_was_held_at_a_past_instant_stays_so_when_the_clock_goes_back() {
    let mut history = History::new();
    history.buys("A-1", accounts(20));
    let past = history.now;
    history.days_pass(10).buys("A-2", accounts(5));
    let between = history.now - 1.second();
    history.now = past - 1.second();
    history.voids("A-1");
    history.buys("A-3", accounts(7));
    history.is_granted(10);
    for instant in [past, between] {
        let held = Entitlements::at(&history.ledger, instant);
        assert_eq!((held.user_accounts, held.emergency), (20, None), "{instant}");
    }
}

#[test]
fn over_use_is_more_than_is_held_of_each() {
    let mut history = History::new();
    history.buys("A-1", accounts(20));
    history.buys("C-1", connections(3));
    history.is_granted(5);
    let held = Entitlements::at(&history.ledger, history.now);
    let used = |user_accounts, emergency_accounts, external_connections| Usage {
        user_accounts,
        emergency_accounts,
        external_connections,
    };
    assert_eq!(held.over_use(&used(20, 5, 3)), [], "all of it may be used");
    let over = |of, used, held| OverUse { of, used, held };
    let expected = [
        over(Counted::UserAccounts, 21, 20),
        over(Counted::EmergencyAccounts, 6, 5),
        over(Counted::ExternalConnections, 4, 3),
    ];
    assert_eq!(held.over_use(&used(21, 6, 4)), expected);

    history.days_pass(31);
    let held = Entitlements::at(&history.ledger, history.now);
    let expected = [over(Counted::EmergencyAccounts, 5, 0)];
    assert_eq!(held.over_use(&used(20, 5, 3)), expected, "the emergency license has ended");
}
