//! Requests that a person carries to the office: rows 23 and 44 to 47 of what may go wrong.

mod forms;
mod pages;
mod refused;

use crate::support::{
    Cut, InstallationKey, ProcessOffice, Statement, TestOffice, activation, at_once, emergency,
    order, photographed, unique,
};
use jiff::SignedDuration;
use licentia::app;
use licentia_license::{Trust, unarmour};
use serde_json::{Value, json};
use std::io::Write;
use std::process::Stdio;

const DAY: i64 = 24 * 60 * 60;

/// A statement that a person carries: it lives 30 days.
pub fn carried(key: &InstallationKey, office: &TestOffice, req: &Value) -> Statement {
    let statement = key.asks(office, req);
    statement.with("exp", office.now().as_second() + 30 * DAY)
}

/// The answer at the server's own command line.
fn answered(office: &ProcessOffice, request: &str) -> String {
    let mut child =
        office.command("answer -").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(request.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

on_both_databases! {
    fn an_installation_without_a_network_lives_its_whole_life_by_files_alone(database) {
        let office = ProcessOffice::start(database);
        let site = Cut::new(&office.folder.path().join("cut off"));
        let customer = office.customer();
        let roots = site.file("roots.json");
        std::fs::write(&roots, office.run("keys export")).unwrap();

        // Activated at the vendor's command line.
        let roots = roots.to_str().unwrap();
        let key = customer.activation_key.as_str();
        let activate =
            ["activate", "--roots", roots, "--activation-key", key, "--name", "pbx-1"];
        let request = site.request(&activate);
        assert_eq!(site.request(&activate), request, "the same until its answer is accepted");
        assert_eq!(site.refused(&["show"]), "no-license");
        let answer = answered(&office, &request);
        assert!(answer.contains("licentia-client accept"), "{answer}");
        assert_eq!(site.accept(&answer)["license"]["user_accounts"], 20);
        assert_eq!(site.refused(&["update"]), "server-unreachable", "there is no network");

        // Updated on the page after a purchase, the request as a file.
        let bought = order(&unique("order"), 10);
        office.api.post(&customer.path("purchases"), &bought).expect(201);
        let page = office.server.api.hand_in_file(site.request(&["update"]).as_bytes());
        assert_eq!(site.accept(&page.carried_license())["license"]["user_accounts"], 30);

        // An emergency, the request as a photograph of its QR code; handed in twice.
        let asked = site.run(&["request", "emergency", "--qr"]);
        let photo = photographed(asked["statement"].as_str().unwrap());
        let page = office.server.api.hand_in_file(&photo);
        let given = page.carried_license();
        assert!(page.text.contains("src=\"data:image/png;base64,"), "a code for a phone");
        assert_eq!(site.accept(&given)["license"]["emergency"]["accounts"], 10);
        let again = answered(&office, asked["statement"].as_str().unwrap());
        assert_eq!(unarmour(&again).unwrap(), given, "the same answer");
        assert_eq!(site.accept(&again)["changed"], false);
        let grants = office.api.get(&customer.path("emergency-grants")).expect(200).json;
        assert_eq!(grants["data"].as_array().unwrap().len(), 1);

        // Released on the page, the request pasted.
        let release = site.request(&["release"]);
        let page = office.server.api.hand_in(&release, &[]);
        assert_eq!(site.accept(&page.carried_license())["released"], true);
        assert_eq!(site.refused(&["show"]), "no-license");
        let installations = office.api.get(&customer.path("installations")).expect(200).json;
        assert!(installations["data"][0]["released_at"].is_string(), "{installations}");
        let once_more = office.server.api.hand_in(&release, &[]);
        assert_eq!(once_more.carried_license(), page.carried_license());
        println!(
            "statement of an emergency {} bytes, answer {} bytes",
            asked["statement"].as_str().unwrap().len(),
            given.len(),
        );
    }

    fn one_request_handed_in_64_times_at_once_is_granted_once(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        office.purchase(&customer, "2014-1", 20);
        let key = office.activated_key(&customer);
        let request = carried(&key, &office, &emergency(10)).signed();
        let inside = office.inside();
        let answers = at_once(64, |_| loop {
            match app::answer_request(&inside, &request, None) {
                Ok(answer) => break answer,
                Err(error) => assert_eq!(error.code(), "busy"),
            }
        });
        assert!(answers.iter().all(|answer| *answer == answers[0]));
        assert_eq!(office.list(&customer.path("emergency-grants")).len(), 1);
        assert_eq!(office.rows().of("grants").len(), 1);
    }

    fn a_request_handed_in_again_has_the_same_outcome_for_as_long_as_it_lives(database) {
        let office = TestOffice::start(database);
        let customer = office.customer_with(&json!({"places": 2}));
        office.purchase(&customer, "2014-1", 20);
        let key = office.activated_key(&customer);
        let hand_in = |statement: &str| office.api.hand_in(statement, &[]).carried_license();
        let first = carried(&key, &office, &emergency(10)).signed();
        let given = hand_in(&first);
        office.pass(SignedDuration::from_hours(48));
        let second = carried(&key, &office, &emergency(10)).signed();
        assert_eq!(hand_in(&second), given, "one is active already");
        let activate = activation(&customer.activation_key, "pbx-2");
        let activate = carried(&InstallationKey::new(), &office, &activate).signed();
        let activated = hand_in(&activate);
        let rows = office.rows().without_progress_of_mails();
        // The first grant has ended, there is a new right, and the second file still lives.
        office.pass(SignedDuration::from_hours(29 * 24 + 12));
        assert_eq!(hand_in(&activate), activated);
        assert_eq!(office.rows().without_progress_of_mails(), rows);
        office.purchase(&customer, "2014-2", 5);
        assert_eq!(hand_in(&second), given);
        assert_eq!(office.list(&customer.path("emergency-grants")).len(), 1);
    }

    fn a_release_is_answered_with_a_license_that_no_longer_names_the_installation(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        office.purchase(&customer, "2014-1", 20);
        let key = office.activated_key(&customer);
        let trust = Trust::new(&office.roots()).unwrap();
        let release = |key: &InstallationKey| {
            let request = carried(key, &office, &json!({"release": {}})).signed();
            trust.license(&office.api.hand_in(&request, &[]).carried_license()).unwrap().license
        };
        let license = release(&key);
        assert!(license.require_audience(&key.thumbprint()).is_err());
        assert_eq!(license.sub, customer.id);
        // Staff took it back; the installation learns of it in no other way.
        let key = office.activated_key(&customer);
        let installation = office.list(&customer.path("installations"));
        let active = installation.iter().find(|one| one["released_at"].is_null()).unwrap();
        let path = format!("/installations/{}/release", active["id"].as_str().unwrap());
        office.api.post(&path, &json!({})).expect(200);
        let events = office.audited(&customer).len();
        assert!(release(&key).require_audience(&key.thumbprint()).is_err());
        assert_eq!(office.audited(&customer).len(), events, "nothing was done");
    }

    fn an_installation_whose_clock_is_some_hours_ahead_is_answered(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        office.purchase(&customer, "2014-1", 20);
        let key = office.activated_key(&customer);
        let ahead = |hours: i64| {
            let iat = office.now().as_second() + hours * 3600;
            key.asks(&office, &json!({"license": {}})).with("iat", iat).with("exp", iat + DAY)
        };
        office.api.hand_in(&ahead(24).signed(), &[]).carried_license();
        let refused = office.api.hand_in(&ahead(25).signed(), &[]);
        assert_eq!(refused.status, 401);
    }
}
