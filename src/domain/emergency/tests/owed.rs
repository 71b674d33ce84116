//! Which grants are still to be paid.

use super::super::owed;
use super::{History, accounts, after_a_grant, after_a_purchase, connections, support};

const NONE: [i64; 0] = [];

/// The ledger numbers of the grants that are owed.
fn owed_in(history: &History) -> Vec<i64> {
    owed(&history.ledger).map(|grant| grant.number).collect()
}

#[test]
fn a_grant_is_owed_from_its_first_second_until_the_next_purchase_of_user_accounts() {
    let mut history = after_a_purchase();
    assert_eq!(owed_in(&history), NONE);
    let grant = history.is_granted(3);
    assert_eq!(owed_in(&history), [grant.number]);
    history.days_pass(1000);
    assert_eq!(owed_in(&history), [grant.number], "its end pays for nothing");
    history.buys("A-2", accounts(1));
    assert_eq!(owed_in(&history), NONE);
}

#[test]
fn a_purchase_before_the_grant_or_of_something_else_does_not_pay_for_it() {
    let mut history = after_a_purchase();
    history.buys("A-2", accounts(5));
    let grant = history.is_granted(3);
    history.buys("C-1", connections(5));
    history.buys("S-1", support("2030-10-31"));
    assert_eq!(owed_in(&history), [grant.number]);
}

#[test]
fn the_void_of_the_purchase_that_paid_makes_the_grant_owed_again() {
    let mut history = after_a_grant();
    history.buys("A-2", accounts(1));
    assert_eq!(owed_in(&history), NONE);
    history.voids("A-2");
    assert_eq!(owed_in(&history), [2]);
    history.buys("A-2", accounts(2));
    assert_eq!(owed_in(&history), NONE, "entered again, the order is as new as it was");
}

#[test]
fn the_correction_of_an_order_before_the_grant_pays_for_nothing() {
    let mut history = after_a_grant();
    history.voids("A-1");
    history.buys("A-1", accounts(25));
    assert_eq!(owed_in(&history), [2]);
}

#[test]
fn one_purchase_pays_for_the_grants_before_it_and_not_for_those_after() {
    let mut history = after_a_grant();
    history.buys("A-2", accounts(1));
    let second = history.is_granted(2);
    assert_eq!(owed_in(&history), [second.number]);
    history.voids("A-2");
    assert_eq!(owed_in(&history), [2, second.number], "both, once nothing new stands");
    history.buys("A-3", accounts(1));
    assert_eq!(owed_in(&history), NONE);
}
