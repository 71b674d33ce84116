//! Moves: an installation takes over the place of one that is gone, by the activation key alone.

use crate::support::{Call, Customer, InstallationKey, TestOffice, activation, at_once, unique};
use jiff::SignedDuration;
use serde_json::{Value, json};

const PATH: &str = "/activations";

/// What an installation asks that may take over a place: whose, or anybody's.
fn moving(customer: &Customer, replaces: Option<&str>) -> Value {
    let mut req = activation(&customer.activation_key, &unique("pbx"));
    req["activate"]["move"] = replaces.map_or(json!({}), |name| json!({"replaces": name}));
    req
}

/// A new installation that takes over a place, if it may.
fn moves(office: &TestOffice, customer: &Customer, replaces: Option<&str>) -> InstallationKey {
    let key = InstallationKey::new();
    office.asked(&key, PATH, &moving(customer, replaces)).expect(201);
    key
}

/// A new installation is told that no moves are left, and nothing changes.
#[track_caller]
fn may_not_move(office: &TestOffice, customer: &Customer) {
    let statement = InstallationKey::new().asks(office, &moving(customer, None)).signed();
    office.refuses(&Call::statement(PATH, &statement), 409, "no-moves-left");
}

/// The license names exactly the installations that hold a place, and they are these.
#[track_caller]
fn hold(office: &TestOffice, customer: &Customer, holders: &[&InstallationKey]) {
    let mut expected: Vec<_> = holders.iter().map(|key| key.thumbprint()).collect();
    let claims = office.claims(customer);
    let aud = claims["aud"].as_array().unwrap().iter().map(|aud| aud.as_str().unwrap().to_owned());
    let mut aud: Vec<_> = aud.collect();
    let listed = office.list(&customer.path("installations"));
    let active = listed.iter().filter(|one| one["released_at"].is_null());
    let mut active: Vec<_> =
        active.map(|one| one["thumbprint"].as_str().unwrap().to_owned()).collect();
    for list in [&mut expected, &mut aud, &mut active] {
        list.sort_unstable();
    }
    assert_eq!(aud, expected);
    assert_eq!(active, expected);
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

on_both_databases! {
    fn an_installation_takes_over_the_place_of_one_that_is_gone(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let old = office.activated_key(&customer);
        let seq = office.claims(&customer)["seq"].as_i64().unwrap();
        let licenses = office.list(&customer.path("licenses")).len();
        let new = InstallationKey::new();
        let req = moving(&customer, None);
        let made = office.asked(&new, PATH, &req).expect(201).json;
        assert_eq!(made["license"], office.fetched(&new, &[]).text.as_str());
        hold(&office, &customer, &[&new]);
        assert_eq!(office.list(&customer.path("licenses")).len(), licenses + 1, "one license");
        let license = office.api.get(&customer.path("license")).expect(200).json;
        assert_eq!((&license["cause"], &license["cause_id"]), (&json!("move"), &made["installation"]["id"]));
        assert!(license["seq"].as_i64().unwrap() > seq);
        let audited = office.audited(&customer);
        assert_eq!(audited[audited.len() - 2..], ["installation.replaced", "installation.activated"]);

        let fetch = old.asks(&office, &json!({"license": {}})).signed();
        let api = office.api.with_token(&fetch);
        office.refuses_to(&api, &Call::get("/license"), 401, "installation-released");
        for (path, req) in [("/releases", json!({"release": {}})), ("/emergency-licenses", json!({"emergency": {"accounts": 1}}))] {
            let call = Call::statement(path, &old.asks(&office, &req).signed());
            office.refuses(&call, 401, "installation-released");
        }
    }

    fn nobody_moves_by_accident(database) {
        let office = TestOffice::start(database);
        let customer = office.customer_with(&json!({"places": 2}));
        let first = office.activated_key(&customer);
        let second = moves(&office, &customer, None);
        hold(&office, &customer, &[&first, &second]);
        let plain = InstallationKey::new().asks(&office, &activation(&customer.activation_key, "late"));
        office.refuses(&Call::statement(PATH, &plain.signed()), 409, "no-free-place");
        let again = office.asked(&second, PATH, &moving(&customer, None)).expect(200);
        assert_eq!(again.text_at("/installation/thumbprint"), second.thumbprint());
        let wrong = InstallationKey::new().asks(&office, &moving(&customer, Some("pbx-unknown")));
        office.refuses(&Call::statement(PATH, &wrong.signed()), 409, "replaced-unknown");
        let other = office.customer();
        let theirs = office.activated_key(&other);
        let foreign = moving(&customer, Some(&theirs.thumbprint()));
        let foreign = InstallationKey::new().asks(&office, &foreign);
        office.refuses(&Call::statement(PATH, &foreign.signed()), 409, "replaced-unknown");
        hold(&office, &customer, &[&first, &second]);
        hold(&office, &other, &[&theirs]);
    }

    fn the_installation_that_is_named_is_replaced_else_the_one_that_was_silent_longest(database) {
        let office = TestOffice::start(database);
        let customer = office.customer_with(&json!({"places": 3}));
        let [first, second, third] = [(); 3].map(|()| office.activated_key(&customer));
        office.pass(days(1));
        let usage = json!({"usage": {
            "user_accounts": 1, "emergency_accounts": 0, "external_connections": 0,
        }});
        office.asked(&first, "/usage", &usage).expect(204);
        let fourth = moves(&office, &customer, None);
        hold(&office, &customer, &[&first, &third, &fourth]);
        let fifth = moves(&office, &customer, Some(&first.thumbprint()));
        hold(&office, &customer, &[&third, &fourth, &fifth]);
        drop(second);
    }

    fn a_customer_moves_twice_in_365_days_and_staff_can_always_release(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        office.activated_key(&customer);
        let first = moves(&office, &customer, None);
        office.pass(days(100));
        let second = moves(&office, &customer, None);
        hold(&office, &customer, &[&second]);
        may_not_move(&office, &customer);
        drop(first);

        // Neither kind of release counts, nor does an activation of a free place.
        office.asked(&second, "/releases", &json!({"release": {}})).expect(204);
        let third = moves(&office, &customer, None);
        may_not_move(&office, &customer);
        let listed = office.list(&customer.path("installations"));
        let id = listed.last().unwrap()["id"].as_str().unwrap();
        office.api.post(&format!("/installations/{id}/release"), &json!({})).expect(200);
        office.activated_key(&customer);
        may_not_move(&office, &customer);
        drop(third);

        office.pass(days(265) - SignedDuration::from_secs(1));
        may_not_move(&office, &customer);
        office.pass(SignedDuration::from_secs(1));
        let fourth = moves(&office, &customer, None);
        hold(&office, &customer, &[&fourth]);
        may_not_move(&office, &customer);
    }

    fn the_setting_says_how_often_and_a_customer_s_moves_are_its_own(database) {
        let office = TestOffice::start_with(database, |settings| settings.moves_per_year = Some("1".into()));
        let [customer, other] = [office.customer(), office.customer()];
        for customer in [&customer, &other] {
            office.activated_key(customer);
            moves(&office, customer, None);
            may_not_move(&office, customer);
        }
    }

    fn a_move_that_is_handed_in_again_has_the_same_outcome_and_counts_once(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        office.activated_key(&customer);
        let key = InstallationKey::new();
        let statement = key.asks(&office, &moving(&customer, None)).signed();
        let first = office.api.post_statement(PATH, &statement).expect(201).text;
        for _ in 0..3 {
            assert_eq!(office.api.post_statement(PATH, &statement).expect(201).text, first);
        }
        moves(&office, &customer, None);
        may_not_move(&office, &customer);
        // The replaced one's statement still has its first answer, and gives it no place.
        office.api.post_statement(PATH, &statement).expect(201);
        assert_ne!(office.claims(&customer)["aud"], json!([key.thumbprint()]));
    }

    fn of_64_that_move_at_once_exactly_as_many_win_as_may(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        office.activated_key(&customer);
        let keys: Vec<_> = (0..64).map(|_| InstallationKey::new()).collect();
        let replies = at_once(64, |i| office.asked(&keys[i], PATH, &moving(&customer, None)));
        let with = |status| replies.iter().filter(|reply| reply.status == status).count();
        assert_eq!((with(201), with(409)), (2, 62));
        let refused = replies.iter().filter(|reply| reply.status == 409);
        assert!(refused.map(|reply| reply.code()).all(|code| code == "no-moves-left"));
        let winners = (0..64).filter(|i| replies[*i].status == 201).map(|i| &keys[i]);
        let aud = office.claims(&customer)["aud"].clone();
        let held: Vec<_> = winners.filter(|key| aud == json!([key.thumbprint()])).collect();
        assert_eq!(held.len(), 1, "the last of them holds the only place");
        hold(&office, &customer, &held);
    }

    fn staff_see_how_often_a_customer_has_moved(database) {
        use crate::support::Browser;
        let office = TestOffice::start(database);
        let customer = office.customer();
        office.activated_key(&customer);
        moves(&office, &customer, None);
        let page = Browser::signed_in(&office, licentia::app::Role::Auditor);
        let page = page.call("GET", &format!("/customers/{}", customer.id), None).expect(200).text;
        assert!(page.contains("1 of 2 moves used in 365 days."), "{page}");
        assert!(page.contains("Place taken over by another installation"), "{page}");
    }
}
