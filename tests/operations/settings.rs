//! Settings: where they come from, which wins, and what is refused.

use crate::support::{Customer, Database, ProcessOffice, ServerProcess, command, order, romashka};
use licentia_client::{Activate, Installation, Roots};
use serde_json::json;
use std::fs;
use std::fs::Permissions;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

#[test]
fn serve_without_any_settings_works_in_an_empty_folder() {
    let folder = tempfile::tempdir().unwrap();
    let mut serve = command("serve --listen 127.0.0.1:0 --ops-listen 127.0.0.1:0", &[]);
    serve.current_dir(folder.path());
    let server = ServerProcess::try_start_as(serve).unwrap();
    let here = |name: &str| run(command(name, &[]).current_dir(folder.path()));
    let token = here("token create --role sales --name crm");
    let api = server.api.with_token(token.trim());
    let body = romashka();
    let entered = api.post("/customers", &body).expect(201);
    let customer = Customer {
        id: entered.text_at("/id"),
        activation_key: entered.text_at("/activation_key"),
        email: entered.text_at("/email"),
    };
    let bought = api.post(&customer.path("purchases"), &order("2014-0513", 20)).expect(201);
    assert_eq!(bought.json["license"]["claims"]["iss"], json!(server.url), "the listen URL");
    let roots: Roots = serde_json::from_str(&here("keys export")).unwrap();
    assert_eq!(roots.issuer, server.url, "fixed by the first license");
    let installation = Installation::create(folder.path().join("pbx")).unwrap();
    let asked = Activate {
        activation_key: customer.activation_key,
        name: "pbx-1".into(),
        product_version: "5.1".into(),
        fingerprint: [("machine_id".to_owned(), "a hash".to_owned())].into(),
        moving: None,
    };
    installation.activate(&server.url, &roots, asked).unwrap();
    server.log.wait_for("mail sent");
    let data = folder.path().join("data");
    let mails = fs::read_dir(data.join("mail")).unwrap();
    let mails: Vec<_> = mails.map(|entry| entry.unwrap().path()).collect();
    assert!(mails.len() == 1 && mails[0].extension().unwrap() == "eml", "{mails:?}");
    assert!(data.join("licentia.db").is_file());
    for secret in [data.join("keys"), data.clone()] {
        let mode = secret.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o700, "{}", secret.display());
    }
    let beside: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(beside.len(), 2, "data and the installation's own: {beside:?}");
    assert!(server.terminate());
}

#[test]
fn the_api_listens_on_8080_by_default_and_a_taken_port_is_named() {
    let folder = tempfile::tempdir().unwrap();
    // Taken by this test, or by somebody else already.
    let _taken = TcpListener::bind("127.0.0.1:8080");
    let said = refused(command("serve", &[]).current_dir(folder.path()));
    assert!(said.contains("127.0.0.1:8080: Address already in use"), "{said}");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let settings = [("listen", "127.0.0.1:0".to_owned()), ("ops_listen", address.clone())];
    let said = refused(command("serve", &settings).current_dir(folder.path()));
    assert!(said.contains(&address), "{said}");
    assert!(!folder.path().join("data").exists(), "nothing was made");
}

#[test]
fn a_flag_wins_over_the_environment_and_the_environment_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "licentia.toml", "issuer = \"https://file.example\"\n");
    run(command("setup", &[]).current_dir(folder.path()));
    let issuer = |environment: Option<&str>, flag: &str| {
        let mut export = command(&format!("keys export --config {file}{flag}"), &[]);
        export.current_dir(folder.path());
        if let Some(issuer) = environment {
            export.env("LICENTIA_ISSUER", issuer);
        }
        serde_json::from_str::<Roots>(&run(&mut export)).unwrap().issuer
    };
    let flag = " --issuer https://flag.example/";
    assert_eq!(issuer(None, ""), "https://file.example");
    assert_eq!(issuer(Some("https://environment.example"), ""), "https://environment.example");
    assert_eq!(issuer(Some("https://environment.example"), flag), "https://flag.example");
    assert_eq!(issuer(None, flag), "https://flag.example");
    assert_eq!(issuer(Some(""), ""), "https://file.example", "an empty variable sets nothing");
    let mut by_variable = command("keys export", &[]);
    by_variable.current_dir(folder.path()).env("LICENTIA_CONFIG", &file);
    assert!(run(&mut by_variable).contains("https://file.example"));
}

#[test]
fn a_secret_may_stand_in_a_file_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let database = write(folder.path(), "database", &format!("{}\n", path("own.db")));
    let mail = write(folder.path(), "mail", &format!("file:{}\n", path("letters")));
    let settings = [("listen", "127.0.0.1:0".to_owned()), ("ops_listen", "127.0.0.1:0".to_owned())];
    let mut serve = command("serve", &settings);
    serve.current_dir(folder.path());
    serve.env("LICENTIA_DATABASE_URL_FILE", &database).env("LICENTIA_MAIL_URL_FILE", &mail);
    let server = ServerProcess::try_start_as(serve).unwrap();
    assert!(folder.path().join("own.db").is_file() && folder.path().join("letters").is_dir());
    server.log.wait_for("the private root key");
    assert!(!server.log.text().contains("misspelt"), "{}", server.log.text());
    let mut migrate = command("migrate", &[]);
    migrate.current_dir(folder.path()).env("LICENTIA_DATABASE_URL_FILE", path("absent"));
    let said = refused(&mut migrate);
    assert!(said.contains("LICENTIA_DATABASE_URL_FILE") && said.contains("absent"), "{said}");
}

#[test]
fn a_flag_that_holds_a_password_is_warned_of_with_the_variable_to_use() {
    let url = "postgres://office:canary@127.0.0.1:1/x".to_owned();
    let said =
        refused(command("migrate", &[]).args(["--database-wait", "0", "--database-url", &url]));
    assert!(said.contains("--database-url holds a password"), "{said}");
    assert!(said.contains("LICENTIA_DATABASE_URL_FILE") && !said.contains("canary"), "{said}");
    let mail = "smtp://office:canary@localhost".to_owned();
    let server = "postgres://office@127.0.0.1:1/x";
    let flags = ["--database-wait", "0", "--database-url", server, "--mail-url", &mail];
    let said = refused(command("migrate", &[]).args(flags));
    assert!(said.contains("LICENTIA_MAIL_URL_FILE") && !said.contains("DATABASE_URL"), "{said}");
    let help = run(command("migrate", &[]).arg("--help"));
    let words = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for variable in ["LICENTIA_DATABASE_URL_FILE", "LICENTIA_MAIL_URL_FILE"] {
        assert!(words.contains(variable), "{words}");
    }
}

#[test]
fn database_and_mails_are_for_the_servers_own_user_whatever_their_modes_were() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let names = ["licentia.db", "licentia.db-wal", "licentia.db-shm", "mail"];
    for start in 0..2 {
        let settings =
            [("listen", "127.0.0.1:0".to_owned()), ("ops_listen", "127.0.0.1:0".to_owned())];
        let mut serve = command("serve", &settings);
        serve.current_dir(folder.path());
        let server = ServerProcess::try_start_as(serve).unwrap();
        for name in names {
            let mode = data.join(name).metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode & 0o077, 0, "start {start}: {name} is {mode:04o}");
        }
        if start == 1 {
            server.log.wait_for("other users could read this");
        }
        drop(server);
        for name in names.iter().map(|name| data.join(name)).filter(|path| path.exists()) {
            let mode = if name.is_dir() { 0o755 } else { 0o644 };
            fs::set_permissions(&name, Permissions::from_mode(mode)).unwrap();
        }
    }
}

#[test]
fn a_setting_that_makes_no_sense_is_refused_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    for (name, value) in [
        ("listen", "8080"),
        ("listen", "localhost"),
        ("database_url", "host=db"),
        ("ops_listen", "127.0.0.1"),
        ("issuer", "licenses.vendor.example"),
        ("issuer", "ftp://vendor.example"),
        ("issuer", "https://vendor.example/?x=1"),
        ("issuer", "https://vendor.example/a b"),
        ("issuer", "https://vendor.example/a//b"),
        ("issuer", "https://vendor.example/a/../b"),
        ("issuer", "https://vendor.example/лицензии"),
        ("issuer", "https://vendor.example/a%20b"),
        ("database_url", "mysql://localhost/x"),
        ("mail_url", "http://localhost"),
        ("mail_url", "smtp://"),
        ("mail_url", "smtp://h?tls=some"),
        ("mail_url", "smtp://h?timeout=0"),
        ("mail_from", "nobody"),
        ("mail_from", "a@b.example\nBcc: c@d.example"),
        ("sales_address", "sales"),
        ("sales_language", "de"),
        ("time_zone", "Mars/Olympus"),
        ("vendor_name", "a\r\nb"),
        ("log", "licentia=loud"),
        ("log_format", "xml"),
    ] {
        let mut serve = command("serve --data-dir data", &[(name, value.to_owned())]);
        let said = refused(serve.current_dir(folder.path()));
        assert!(said.contains(name), "{name}={value:?}: {said}");
        assert_eq!(said.trim().lines().count(), 1, "one line: {said}");
    }
    for secret in ["smtp://office:canary@h:port", "smpt://office:canary@h"] {
        let said = refused(&mut command("serve", &[("mail_url", secret.to_owned())]));
        assert!(said.contains("mail_url") && !said.contains("canary"), "{said}");
    }
    let url = "postgres://office:canary@127.0.0.1:1/x".to_owned();
    let said =
        refused(&mut command("migrate", &[("database_url", url), ("database_wait", "0".into())]));
    assert!(!said.contains("canary"), "{said}");
}

#[test]
fn an_unknown_name_is_refused_in_the_file_and_warned_of_in_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "licentia.toml", "mail_ulr = \"file:x\"\n");
    let mut serve = command(&format!("serve --config {file}"), &[]);
    let said = refused(serve.current_dir(folder.path()));
    assert!(said.contains("mail_ulr") && said.contains("licentia.toml"), "{said}");
    let torn = write(folder.path(), "torn.toml", "issuer = \n");
    let said = refused(command(&format!("serve --config {torn}"), &[]).current_dir(folder.path()));
    assert!(said.contains("torn.toml"), "{said}");
    let mut serve = command("serve --config absent.toml", &[]);
    let said = refused(serve.current_dir(folder.path()));
    assert!(said.contains("absent.toml"), "a file that is named must be there: {said}");

    let mut serve = command("serve --listen 127.0.0.1:0 --ops-listen 127.0.0.1:0", &[]);
    serve.current_dir(folder.path());
    serve.env("LICENTIA_MAIL_ULR", "x").env("LICENTIA_LISTEN_FILE", "x");
    serve.env("LICENTIA_CONFIG", write(folder.path(), "good.toml", "vendor_name = \"Orange\"\n"));
    let server = ServerProcess::try_start_as(serve).unwrap();
    for name in ["LICENTIA_MAIL_ULR", "LICENTIA_LISTEN_FILE"] {
        assert!(server.log.wait_for(name).contains("misspelt"));
    }
    assert_eq!(server.log.text().matches("misspelt").count(), 2, "{}", server.log.text());
}

#[test]
fn a_server_that_others_can_reach_needs_an_issuer() {
    let folder = tempfile::tempdir().unwrap();
    for listen in ["0.0.0.0:0", "[::]:0"] {
        let settings = [("listen", listen.to_owned()), ("ops_listen", "127.0.0.1:0".to_owned())];
        let said = refused(command("serve", &settings).current_dir(folder.path()));
        assert!(said.contains("issuer") && said.contains("loopback"), "{said}");
    }
    let issuer = "https://licenses.vendor.example".to_owned();
    let settings = [
        ("listen", "0.0.0.0:0".to_owned()),
        ("ops_listen", "127.0.0.1:0".to_owned()),
        ("issuer", issuer),
    ];
    let mut serve = command("serve", &settings);
    serve.current_dir(folder.path());
    ServerProcess::try_start_as(serve).unwrap();
}

on_both_databases! {
    fn the_first_license_fixes_the_issuer(database) {
        let mut office = ProcessOffice::start(database);
        office.customer_with(&json!({}));
        let set = |office: &mut ProcessOffice, issuer: &str| {
            office.settings.retain(|(name, _)| *name != "issuer");
            office.settings.push(("issuer", issuer.to_owned()));
        };
        set(&mut office, "https://first.example");
        office.restart();
        office.customer();
        set(&mut office, "https://second.example");
        let said = ServerProcess::try_start(&office.settings, &[]).err().expect("it is refused");
        assert!(said.contains("https://first.example") && said.contains("https://second.example"));
        let said = office.refused("customer list");
        assert!(said.contains("https://first.example"), "{said}");
        set(&mut office, "https://first.example/");
        office.restart();
        office.settings.retain(|(name, _)| *name != "issuer");
        office.restart();
        assert_eq!(office.roots().issuer, "https://first.example", "it need not be set any more");
    }
}

#[test]
fn a_database_that_is_none_is_refused_in_plain_words() {
    let office = ProcessOffice::start(Database::Sqlite);
    let file = write(office.folder.path(), "notes.db", "these are not tables, but words\n");
    let torn = office.folder.path().join("torn.db").display().to_string();
    fs::write(&torn, &fs::read(office.database_url()).unwrap()[..5000]).unwrap();
    for database in [file, torn] {
        let said = refused(&mut command("migrate", &[("database_url", database.clone())]));
        assert!(said.contains("database"), "{said}");
        assert_eq!(said.trim().lines().count(), 1, "{said}");
    }
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[track_caller]
fn run(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

/// What a command says that does not start; a server that starts all the same is ended.
#[track_caller]
pub(super) fn refused(command: &mut Command) -> String {
    let mut limited = Command::new("timeout");
    limited.arg("20").arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        limited.current_dir(folder);
    }
    crate::support::said_no(&limited.output().unwrap())
}

#[test]
fn each_setting_remembers_where_it_was_set() {
    use licentia::app::SetBy;
    use licentia::config::Settings;
    let folder = tempfile::tempdir().unwrap();
    let text = "issuer = \"https://file.example\"\nvendor_name = \"Orange\"\n";
    let file = write(folder.path(), "licentia.toml", text);
    let flags = Settings { vendor_name: Some("Green".into()), ..Settings::default() };
    let gathered = Settings::gather(&flags, Some(Path::new(&file))).unwrap();
    let fixed = gathered.understand().unwrap().fixed_by().unwrap();
    assert_eq!(fixed.get("issuer"), Some(&SetBy::File));
    assert_eq!(fixed.get("vendor_name"), Some(&SetBy::Flag), "the one that wins");
    assert_eq!(fixed.get("time_zone"), None);
}
