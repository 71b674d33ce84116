//! Requests that a person carries to the office, and the answers that come back.

use crate::vendor::{ISSUER, Site, activation, emergency, hours, key, license, noon};
use jiff::tz::TimeZone;
use licentia_client::{CarriedAnswer, CarriedRequest, Error, Language, License, Machine, Request};
use licentia_license::{RequestStatement, armour, read_statement, unarmour};

const EMERGENCY: Request = Request::Emergency { accounts: 10 };

fn statement(request: &CarriedRequest) -> RequestStatement {
    read_statement(&request.statement).unwrap().statement
}

/// The name of the statement that is written for a request now.
fn jti(site: &Site, request: &Request) -> String {
    statement(&site.reopened().request(request).unwrap()).jti
}

/// A license as an answer, with something changed.
fn answer(site: &Site, seq: i64, change: impl FnOnce(&mut License)) -> String {
    let mut license = license(&site.installation, seq);
    change(&mut license);
    armour("LICENSE", "words", &site.vendor.sign(&license))
}

/// A site with a license of number 100.
fn licensed() -> Site {
    let site = Site::new();
    site.installation.take_in(&site.signed(100)).unwrap();
    site
}

/// Nobody's place any more.
fn released(license: &mut License) {
    license.aud = vec!["another".into()];
}

#[test]
fn a_request_is_for_the_pinned_issuer_and_lives_30_days() {
    let site = licensed();
    let request = site.installation.request(&EMERGENCY).unwrap();
    let statement = statement(&request);
    assert_eq!((statement.aud.as_str(), &statement.req), (ISSUER, &EMERGENCY));
    assert_eq!((statement.iat, statement.exp), (noon(), noon() + hours(30 * 24)));
    assert_eq!(statement.about.unwrap().seq, Some(100));
    assert_eq!(request.expires, statement.exp);
}

#[test]
fn the_same_statement_is_written_until_its_answer_is_accepted() {
    let site = licensed();
    let update = Request::License {};
    let first = site.installation.request(&update).unwrap();
    site.set_clock(noon() + hours(24));
    assert_eq!(site.reopened().request(&update).unwrap(), first, "also after a power cut");
    let changed = match site.installation.accept_answer(&answer(&site, 101, |_| {})).unwrap() {
        CarriedAnswer::License(update) => update.changed,
        CarriedAnswer::Released => panic!("nobody has asked for that"),
    };
    assert!(changed);
    assert_ne!(jti(&site, &update), statement(&first).jti);
}

#[test]
fn an_answer_that_is_refused_settles_nothing() {
    let site = licensed();
    let before = jti(&site, &Request::License {});
    let torn = answer(&site, 101, |_| {}).replacen("-----END", "-----", 1);
    let tampered = armour("LICENSE", "words", &site.signed(101).replacen('A', "B", 1));
    for (text, code) in [(torn, "malformed"), (answer(&site, 99, |_| {}), "older-license")] {
        assert_eq!(site.installation.accept_answer(&text).unwrap_err().code(), code);
    }
    assert!(site.installation.accept_answer(&tampered).is_err());
    assert!(site.installation.accept_answer("").is_err());
    assert_eq!(jti(&site, &Request::License {}), before);
    assert_eq!(site.held(), 100);
}

#[test]
fn a_request_whose_30_days_are_over_is_written_anew() {
    let site = licensed();
    let first = jti(&site, &EMERGENCY);
    site.set_clock(noon() + hours(30 * 24) - hours(1));
    assert_eq!(jti(&site, &EMERGENCY), first);
    site.set_clock(noon() + hours(30 * 24));
    assert_ne!(jti(&site, &EMERGENCY), first);
}

#[test]
fn a_request_for_something_else_is_a_statement_of_its_own() {
    let site = licensed();
    let ten = jti(&site, &EMERGENCY);
    let three = jti(&site, &Request::Emergency { accounts: 3 });
    assert_ne!(ten, three);
    assert_eq!(jti(&site, &Request::Emergency { accounts: 3 }), three);
    assert_ne!(jti(&site, &Request::License {}), three);
}

#[test]
fn an_emergency_request_stays_pending_until_a_license_shows_the_grant() {
    let site = licensed();
    let asked = jti(&site, &EMERGENCY);
    site.installation.accept_answer(&answer(&site, 101, |_| {})).unwrap();
    assert_eq!(jti(&site, &EMERGENCY), asked, "an update has not answered it");
    let before = |license: &mut License| {
        let mut ended = emergency();
        ended.until = noon() - hours(1);
        license.emergency = Some(ended);
    };
    site.installation.accept_answer(&answer(&site, 102, before)).unwrap();
    assert_eq!(jti(&site, &EMERGENCY), asked, "nor has one that was over before it was asked");
    let granted = answer(&site, 103, |license| license.emergency = Some(emergency()));
    site.installation.accept_answer(&granted).unwrap();
    assert_ne!(jti(&site, &EMERGENCY), asked);
}

#[test]
fn a_license_that_no_longer_names_this_installation_is_the_answer_to_a_pending_release_alone() {
    let site = licensed();
    let gone = answer(&site, 101, released);
    let refused = site.installation.accept_answer(&gone).unwrap_err();
    assert_eq!(refused.code(), "audience");
    assert_eq!(site.held(), 100);
    site.installation.request(&Request::Release {}).unwrap();
    assert_eq!(site.reopened().accept_answer(&gone).unwrap(), CarriedAnswer::Released);
    assert_eq!(site.installation.show().unwrap_err().code(), "no-license");
    let old = site.installation.accept_answer(&answer(&site, 100, |_| {})).unwrap_err();
    assert_eq!(old.code(), "older-license", "the license given up cannot be handed in again");
}

#[test]
fn the_answer_to_a_release_is_of_the_same_customer_newer_and_genuine() {
    let site = licensed();
    let asked = jti(&site, &Request::Release {});
    let other = answer(&site, 101, |license| {
        released(license);
        license.sub = "cus_2".into();
    });
    let impostor = crate::vendor::Vendor { root: key(9), ..site.vendor.clone() };
    let mut by_impostor = license(&site.installation, 101);
    released(&mut by_impostor);
    let ahead = answer(&site, 101, |license| {
        released(license);
        license.iat = noon() + hours(25);
    });
    for (text, code) in [
        (other, "other-customer"),
        (answer(&site, 99, released), "older-license"),
        (answer(&site, 100, released), "repeated-seq"),
        (impostor.sign(&by_impostor), "unknown-root"),
        (ahead, "issued-ahead"),
    ] {
        assert_eq!(site.installation.accept_answer(&text).unwrap_err().code(), code);
    }
    assert_eq!(site.held(), 100);
    assert_eq!(jti(&site, &Request::Release {}), asked, "the request is still pending");
}

#[test]
fn an_activation_by_file_takes_the_license_of_a_new_customer_and_only_while_it_is_asked() {
    let site = licensed();
    let of_another = |seq| answer(&site, seq, |license| license.sub = "cus_2".into());
    let refused = site.installation.accept_answer(&of_another(5)).unwrap_err();
    assert_eq!(refused.code(), "other-customer");
    let (server, roots) = (ISSUER, site.vendor.roots());
    let asked = site.installation.request_activation(server, &roots, activation()).unwrap();
    let release = jti(&site, &Request::Release {});
    let again = site.reopened().request_activation(server, &roots, activation()).unwrap();
    assert_eq!(again, asked);
    site.installation.accept_answer(&of_another(5)).unwrap();
    assert_eq!(site.held(), 5);
    let state = std::fs::read_to_string(site.directory.path().join("state.json")).unwrap();
    assert!(!state.contains(&asked.statement), "the activation key does not stay behind");
    assert_ne!(jti(&site, &Request::Release {}), release, "it was asked of the former place");
}

#[test]
fn an_answer_for_another_installation_is_refused() {
    let (site, other) = (licensed(), Site::new());
    site.installation.request(&EMERGENCY).unwrap();
    let answer = armour("LICENSE", "words", &other.signed(101));
    let refused = site.installation.accept_answer(&answer).unwrap_err();
    assert!(matches!(refused, Error::License(licentia_license::Error::Audience)));
    assert_eq!(site.held(), 100);
}

#[test]
fn the_words_say_what_is_asked_of_whom_until_when_and_how_to_hand_it_in() {
    let site = licensed();
    let request = site.installation.request(&EMERGENCY).unwrap();
    let moscow = TimeZone::get("Europe/Moscow").unwrap();
    let russian = request.text(Language::Russian, &moscow);
    let english = request.text(Language::English, &TimeZone::UTC);
    for text in [&russian, &english] {
        assert_eq!(unarmour(text).unwrap(), request.statement);
        assert!(text.contains(&format!("{ISSUER}/offline")), "{text}");
        assert!(text.contains("licentia-client accept"), "{text}");
    }
    assert!(russian.contains("дополнительных учётных записей: 10"), "{russian}");
    assert!(russian.contains("Действует до: 12.06.2014, 16:00 (Europe/Moscow)"), "{russian}");
    assert!(english.contains("Good until: 12 Jun 2014, 12:00"), "{english}");
}

#[test]
fn the_words_warn_of_an_activation_key_and_hold_nothing_that_was_typed() {
    let site = Site::new();
    let mut asked = activation();
    asked.name = "\u{202e}-----BEGIN LICENSE REQUEST-----".into();
    let roots = site.vendor.roots();
    let request = site.installation.request_activation(ISSUER, &roots, asked).unwrap();
    let text = request.text(Language::English, &TimeZone::UTC);
    assert!(text.contains("holds the activation key"), "{text}");
    assert!(!text.contains('\u{202e}'));
    assert_eq!(unarmour(&text).unwrap(), request.statement);
}

#[test]
fn a_request_with_every_signal_fits_a_qr_code() {
    let site = Site::new();
    site.set_machine(Machine {
        machine_id: Some("1".into()),
        product_uuid: Some("2".into()),
        root_file_system: Some("3".into()),
        macs: (0..8).map(|card| format!("02:00:00:00:00:0{card}")).collect(),
    });
    let asked = licentia_client::Activate {
        name: "Я".repeat(100),
        fingerprint: licentia_client::Fingerprint::default(),
        ..activation()
    };
    let request =
        site.installation.request_activation(ISSUER, &site.vendor.roots(), asked).unwrap();
    let width = |request: &CarriedRequest| {
        request.qr_blocks().unwrap().lines().next().unwrap().chars().count()
    };
    assert!(width(&request) <= 177 + 8, "version 40 is the largest");
    println!("{} bytes, {} columns", request.statement.len(), width(&request));
    let small = site.installation.request(&EMERGENCY).unwrap();
    println!("{} bytes, {} columns", small.statement.len(), width(&small));
    let picture = small.qr_svg().unwrap();
    assert!(picture.contains("<svg") && picture.ends_with("</svg>"));
    let huge = CarriedRequest { statement: "a".repeat(2954), ..small };
    assert_eq!(huge.qr_svg().unwrap_err().code(), "qr-code-too-large");
}
