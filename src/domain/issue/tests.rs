use super::super::testing::{History, accounts, at, customer, installation};
use super::*;

fn issue(history: &History, previous: Option<Previous>) -> Issuable {
    let id = LicenseId::from_ulid("01ARZ3NDEKTSV4RRFFQ69G5FAV");
    Issuable::new(id, &customer(1), &history.ledger, &[], previous, history.now)
}

/// What the store remembers of a license issued at a second with a sequence number.
fn previous(seq: i64, issued_at: i64) -> Previous {
    Previous { seq, issued_at: Timestamp::from_second(issued_at).unwrap() }
}

#[test]
fn a_license_states_the_whole() {
    let mut history = History::new();
    history.buys("A-1", accounts(20));
    let grant = history.is_granted(10);
    let id = LicenseId::from_ulid("01ARZ3NDEKTSV4RRFFQ69G5FAV");
    let active = [installation("one"), installation("two")];
    let customer = customer(2);
    let license = Issuable::new(id.clone(), &customer, &history.ledger, &active, None, history.now);
    assert_eq!(license.id(), &id);
    assert_eq!(license.customer(), &customer.id);
    assert_eq!(license.licensee(), &customer.details.licensee);
    assert_eq!(license.entitlements(), &Entitlements::at(&history.ledger, history.now));
    assert_eq!(license.entitlements().user_accounts, 20);
    assert_eq!(license.entitlements().emergency, Some(grant));
    assert_eq!(license.audience(), ["one", "two"]);
    assert_eq!(license.issued_at(), history.now);
}

#[test]
fn before_the_first_activation_a_license_is_for_no_installation() {
    assert!(issue(&History::new(), None).audience().is_empty());
}

#[test]
fn the_first_seq_is_the_time_of_issuing() {
    let history = History::new();
    assert_eq!(issue(&history, None).seq(), history.now.as_second());
}

#[test]
fn the_next_seq_is_the_time_of_issuing_where_that_is_greater_than_the_previous_and_1() {
    let history = History::new();
    let now = history.now.as_second();
    for (last, next) in [
        (now - 1000, now),
        (now - 2, now),
        (now - 1, now),
        (now, now + 1),
        (now + 1, now + 2),
        (now + 1000, now + 1001),
    ] {
        assert_eq!(issue(&history, Some(previous(last, now))).seq(), next, "{last}");
    }
}

#[test]
fn row_22_a_clock_that_goes_back_never_gives_an_earlier_time_of_issuing_than_the_last() {
    let history = History::new();
    let now = history.now.as_second();
    let license = issue(&history, Some(previous(now + 500, now + 500)));
    assert_eq!((license.seq(), license.issued_at().as_second()), (now + 501, now + 500));
    let license = issue(&history, Some(previous(now - 500, now - 500)));
    assert_eq!((license.seq(), license.issued_at().as_second()), (now, now));
}

#[test]
fn a_license_states_the_whole_ledger_though_the_clock_went_back() {
    let mut history = History::new();
    history.buys("A-1", accounts(20));
    let recorded_at = history.now;
    history.days_pass(-1);
    let license = issue(&history, None);
    assert_eq!(license.issued_at(), recorded_at);
    assert_eq!(license.seq(), recorded_at.as_second());
    assert_eq!(license.entitlements().user_accounts, 20);
}

#[test]
fn a_license_issued_after_the_end_of_a_grant_does_not_state_it() {
    let mut history = History::new();
    history.buys("A-1", accounts(20));
    let grant = history.is_granted(10);
    history.now = grant.until;
    assert_eq!(issue(&history, None).entitlements().emergency, None);
}

/// The last license issued before the restored backup was taken is what is remembered; those
/// issued since are not.
#[test]
fn row_16_after_a_restore_no_seq_is_issued_twice_because_it_follows_the_time() {
    let mut history = History::new();
    let mut last = None;
    let mut issued = Vec::new();
    for _ in 0..10 {
        history.days_pass(1);
        let license = issue(&history, last);
        last = Some(Previous { seq: license.seq(), issued_at: license.issued_at() });
        issued.push(license.seq());
    }
    let backup = previous(issued[2], issued[2]);
    history.days_pass(1);
    assert!(issue(&history, Some(backup)).seq() > issued[9]);
    assert_eq!(history.now, at("2014-01-12T12:00:00Z"));
}
