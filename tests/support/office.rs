use super::http::unique;
use super::{Api, Database, TestDatabase, catcher};
use jiff::{SignedDuration, Timestamp};
use licentia::app::{self, Actor, NewToken, Role};
use licentia::chance::Chance;
use licentia::clock::Clock;
use licentia::config::Settings;
use licentia::startup::{Spawned, StartError};
use licentia_client::{Activate, Installation, Roots};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

/// A whole license office: server, database, keys, mails, on a clock that the test moves.
pub struct TestOffice {
    /// The clock of the server and of its installations.
    pub clock: Clock,
    /// The API, with a token of sales.
    pub api: Api,
    /// Where operations listen.
    pub ops: Api,
    /// Where sales read their mails.
    pub sales_address: String,
    /// Keys and other files.
    pub folder: TempDir,
    /// Its settings, for a second server or a restart.
    pub settings: Settings,
    server: Option<Spawned>,
    database: TestDatabase,
}

/// A customer that a test has entered.
#[derive(Debug, Clone)]
pub struct Customer {
    /// `cus_…`
    pub id: String,
    /// What its installations are activated with.
    pub activation_key: String,
    /// Where its mails go.
    pub email: String,
}

impl TestOffice {
    /// Starts one at 14:00 on 13.05.2014 in Moscow.
    pub fn start(database: Database) -> Self {
        Self::start_with(database, |_| ())
    }

    /// Starts one with other settings.
    pub fn start_with(database: Database, change: impl FnOnce(&mut Settings)) -> Self {
        let database = TestDatabase::new(database);
        let folder = tempfile::tempdir().unwrap();
        let sales_address = format!("{}@vendor.example", unique("sales"));
        let mut settings = Settings {
            listen: Some("127.0.0.1:0".into()),
            ops_listen: Some("127.0.0.1:0".into()),
            issuer: Some("https://licenses.vendor.example".into()),
            database_url: Some(database.url.clone()),
            data_dir: Some(folder.path().to_owned()),
            mail_url: Some(catcher().url()),
            mail_from: Some("Vendor <licenses@vendor.example>".into()),
            sales_address: Some(sales_address.clone()),
            time_zone: Some("Europe/Moscow".into()),
            vendor_name: Some("Orange Software".into()),
            // As long as a session lasts at all: most stories take hours.
            session_idle_minutes: Some("720".into()),
            // Tests travel through years.
            issuing_key_days: Some("1826".into()),
            program: Some(env!("CARGO_BIN_EXE_licentia").into()),
            ..Settings::default()
        };
        change(&mut settings);
        let clock = Clock::manual("2014-05-13T10:00:00Z".parse().unwrap());
        let nowhere = Api::new("http://127.0.0.1:9");
        let mut office = Self {
            clock,
            api: nowhere.clone(),
            ops: nowhere,
            sales_address,
            folder,
            settings,
            server: None,
            database,
        };
        office.restart().expect("the office opens");
        let token = office.token(Role::Sales);
        office.api = office.api.with_token(&token);
        office
    }

    /// Stops the server and starts it again on the same database, keys and clock.
    pub fn restart(&mut self) -> Result<(), StartError> {
        self.stop();
        let config = self.settings.clone().understand().unwrap();
        let server = Spawned::start(&config, self.clock.clone(), Chance::default())?;
        self.api = self.api.moved_to(&format!("http://{}", server.address));
        self.ops = Api::new(&format!("http://{}", server.ops_address));
        self.server = Some(server);
        Ok(())
    }

    /// Stops the server.
    pub fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop().unwrap();
        }
    }

    /// The office itself, for what has no call.
    pub fn inside(&self) -> Arc<app::Office> {
        Arc::clone(&self.server.as_ref().expect("the server runs").office)
    }

    /// The URL that installations are given.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.as_ref().expect("the server runs").address)
    }

    /// The database's URL.
    pub fn database_url(&self) -> &str {
        &self.database.url
    }

    /// A new API token, that is accepted as long as tests last.
    pub fn token(&self, role: Role) -> String {
        self.new_token(&NewToken { days: 1826, ..NewToken::new(unique("token"), role) })
    }

    /// A new API token.
    pub fn new_token(&self, token: &NewToken) -> String {
        let actor = Actor::CommandLine("test".into());
        app::create_token(&self.inside(), &actor, None, token).unwrap()
    }

    /// What products pin.
    pub fn roots(&self) -> Roots {
        app::public_keys(&self.inside()).unwrap().0
    }

    /// Sets the clock.
    pub fn at(&self, time: &str) {
        self.clock.set(time.parse().unwrap());
    }

    /// Moves the clock ahead.
    pub fn pass(&self, duration: SignedDuration) {
        self.clock.advance(duration);
    }

    /// Enters ООО «Ромашка», with an e-mail address of its own.
    pub fn customer(&self) -> Customer {
        self.customer_with(&json!({}))
    }

    /// Enters a customer with other details.
    pub fn customer_with(&self, details: &Value) -> Customer {
        let mut body = romashka();
        body.as_object_mut().unwrap().extend(details.as_object().unwrap().clone());
        let reply = self.api.post("/customers", &body).expect(201);
        Customer {
            id: reply.text_at("/id"),
            activation_key: reply.text_at("/activation_key"),
            email: body["email"].as_str().unwrap().to_owned(),
        }
    }

    /// Records a purchase of user accounts; returns the purchase's id.
    pub fn purchase(&self, customer: &Customer, order_number: &str, accounts: i64) -> String {
        let path = format!("/customers/{}/purchases", customer.id);
        self.api.post(&path, &order(order_number, accounts)).expect(201).text_at("/purchase/id")
    }

    /// An installation on the office's clock, not activated yet, in a folder of its own.
    pub fn installation(&self, name: &str) -> Installation {
        let clock = self.clock.clone();
        Installation::create(self.installation_folder(name))
            .unwrap()
            .with_clock(Arc::new(move || clock.now()))
    }

    /// Where an installation of this name keeps its state.
    pub fn installation_folder(&self, name: &str) -> PathBuf {
        self.folder.path().join("installations").join(name)
    }

    /// An activated installation of a customer.
    pub fn activated(&self, customer: &Customer, name: &str) -> Installation {
        let installation = self.installation(name);
        installation.activate(&self.url(), &self.roots(), self.activate(customer, name)).unwrap();
        installation
    }

    /// What an installation of this name asks to be activated.
    #[expect(clippy::unused_self, reason = "it reads like the other calls")]
    pub fn activate(&self, customer: &Customer, name: &str) -> Activate {
        Activate {
            activation_key: customer.activation_key.clone(),
            name: name.into(),
            product_version: "5.1".into(),
            fingerprint: [("machine_id".to_owned(), format!("hash of {name}"))].into(),
            moving: None,
        }
    }

    /// The time on the office's clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

impl Drop for TestOffice {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.stop();
        }
    }
}

/// The manual's customer, with an e-mail address that no other test uses.
pub fn romashka() -> Value {
    json!({
        "name": "ООО «Ромашка»",
        "country": "Россия",
        "region": "Нижегородская область",
        "city": "Саров",
        "postal_code": "607190",
        "email": format!("{}@romashka.example", unique("it")),
        "language": "ru",
    })
}

/// A purchase of user accounts, paid on the first day of the tests.
pub fn order(order_number: &str, accounts: i64) -> Value {
    json!({
        "order_number": order_number,
        "paid_on": "2014-05-13",
        "items": [{"item": "user_accounts", "quantity": accounts}],
    })
}
