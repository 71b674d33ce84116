use super::{
    Api, Customer, Database, ServerProcess, TestDatabase, catcher, command, order, romashka, unique,
};
use licentia_client::{Activate, Error, Installation, Roots};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::{Command, Output};
use tempfile::TempDir;

/// A license office whose server is a process of its own, on the machine's clock, and whose
/// commands run beside it.
pub struct ProcessOffice {
    /// The API, with a token of sales.
    pub api: Api,
    /// The server.
    pub server: ServerProcess,
    /// The token that `api` calls with.
    pub token: String,
    /// Keys and other files.
    pub folder: TempDir,
    /// The settings of the server and of the commands.
    pub settings: Vec<(&'static str, String)>,
    database: TestDatabase,
}

impl ProcessOffice {
    /// Starts one.
    pub fn start(database: Database) -> Self {
        Self::start_with(database, &[])
    }

    /// Starts one with some settings more, or others.
    pub fn start_with(database: Database, others: &[(&'static str, String)]) -> Self {
        let database = TestDatabase::new(database);
        let folder = tempfile::tempdir().unwrap();
        let mut settings = vec![
            ("listen", "127.0.0.1:0".to_owned()),
            ("ops_listen", "127.0.0.1:0".to_owned()),
            ("issuer", "https://licenses.vendor.example".to_owned()),
            ("database_url", database.url.clone()),
            ("data_dir", folder.path().display().to_string()),
            ("mail_url", catcher().url()),
            ("mail_from", "Vendor <licenses@vendor.example>".to_owned()),
            ("time_zone", "Europe/Moscow".to_owned()),
        ];
        settings.retain(|(name, _)| !others.iter().any(|(other, _)| other == name));
        settings.extend(others.iter().cloned());
        let server = ServerProcess::start(&settings, &[]);
        let made = command("token create --role sales --name crm", &settings).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let token = String::from_utf8(made.stdout).unwrap().trim().to_owned();
        Self { api: server.api.with_token(&token), server, token, folder, settings, database }
    }

    /// Stops the server with SIGTERM and starts another on the same database and keys.
    pub fn restart(&mut self) {
        self.server.end();
        self.server = ServerProcess::start(&self.settings, &[]);
        self.api = self.api.moved_to(&self.server.url);
    }

    /// A command with the office's settings.
    pub fn command(&self, name: &str) -> Command {
        command(name, &self.settings)
    }

    /// Runs a command that must succeed; what it printed.
    #[track_caller]
    pub fn run(&self, name: &str) -> String {
        let output = self.command(name).output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command that must be refused with exit code 1; what it said.
    #[track_caller]
    pub fn refused(&self, name: &str) -> String {
        said_no(&self.command(name).output().unwrap())
    }

    /// Where the keys are.
    pub fn keys_dir(&self) -> PathBuf {
        self.folder.path().join("keys")
    }

    /// The database's URL.
    pub fn database_url(&self) -> &str {
        &self.database.url
    }

    /// What products pin, as `keys export` prints it.
    pub fn roots(&self) -> Roots {
        serde_json::from_str(&self.run("keys export")).unwrap()
    }

    /// The thumbprint of the issuing key that signs.
    pub fn issuing_key(&self) -> String {
        let listed = self.run("keys list");
        let line = listed.lines().find(|line| line.contains("signs")).expect("a key signs");
        line.split_whitespace().nth(1).unwrap().to_owned()
    }

    /// Enters a customer with other details than the manual's.
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

    /// Enters a customer that has bought 20 user accounts, without a mail.
    pub fn customer(&self) -> Customer {
        let customer = self.customer_with(&json!({}));
        let mut bought = order(&unique("order"), 20);
        bought["notify"] = json!(false);
        self.api.post(&format!("/customers/{}/purchases", customer.id), &bought).expect(201);
        customer
    }

    /// An activated installation of a customer.
    pub fn activated(&self, customer: &Customer, name: &str) -> Installation {
        self.try_activate(customer, name).unwrap()
    }

    /// The same, where it may be refused.
    pub fn try_activate(&self, customer: &Customer, name: &str) -> Result<Installation, Error> {
        let folder = self.folder.path().join("installations").join(name);
        let installation = Installation::create(folder).unwrap();
        let asked = Activate {
            activation_key: customer.activation_key.clone(),
            name: name.into(),
            product_version: "5.1".into(),
            fingerprint: [("machine_id".to_owned(), format!("hash of {name}"))].into(),
            moving: None,
        };
        installation.activate(&self.server.url, &self.roots(), asked)?;
        Ok(installation)
    }

    /// A customer's current license, as JSON.
    pub fn license(&self, customer: &Customer) -> Value {
        self.api.get(&format!("/customers/{}/license", customer.id)).expect(200).json
    }
}

/// What a refused command printed to stderr; it exits with 1.
#[track_caller]
pub fn said_no(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    said
}
