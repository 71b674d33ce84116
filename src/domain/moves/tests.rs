use super::super::customer::Customer;
use super::super::installation::{Decision, ReportedUsage, decide};
use super::super::testing::{at, customer, installation};
use super::*;
use proptest::prelude::*;

const NOBODY: &BTreeMap<InstallationId, Timestamp> = &BTreeMap::new();

fn numbered(n: u64) -> Installation {
    let id = InstallationId::from_ulid(&format!("{n:026}"));
    let mut installation = Installation { id, ..installation(&format!("key-{n}")) };
    installation.details.name = format!("pbx-{n}");
    installation
}

fn moving(replaces: Option<&str>, made: i64) -> Moving<'_> {
    Moving { replaces, moves: Moves { made, allowed: 2 }, heard: NOBODY }
}

#[test]
fn who_says_so_takes_over_a_place_only_where_none_is_free() {
    let active = [numbered(1)];
    let asked = moving(None, 0);
    assert_eq!(decide(&customer(2), &active, "new", Some(&asked)), Ok(Decision::Activate));
    let moved = Decision::Move(Box::new(numbered(1)));
    assert_eq!(decide(&customer(1), &active, "new", Some(&asked)), Ok(moved));
    assert_eq!(decide(&customer(1), &active, "new", None), Err(Refusal::NoFreePlace));
}

#[test]
fn an_installation_that_holds_a_place_replaces_nobody() {
    let active = [numbered(1), numbered(2)];
    let held = Decision::AlreadyActive(Box::new(numbered(2)));
    let asked = moving(Some("pbx-1"), 0);
    assert_eq!(decide(&customer(2), &active, "key-2", Some(&asked)), Ok(held));
}

#[test]
fn moves_are_counted_and_none_are_left_at_the_limit() {
    let active = [numbered(1)];
    assert!(replaced(&moving(None, 1), &active).is_ok());
    for made in [2, 3] {
        assert_eq!(replaced(&moving(None, made), &active), Err(Refusal::NoMovesLeft));
    }
    let never = Moving { moves: Moves { made: 0, allowed: 0 }, ..moving(None, 0) };
    assert_eq!(replaced(&never, &active), Err(Refusal::NoMovesLeft));
}

#[test]
fn a_move_counts_for_365_days_whatever_the_calendar_says() {
    let now = at("2021-01-01T00:00:00Z");
    assert_eq!(counted_since(now), at("2020-01-02T00:00:00Z"), "2020 had 366 days");
}

#[test]
fn the_installation_that_is_named_is_replaced() {
    let active = [numbered(1), numbered(2), numbered(3)];
    for named in ["pbx-2", "key-2"] {
        assert_eq!(replaced(&moving(Some(named), 0), &active), Ok(&active[1]));
    }
    for unknown in ["", "pbx", "pbx-4"] {
        let refused = replaced(&moving(Some(unknown), 0), &active);
        assert_eq!(refused, Err(Refusal::ReplacedUnknown));
    }
}

#[test]
fn unnamed_it_is_the_one_that_was_heard_of_longest_ago() {
    let mut active = [numbered(1), numbered(2), numbered(3)];
    assert_eq!(replaced(&moving(None, 0), &active), Ok(&active[0]), "the oldest of the silent");
    let reported = ReportedUsage::parse(1, 0, 0, at("2014-03-01T00:00:00Z")).unwrap();
    active[0].usage = Some(reported);
    assert_eq!(replaced(&moving(None, 0), &active), Ok(&active[1]));
    active[1].activated_at = at("2014-02-01T00:00:00Z");
    let heard = [(active[2].id.clone(), at("2014-02-15T00:00:00Z"))].into();
    let asked = Moving { heard: &heard, ..moving(None, 0) };
    assert_eq!(replaced(&asked, &active), Ok(&active[1]));
    active[1].details.name = "pbx-1".into();
    let named = Moving { replaces: Some("pbx-1"), ..asked };
    assert_eq!(replaced(&named, &active), Ok(&active[1]), "also of two that are called the same");
}

/// What happens to one customer's places.
#[derive(Debug, Clone)]
enum Step {
    Activates { key: u64, moves: bool },
    Releases(prop::sample::Index),
    Days(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..8_u64, any::<bool>()).prop_map(|(key, moves)| Step::Activates { key, moves }),
        1 => any::<prop::sample::Index>().prop_map(Step::Releases),
        2 => (1..200_i64).prop_map(Step::Days),
    ];
    prop::collection::vec(step, 1..60)
}

proptest! {
    #[test]
    fn whatever_happens_places_are_kept_and_moves_are_counted(
        steps in steps(), places in 1..4_i64, allowed in 0..4_i64,
    ) {
        let customer: Customer = customer(places);
        let mut now = at("2014-01-01T00:00:00Z");
        let (mut active, mut moves): (Vec<Installation>, Vec<Timestamp>) = Default::default();
        for (step, n) in steps.into_iter().zip(0..) {
            match step {
                Step::Days(days) => now += SignedDuration::from_hours(24 * days),
                Step::Releases(_) if active.is_empty() => {}
                Step::Releases(which) => drop(active.remove(which.index(active.len()))),
                Step::Activates { key, moves: may } => {
                    let made = moves.iter().filter(|at| **at > counted_since(now)).count();
                    let made = i64::try_from(made).unwrap();
                    let asked = Moving { moves: Moves { made, allowed }, ..moving(None, 0) };
                    let thumbprint = format!("key-{key}");
                    let before = active.len();
                    let held = active.iter().any(|one| one.thumbprint == thumbprint);
                    let decision = decide(&customer, &active, &thumbprint, may.then_some(&asked));
                    let fresh = Installation { thumbprint, activated_at: now, ..numbered(n) };
                    match decision {
                        Ok(Decision::AlreadyActive(_)) => prop_assert!(held),
                        Ok(Decision::Activate) => {
                            prop_assert!(!held);
                            active.push(fresh);
                        }
                        Ok(Decision::Move(replaced)) => {
                            prop_assert!(may && !held && made < allowed);
                            active.retain(|one| one.id != replaced.id);
                            prop_assert_eq!(active.len() + 1, before, "exactly one goes");
                            active.push(fresh);
                            moves.push(now);
                        }
                        Err(refusal) => {
                            prop_assert_eq!(i64::try_from(before).unwrap(), places);
                            prop_assert_eq!(refusal == Refusal::NoMovesLeft, may);
                        }
                    }
                }
            }
            prop_assert!(i64::try_from(active.len()).unwrap() <= places);
            let (last, window) = (now, counted_since(now));
            let lately = moves.iter().filter(|at| **at > window && **at <= last).count();
            prop_assert!(i64::try_from(lately).unwrap() <= allowed, "in any 365 days");
            let mut keys: Vec<_> = active.iter().map(|one| &one.thumbprint).collect();
            keys.sort();
            keys.dedup();
            prop_assert_eq!(keys.len(), active.len(), "no key holds two places");
        }
    }
}
