//! The commands that run beside a server.

use crate::support::{Database, ProcessOffice, catcher, command, romashka, said_no, unique};
use std::fs;

/// Every command, as it is typed.
const COMMANDS: &[&str] = &[
    "",
    "serve",
    "demo",
    "migrate",
    "healthcheck",
    "keys",
    "keys list",
    "keys rotate",
    "keys detach-root",
    "keys export",
    "token",
    "token create",
    "token revoke",
    "token list",
    "staff",
    "staff list",
    "staff add",
    "staff reset-password",
    "staff reset-second-factor",
    "staff enable",
    "staff disable",
    "customer",
    "customer add",
    "customer list",
    "customer show",
    "customer renew-key",
    "purchase",
    "purchase add",
    "purchase list",
    "purchase void",
    "answer",
    "audit",
    "audit verify",
    "audit accept",
];

const SETTINGS: &[&str] = &[
    "--config",
    "--listen",
    "--ops-listen",
    "--issuer",
    "--database-url",
    "--data-dir",
    "--keys-dir",
    "--mail-url",
    "--mail-from",
    "--sales-address",
    "--sales-language",
    "--time-zone",
    "--vendor-name",
    "--log",
    "--log-format",
];

#[test]
fn the_help_of_each_command_names_every_setting() {
    for name in COMMANDS {
        let help = command(format!("{name} --help").trim_start(), &[]).output().unwrap();
        assert!(help.status.success(), "{name}");
        let help = String::from_utf8(help.stdout).unwrap();
        for setting in SETTINGS {
            assert!(help.contains(&format!("{setting} <")), "{name} does not name {setting}");
        }
        let narrow = |line: &str| line.starts_with("Usage:") || line.chars().count() <= 100;
        assert!(help.lines().all(narrow), "{help}");
    }
    let help = String::from_utf8(command("--help", &[]).output().unwrap().stdout).unwrap();
    for name in COMMANDS.iter().filter(|name| !name.is_empty() && !name.contains(' ')) {
        assert!(help.contains(&format!("  {name}")), "{name} is missing:\n{help}");
    }
}

on_both_databases! {
    fn customers_and_purchases_are_entered_from_the_command_line(database) {
        let office = ProcessOffice::start(database);
        let email = format!("{}@lutik.example", unique("it"));
        let added = office
            .command("customer add")
            .args(["--name", "ООО «Лютик»", "--region", "Москва", "--city", "Москва"])
            .args(["--postal-code", "101000", "--email", &email, "--places", "2"])
            .output()
            .unwrap();
        let added = String::from_utf8(added.stdout).unwrap();
        let word = |line: usize| added.lines().nth(line).unwrap().rsplit(' ').next().unwrap().to_owned();
        let (id, key) = (word(0), word(1));
        assert!(id.starts_with("cus_") && key.len() == 26, "{added}");
        let order = unique("cli");
        let line = format!("purchase add {id} --order-number {order} --user-accounts 20 --support-until 2014-10-31");
        let bought = office.command(&line).output().unwrap();
        let note = String::from_utf8_lossy(&bought.stderr).into_owned();
        assert!(note.contains("the support has ended already"), "{note}");
        let bought = String::from_utf8(bought.stdout).unwrap();
        let purchase = bought.lines().next().unwrap().rsplit(' ').next().unwrap().to_owned();
        assert!(purchase.starts_with("pur_"), "{bought}");
        // The server that runs beside it sends the mail.
        let mail = &catcher().wait_for(&email, 1)[0];
        assert!(mail.text.replace('-', "").contains(&key), "{}", mail.text);
        assert!(office.run(&line).contains("recorded before"));
        let license = office.api.get(&format!("/customers/{id}/license")).expect(200).json;
        assert_eq!(license["claims"]["user_accounts"], 20);
        assert!(office.run(&format!("purchase list {id}")).contains("accounts 20  connections -"));
        assert!(office.run("customer list --search лютик").contains(&id));
        assert_eq!(office.run("customer list --search ромашка"), "");
        let shown = office.run(&format!("customer show {id}"));
        assert!(shown.contains("user accounts         20"), "{shown}");
        let renewed = office.run(&format!("customer renew-key {id}"));
        assert!(renewed.starts_with("activation key  ") && !renewed.contains(&key), "{renewed}");
        let void = format!("purchase void {purchase} --reason twice");
        assert!(office.run(&void).contains("void     voi_"));
        assert!(office.run(&format!("purchase list {id}")).contains("  void"));
        let audit = office.api.get("/audit-events?limit=200").expect(200).text;
        assert!(audit.contains("purchase.voided") && !audit.contains(&key), "{audit}");

        for (line, words) in [
            (void.as_str(), "voided"),
            ("customer show cus_nobody", "no record"),
            ("customer show 1", "no record"),
            ("customer renew-key cus_nobody", "no record"),
            ("purchase list cus_nobody", "no record"),
            ("purchase void pur_nothing --reason x", "no record"),
            (&format!("purchase add {id} --order-number x --user-accounts=-1"), "items.0.quantity"),
            (&format!("purchase add {id} --order-number x"), "items"),
            (&format!("purchase add {id} --order-number x --user-accounts 1 --paid-on 31.12.2013"), "paid_on"),
            (&format!("purchase add {id} --order-number x --user-accounts 1 --paid-on 2999-01-01"), "paid_on"),
            ("customer add --name x --region x --city x --postal-code x --email x", "email"),
            ("customer add --name x --region x --city x --postal-code x --email a@b.example --places 21", "places"),
        ] {
            let said = office.refused(line);
            assert!(said.starts_with("licentia: ") && said.to_lowercase().contains(words), "{line}: {said}");
            assert!(!said.contains('⟦'), "{line}: {said}");
        }
    }

    fn tokens_are_made_listed_and_revoked_from_the_command_line(database) {
        let office = ProcessOffice::start(database);
        let made = office.run("token create --role auditor --name books");
        assert_eq!(made.lines().count(), 1, "one line, the token: {made}");
        let auditor = office.api.with_token(made.trim());
        auditor.get("/customers").expect(200);
        auditor.post("/customers", &romashka()).expect(403);
        let listed = office.run("token list");
        assert!(listed.contains("auditor active  books") && !listed.contains(made.trim()), "{listed}");
        let said = office.refused("token create --role sales --name books");
        assert!(said.contains("name") && !said.contains('⟦'), "{said}");
        assert!(office.refused("token create --role boss --name x").contains("admin, sales or auditor"));
        assert!(!office.refused("token revoke --name nobody").contains('⟦'));
        office.run("token revoke --name books");
        assert_eq!(auditor.get("/customers").expect(401).code(), "token-unknown");
        assert!(office.run("token list").contains("revoked"));
    }

    fn healthcheck_exits_with_0_while_the_server_is_ready_and_with_1_when_it_is_not(database) {
        let mut office = ProcessOffice::start(database);
        let ops = office.server.ops_address();
        let line = format!("healthcheck --ops-listen {ops}");
        assert!(office.run(&line).contains("\"database\":\"ok\""));
        let away = office.folder.path().join("away");
        fs::rename(office.keys_dir(), &away).unwrap();
        office.server.ops.ready(503);
        let unready = office.command(&line).output().unwrap();
        assert!(said_no(&unready).contains("not ready"));
        assert!(String::from_utf8_lossy(&unready.stdout).contains("No such file"));
        fs::rename(&away, office.keys_dir()).unwrap();
        office.server.ops.ready(200);
        office.run(&line);
        let port = ops.rsplit(':').next().unwrap();
        office.run(&format!("healthcheck --ops-listen 0.0.0.0:{port}"));
        office.server.ask_to_end();
        assert!(office.server.ended());
        let said = office.refused(&line);
        assert!(said.contains(&ops), "it says where nobody answers: {said}");
    }

    fn migrate_says_what_is_applied(database) {
        let office = ProcessOffice::start(database);
        let said = office.run("migrate");
        let (applied, rest) = said.split_once(" of ").unwrap();
        assert!(rest.starts_with(&format!("{applied} migrations are applied")), "{said}");
    }
}

#[test]
fn a_command_refuses_what_it_does_not_know() {
    for line in ["sell", "keys", "keys rotate --now", "serve --port 1", "purchase add"] {
        let output = command(line, &[]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{line:?}");
        assert!(!output.stderr.is_empty(), "{line:?}");
    }
    let office = ProcessOffice::start(Database::Sqlite);
    let url = "postgres://nobody@127.0.0.1:1/none";
    let said = office.refused(&format!("migrate --database-url {url}"));
    assert!(said.contains("the database cannot be reached"), "{said}");
}
