//! Messages about settings that cannot be used.

use super::settings::refused as refused_in;
use crate::support::{Database, ServerProcess, TestOffice, command};
use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use tempfile::TempDir;

/// A wrong value of each setting whose values have a form, and the example of a right one.
const WRONG: &[(&str, &str, &str)] = &[
    ("listen", "8080", "127.0.0.1:8080"),
    ("listen", "no-such-host.invalid:80", "127.0.0.1:8080"),
    ("ops_listen", "localhost", "127.0.0.1:8081"),
    ("trusted_proxies", "10.0.0.0/64", "10.0.0.0/8"),
    ("issuer", "https://ven dor.example", "https://licenses.vendor.example"),
    ("issuer", "https://user@vendor.example", "https://licenses.vendor.example"),
    ("database_url", "host=db dbname=licentia", "postgres://licentia:PASSWORD@db.example/licentia"),
    ("mail_url", "smtp://user:12#34@host", "smtp://licentia:PASSWORD@mail.vendor.example"),
    ("mail_url", "smtp://user:12/34@host", "smtp://licentia:PASSWORD@mail.vendor.example"),
    ("mail_from", "nobody", "Vendor <licenses@vendor.example>"),
    ("sales_address", "sales", "sales@vendor.example"),
    ("sales_language", "de", "ru"),
    ("time_zone", "Mars/Olympus", "Europe/Moscow"),
    ("second_factor_for_all", "perhaps", "true"),
    ("moves_per_year", "101", "2"),
    ("session_idle_minutes", "many", "60"),
    ("issuing_key_days", "-1", "365"),
    ("license_cache", "64MB", "64"),
    ("group_commit", "0", "16"),
    ("log", "loud", "info,licentia=debug"),
    ("log", "licentia=loud", "info,licentia=debug"),
    ("log_format", "xml", "text"),
];

#[test]
fn a_wrong_setting_is_refused_with_its_name_its_place_its_value_and_an_example() {
    let folder = tempfile::tempdir().unwrap();
    for &(name, value, example) in WRONG {
        let file = folder.path().join("licentia.toml");
        fs::write(&file, format!("{name} = {value:?}\n")).unwrap();
        let file = file.display().to_string();
        let flag = format!("--{}", name.replace('_', "-"));
        let variable = format!("LICENTIA_{}", name.to_uppercase());
        let in_file = refused(&folder, command("serve --config", &[]).arg(&file));
        let in_environment = refused(&folder, &mut command("serve", &[(name, value.to_owned())]));
        let by_flag = refused(&folder, command("serve", &[]).arg(format!("{flag}={value}")));
        for (place, said) in [(&file, in_file), (&variable, in_environment), (&flag, by_flag)] {
            let said = said.trim();
            let is_secret = matches!(name, "database_url" | "mail_url");
            assert_eq!(said.lines().count(), 1, "{said}");
            assert!(said.starts_with(&format!("licentia: the setting {name}, set ")), "{said}");
            assert!(said.contains(&format!(" {place}, ")), "{name}: {said}");
            assert_eq!(said.contains(&format!(" is {value:?};")), !is_secret, "{said}");
            assert!(!is_secret || !said.contains(value), "{said}");
            assert!(said.ends_with(&format!(", such as {example}")), "{name}: {said}");
        }
    }
    assert!(!folder.path().join("data").exists(), "nothing was made");
}

#[test]
fn a_number_or_a_boolean_is_a_setting_in_words_too() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("licentia.toml");
    let text = "\u{feff}moves_per_year = 3\nsecond_factor_for_all = \"YES\"\nlog_format = \"JSON\"\n\
                group_commit = \"1\"\nlicense_cache = 0\nlisten = \"localhost:0\"\n";
    fs::write(&file, text).unwrap();
    let mut serve = command("serve --second-factor-for-all TRUE --ops-listen localhost:0", &[]);
    serve.current_dir(folder.path()).arg("--config").arg(&file).env("LICENTIA_LOG", "INFO");
    let server = ServerProcess::try_start_as(serve).unwrap();
    assert!(server.url.starts_with("http://127.0.0.1:"), "{}", server.url);
    server.api.get("/keys").expect(200);
    assert!(server.log.wait_for("answered").starts_with('{'), "{}", server.log.text());
}

#[test]
fn a_database_url_that_is_none_makes_no_new_database() {
    let folder = tempfile::tempdir().unwrap();
    for url in [
        "host=db dbname=licentia",
        "dbname=licentia",
        "user = licentia",
        "postgres:licentia",
        "postgresql:/db/licentia",
        "postgres://office:12/34@db.example/licentia",
        "mysql://db.example/licentia",
        "a\tb.db",
    ] {
        let said = refused(&folder, &mut command("serve", &[("database_url", url.to_owned())]));
        assert!(said.contains("the setting database_url"), "{url}: {said}");
        let written = write(&folder, "url", &format!("{url}\n"));
        let said =
            refused(&folder, command("serve", &[]).env("LICENTIA_DATABASE_URL_FILE", written));
        assert!(said.contains("LICENTIA_DATABASE_URL_FILE"), "{url}: {said}");
    }
    let beside: Vec<_> = fs::read_dir(&folder).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(beside, ["url"], "nothing was made");
}

#[test]
fn a_secret_s_file_may_begin_with_a_byte_order_mark() {
    let folder = tempfile::tempdir().unwrap();
    let database = write(&folder, "database", "\u{feff}sqlite:own.db\r\n");
    let mail = write(&folder, "mail", "\u{feff}file:letters\r\n");
    let mut serve = command("serve --listen 127.0.0.1:0 --ops-listen 127.0.0.1:0", &[]);
    serve.env("LICENTIA_DATABASE_URL_FILE", database).env("LICENTIA_MAIL_URL_FILE", mail);
    serve.current_dir(folder.path());
    let _server = ServerProcess::try_start_as(serve).unwrap();
    assert!(folder.path().join("own.db").is_file() && folder.path().join("letters").is_dir());
}

#[test]
fn an_issuer_of_the_settings_page_is_kept_in_ascii_and_is_the_same_however_it_is_typed() {
    let office = TestOffice::start_with(Database::Sqlite, |settings| settings.issuer = None);
    let set = |issuer: &str| {
        let changes = BTreeMap::from([("issuer".to_owned(), issuer.to_owned())]);
        let admin = licentia::app::Actor::CommandLine("test".into());
        licentia::app::change_settings(&office.inside(), &admin, None, None, &changes)
    };
    for wrong in ["https://ven dor.example", "https://user@vendor.example"] {
        assert!(set(wrong).is_err(), "{wrong}");
    }
    set("https://Лицензии.рф/").unwrap();
    let kept = "https://xn--e1aebcanq4e.xn--p1ai";
    assert_eq!(office.inside().settings().issuer, kept);
    let customer = office.customer();
    office.purchase(&customer, "2014-0513", 20);
    set("https://лицензии.рф").unwrap();
    set(kept).unwrap();
    assert!(set("https://vendor.example").is_err(), "the first license has fixed it");
    assert_eq!(office.api.get(&customer.path("license")).expect(200).json["claims"]["iss"], kept);
}

fn write(folder: &TempDir, name: &str, text: &str) -> String {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[track_caller]
fn refused(folder: &TempDir, command: &mut Command) -> String {
    refused_in(command.current_dir(folder.path()))
}
