use super::super::ledger::Entry;
use super::super::testing::{
    History, accounts, at, connections, day, order, order_number, purchase_id, support, void_id,
};
use super::*;

const TODAY: &str = "2014-05-13";

fn line(item: &str, quantity: Option<i64>, until: Option<&str>) -> LineForm {
    LineForm { item: item.into(), quantity, until: until.map(Into::into) }
}

fn user_accounts(quantity: i64) -> LineForm {
    line("user_accounts", Some(quantity), None)
}

fn form(items: Vec<LineForm>) -> OrderForm {
    OrderForm { order_number: "A-1".into(), paid_on: TODAY.into(), items, notify: true }
}

fn parse(form: OrderForm) -> Result<Order, Vec<(String, Fault)>> {
    form.parse(day(TODAY))
        .map_err(|errors| errors.into_iter().map(|e| (e.pointer, e.fault)).collect())
}

fn one_fault(pointer: &str, fault: Fault) -> Result<Order, Vec<(String, Fault)>> {
    Err(vec![(pointer.into(), fault)])
}

#[test]
fn an_order_is_read_as_it_was_written() {
    let items = vec![
        line("support", None, Some("2014-10-31")),
        line("external_connections", Some(2), None),
        user_accounts(20),
    ];
    let lines = Lines {
        user_accounts: Some(20),
        external_connections: Some(2),
        support_until: Some(day("2014-10-31")),
    };
    let expected =
        Order { order_number: order_number("A-1"), paid_on: day(TODAY), lines, notify: true };
    assert_eq!(parse(form(items)), Ok(expected));
    let silent = OrderForm { notify: false, ..form(vec![user_accounts(1)]) };
    assert!(!parse(silent).unwrap().notify);
}

#[test]
fn each_item_may_stand_alone() {
    assert_eq!(parse(form(vec![user_accounts(20)])).unwrap().lines, accounts(20));
    let items = vec![line("external_connections", Some(2), None)];
    assert_eq!(parse(form(items)).unwrap().lines, connections(2));
    let items = vec![line("support", None, Some("2014-10-31"))];
    assert_eq!(parse(form(items)).unwrap().lines, support("2014-10-31"));
}

#[test]
fn a_purchase_has_1_to_3_lines() {
    assert_eq!(parse(form(vec![])), one_fault("/items", Fault::LineCount));
    let four = vec![
        user_accounts(1),
        line("external_connections", Some(1), None),
        line("support", None, Some("2014-10-31")),
        user_accounts(1),
    ];
    assert_eq!(parse(form(four)), one_fault("/items", Fault::LineCount));
}

#[test]
fn each_item_stands_at_most_once() {
    for item in ["user_accounts", "external_connections"] {
        let items = vec![line(item, Some(1), None), line(item, Some(1), None)];
        assert_eq!(parse(form(items)), one_fault("/items/1/item", Fault::Repeated), "{item}");
    }
    let support = || line("support", None, Some("2014-10-31"));
    let items = vec![support(), user_accounts(1), support()];
    assert_eq!(parse(form(items)), one_fault("/items/2/item", Fault::Repeated));
}

#[test]
fn row_35_a_quantity_is_1_to_1_000_000() {
    let range = Fault::OutOfRange { least: 1, most: 1_000_000 };
    for item in ["user_accounts", "external_connections"] {
        for quantity in [1, 2, 999_999, 1_000_000] {
            assert!(parse(form(vec![line(item, Some(quantity), None)])).is_ok(), "{quantity}");
        }
        for quantity in [i64::MIN, -1, 0, 1_000_001, 1 << 31, i64::MAX] {
            let items = vec![line(item, Some(quantity), None)];
            assert_eq!(parse(form(items)), one_fault("/items/0/quantity", range), "{quantity}");
        }
    }
}

#[test]
fn a_quantity_is_for_accounts_and_connections_and_a_date_is_for_support() {
    for item in ["user_accounts", "external_connections"] {
        let missing = parse(form(vec![line(item, None, None)]));
        assert_eq!(missing, one_fault("/items/0/quantity", Fault::Missing));
        let dated = parse(form(vec![line(item, Some(1), Some("2014-10-31"))]));
        assert_eq!(dated, one_fault("/items/0/until", Fault::NotForThisItem));
    }
    let missing = parse(form(vec![line("support", None, None)]));
    assert_eq!(missing, one_fault("/items/0/until", Fault::Missing));
    let counted = parse(form(vec![line("support", Some(1), Some("2014-10-31"))]));
    assert_eq!(counted, one_fault("/items/0/quantity", Fault::NotForThisItem));
}

#[test]
fn support_ends_on_a_day_of_the_calendar() {
    for until in ["", "never", "31/12/2020", "2014-02-29", "2014-10-31T00:00:00Z", "20141031"] {
        let items = vec![line("support", None, Some(until))];
        assert_eq!(parse(form(items)), one_fault("/items/0/until", Fault::NotADate), "{until}");
    }
    assert!(parse(form(vec![line("support", None, Some("2016-02-29"))])).is_ok());
}

#[test]
fn an_item_that_is_not_sold_is_refused() {
    for item in ["", "User_accounts", "support_until", "emergency"] {
        let items = vec![line(item, Some(1), None)];
        assert_eq!(parse(form(items)), one_fault("/items/0/item", Fault::UnknownWord), "{item}");
    }
}

#[test]
fn an_order_is_paid_today_or_before_never_after() {
    let paid_on = |day: &str| {
        parse(OrderForm { paid_on: day.into(), ..form(vec![user_accounts(1)]) })
            .map(|order| order.paid_on)
    };
    assert_eq!(paid_on(TODAY), Ok(day(TODAY)));
    assert_eq!(paid_on("2001-01-01"), Ok(day("2001-01-01")));
    let future = Err(vec![("/paid_on".into(), Fault::InTheFuture)]);
    assert_eq!(paid_on("2014-05-14"), future);
    assert_eq!(paid_on("9999-12-31"), future);
    assert_eq!(paid_on("13.05.2014"), Err(vec![("/paid_on".into(), Fault::NotADate)]));
}

#[test]
fn an_order_number_is_1_to_64_characters_without_the_white_space_around() {
    let number = |text: &str| OrderNumber::parse(text).map(|number| number.as_str().to_owned());
    assert_eq!(number(" Заказ № 7 "), Ok("Заказ № 7".into()));
    assert_eq!(number(&"я".repeat(64)), Ok("я".repeat(64)));
    assert_eq!(number(&"я".repeat(65)), Err(Fault::TooLong { most: 64 }));
    assert_eq!(number(" "), Err(Fault::Empty));
    assert_eq!(number("A\n1"), Err(Fault::ControlCharacter));
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let bad = OrderForm {
        order_number: String::new(),
        paid_on: "2014-05-14".into(),
        items: vec![user_accounts(0), line("support", None, Some("never"))],
        notify: true,
    };
    let pointers: Vec<_> = parse(bad).unwrap_err().into_iter().map(|(at, _)| at).collect();
    assert_eq!(pointers, ["/order_number", "/paid_on", "/items/0/quantity", "/items/1/until"]);
}

#[test]
fn a_new_order_is_recorded_as_it_was_entered() {
    let mut history = History::new();
    let silent = Order { notify: false, ..order("A-1", accounts(20)) };
    let Ok(Decision::Record(purchase)) = history.enters(silent) else { panic!("not recorded") };
    assert_eq!(purchase.number, 1);
    assert_eq!(purchase.order_number, order_number("A-1"));
    assert_eq!(purchase.paid_on, day("2014-01-01"));
    assert_eq!(purchase.lines, accounts(20));
    assert!(!purchase.notify);
    assert_eq!(purchase.recorded_at, history.now);
}

#[test]
fn the_same_order_with_the_same_content_answers_as_the_first_time() {
    let mut history = History::new();
    let first = history.buys("A-1", accounts(20));
    history.days_pass(10);
    let repeated = history.enters(order("A-1", accounts(20)));
    assert_eq!(repeated, Ok(Decision::Repeated(first.id)));
    assert_eq!(history.ledger.entries().len(), 1);
}

#[test]
fn the_same_order_with_other_content_is_a_conflict() {
    let mut history = History::new();
    let first = history.buys("A-1", accounts(20));
    let taken = Err(Refusal::OrderNumberTaken(first.id));
    let other_day = Order { paid_on: day("2013-12-31"), ..order("A-1", accounts(20)) };
    for other in [
        order("A-1", accounts(21)),
        order("A-1", connections(20)),
        order("A-1", Lines { external_connections: Some(1), ..accounts(20) }),
        order("A-1", Lines { user_accounts: Some(20), ..support("2014-10-31") }),
        other_day,
    ] {
        assert_eq!(history.enters(other.clone()), taken, "{other:?}");
    }
}

#[test]
fn an_order_that_stands_with_another_customer_is_a_conflict() {
    let mut history = History::new();
    history.buys("A-1", accounts(20));
    let foreign = purchase_id(99);
    let id = purchase_id(1);
    for number in ["A-1", "A-2"] {
        let entered = order(number, accounts(20));
        let decision = decide(
            &history.ledger,
            entered,
            std::slice::from_ref(&foreign),
            id.clone(),
            history.now,
        );
        assert_eq!(decision, Err(Refusal::OrderNumberTaken(foreign.clone())));
    }
}

#[test]
fn a_repeated_order_is_answered_even_when_nothing_more_fits() {
    let mut history = History::new();
    let first = history.buys("A-1", accounts(MOST_TOTAL));
    let repeated = history.enters(order("A-1", accounts(MOST_TOTAL)));
    assert_eq!(repeated, Ok(Decision::Repeated(first.id)));
}

#[test]
fn after_a_void_the_order_number_may_be_entered_again_with_any_content() {
    let mut history = History::new();
    let wrong = history.buys("A-1", accounts(200));
    history.voids("A-1");
    let right = history.buys("A-1", accounts(20));
    assert_ne!(right.id, wrong.id);
    assert_eq!(right.number, 3);
    let repeated = Ok(Decision::Repeated(right.id.clone()));
    assert_eq!(history.enters(order("A-1", accounts(20))), repeated);
    let taken = Err(Refusal::OrderNumberTaken(right.id));
    assert_eq!(history.enters(order("A-1", accounts(200))), taken);
}

#[test]
fn an_order_in_another_spelling_is_the_same_order_and_is_shown_as_it_was_typed_first() {
    let mut history = History::new();
    let first = history.buys("ЗАКАЗ-17", accounts(20));
    for twin in ["заказ-17", "ЗАКАЗ\u{2011}17", "ЗАKA\u{200b}З-17\u{feff}", " ЗАКАЗ-17 "]
    {
        let repeated = history.enters(order(twin, accounts(20)));
        assert_eq!(repeated, Ok(Decision::Repeated(first.id.clone())), "{twin}");
        let taken = Err(Refusal::OrderNumberTaken(first.id.clone()));
        assert_eq!(history.enters(order(twin, accounts(21))), taken, "{twin}");
    }
    assert_eq!(first.order_number.as_str(), "ЗАКАЗ-17");
}

#[test]
fn of_twins_recorded_before_spellings_were_compared_the_one_with_the_same_content_answers() {
    let mut history = History::new();
    let first = history.buys("A-1", accounts(20));
    let second = history.buys("A-2", accounts(30));
    let twins = [first.id.clone(), second.id.clone()];
    let enters =
        |lines| decide(&history.ledger, order("a-1", lines), &twins, purchase_id(9), history.now);
    assert_eq!(enters(accounts(30)), Ok(Decision::Repeated(second.id)));
    assert_eq!(enters(accounts(31)), Err(Refusal::OrderNumberTaken(first.id)));
}

#[test]
fn totals_reach_2_to_the_31_less_1_and_no_further() {
    let most = 2_147_483_647;
    let mut history = History::new();
    history.buys("A-1", accounts(most - 1));
    history.buys("C-1", connections(most - 1));
    let at_items = Refusal::TotalTooLarge(Fault::TotalTooLarge.at("/items"));
    assert_eq!(history.enters(order("A-2", accounts(2))), Err(at_items.clone()));
    assert_eq!(history.enters(order("C-2", connections(2))), Err(at_items.clone()));
    history.buys("A-2", accounts(1));
    history.buys("C-2", connections(1));
    assert_eq!(history.enters(order("A-3", accounts(1))), Err(at_items.clone()));
    assert_eq!(history.enters(order("C-3", connections(1))), Err(at_items.clone()));
    let one_too_many = Lines { user_accounts: Some(1), ..support("2014-10-31") };
    assert_eq!(history.enters(order("A-3", one_too_many)), Err(at_items));
    history.buys("S-1", support("2014-10-31"));
    history.voids("A-1");
    history.buys("A-1", accounts(most - 1));
}

#[test]
fn emergency_accounts_do_not_count_towards_the_total() {
    let mut history = History::new();
    history.buys("A-1", accounts(1));
    history.is_granted(10);
    history.buys("A-2", accounts(MOST_TOTAL - 1));
}

#[test]
fn a_clock_that_went_back_hides_no_purchase_from_the_total() {
    let mut history = History::new();
    history.buys("A-1", accounts(MOST_TOTAL));
    history.days_pass(-1);
    let refused = history.enters(order("A-2", accounts(1)));
    assert_eq!(refused, Err(Refusal::TotalTooLarge(Fault::TotalTooLarge.at("/items"))));
}

#[test]
fn a_purchase_or_void_is_never_recorded_before_the_last_entry() {
    let mut history = History::new();
    let first = history.buys("A-1", accounts(20)).recorded_at;
    history.days_pass(-1);
    assert_eq!(history.buys("A-2", accounts(20)).recorded_at, first);
    assert_eq!(history.voids("A-2").recorded_at, first);
}

#[test]
fn a_void_is_a_new_entry_with_a_reason() {
    let mut history = History::new();
    let purchase = history.buys("A-1", accounts(20));
    history.days_pass(1);
    let void = history.voids("A-1");
    assert_eq!((void.number, &void.purchase), (2, &purchase.id));
    assert_eq!(void.reason, "a slip");
    assert_eq!(void.recorded_at, at("2014-01-02T12:00:00Z"));
    assert_eq!(history.ledger.entries()[0], Entry::Purchase(purchase), "never edited");
}

#[test]
fn a_second_void_is_a_conflict() {
    let mut history = History::new();
    let wrong = history.buys("A-1", accounts(200));
    history.voids("A-1");
    let again = |history: &History| {
        decide_void(&history.ledger, &wrong.id, "again".into(), void_id(9), history.now)
    };
    assert_eq!(again(&history), Err(Refusal::AlreadyVoided));
    let right = history.buys("A-1", accounts(20));
    assert_eq!(again(&history), Err(Refusal::AlreadyVoided), "the new entry is another purchase");
    assert_eq!(history.voids("A-1").purchase, right.id);
}
