//! Row 28: no secret shows in the log, an answer, the database or a mail.

use crate::support::{Caught, Database, ProcessOffice, catcher, order, unique};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::DecodePrivateKey;
use serde_json::json;
use std::fs;
use std::process::Command;

const PASSWORD: &str = "smtp-canary-5f1d9c";

on_both_databases! {
    fn no_secret_shows_in_the_log_an_answer_the_database_or_a_mail(database) {
        for format in ["text", "json"] {
            search_after_a_story(database, format);
        }
    }
}

/// A secret, and the forms in which it might leak.
pub(super) struct Secret {
    name: String,
    forms: Vec<String>,
}

impl Secret {
    fn text(name: &str, text: &str) -> Self {
        let hex = data_encoding::HEXLOWER.encode(text.as_bytes());
        Self { name: name.into(), forms: vec![text.into(), hex] }
    }

    fn bytes(name: &str, bytes: &[u8]) -> Self {
        let forms = vec![
            data_encoding::HEXLOWER.encode(bytes),
            data_encoding::HEXUPPER.encode(bytes),
            STANDARD_NO_PAD.encode(bytes),
            URL_SAFE_NO_PAD.encode(bytes),
            // As `{:?}` prints them.
            format!("{bytes:?}").trim_matches(['[', ']']).to_owned(),
        ];
        Self { name: name.into(), forms }
    }

    #[track_caller]
    pub(super) fn assert_not_in(&self, place: &str, haystack: &[u8]) {
        for form in &self.forms {
            let found = haystack.windows(form.len()).any(|window| window == form.as_bytes());
            assert!(!found, "{} shows in {place} as {form}", self.name);
        }
    }
}

fn search_after_a_story(database: Database, format: &str) {
    let mail = catcher();
    let (port, ca) = (mail.port("starttls"), mail.authority());
    let sales = format!("{}@vendor.example", unique("sales"));
    let mut office = ProcessOffice::start_with(
        database,
        &[
            ("log", "trace".into()),
            ("log_format", format.into()),
            ("mail_url", format!("smtp://office:{PASSWORD}@localhost:{port}?ca={ca}")),
            ("sales_address", sales.clone()),
        ],
    );
    let customer = office.customer_with(&json!({}));
    let path = format!("/customers/{}", customer.id);
    let mut answers =
        vec![office.api.post(&format!("{path}/purchases"), &order(&unique("canary"), 20))];
    let first = mail.wait_for(&customer.email, 1)[0].clone();
    let installation = office.activated(&customer, "pbx-1");
    installation.emergency(10).unwrap();
    let second = office.api.post(&format!("{path}/purchases"), &order(&unique("canary"), 5));
    let purchase = second.text_at("/purchase/id");
    answers.push(second);
    answers.push(office.api.post(&format!("/purchases/{purchase}/void"), &json!({"reason": "no"})));
    office.run("keys rotate");
    answers.extend(read_everything(&office, &path));
    answers.extend(go_wrong(&office, &customer.activation_key));
    let mails = mail.wait_for(&customer.email, 4);
    let to_sales = mail.wait_for(&sales, 1);

    let secrets = secrets_of(&office);
    assert_eq!(secrets.len(), 1 + 5 + 2 * 3, "a root, two issuing keys, a version of each secret");
    let token = Secret::text("the API token", &office.token);
    let key = activation_key(&customer.activation_key);
    let hidden = || secrets.iter().chain([&token, &key]);
    for answer in &answers {
        let whole = format!("{:?} {}", answer.headers, answer.text);
        hidden().for_each(|secret| secret.assert_not_in("an answer", whole.as_bytes()));
    }
    let database = stored(&office);
    hidden().for_each(|secret| secret.assert_not_in("the database", &database));
    for mail in mails.iter().chain(&to_sales) {
        let whole = whole(mail);
        let but_key = secrets.iter().chain([&token]);
        but_key.for_each(|secret| secret.assert_not_in("a mail", &whole));
        if mail.message_id == first.message_id {
            let found = mail.text.replace('-', "").contains(&customer.activation_key);
            assert!(found, "the first mail has the key: the search finds what is there");
        } else {
            key.assert_not_in("a later mail", &whole);
        }
    }
    // An error, then an orderly end, for the log's sake.
    fs::rename(office.keys_dir(), office.folder.path().join("gone")).unwrap();
    office.api.post(&format!("{path}/purchases"), &order(&unique("canary"), 1)).expect(503);
    fs::rename(office.folder.path().join("gone"), office.keys_dir()).unwrap();
    office.server.ask_to_end();
    assert!(office.server.ended());
    let log = office.server.log.text();
    assert!(log.contains("mail sent") && log.contains("TRACE"), "the log was captured: {log}");
    hidden().for_each(|secret| secret.assert_not_in("the log", log.as_bytes()));
}

/// The private keys and the other secrets that the office's files and settings hold.
pub(super) fn secrets_of(office: &ProcessOffice) -> Vec<Secret> {
    let mut secrets = vec![Secret::text("the SMTP password", PASSWORD)];
    for entry in fs::read_dir(office.keys_dir()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        if name.ends_with(".secret") {
            let bytes = data_encoding::HEXLOWER.decode(text.trim().as_bytes()).unwrap();
            secrets.push(Secret::bytes(&name, &bytes));
        } else if name != "root.pub.pem" {
            let pem = text.split("\n\n").next().unwrap();
            let body = pem.lines().nth(1).unwrap();
            secrets.push(Secret::text(&name, body));
            let key = SigningKey::from_pkcs8_pem(pem).unwrap();
            secrets.push(Secret::bytes(&name, &key.to_bytes()));
        }
    }
    secrets
}

fn activation_key(key: &str) -> Secret {
    let letters: Vec<char> = key.chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    let mut secret = Secret::text("the activation key", key);
    secret.forms.push(groups.join("-"));
    secret
}

/// Every read of the API and of operations.
fn read_everything(office: &ProcessOffice, customer: &str) -> Vec<crate::support::Reply> {
    let lists = ["", "/purchases", "/license", "/licenses", "/emergency-grants", "/installations"];
    let mut paths: Vec<String> = lists.iter().map(|list| format!("{customer}{list}")).collect();
    let others = [
        "/customers",
        "/mails?limit=200",
        "/audit-events?limit=200",
        "/keys",
        "/.well-known/jwks.json",
        "/api/openapi.json",
    ];
    paths.extend(others.map(str::to_owned));
    let ops = ["/livez", "/readyz", "/metrics"].map(|path| office.server.ops.get(path).expect(200));
    paths.iter().map(|path| office.api.get(path).expect(200)).chain(ops).collect()
}

/// Refusals, some of them of calls that carry a secret.
fn go_wrong(office: &ProcessOffice, activation_key: &str) -> Vec<crate::support::Reply> {
    let api = &office.api;
    let stranger = api.with_token(&format!("{}x", office.token));
    let key = json!({"activation_key": activation_key});
    let foreign = office.folder.path().join("installations/foreign");
    let foreign = licentia_client::Installation::create(foreign).unwrap();
    foreign.pin("https://elsewhere.example", &office.roots()).unwrap();
    let statement = foreign.statement(&licentia_client::Request::License {}).unwrap();
    vec![
        stranger.get("/customers").expect(401),
        api.post("/customers", &key).expect(400),
        api.post_as("/customers", &key, Some(activation_key)).expect(400),
        api.post_statement("/activations", activation_key).expect(401),
        api.post_statement("/activations", &office.token).expect(401),
        api.post_statement("/activations", &statement).expect(401),
        api.get("/no-such-call").expect(404),
    ]
}

/// What lies on the disk: the file with its journal, or a dump.
fn stored(office: &ProcessOffice) -> Vec<u8> {
    let url = office.database_url();
    if !url.starts_with("postgres") {
        let journal = fs::read(format!("{url}-wal")).unwrap_or_default();
        return [fs::read(url).unwrap(), journal].concat();
    }
    let dump = Command::new("sh")
        .args([
            "-c",
            "exec $(ls -d /usr/lib/postgresql/*/bin/pg_dump | sort -V | tail -n 1) \"$0\"",
        ])
        .arg(url)
        .output()
        .unwrap();
    assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
    dump.stdout
}

/// A mail as it came, and decoded.
fn whole(mail: &Caught) -> Vec<u8> {
    [&mail.raw[..], mail.subject.as_bytes(), mail.text.as_bytes(), mail.html.as_bytes()].concat()
}
