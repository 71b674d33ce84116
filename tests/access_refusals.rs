//! Failed and refused access: the log, the counted rows, and who may see them.

use crate::support::{
    Browser, Database, InstallationKey, ProcessOffice, Sql, TestOffice, activation, unique,
};
use jiff::SignedDuration;
use licentia::app::{AccessAttempt, AccessKind, Error, Role, Unauthenticated};
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

const WRONG: &str = "not the password at all";
const FROM: [(&str, &str); 1] = [("x-forwarded-for", "2001:db8::7")];

/// The counted rows, as `kind|reason|address|name|own or others|count`.
fn rows(url: &str) -> Vec<String> {
    let query = "SELECT kind || '|' || reason || '|' || address || '|' || name || '|' || \
                 CASE WHEN others THEN 'others' ELSE 'own' END || '|' || \
                 CAST(refusals AS TEXT) AS line FROM access_refusals ORDER BY 1";
    Sql::open(url).lines(query)
}

/// The rows, once so many refusals are counted in them: a thread stores them.
#[track_caller]
fn rows_of(url: &str, refusals: i64) -> Vec<String> {
    let counted = |row: &String| row.rsplit('|').next().unwrap().parse::<i64>().unwrap();
    for _ in 0..600 {
        let rows = rows(url);
        let count: i64 = rows.iter().map(counted).sum();
        assert!(count <= refusals, "{count} of {refusals}: {rows:?}");
        if count == refusals {
            return rows;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{refusals} refusals are not counted: {:?}", rows(url));
}

/// The lines of the log about refused access.
fn lines(office: &ProcessOffice) -> Vec<Value> {
    let log = office.server.log.text();
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter(|line| line["fields"]["message"] == "access refused").collect()
}

/// Waits for the only line with this reason, and holds what it says.
#[track_caller]
fn one_line(office: &ProcessOffice, [kind, reason, address, name]: [&str; 4]) {
    office.server.log.wait_for(&format!("\"reason\":\"{reason}\""));
    let lines = lines(office);
    let found: Vec<_> = lines.iter().filter(|line| line["fields"]["reason"] == reason).collect();
    let [line] = found[..] else { panic!("{reason}: {lines:?}") };
    assert_eq!(line["level"], "WARN", "{line}");
    let said = ["kind", "address", "name"].map(|field| line["fields"][field].as_str().unwrap());
    assert_eq!(said, [kind, address, name], "{line}");
    assert_eq!(line["fields"]["count"], 1, "{line}");
}

fn process(database: Database) -> ProcessOffice {
    let settings = [("log_format", "json".to_owned()), ("trusted_proxies", "127.0.0.1".to_owned())];
    ProcessOffice::start_with(database, &settings)
}

/// Adds an administrator called Anna at the command line.
fn add_anna(office: &ProcessOffice) {
    let file = office.folder.path().join("password");
    std::fs::write(&file, Browser::PASSWORD).unwrap();
    let add = "staff add --name anna --full-name Anna --role admin --email a@vendor.example";
    office.run(&format!("{add} --password-file {}", file.display()));
}

/// The address of a stranger.
fn stranger() -> IpAddr {
    "203.0.113.7".parse().unwrap()
}

fn sign_in_failed() -> Error {
    Unauthenticated::SignInFailed.into()
}

/// Refuses a password.
/// One address of many, each in a network of its own.
fn numbered(number: u32) -> IpAddr {
    Ipv4Addr::from(0x0a00_0000 + number).into()
}

fn refuse_from(office: &TestOffice, name: &str, address: IpAddr) {
    let attempt = AccessAttempt::with_name(AccessKind::Password, name, Some(address));
    attempt.refused(&office.inside(), &sign_in_failed());
}

fn refuse(office: &TestOffice, name: &str) {
    refuse_from(office, name, stranger());
}

on_both_databases! {
    fn each_kind_of_refusal_is_logged_and_counted_with_address_name_and_reason(database) {
        let mut office = process(database);
        let browser = Browser::new_at(&office.server.url);
        // A setup link, before there is staff.
        browser.call("GET", "/setup", None).expect(200);
        browser.call("POST", "/setup", Some("setup_code=guessed&name=Eve")).expect(401);
        one_line(&office, ["setup_link", "setup-link-unknown", "127.0.0.1", "eve"]);
        // A password, then a code.
        add_anna(&office);
        assert_eq!(browser.sign_in("Anna", WRONG).status, 401);
        one_line(&office, ["password", "sign-in-failed", "127.0.0.1", "anna"]);
        let right = browser.sign_in("anna", Browser::PASSWORD);
        assert_eq!(right.header("location"), Some("/second-factor/enrol"), "{}", right.text);
        browser.call("GET", "/second-factor/enrol", None).expect(200);
        browser.call("POST", "/second-factor/enrol", Some("code=000000x")).expect(401);
        one_line(&office, ["code", "second-factor-wrong", "127.0.0.1", "anna"]);
        // Tokens: one that never was, and one that is revoked.
        let api = office.api.with_token("lct_unknown");
        api.call("GET", "/customers", &FROM, None).unwrap().expect(401);
        one_line(&office, ["token", "token-unknown", "2001:db8::7", ""]);
        let revoked = office.run("token create --role sales --name old");
        office.run("token revoke --name old");
        let api = office.api.with_token(revoked.trim());
        api.call("GET", "/customers", &FROM, None).unwrap().expect(401);
        let query = "SELECT id AS line FROM api_tokens WHERE name = 'old'";
        let token = Sql::open(office.database_url()).lines(query)[0].clone();
        one_line(&office, ["token", "token-revoked", "2001:db8::7", &token]);
        // Statements: none at all, and one of an installation that was released.
        let headers = [FROM[0], ("content-type", "application/jwt")];
        let none = office.api.without_token().call("POST", "/usage", &headers, Some("x.y.z"));
        none.unwrap().expect(401);
        one_line(&office, ["statement", "statement-malformed", "2001:db8::7", ""]);
        let customer = office.customer();
        let installation = office.activated(&customer, "pbx");
        installation.release().unwrap();
        assert!(installation.update().is_err());
        let query = "SELECT thumbprint AS line FROM installations";
        let key = Sql::open(office.database_url()).lines(query)[0].clone();
        one_line(&office, ["statement", "installation-released", "127.0.0.1", &key]);

        let query = "SELECT id AS line FROM installations";
        let installation = Sql::open(office.database_url()).lines(query)[0].clone();
        office.server.end();
        let mut expected = [
            "setup_link|setup-link-unknown|127.0.0.1|eve|own|1".to_owned(),
            "password|sign-in-failed|127.0.0.1|anna|own|1".to_owned(),
            "code|second-factor-wrong|127.0.0.1|anna|own|1".to_owned(),
            "token|token-unknown|2001:db8::||own|1".to_owned(),
            format!("token|token-revoked|2001:db8::|{token}|own|1"),
            "statement|statement-malformed|2001:db8::||own|1".to_owned(),
            format!("statement|installation-released|127.0.0.1|{installation}|own|1"),
        ];
        expected.sort_unstable();
        assert_eq!(rows(office.database_url()), expected, "all are stored when the server ends");
    }

    fn attempts_that_are_turned_away_unchecked_make_one_line_a_minute_and_one_row(database) {
        let mut office = process(database);
        let api = office.api.without_token();
        let browser = Browser::new_at(api.base());
        // On a slow machine a pause of a second or two may pass between two of them.
        let statuses: Vec<_> = (0..12).map(|_| browser.sign_in("nobody", WRONG).status).collect();
        let [looked_at, turned_away] =
            [401, 429].map(|status| statuses.iter().filter(|one| **one == status).count());
        assert!(looked_at >= 5 && turned_away >= 2 && looked_at + turned_away == 12, "{statuses:?}");
        let counts = |office: &ProcessOffice| -> Vec<_> {
            let lines = lines(office);
            let merged = lines.iter().filter(|l| l["fields"]["reason"] == "too-many-attempts");
            merged.map(|line| line["fields"]["count"].as_i64().unwrap()).collect()
        };
        office.server.log.wait_for("too-many-attempts");
        assert_eq!(counts(&office), [1]);
        office.server.end();
        let rest = i64::try_from(turned_away).unwrap() - 1;
        assert_eq!(counts(&office), [1, rest], "the rest is counted when the server ends");
        let rows = rows(office.database_url()).join("\n");
        let lines = lines(&office).len();
        assert_eq!((rows.lines().count(), lines), (2, looked_at + 2), "{rows}");
        let counted = format!("|{turned_away}");
        assert!(rows.contains("too-many-attempts") && rows.contains(&counted), "{rows}");
    }

    fn a_proof_in_a_session_and_a_statement_by_file_are_counted_under_their_names(database) {
        let office = TestOffice::start(database);
        let admin = Browser::signed_in(&office, Role::Admin);
        let name = admin.name.clone();
        let form = "change=password&new_password=violet+Kettle+drum+9&present_password=wrong";
        admin.call("POST", "/account", Some(form)).expect(422);
        let password = format!("password|sign-in-failed|127.0.0.1|{name}|own|1");
        assert_eq!(rows_of(office.database_url(), 1), [password.as_str()]);
        office.pass(SignedDuration::from_mins(15));
        let form = "token_name=crm&role=auditor&token_days=365&proof=000000x";
        admin.call("POST", "/settings/tokens", Some(form)).expect(401);
        let code = format!("code|second-factor-wrong|127.0.0.1|{name}|own|1");
        assert_eq!(rows_of(office.database_url(), 2), [code.as_str(), password.as_str()]);
        let key = InstallationKey::new();
        let usage = json!({"usage": {
            "user_accounts": 1, "emergency_accounts": 0, "external_connections": 0,
        }});
        office.api.hand_in(&key.asks(&office, &usage).signed(), &[]).expect(401);
        let thumbprint = key.thumbprint();
        let statement = format!("statement|installation-unknown|127.0.0.1|{thumbprint}|own|1");
        assert_eq!(rows_of(office.database_url(), 3), [code, password, statement]);
    }

    fn an_attempt_that_finds_the_queue_full_is_counted_too(database) {
        let office = TestOffice::start(database);
        let inside = office.inside();
        let places: Vec<_> = std::iter::from_fn(|| inside.passwords.admit().ok()).collect();
        for _ in 0..3 {
            assert_eq!(Browser::new(&office).sign_in("nobody", WRONG).status, 429);
        }
        drop(places);
        let rows = rows_of(office.database_url(), 3);
        assert_eq!(rows, ["password|too-many-attempts|127.0.0.1||own|3"]);
    }

    fn a_flood_from_5000_addresses_leaves_a_bounded_number_of_rows_and_counts_each(database) {
        let office = TestOffice::start(database);
        for number in 0..5_000 {
            refuse_from(&office, &format!("name-{number}"), numbered(number));
            if number % 400 == 0 {
                let _ = licentia::app::store_access_refusals(&office.inside(), false);
            }
        }
        let rows = rows_of(office.database_url(), 5_000);
        let others: Vec<_> = rows.iter().filter(|row| !row.contains("name-")).collect();
        assert_eq!(others.len(), 1, "{others:?}");
        assert_eq!(rows.len(), 1_001);
        assert!(rows.iter().filter(|row| row.contains("name-")).all(|row| row.ends_with("|1")));
        // A flood of one kind leaves the rows of the others.
        let api = office.api.with_token("lct_unknown");
        api.get("/customers").expect(401);
        refuse_from(&office, "name-0", numbered(0));
        refuse(&office, "late");
        let rows = rows_of(office.database_url(), 5_003);
        assert_eq!(rows.len(), 1_002, "late is among the others");
        assert_eq!(rows.iter().filter(|row| row.contains("token-unknown")).count(), 1);
        // The next day has room again.
        office.pass(SignedDuration::from_hours(24));
        refuse(&office, "late");
        assert_eq!(rows_of(office.database_url(), 5_004).len(), 1_003);
    }

    fn a_flood_by_one_name_is_one_row_also_when_two_servers_count(database) {
        let office = TestOffice::start(database);
        let config = office.settings.clone().understand().unwrap();
        let chance = licentia::chance::Chance::default();
        let second =
            licentia::startup::Spawned::start(&config, office.clock.clone(), chance).unwrap();
        let attempt = AccessAttempt::with_name(AccessKind::Password, " Eve ", Some(stranger()));
        for number in 0..2_500 {
            attempt.refused(&office.inside(), &sign_in_failed());
            attempt.refused(&second.office, &sign_in_failed());
            if number % 500 == 0 {
                office.pass(SignedDuration::from_secs(1));
                let _ = licentia::app::store_access_refusals(&office.inside(), false);
                let _ = licentia::app::store_access_refusals(&second.office, false);
            }
        }
        let rows = rows_of(office.database_url(), 5_000);
        assert_eq!(rows.len(), 1, "{rows:?}");
        let admin = office.api.with_token(&office.token(Role::Admin));
        let row = admin.get("/access-refusals").expect(200).json["data"][0].clone();
        assert_eq!((&row["first_at"], &row["last_at"]), (&json!("2014-05-13T10:00:00Z"), &json!("2014-05-13T10:00:05Z")));
        second.stop().unwrap();
    }

    fn refusals_wait_while_the_database_takes_no_writes(database) {
        let office = TestOffice::start(database);
        let rename = |from: &str, to: &str| {
            office.execute(&format!("ALTER TABLE {from} RENAME TO {to}"));
        };
        rename("access_refusals", "elsewhere");
        for _ in 0..3 {
            refuse(&office, "eve");
            assert!(licentia::app::store_access_refusals(&office.inside(), false).is_err());
        }
        rename("elsewhere", "access_refusals");
        assert_eq!(rows_of(office.database_url(), 3).len(), 1);
    }

    fn rows_are_deleted_after_90_days(database) {
        let office = TestOffice::start(database);
        let delete_expired = || {
            let now = office.now();
            office.inside().store.write(|tx| tx.delete_expired(now)).unwrap()
        };
        refuse(&office, "eve");
        rows_of(office.database_url(), 1);
        office.pass(SignedDuration::from_hours(90 * 24));
        delete_expired();
        assert_eq!(rows(office.database_url()).len(), 1);
        office.pass(SignedDuration::from_hours(24));
        delete_expired();
        assert!(rows(office.database_url()).is_empty(), "the table does not grow for ever");
    }

    fn administrators_alone_see_refused_access_in_both_languages_and_in_the_api(database) {
        let office = TestOffice::start(database);
        let [auditor, sales] = [Role::Auditor, Role::Sales].map(|r| Browser::signed_in(&office, r));
        let mut admin = Browser::signed_in(&office, Role::Admin);
        let empty = admin.call("GET", "/audit/refused", None).expect(200);
        assert!(empty.text.contains("No access was refused in the last 90 days."));
        refuse(&office, "eve");
        rows_of(office.database_url(), 1);
        office.pass(SignedDuration::from_mins(1));
        refuse(&office, "eve");
        let token = AccessAttempt::with_statement("x", None);
        token.refused(&office.inside(), &Unauthenticated::StatementMalformed.into());
        rows_of(office.database_url(), 3);
        let cells = |browser: &Browser| -> Vec<String> {
            let page = browser.call("GET", "/audit/refused", None).expect(200).text;
            let (_, body) = page.split_once("<tbody>").unwrap();
            let cell = |part: &str| part.split_once('>').unwrap().1.split('<').next().unwrap().to_owned();
            let plain = body.replace("<bdi>", "").replace("</bdi>", "").replace("<th", "<td");
            plain.split("<td").skip(1).map(cell).collect()
        };
        let minute = "13 May 2014 14:01 MSK";
        assert_eq!(cells(&admin), [
            "13 May 2014", "Installation&#39;s statement", "Not a readable statement", "—", "—", "1",
            minute, minute,
            "13 May 2014", "Password", "Wrong name or password, or deactivated user", "203.0.113.7",
            "eve", "2", "13 May 2014 14:00 MSK", minute,
        ]);
        admin.language = "ru";
        let page = admin.call("GET", "/audit/refused", None).expect(200).text;
        for text in ["Отказы в доступе", "Пароль", "Неверный логин или пароль либо пользователь заблокирован"] {
            assert!(page.contains(text), "{text}: {page}");
        }
        assert!(admin.call("GET", "/audit", None).text.contains("href=\"/audit/refused\""));
        for other in [&auditor, &sales] {
            assert_eq!(other.status("GET", "/audit/refused"), 403);
            assert!(!other.call("GET", "/audit", None).expect(200).text.contains("/audit/refused"));
        }

        let api = office.api.with_token(&office.token(Role::Admin));
        let first = api.get("/access-refusals?limit=1").expect(200).json;
        let row = &first["data"][0];
        assert!(row["id"].as_str().unwrap().starts_with("ref_"), "{row}");
        assert_eq!(*row, json!({
            "id": row["id"], "day": "2014-05-13", "kind": "password", "reason": "sign-in-failed",
            "address": "203.0.113.7", "name": "eve", "others": false, "count": 2,
            "first_at": "2014-05-13T10:00:00Z", "last_at": "2014-05-13T10:01:00Z",
        }));
        let next = first["next"].as_str().unwrap();
        let second = api.get(&format!("/access-refusals?after={next}")).expect(200).json;
        assert_eq!(second["data"].as_array().unwrap().len(), 1);
        assert_eq!(second["data"][0]["name"], Value::Null);
        assert_eq!(second["next"], Value::Null);
    }

    fn the_page_shows_fifty_rows_and_leads_to_the_older_ones(database) {
        let office = TestOffice::start(database);
        let admin = Browser::signed_in(&office, Role::Admin);
        for number in 0..120 {
            refuse_from(&office, &format!("name-{number}."), numbered(number));
        }
        rows_of(office.database_url(), 120);
        let (mut path, mut seen, mut pages) = ("/audit/refused".to_owned(), 0, 0);
        loop {
            let page = admin.call("GET", &path, None).expect(200).text;
            seen += page.matches("<bdi>name-").count();
            pages += 1;
            let Some((_, next)) = page.split_once("rel=\"next\" href=\"") else { break };
            next.split('"').next().unwrap().clone_into(&mut path);
        }
        assert_eq!((seen, pages), (120, 3));
        assert_eq!(admin.status("GET", "/audit/refused?after=x"), 422);
    }

    fn what_is_no_name_and_no_credential_is_not_recorded(database) {
        let office = TestOffice::start(database);
        // A password in the field of the name.
        for text in ["correct horse battery staple", "a\nb", "a\u{7}b", &"a".repeat(51)] {
            refuse(&office, text);
        }
        // Nothing was shown: this is no attempt.
        let stranger = office.api.without_token();
        stranger.get("/customers").expect(401);
        stranger.get("/license").expect(401);
        Browser::new(&office).call("GET", "/audit", None).expect(303);
        Browser::new(&office).call("GET", "/setup", None);
        // A statement that names a customer's key in vain.
        let customer = office.customer();
        let key = office.activated_key(&customer);
        let wrong = key.asks(&office, &activation(&unique("wrong"), "pbx")).signed();
        stranger.post_statement("/activations", &wrong).expect(401);
        let rows = rows_of(office.database_url(), 5);
        assert_eq!(rows.len(), 2, "{rows:?}");
        assert!(rows.iter().all(|row| !row.contains("horse")), "{rows:?}");
        let installation = office.list(&customer.path("installations"))[0]["id"].clone();
        let named = rows.iter().filter(|row| row.contains(installation.as_str().unwrap()));
        assert_eq!(named.count(), 1, "{rows:?}");
    }
}
