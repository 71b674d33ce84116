use super::rows::{MAX_ROWS, MAX_ROWS_OF_ADDRESS, as_other_names};
use super::*;

fn key(name: &str, address: &str) -> RefusalKey {
    RefusalKey {
        day: jiff::civil::date(2014, 5, 13),
        kind: AccessKind::Password,
        reason: UNCHECKED.into(),
        address: address.into(),
        name: name.into(),
        others: false,
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn once(second: i64) -> Tally {
    Tally { count: 1, first_at: at(second), last_at: at(second) }
}

#[test]
fn unchecked_attempts_of_an_address_make_one_line_a_minute() {
    let mut waiting = Waiting::default();
    let due = |waiting: &mut Waiting, second| waiting.due_lines(at(second), false);
    assert!(waiting.begins_line(&key("a", "192.0.2.1"), at(0)));
    assert!(!waiting.begins_line(&key("b", "192.0.2.1"), at(1)));
    assert!(!waiting.begins_line(&key("c", "192.0.2.1"), at(2)));
    assert!(waiting.begins_line(&key("a", "192.0.2.2"), at(2)), "another address");
    assert_eq!(due(&mut waiting, 59), []);
    let first = (AccessKind::Password, "192.0.2.1".to_owned(), 2);
    assert_eq!(due(&mut waiting, 60), [first]);
    assert!(!waiting.begins_line(&key("a", "192.0.2.1"), at(61)));
    assert_eq!(due(&mut waiting, 119), []);
    let second = (AccessKind::Password, "192.0.2.1".to_owned(), 1);
    assert_eq!(due(&mut waiting, 120), [second]);
    assert_eq!(due(&mut waiting, 180), [], "the address was quiet for a minute");
    assert!(waiting.begins_line(&key("a", "192.0.2.1"), at(181)), "and begins anew");
}

#[test]
fn a_clock_that_goes_back_holds_no_line_up() {
    let mut waiting = Waiting::default();
    waiting.begins_line(&key("a", "192.0.2.1"), at(1_000));
    waiting.begins_line(&key("a", "192.0.2.1"), at(1_000));
    assert_eq!(waiting.due_lines(at(10), false).len(), 1);
}

#[test]
fn memory_is_bounded_and_no_refusal_is_lost() {
    let mut waiting = Waiting::default();
    let flood = 3 * i64::try_from(MAX_MERGED).unwrap();
    let mut lines = 0;
    for number in 0..flood {
        let key = key(&format!("name-{number}"), &format!("address-{number}"));
        lines += i64::from(waiting.begins_line(&key, at(number)));
        waiting.add(key, once(number));
    }
    assert_eq!(waiting.counts.len(), MAX_WAITING + 1);
    assert_eq!(waiting.counts.values().map(|tally| tally.count).sum::<i64>(), flood);
    let others = waiting.counts.iter().find(|(key, _)| key.others).unwrap().1;
    assert_eq!((others.first_at, others.last_at), (at(500), at(flood - 1)));
    assert_eq!(waiting.merged.len(), MAX_MERGED + 1);
    let due = waiting.due_lines(at(flood), true);
    assert_eq!(lines + due.iter().map(|(_, _, count)| count).sum::<i64>(), flood);
}

#[test]
fn the_names_of_one_address_leave_room_for_other_addresses() {
    let flood: BTreeMap<_, _> = (0..2 * MAX_ROWS)
        .map(|number| (key(&format!("name-{number}"), "192.0.2.1"), once(1)))
        .chain([(key("olga", "192.0.2.2"), once(1))])
        .collect();
    let fitted = fitted(flood.iter(), &BTreeMap::new());
    assert_eq!(fitted.len(), MAX_ROWS_OF_ADDRESS + 2);
    assert!(fitted.contains_key(&key("olga", "192.0.2.2")));
    let more = &fitted[&as_other_names(&key("", "192.0.2.1"))];
    assert_eq!(more.count, i64::try_from(2 * MAX_ROWS - MAX_ROWS_OF_ADDRESS).unwrap());
}

#[test]
fn many_addresses_are_counted_together_past_the_rows_of_a_day() {
    let flood: BTreeMap<_, _> = (0..2 * MAX_ROWS)
        .map(|number| (key("olga", &format!("address-{number}")), once(1)))
        .collect();
    let fitted = fitted(flood.iter(), &BTreeMap::new());
    assert_eq!(fitted.len(), MAX_ROWS + 1);
    assert_eq!(fitted.values().map(|tally| tally.count).sum::<i64>(), 2_000);
}

#[test]
fn a_name_that_nothing_has_checked_is_not_recorded() {
    for reason in [UNCHECKED, "statement-signature", "statement-malformed"] {
        assert!(!is_checked(reason), "{reason}");
    }
    for reason in ["sign-in-failed", "statement-expired", "installation-released"] {
        assert!(is_checked(reason), "{reason}");
    }
}

#[test]
fn the_claimed_key_of_a_statement_is_read_bare_armored_or_not_at_all() {
    let thumbprint = "A_-9".repeat(11)[..43].to_owned();
    let claims = URL_SAFE_NO_PAD.encode(serde_json::json!({"iss": thumbprint}).to_string());
    let name = |text: &str| AccessAttempt::with_statement(text, None).name;
    assert_eq!(name(&format!("e30.{claims}.AA")), thumbprint);
    let armored = licentia_license::armour("REQUEST", "words", &format!("e30.{claims}.AA"));
    assert_eq!(name(&armored), thumbprint);
    let forged = URL_SAFE_NO_PAD.encode("{\"iss\":\"a\\nb\"}");
    for other in ["", "x", "a.b.c", "e30.e30.e30", &format!("e30.{forged}.AA")] {
        assert_eq!(name(other), "", "{other}");
    }
}

#[test]
fn what_refuses_access_has_a_known_reason_and_other_errors_have_none() {
    use crate::domain::access_refusal::REASONS;
    for error in [
        Unauthenticated::SignInFailed.into(),
        Unauthenticated::StatementSignature.into(),
        Error::TokenAddress,
        Error::TooManyAttempts { retry_after: 1 },
    ] {
        assert!(reason(&error).is_some_and(|reason| REASONS.contains(&reason)), "{error}");
    }
    for error in [
        Unauthenticated::NoCredentials.into(),
        Unauthenticated::SessionEnded.into(),
        Error::busy(),
        Error::Forbidden,
        Error::NotFound,
    ] {
        assert_eq!(reason(&error), None, "{error}");
    }
}
