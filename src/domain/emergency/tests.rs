use super::super::entitlements::Entitlements;
use super::super::testing::{
    History, accounts, at, connections, customer, day, order, purchase_id, support,
};
use super::super::{ids::LicenseId, issue::Issuable, purchase, purchase::Lines};
use super::*;

mod calendar;
mod owed;

/// A customer that has bought 20 user accounts.
fn after_a_purchase() -> History {
    let mut history = History::new();
    history.buys("A-1", accounts(20));
    history
}

/// A customer whose emergency license was given and has ended.
fn after_a_grant() -> History {
    let mut history = after_a_purchase();
    history.is_granted(10);
    history.days_pass(31);
    history
}

#[test]
fn an_emergency_license_has_1_to_10_accounts() {
    for count in [1, 2, 9, 10] {
        assert_eq!(after_a_purchase().is_granted(count).accounts, count);
    }
    for count in [i64::MIN, -1, 0, 11, i64::MAX] {
        assert_eq!(after_a_purchase().asks(count), Err(Refusal::AccountsOutOfRange), "{count}");
    }
}

#[test]
fn a_grant_says_from_when_until_when_and_which_order_it_spends() {
    let mut history = after_a_purchase();
    history.until("2014-05-13T10:00:00Z");
    let grant = history.is_granted(7);
    assert_eq!(grant.number, 2);
    assert_eq!(grant.from, at("2014-05-13T10:00:00Z"));
    assert_eq!(grant.until, at("2014-06-13T10:00:00Z"));
    assert_eq!(grant.spent_order.as_str(), "A-1");
}

#[test]
fn the_count_is_looked_at_before_all_else() {
    assert_eq!(History::new().asks(11), Err(Refusal::AccountsOutOfRange));
    let mut active = after_a_purchase();
    active.is_granted(10);
    assert_eq!(active.asks(11), Err(Refusal::AccountsOutOfRange));
    assert_eq!(after_a_grant().asks(0), Err(Refusal::AccountsOutOfRange));
}

#[test]
fn an_active_grant_is_the_answer_as_it_is_and_is_never_raised() {
    let mut history = after_a_purchase();
    let grant = history.is_granted(3);
    for count in [1, 3, 10] {
        history.days_pass(1);
        assert_eq!(history.asks(count), Ok(Decision::Active(grant.clone())), "{count}");
    }
    assert_eq!(history.ledger.entries().len(), 2);
}

#[test]
fn an_active_grant_is_the_answer_even_when_no_purchase_stands_any_more() {
    let mut history = after_a_purchase();
    let grant = history.is_granted(3);
    history.voids("A-1");
    assert_eq!(history.asks(3), Ok(Decision::Active(grant)));
}

#[test]
fn a_grant_is_active_from_its_first_second_and_no_longer_at_its_last() {
    let mut history = after_a_purchase();
    let grant = history.is_granted(3);
    let second = 1.second();
    assert!(!grant.is_active(grant.from - second));
    assert!(grant.is_active(grant.from));
    assert!(grant.is_active(grant.until - second));
    assert!(!grant.is_active(grant.until));
    history.now = grant.until - second;
    assert_eq!(history.asks(3), Ok(Decision::Active(grant.clone())));
    history.now = grant.until;
    assert_eq!(history.asks(3), Err(Refusal::AlreadyUsed));
}

#[test]
fn without_a_purchase_of_user_accounts_there_is_no_emergency() {
    let mut history = History::new();
    assert_eq!(history.asks(1), Err(Refusal::NoPermanentPurchase));
    history.buys("C-1", connections(5));
    history.buys("S-1", support("2014-10-31"));
    assert_eq!(history.asks(1), Err(Refusal::NoPermanentPurchase));
    history.buys("A-1", accounts(1));
    history.is_granted(1);
}

#[test]
fn a_voided_purchase_of_user_accounts_does_not_stand() {
    let mut history = after_a_purchase();
    history.voids("A-1");
    assert_eq!(history.asks(1), Err(Refusal::NoPermanentPurchase));
}

#[test]
fn that_no_purchase_stands_is_said_before_that_the_right_was_used() {
    let mut history = after_a_grant();
    history.voids("A-1");
    assert_eq!(history.asks(1), Err(Refusal::NoPermanentPurchase));
}

#[test]
fn an_emergency_is_refused_until_the_next_purchase() {
    let mut history = after_a_grant();
    assert_eq!(history.asks(1), Err(Refusal::AlreadyUsed));
    history.days_pass(1000);
    assert_eq!(history.asks(1), Err(Refusal::AlreadyUsed));
    history.buys("A-2", accounts(1));
    assert_eq!(history.is_granted(1).spent_order.as_str(), "A-2");
}

#[test]
fn each_emergency_license_needs_an_order_newer_than_the_last_one() {
    let mut history = after_a_grant();
    history.buys("A-2", accounts(1));
    history.is_granted(1);
    history.days_pass(31);
    assert_eq!(history.asks(1), Err(Refusal::AlreadyUsed));
    history.buys("A-3", accounts(1));
    assert_eq!(history.is_granted(1).spent_order.as_str(), "A-3");
}

#[test]
fn connections_and_support_renew_nothing() {
    let mut history = after_a_grant();
    history.buys("C-1", connections(5));
    history.buys("S-1", support("2015-10-31"));
    let both = Lines { external_connections: Some(1), ..support("2016-10-31") };
    history.buys("CS-1", both);
    assert_eq!(history.asks(1), Err(Refusal::AlreadyUsed));
}

#[test]
fn accounts_beside_other_items_in_one_order_renew_the_right() {
    let mut history = after_a_grant();
    let all =
        Lines { user_accounts: Some(1), external_connections: Some(1), ..support("2015-10-31") };
    history.buys("ACS-1", all);
    assert_eq!(history.is_granted(1).spent_order.as_str(), "ACS-1");
}

#[test]
fn a_grant_spends_the_latest_order_and_the_older_lapse() {
    let mut history = after_a_purchase();
    // Latest by the ledger, whatever the order numbers and the days of payment say.
    history.buys("Z-9", accounts(1));
    history.buys("B-1", accounts(1));
    history.buys("C-1", connections(1));
    assert_eq!(history.is_granted(10).spent_order.as_str(), "B-1");
    history.days_pass(31);
    assert_eq!(history.asks(10), Err(Refusal::AlreadyUsed), "rights do not pile up");
}

#[test]
fn a_void_of_the_latest_order_leaves_the_right_of_the_one_before() {
    let mut history = after_a_purchase();
    history.buys("A-2", accounts(1));
    history.voids("A-2");
    assert_eq!(history.is_granted(10).spent_order.as_str(), "A-1");
}

#[test]
fn a_lapsed_right_does_not_come_back_when_the_spent_order_is_voided() {
    let mut history = after_a_purchase();
    history.buys("A-2", accounts(1));
    assert_eq!(history.is_granted(10).spent_order.as_str(), "A-2");
    history.voids("A-2");
    history.days_pass(31);
    assert_eq!(history.asks(10), Err(Refusal::AlreadyUsed));
}

#[test]
fn an_order_voided_and_entered_again_is_no_new_order() {
    let mut history = after_a_grant();
    history.voids("A-1");
    history.buys("A-1", accounts(20));
    assert_eq!(history.asks(1), Err(Refusal::AlreadyUsed));
    history.voids("A-1");
    history.buys("A-1", accounts(25));
    assert_eq!(
        history.asks(1),
        Err(Refusal::AlreadyUsed),
        "with other content no more than before"
    );
}

#[test]
fn an_order_that_lapsed_is_no_new_order_when_it_is_entered_again() {
    let mut history = after_a_purchase();
    history.buys("A-2", accounts(1));
    history.is_granted(10);
    history.days_pass(31);
    history.voids("A-1");
    history.buys("A-1", accounts(20));
    assert_eq!(history.asks(1), Err(Refusal::AlreadyUsed));
}

#[test]
fn an_order_voided_before_the_grant_is_no_new_order_when_it_is_entered_after() {
    let mut history = after_a_purchase();
    history.buys("A-2", accounts(1));
    history.voids("A-2");
    history.is_granted(10);
    history.days_pass(31);
    history.buys("A-2", accounts(1));
    assert_eq!(history.asks(1), Err(Refusal::AlreadyUsed));
}

#[test]
fn an_order_first_entered_without_accounts_before_the_grant_is_no_new_order_with_accounts() {
    let mut history = after_a_purchase();
    history.buys("C-1", connections(1));
    history.is_granted(10);
    history.days_pass(31);
    history.voids("C-1");
    history.buys("C-1", accounts(5));
    assert_eq!(history.asks(1), Err(Refusal::AlreadyUsed));
}

#[test]
fn a_new_order_counts_as_it_was_corrected() {
    let mut history = after_a_grant();
    history.buys("A-2", accounts(500));
    history.voids("A-2");
    assert_eq!(history.asks(1), Err(Refusal::AlreadyUsed), "it does not stand");
    history.buys("A-2", accounts(50));
    assert_eq!(history.is_granted(1).spent_order.as_str(), "A-2");
}

#[test]
fn a_new_order_corrected_to_have_no_accounts_gives_no_right() {
    let mut history = after_a_grant();
    history.buys("A-2", accounts(5));
    history.voids("A-2");
    history.buys("A-2", connections(5));
    assert_eq!(history.asks(1), Err(Refusal::AlreadyUsed));
    history.voids("A-2");
    history.buys("A-2", accounts(5));
    history.is_granted(1);
}

#[test]
fn an_order_is_as_old_as_its_first_entry_when_the_latest_is_looked_for() {
    let mut history = after_a_purchase();
    history.buys("A-2", accounts(1));
    history.voids("A-1");
    history.buys("A-1", accounts(20));
    assert_eq!(history.is_granted(1).spent_order.as_str(), "A-2");
}

#[test]
fn a_void_does_not_end_a_grant() {
    let mut history = after_a_purchase();
    let grant = history.is_granted(10);
    history.voids("A-1");
    history.days_pass(20);
    let held = Entitlements::at(&history.ledger, history.now);
    assert_eq!(held.user_accounts, 0);
    assert_eq!(held.emergency, Some(grant));
}

#[test]
fn a_purchase_during_a_grant_neither_ends_nor_changes_it_and_its_right_waits() {
    let mut history = after_a_purchase();
    let grant = history.is_granted(4);
    history.days_pass(10);
    history.buys("A-2", accounts(5));
    assert_eq!(history.asks(10), Ok(Decision::Active(grant.clone())));
    history.now = grant.until;
    let second = history.is_granted(10);
    assert_eq!((second.spent_order.as_str(), second.from), ("A-2", grant.until));
}

#[test]
fn a_purchase_in_the_same_second_as_the_grant_is_after_it_by_its_number() {
    let mut history = after_a_purchase();
    let grant = history.is_granted(4);
    let purchase = history.buys("A-2", accounts(5));
    assert_eq!(purchase.recorded_at, grant.from);
    history.now = grant.until;
    assert_eq!(history.is_granted(10).spent_order.as_str(), "A-2");
}

#[test]
fn what_counts_is_when_an_order_was_recorded_not_when_it_was_paid() {
    let mut history = after_a_grant();
    let mut late = order("A-0", accounts(5));
    late.paid_on = day("2001-01-01");
    history.enters(late).unwrap();
    assert_eq!(history.is_granted(1).spent_order.as_str(), "A-0");
}

#[test]
fn an_order_entered_again_in_another_spelling_renews_no_right_and_pays_for_nothing() {
    for twin in ["a-1", "А-1", "A\u{2011}1", "A\u{200b}-1"] {
        let mut history = after_a_purchase();
        let grant = history.is_granted(10);
        assert_eq!(grant.spent_order.as_str(), "A-1");
        history.days_pass(40);
        history.voids("A-1");
        history.buys(twin, accounts(20));
        assert_eq!(history.asks(10), Err(Refusal::AlreadyUsed), "{twin}");
        assert_eq!(owed(&history.ledger).count(), 1, "{twin}");
    }
}

#[test]
fn an_order_of_another_customer_gives_this_one_no_right() {
    let mut history = after_a_grant();
    let foreign = purchase_id(99);
    let refused = purchase::decide(
        &history.ledger,
        order("X-1", accounts(5)),
        std::slice::from_ref(&foreign),
        purchase_id(50),
        history.now,
    );
    assert_eq!(refused, Err(purchase::Refusal::OrderNumberTaken(foreign)));
    assert_eq!(history.asks(1), Err(Refusal::AlreadyUsed));
}

/// Of two requests at once, the second may have read the clock before the first was recorded.
#[test]
fn a_request_that_read_the_clock_before_the_grant_gets_that_grant() {
    let mut history = after_a_purchase();
    let grant = history.is_granted(10);
    history.buys("A-2", accounts(1));
    history.now -= 1.second();
    assert_eq!(history.asks(10), Ok(Decision::Active(grant)));
}

#[test]
fn a_clock_that_went_back_does_not_bring_a_second_grant_beside_the_first() {
    let mut history = after_a_purchase();
    let grant = history.is_granted(10);
    history.buys("A-2", accounts(1));
    history.days_pass(-400);
    assert_eq!(history.asks(10), Ok(Decision::Active(grant)));
}

#[test]
fn a_grant_after_the_clock_went_back_runs_in_the_license_that_is_issued_with_it() {
    let mut history = History::new();
    history.buys("A-1", accounts(20));
    history.days_pass(-400);
    let grant = history.is_granted(10);
    let id = LicenseId::from_ulid("0");
    let license = Issuable::new(id, &customer(1), &history.ledger, &[], None, history.now);
    assert_eq!(license.entitlements().emergency, Some(grant));
}
