use super::super::testing::{at, customer, installation};
use super::*;

#[test]
fn an_installation_is_activated_while_a_place_is_free() {
    let active = [installation("one")];
    assert_eq!(decide(&customer(2), &[], "two", None), Ok(Decision::Activate));
    assert_eq!(decide(&customer(2), &active, "two", None), Ok(Decision::Activate));
}

#[test]
fn a_full_house_has_no_free_place() {
    let active = [installation("one"), installation("two")];
    assert_eq!(decide(&customer(2), &active, "three", None), Err(Refusal::NoFreePlace));
    assert_eq!(decide(&customer(1), &active, "three", None), Err(Refusal::NoFreePlace));
}

#[test]
fn an_installation_that_holds_a_place_takes_no_second_one_even_in_a_full_house() {
    let active = [installation("one"), installation("two")];
    let expected = Decision::AlreadyActive(Box::new(installation("two")));
    assert_eq!(decide(&customer(2), &active, "two", None), Ok(expected));
}

#[test]
fn an_installation_holds_its_place_until_it_gives_it_back() {
    let mut one = installation("one");
    assert!(one.is_active());
    one.released_at = Some(at("2014-01-02T00:00:00Z"));
    assert!(!one.is_active());
}

#[test]
fn what_an_installation_says_of_itself_is_checked() {
    let signals = |count: usize| -> BTreeMap<_, _> {
        (0..count).map(|n| (format!("signal_{n}"), "hash".to_owned())).collect()
    };
    assert!(InstallationDetails::parse("pbx-1", "5.1", signals(16)).is_ok());
    let errors = InstallationDetails::parse(" ", &"9".repeat(51), signals(17)).unwrap_err();
    let errors: Vec<_> = errors.into_iter().map(|e| (e.pointer, e.fault)).collect();
    let expected = [
        ("/req/activate/name", Fault::Empty),
        ("/req/activate/product_version", Fault::TooLong { most: 50 }),
        ("/req/activate/fingerprint", Fault::TooLong { most: 16 }),
    ];
    assert_eq!(errors, expected.map(|(pointer, fault)| (pointer.to_owned(), fault)));
    for (signal, hash) in [("", "hash"), ("machine_id", ""), ("machine_id", "a\nb")] {
        let fingerprint = BTreeMap::from([(signal.to_owned(), hash.to_owned())]);
        assert!(InstallationDetails::parse("pbx-1", "5.1", fingerprint).is_err());
    }
}

#[test]
fn a_reported_count_is_0_to_2_to_the_31_less_1() {
    let now = at("2014-01-01T00:00:00Z");
    let most = 2_147_483_647;
    let usage = ReportedUsage::parse(19, 0, most, now).unwrap();
    let counts = (usage.user_accounts, usage.emergency_accounts, usage.external_connections);
    assert_eq!((counts, usage.reported_at), ((19, 0, most), now));
    let errors = ReportedUsage::parse(-1, most + 1, i64::MAX, now).unwrap_err();
    let pointers: Vec<_> = errors.into_iter().map(|error| error.pointer).collect();
    let members = ["user_accounts", "emergency_accounts", "external_connections"];
    assert_eq!(pointers, members.map(|member| format!("/req/usage/{member}")));
}
