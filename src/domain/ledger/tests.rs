use super::super::testing::{History, accounts, at, day, purchase_id, void_id};
use super::*;

fn a_history() -> History {
    let mut history = History::new();
    history.buys("A-1", accounts(20));
    history.days_pass(1).buys("A-2", accounts(5));
    history.days_pass(1).voids("A-1");
    history.days_pass(1).is_granted(10);
    history.days_pass(1).buys("A-1", accounts(25));
    history
}

#[test]
fn purchases_voids_and_grants_share_one_numbering_from_1() {
    let numbers: Vec<_> = a_history().ledger.entries().iter().map(Entry::number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
}

#[test]
fn the_next_number_is_one_more_than_the_last() {
    assert_eq!(Ledger::default().next_number(), 1);
    assert_eq!(a_history().ledger.next_number(), 6);
}

#[test]
fn a_ledger_read_in_any_order_is_the_same_ledger() {
    let ledger = a_history().ledger;
    let mut entries = ledger.entries().to_vec();
    entries.reverse();
    assert_eq!(Ledger::new(entries.clone()), ledger);
    entries.rotate_left(2);
    assert_eq!(Ledger::new(entries), ledger);
}

#[test]
fn a_purchase_stands_until_it_is_voided() {
    let ledger = a_history().ledger;
    let standing: Vec<_> = ledger.standing().map(|purchase| purchase.number).collect();
    assert_eq!(standing, [2, 5]);
    let recorded: Vec<_> = ledger.purchases().map(|purchase| purchase.number).collect();
    assert_eq!(recorded, [1, 2, 5], "voided purchases stay in the ledger");
}

#[test]
fn the_void_of_a_purchase_is_found_by_the_purchase() {
    let ledger = a_history().ledger;
    let ids: Vec<_> = ledger.purchases().map(|purchase| purchase.id.clone()).collect();
    assert_eq!(ledger.void_of(&ids[0]).map(|void| void.number), Some(3));
    assert_eq!(ledger.void_of(&ids[1]), None);
    assert_eq!(ledger.void_of(&ids[2]), None, "entered again under the same order number");
    assert_eq!(ledger.void_of(&purchase_id(99)), None);
    let voids: Vec<_> = ledger.voids().map(|void| void.number).collect();
    assert_eq!(voids, [3]);
}

#[test]
fn the_ledger_before_an_entry_has_all_the_earlier_ones_and_not_that_one() {
    let ledger = a_history().ledger;
    for number in 1..=6 {
        let earlier = ledger.before(number);
        assert_eq!(earlier.next_number(), number);
        assert_eq!(earlier.entries(), &ledger.entries()[..earlier.entries().len()]);
    }
    let first = ledger.purchases().next().unwrap().id.clone();
    assert!(ledger.before(3).void_of(&first).is_none());
    assert!(ledger.before(4).void_of(&first).is_some());
}

#[test]
fn a_purchase_stood_from_its_recording_until_its_void() {
    let ledger = a_history().ledger;
    let stood = |instant: &str| -> Vec<_> {
        ledger.standing_at(at(instant)).map(|purchase| purchase.number).collect()
    };
    assert_eq!(stood("2014-01-01T11:59:59Z"), [0; 0]);
    assert_eq!(stood("2014-01-01T12:00:00Z"), [1]);
    assert_eq!(stood("2014-01-02T12:00:00Z"), [1, 2]);
    assert_eq!(stood("2014-01-03T11:59:59Z"), [1, 2]);
    assert_eq!(stood("2014-01-03T12:00:00Z"), [2]);
    assert_eq!(stood("2014-01-05T12:00:00Z"), [2, 5]);
}

#[test]
fn no_entry_is_recorded_before_the_last_one() {
    let ledger = a_history().ledger;
    let last = at("2014-01-05T12:00:00Z");
    assert_eq!(ledger.moment(at("2014-01-05T12:00:01Z")), at("2014-01-05T12:00:01Z"));
    assert_eq!(ledger.moment(last), last);
    assert_eq!(ledger.moment(at("2013-01-05T12:00:00Z")), last);
    let first = at("1999-01-01T00:00:00Z");
    assert_eq!(Ledger::default().moment(first), first);
}

#[test]
fn a_ledger_of_thousands_is_folded_in_no_time() {
    let mut ledger = Ledger::default();
    for n in 0..20_000 {
        let number = ledger.next_number();
        let recorded_at = at("2014-01-01T00:00:00Z");
        ledger.record(if n % 2 == 0 {
            Entry::Purchase(Purchase {
                id: purchase_id(n),
                number,
                order_number: OrderNumber::stored(n.to_string()),
                paid_on: day("2014-01-01"),
                lines: accounts(1),
                notify: false,
                recorded_at,
            })
        } else {
            Entry::Void(Void {
                id: void_id(n),
                number,
                purchase: purchase_id(n - 1),
                reason: "a slip".into(),
                recorded_at,
            })
        });
    }
    // Looking every void up from the start would be a hundred million comparisons.
    assert_eq!(ledger.standing().count(), 0);
}
