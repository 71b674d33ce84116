use super::http::unique;
use super::office::romashka;
use super::{
    Api, Customer, Database, InstallationKey, ServerProcess, TestDatabase, catcher, command,
};
use jiff::{SignedDuration, Timestamp};
use licentia::chance::Chance;
use licentia::clock::Clock;
use licentia::config::Settings;
use licentia::startup::Spawned;
use licentia_client::Roots;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Barrier;
use std::time::SystemTime;
use tempfile::TempDir;

const ISSUER: &str = "https://licenses.vendor.example";

/// What servers in processes of their own share: a database, keys, settings. They run on the
/// machine's clock.
pub struct Site {
    /// Keys and other files.
    pub folder: TempDir,
    /// The settings of its servers, by name.
    pub settings: Vec<(&'static str, String)>,
    database: TestDatabase,
}

impl Site {
    /// An empty database and no keys yet.
    pub fn new(database: Database) -> Self {
        Self::with_mail(database, catcher().url())
    }

    /// The same, with mails going elsewhere.
    pub fn with_mail(database: Database, mail_url: String) -> Self {
        let database = TestDatabase::new(database);
        let folder = tempfile::tempdir().unwrap();
        let sales_address = format!("{}@vendor.example", unique("sales"));
        let settings = vec![
            ("listen", "127.0.0.1:0".into()),
            ("ops_listen", "127.0.0.1:0".into()),
            ("issuer", ISSUER.into()),
            ("database_url", database.url.clone()),
            ("data_dir", folder.path().display().to_string()),
            ("mail_url", mail_url),
            ("mail_from", "licenses@vendor.example".into()),
            ("sales_address", sales_address),
            ("log", "warn".into()),
        ];
        Self { folder, settings, database }
    }

    /// The database's URL.
    pub fn database_url(&self) -> &str {
        &self.database.url
    }

    /// Starts a server.
    pub fn start(&self) -> ServerProcess {
        ServerProcess::start(&self.settings, &[])
    }

    /// Starts a server that ends itself by SIGKILL at a failpoint.
    pub fn start_to_die_at(&self, failpoint: &str) -> ServerProcess {
        ServerProcess::start(&self.settings, &[("LICENTIA_KILL_AT", failpoint)])
    }

    /// Starts a server inside this process whose clock is ahead by so much and stands still.
    pub fn start_ahead(&self, ahead: SignedDuration) -> Spawned {
        let settings = self.settings.iter().map(|(name, value)| (*name, value.as_str()));
        let settings = serde_json::to_value(settings.collect::<BTreeMap<_, _>>()).unwrap();
        let settings: Settings = serde_json::from_value(settings).unwrap();
        let config = settings.understand().unwrap();
        Spawned::start(&config, Clock::manual(now() + ahead), Chance::default()).unwrap()
    }

    /// A new API token of sales.
    pub fn token(&self) -> String {
        let name = unique("token");
        // Makes the office, where no server has done so yet; a setup that is over refuses.
        command("setup", &self.settings).output().unwrap();
        let mut create = command("token create --role sales --name", &self.settings);
        let made = create.arg(name).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        String::from_utf8(made.stdout).unwrap().trim().to_owned()
    }
}

impl InstallationKey {
    /// A signed statement to the servers of a site, for five minutes from now.
    pub fn asks_site(&self, req: &Value) -> String {
        let now = now();
        self.asks_at(ISSUER, now, req).with("exp", now.as_second() + 300).signed()
    }
}

/// Enters a customer with these places.
pub fn enter_customer(api: &Api, places: i64) -> Customer {
    let mut body = romashka();
    body["places"] = places.into();
    let reply = api.post("/customers", &body).expect(201);
    Customer {
        id: reply.text_at("/id"),
        activation_key: reply.text_at("/activation_key"),
        email: body["email"].as_str().unwrap().to_owned(),
    }
}

/// What products pin of a server's office.
pub fn roots_of(api: &Api) -> Roots {
    let keys = api.get("/keys").expect(200).json;
    serde_json::from_value(serde_json::json!({"issuer": keys["issuer"], "roots": keys["roots"]}))
        .unwrap()
}

/// Does something from many threads at once, from a barrier; the results in the threads' order.
pub fn at_once<T: Send>(threads: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(threads);
    std::thread::scope(|scope| {
        let run = |index| {
            barrier.wait();
            work(index)
        };
        let started: Vec<_> = (0..threads).map(|i| scope.spawn(move || run(i))).collect();
        started.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// The machine's time.
#[expect(clippy::disallowed_methods, reason = "servers in processes are on the machine's clock")]
pub fn now() -> Timestamp {
    Timestamp::try_from(SystemTime::now()).unwrap()
}
