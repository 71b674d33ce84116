//! Killed at a named point: rows 9, 10, 11 and 15 of what may go wrong.

use crate::support::{
    Api, Customer, InstallationKey, Reply, ServerProcess, Site, activation, catcher, emergency,
    enter_customer, list, now, order, unique,
};
use jiff::{SignedDuration, Timestamp};
use licentia::store::{Location, migration_state};
use serde_json::{Value, json};

/// The points of a write, in their order; the last two stand after the commit.
const POINTS: [(&str, bool); 5] = [
    ("before-sign", false),
    ("after-sign", false),
    ("before-commit", false),
    ("after-commit", true),
    ("before-reply", true),
];

/// A write that may be cut off, and is asked for again by the same name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Write {
    Purchase,
    Void,
    Emergency,
    Activation,
}

/// A write that was asked for once, with what it needs.
struct Asked {
    write: Write,
    customer: Customer,
    path: String,
    body: String,
    key: Option<String>,
}

impl Write {
    /// Brings a new customer to where this write can happen.
    fn prepare(self, api: &Api) -> Asked {
        let customer = enter_customer(api, 1);
        let mut asked = Asked {
            write: self,
            path: customer.path("purchases"),
            body: order(&unique("order"), 20).to_string(),
            key: Some(unique("key")),
            customer,
        };
        if self == Self::Purchase {
            return asked;
        }
        let body: Value = serde_json::from_str(&asked.body).unwrap();
        let bought = api.post(&asked.path, &body).expect(201);
        let installation = InstallationKey::new();
        let activation = activation(&asked.customer.activation_key, "pbx");
        match self {
            Self::Purchase => {}
            Self::Void => {
                asked.path = format!("/purchases/{}/void", bought.text_at("/purchase/id"));
                asked.body = json!({"reason": "a mistake"}).to_string();
            }
            Self::Emergency => {
                let activation = installation.asks_site(&activation);
                api.post_statement("/activations", &activation).expect(201);
                (asked.path, asked.key) = ("/emergency-licenses".into(), None);
                asked.body = installation.asks_site(&emergency(10));
            }
            Self::Activation => {
                (asked.path, asked.key) = ("/activations".into(), None);
                asked.body = installation.asks_site(&activation);
            }
        }
        asked
    }
}

impl Asked {
    fn ask(&self, api: &Api) -> Result<Reply, ureq::Error> {
        match &self.key {
            Some(key) => {
                let body = serde_json::from_str(&self.body).unwrap();
                api.try_post_as(&self.path, &body, Some(key))
            }
            None => api.try_post_statement(&self.path, &self.body),
        }
    }

    /// What the write left: the ids of its row, and of its license, its mails and its audit
    /// event, each as often as it is there.
    fn left(&self, api: &Api) -> (Vec<String>, [usize; 3]) {
        let id = |row: &Value| row["id"].as_str().map(str::to_owned);
        let what = match self.write {
            Write::Purchase | Write::Void => "purchases",
            Write::Emergency => "emergency-grants",
            Write::Activation => "installations",
        };
        let rows = list(api, &self.customer.path(what));
        let ids: Vec<_> = match self.write {
            Write::Void => rows.iter().filter_map(|row| id(&row["void"])).collect(),
            _ => rows.iter().filter_map(id).collect(),
        };
        let count = |path: &str, member: &str| {
            let rows = list(api, path);
            let of = |row: &&Value| ids.iter().any(|id| row[member] == id.as_str());
            rows.iter().filter(of).count()
        };
        let licenses = count(&self.customer.path("licenses"), "cause_id");
        let mails = count("/mails", "cause_id");
        let events = list(api, &format!("/audit-events?customer={}", self.customer.id));
        let action = match self.write {
            Write::Purchase => "purchase.recorded",
            Write::Void => "purchase.voided",
            Write::Emergency => "emergency.granted",
            Write::Activation => "installation.activated",
        };
        let events = events.iter().filter(|event| event["action"] == action).count();
        (ids, [licenses, events, mails])
    }

    /// How many licenses, audit events and mails a write makes.
    fn whole(&self) -> [usize; 3] {
        match self.write {
            Write::Purchase | Write::Void => [1, 1, 1],
            Write::Emergency => [1, 1, 2],
            Write::Activation => [1, 1, 0],
        }
    }
}

/// Waits until the mail worker has nothing to do, so that the next write is the first: every mail is
/// sent, or was claimed by a server that was killed and is left alone for another minute.
fn send_all(api: &Api) {
    let is_quiet = |mail: &Value| {
        let due: Timestamp = mail["due_at"].as_str().unwrap().parse().unwrap();
        mail["state"] == "sent" || due > now() + SignedDuration::from_mins(1)
    };
    for _ in 0..3000 {
        if list(api, "/mails").iter().all(is_quiet) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    panic!("mails are still owed: {:?}", list(api, "/mails"));
}

on_both_databases! {
    fn a_write_that_was_cut_off_at_any_point_has_one_outcome(database) {
        let site = Site::new(database);
        let mut server = site.start();
        let token = site.token();
        for write in [Write::Purchase, Write::Void, Write::Emergency, Write::Activation] {
            for (point, committed) in POINTS {
                let asked = write.prepare(&server.api.with_token(&token));
                send_all(&server.api.with_token(&token));
                assert!(server.terminate());

                let mut dying = site.start_to_die_at(point);
                assert!(asked.ask(&dying.api.with_token(&token)).is_err(), "cut off at {point}");
                assert!(dying.ended(), "killed at {point}");

                server = site.start();
                let api = server.api.with_token(&token);
                let (ids, parts) = asked.left(&api);
                assert_eq!(ids.len(), usize::from(committed), "whole or not at all: {point}");
                assert_eq!(parts, if committed { asked.whole() } else { [0; 3] }, "{point}");

                let first = asked.ask(&api).unwrap().expect(201);
                let (ids_after, parts) = asked.left(&api);
                assert_eq!((ids_after.len(), parts), (1, asked.whole()), "{point}");
                assert!(!committed || ids == ids_after, "what was committed stays: {point}");
                let current = api.get(&asked.customer.path("license"));
                let document = if asked.key.is_some() { "/license/document" } else { "/license" };
                assert_eq!(first.text_at(document), current.text_at("/document"));
                assert!(first.text.contains(&ids_after[0]), "the answer is about what is stored");
                let again = asked.ask(&api).unwrap();
                assert_eq!((again.status, again.text), (201, first.text), "{point}");
            }
        }
    }

    fn a_mail_owed_before_a_kill_goes_after_the_restart(database) {
        let site = Site::new(database);
        let server = site.start();
        let token = site.token();
        let asked = Write::Purchase.prepare(&server.api.with_token(&token));
        assert!(server.terminate());

        let mut dying = site.start_to_die_at("after-commit");
        assert!(asked.ask(&dying.api.with_token(&token)).is_err());
        assert!(dying.ended());
        assert!(catcher().mails_to(&asked.customer.email).is_empty());

        let server = site.start();
        let mails = catcher().wait_for(&asked.customer.email, 1);
        assert!(mails[0].text.contains(&asked.customer.activation_key[..4]));
        send_all(&server.api.with_token(&token));
        assert_eq!(catcher().mails_to(&asked.customer.email).len(), 1);
    }

    fn a_mail_cut_off_between_the_smtp_server_s_250_and_the_mark_is_repeated_once(database) {
        let site = Site::new(database);
        let server = site.start();
        let token = site.token();
        let asked = Write::Purchase.prepare(&server.api.with_token(&token));
        assert!(server.terminate());

        let mut dying = site.start_to_die_at("after-smtp");
        // The answer may have come before the mail was taken.
        let _ = asked.ask(&dying.api.with_token(&token));
        assert!(dying.ended());
        assert_eq!(catcher().wait_for(&asked.customer.email, 1).len(), 1);

        // The claim of the one that was killed is respected until it ends.
        let server = site.start();
        let api = server.api.with_token(&token);
        let mail = &list(&api, "/mails")[0];
        assert_eq!((&mail["state"], &mail["attempts"]), (&json!("queued"), &json!(1)));
        std::thread::sleep(std::time::Duration::from_millis(1500));
        assert_eq!(catcher().mails_to(&asked.customer.email).len(), 1);

        let later = site.start_ahead(SignedDuration::from_mins(3));
        let mails = catcher().wait_for(&asked.customer.email, 2);
        send_all(&api);
        later.stop().unwrap();
        assert_eq!(catcher().mails_to(&asked.customer.email).len(), 2);
        assert_eq!(mails[0].message_id, mails[1].message_id);
    }

    fn a_start_that_was_killed_between_migrations_is_finished_by_the_next(database) {
        let applied = |site: &Site| {
            let (names, applied) =
                migration_state(&Location::parse(site.database_url()).unwrap()).unwrap();
            (names.len(), applied)
        };
        let (all, _) = applied(&Site::new(database));
        for count in 1..=all {
            let site = Site::new(database);
            let point = format!("between-migrations:{count}");
            let killed = ServerProcess::try_start(&site.settings, &[("LICENTIA_KILL_AT", &point)]);
            assert!(killed.is_err(), "killed at {point}");
            assert_eq!(applied(&site), (all, count));

            let server = site.start();
            assert_eq!(applied(&site), (all, all));
            let api = server.api.with_token(&site.token());
            Write::Purchase.prepare(&api).ask(&api).unwrap().expect(201);
        }
    }
}
