//! Row 47: an installation that was cloned is seen and shown to staff, has one place, and is refused
//! nothing.

use crate::support::{Browser, Call, Customer, InstallationKey, Reply, TestOffice, activation};
use jiff::SignedDuration;
use licentia::app::{self, Role};
use serde_json::{Value, json};

/// Machine-id, DMI, network card, root file system; `-` is none.
fn machine(signals: &str) -> Value {
    let names = ["machine_id", "product_uuid", "mac_1", "root_file_system"];
    let signals = names.iter().zip(signals.split(' ')).filter(|(_, value)| *value != "-");
    signals.map(|(name, value)| ((*name).to_owned(), json!(value))).collect()
}

/// An installation, and the copies of its directory.
struct Installation<'a> {
    office: &'a TestOffice,
    customer: &'a Customer,
    key: InstallationKey,
}

impl<'a> Installation<'a> {
    fn new(office: &'a TestOffice, customer: &'a Customer) -> Self {
        Self { office, customer, key: office.activated_key(customer) }
    }

    /// It fetches the license, and says this of itself; an hour later.
    fn fetches(&self, about: &Value) -> Reply {
        self.office.pass(SignedDuration::from_hours(1));
        let asked =
            self.key.asks(self.office, &json!({"license": {}})).with("about", about.clone());
        let api = self.office.api.with_token(&asked.signed());
        api.get("/license").expect(200)
    }

    fn runs_on(&self, signals: &str) -> &Self {
        self.fetches(&json!({"fingerprint": machine(signals)}));
        self
    }

    fn has(&self, seq: i64) -> &Self {
        self.fetches(&json!({"seq": seq}));
        self
    }

    /// What staff are shown of it, once all is noted.
    fn shown(&self) -> Value {
        app::note_observations(&self.office.inside(), || ()).unwrap();
        self.office.list(&self.customer.path("installations"))[0].clone()
    }

    fn sign(&self) -> Value {
        self.shown()["possible_clone"]["sign"].clone()
    }

    /// How often it was told in the audit.
    fn told(&self) -> usize {
        let _ = self.shown();
        let audited = self.office.audited(self.customer);
        audited.iter().filter(|action| *action == "installation.clone-suspected").count()
    }
}

on_both_databases! {
    fn two_machines_with_one_key_are_told_of_once_and_refused_nothing(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let one = Installation::new(&office, &customer);
        one.runs_on("i u m r").runs_on("j v n s");
        assert_eq!(one.sign(), Value::Null, "the directory may have been moved");
        one.runs_on("i u m r");
        assert_eq!(one.sign(), "two_machines");
        let since = one.shown()["possible_clone"]["since"].clone();
        assert_eq!(since, office.now().to_string());
        let licenses = office.list(&customer.path("licenses")).len();
        for _ in 0..3 {
            one.runs_on("j v n s").runs_on("i u m r");
        }
        assert_eq!(one.shown()["possible_clone"]["since"], since);
        assert_eq!(one.told(), 1);
        assert_eq!(office.list(&customer.path("licenses")).len(), licenses, "nothing was issued");

        // The copy asks for a place of its own, and has the one it has.
        let again = office.asked(&one.key, "/activations", &activation(&customer.activation_key, "copy"));
        again.expect(200);
        assert_eq!(office.claims(&customer)["aud"], json!([one.key.thumbprint()]));
        assert_eq!(office.list(&customer.path("installations")).len(), 1);
    }

    fn an_older_license_than_before_is_told_of_once(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let one = Installation::new(&office, &customer);
        let first = office.claims(&customer)["seq"].as_i64().unwrap();
        office.pass(SignedDuration::from_hours(1));
        office.purchase(&customer, "2014-1", 20);
        let second = office.claims(&customer)["seq"].as_i64().unwrap();
        one.has(first).has(second).has(second);
        assert_eq!(one.sign(), Value::Null);
        one.has(first);
        assert_eq!(one.sign(), "older_license");
        one.has(second).has(first);
        assert_eq!(one.told(), 1);
    }

    fn what_is_no_clone_is_not_told_of(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let one = Installation::new(&office, &customer);
        one.runs_on("i u m r").runs_on("i u n r").runs_on("i u m r").runs_on("i u n s");
        one.runs_on("- - - -").runs_on("i - - -").runs_on("i u n s");
        assert_eq!(one.told(), 0, "a network card and a disk were changed");
        office.asked(&one.key, "/releases", &json!({"release": {}})).expect(204);

        let customer = office.customer();
        let container = Installation::new(&office, &customer);
        for card in ["m", "n", "m", "k"] {
            container.runs_on(&format!("i - {card} -")).runs_on(&format!("j - {card}2 -"));
        }
        assert_eq!(container.told(), 0, "a container is started anew");
        container.fetches(&json!({}));
        container.fetches(&json!({"fingerprint": {"x": "y".repeat(3000)}}));
        container.has(i64::MAX).has(0);
        assert_eq!(container.told(), 0, "what nobody issued, and what does not fit");
    }

    fn staff_are_shown_a_possible_clone_and_can_find_it_in_order(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let one = Installation::new(&office, &customer);
        one.runs_on("i u m r").runs_on("j v n s").runs_on("i u m r");
        let id = one.shown()["id"].as_str().unwrap().to_owned();
        let page = |role, path: &str| Browser::signed_in(&office, role).call("GET", path, None).text;
        let customers = format!("/customers/{}", customer.id);
        let shown = page(Role::Auditor, &customers);
        assert!(shown.contains(">possible clone<"), "{shown}");
        assert!(shown.contains("two machines use its key by turns"), "{shown}");
        assert!(!shown.contains("/in-order"), "an auditor changes nothing");
        for path in ["/", "/today/clones"] {
            let today = page(Role::Auditor, path);
            assert!(today.contains("id=\"today-clones\""), "{today}");
            assert!(today.contains("two machines use its key by turns"), "{today}");
        }

        let sales = Browser::signed_in(&office, Role::Sales);
        let path = format!("/installations/{id}/in-order");
        assert!(sales.call("GET", &customers, None).text.contains(&path));
        for _ in 0..2 {
            sales.call("POST", &path, Some("")).expect(303);
        }
        assert_eq!(one.sign(), Value::Null);
        let found = office.audited(&customer);
        let found = found.iter().filter(|action| *action == "installation.found-in-order");
        assert_eq!(found.count(), 1);
        assert!(!page(Role::Auditor, "/").contains("today-clones"));
        one.runs_on("j v n s").runs_on("i u m r");
        assert_eq!(one.told(), 1, "these two are in order");
        one.runs_on("k w o t").runs_on("j v n s");
        assert_eq!((one.sign(), one.told()), (json!("two_machines"), 2), "a third one is not");
    }

    fn a_fetch_writes_nothing_and_is_remembered_once_an_hour(database) {
        let office = TestOffice::start(database);
        let customer = office.customer();
        let one = Installation::new(&office, &customer);
        one.runs_on("i u m r");
        let heard = office.now().to_string();
        assert_eq!(one.shown()["heard_at"], heard.as_str());
        let api = |about: &Value| {
            let asked = one.key.asks(&office, &json!({"license": {}})).with("about", about.clone());
            office.api.with_token(&asked.signed()).get("/license").expect(200)
        };
        office.pass(SignedDuration::from_mins(59));
        api(&json!({"fingerprint": machine("i u m r")}));
        assert_eq!(one.shown()["heard_at"], heard.as_str(), "it said nothing new");
        api(&json!({"fingerprint": machine("i u n r")}));
        assert_eq!(one.shown()["heard_at"], office.now().to_string());

        // Who is released, or unknown, leaves nothing.
        office.asked(&one.key, "/releases", &json!({"release": {}})).expect(204);
        let stranger = InstallationKey::new().asks(&office, &json!({"license": {}})).signed();
        let stranger = office.api.with_token(&stranger);
        office.refuses_to(&stranger, &Call::get("/license"), 401, "installation-unknown");
        let before = office.rows().count("observations");
        app::note_observations(&office.inside(), || ()).unwrap();
        assert_eq!(office.rows().count("observations"), before);
    }

    fn what_was_heard_last_is_noted_when_the_server_stops(database) {
        let mut office = TestOffice::start(database);
        let customer = office.customer();
        let heard = {
            let one = Installation::new(&office, &customer);
            one.runs_on("i u m r");
            office.now().to_string()
        };
        office.restart().unwrap();
        let token = office.token(Role::Sales);
        let api = office.api.with_token(&token);
        let listed = api.get(&customer.path("installations")).expect(200);
        assert_eq!(listed.text_at("/data/0/heard_at"), heard);
    }

    fn who_was_silent_longest_is_replaced_by_a_move(database) {
        let office = TestOffice::start(database);
        let customer = office.customer_with(&json!({"places": 2}));
        let first = Installation::new(&office, &customer);
        let second = Installation::new(&office, &customer);
        first.runs_on("i u m r");
        app::note_observations(&office.inside(), || ()).unwrap();
        let mut req = activation(&customer.activation_key, "new");
        req["activate"]["move"] = json!({});
        let new = InstallationKey::new();
        office.asked(&new, "/activations", &req).expect(201);
        let aud = office.claims(&customer)["aud"].clone();
        let named = |key: &InstallationKey| {
            aud.as_array().unwrap().contains(&json!(key.thumbprint()))
        };
        assert!(named(&first.key) && named(&new) && !named(&second.key), "{aud}");
    }
}
