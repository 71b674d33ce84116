//! The server killed at random moments under a mixed load: nothing that was acknowledged is lost
//! or doubled, nothing is there by half, and no mail is owed for ever.
//!
//! `LICENTIA_TEST_KILLS` sets how often (50), `LICENTIA_TEST_SEED` repeats a load.

use crate::support::{Api, Catcher, Database, Site, at_once, list, now};
use books::text;
use jiff::SignedDuration;
use licentia::chance::Chance;
use licentia::clock::Stopwatch;
use licentia::config::variable_of;
use load::{Call, Job, World};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

mod books;
mod load;

/// How many clients ask at a time.
const CLIENTS: usize = 6;

on_both_databases! {
    fn killed_at_random_moments_under_load_the_office_loses_and_doubles_nothing(database) {
        let number = |name| variable_of(name).map(|text| text.parse::<u64>().unwrap());
        let kills = number("LICENTIA_TEST_KILLS").unwrap_or(50);
        let seed = number("LICENTIA_TEST_SEED")
            .unwrap_or_else(|| u64::from_be_bytes(Chance::default().bytes()));
        println!("LICENTIA_TEST_SEED={seed} repeats this load");
        play(database, kills, seed);
    }
}

fn play(database: Database, kills: u64, seed: u64) {
    let mails = Catcher::start(&[]);
    let mail_url = format!("smtp://127.0.0.1:{}?tls=none", mails.port("plain"));
    let site = Site::with_mail(database, mail_url);
    drop(site.start());
    let token = site.token();
    let world = Mutex::new(World::default());

    let clock = Stopwatch::start();
    let mut chance = StdRng::seed_from_u64(seed);
    for _ in 0..kills {
        let server = site.start();
        let api = server.api.with_token(&token);
        let killed = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..CLIENTS {
                let seed = chance.random();
                let (api, world, killed) = (&api, &world, &killed);
                scope.spawn(move || load::run_client(seed, api, world, killed));
            }
            std::thread::sleep(Duration::from_millis(chance.random_range(100..400)));
            killed.store(true, Ordering::SeqCst);
            server.kill();
        });
    }
    let mut world = world.into_inner().unwrap();
    world.end();
    println!("{kills} kills in {:?}: {:?}", clock.elapsed(), world.outcomes);
    println!("{} calls asked again, {} given up", world.asked_again, world.given_up.len());

    assert!(world.acknowledged.len() as u64 > kills, "a load, not a trickle");

    let server = site.start();
    let api = server.api.with_token(&token);
    books::balance(&api, &world);
    each_retry_gets_the_first_answer(&api, &world);
    books::balance(&api, &world);
    println!("the books balance after {:?}", clock.elapsed());
    all_are_sent(&api, |mail| text(mail, "due_at") > now().to_string().as_str());
    assert!(server.terminate());
    // The claims of the workers that were killed have ended by then.
    let later = site.start_ahead(SignedDuration::from_mins(3));
    let api = api.moved_to(&format!("http://{}", later.address));
    all_are_sent(&api, |_| false);
    every_mail_has_arrived(&list(&api, "/mails"), &mails, kills);
    println!("all mails have arrived after {:?}", clock.elapsed());
    later.stop().unwrap();
}

fn each_retry_gets_the_first_answer(api: &Api, world: &World) {
    let calls: Vec<_> =
        world.acknowledged.iter().filter(|(call, _)| call.may_be_asked_again()).collect();
    assert!(calls.len() > world.acknowledged.len() / 2);
    at_once(CLIENTS, |client| {
        for (call, first) in calls.iter().skip(client).step_by(CLIENTS) {
            let again = call.send(api).unwrap();
            assert_eq!((again.status, &again.text), (first.status, &first.text), "{:?}", call.job);
        }
    });
}

/// Waits until all mails are sent but those that are claimed.
fn all_are_sent(api: &Api, claimed: impl Fn(&Value) -> bool) {
    let clock = Stopwatch::start();
    while list(api, "/mails").iter().any(|mail| mail["state"] != "sent" && !claimed(mail)) {
        assert!(clock.elapsed() < Duration::from_secs(120), "mails are still owed");
        std::thread::sleep(Duration::from_secs(1));
    }
}

fn every_mail_has_arrived(owed: &[Value], catcher: &Catcher, kills: u64) {
    let mut copies: BTreeMap<String, u64> = BTreeMap::new();
    for mail in catcher.all() {
        *copies.entry(mail.message_id).or_default() += 1;
    }
    assert_eq!(owed.len(), copies.len());
    let mut repeats = 0;
    for mail in owed {
        let id = mail["id"].as_str().unwrap();
        let count = copies.get(&format!("{id}@vendor.example")).copied().unwrap_or(0);
        let attempts = mail["attempts"].as_u64().unwrap();
        assert!((1..=2).contains(&count) && count <= attempts, "{count} copies of {mail}");
        repeats += count - 1;
    }
    println!("{} mails, {repeats} of them twice", owed.len());
    assert!(repeats <= kills);
}

/// The id at a member of the first answer, where the call has one.
fn id_in(call: &Call, reply: &Value) -> Option<String> {
    let pointer = match call.job {
        Job::Enter => "/id",
        Job::Buy => "/purchase/id",
        Job::Void => "/void/id",
        Job::Activate => "/installation/id",
        Job::Emergency => "/emergency/id",
        Job::Release => return None,
    };
    Some(reply.pointer(pointer).unwrap().as_str().unwrap().to_owned())
}
