//! A machine that changes, and a directory that is copied (failure 47, the installation's side).

use crate::office::{Office, status, with_license};
use crate::vendor::{Site, activation};
use licentia_client::{
    Activate, Fingerprint, Installation, Machine, Notice, SignalState, Surroundings, Usage, Verdict,
};
use std::fs;
use std::process::Command;
use std::sync::Arc;

fn server() -> Machine {
    Machine {
        machine_id: Some("3d1219c7".into()),
        product_uuid: Some("4c4c4544".into()),
        macs: ["52:54:00:aa:bb:01".to_owned(), "52:54:00:aa:bb:02".into()].into(),
        root_file_system: Some("0a1b".into()),
    }
}

fn another() -> Machine {
    Machine {
        machine_id: Some("ffffffff".into()),
        product_uuid: Some("eeeeeeee".into()),
        macs: ["52:54:00:dd:dd:dd".to_owned()].into(),
        root_file_system: Some("cccc".into()),
    }
}

/// Activated on the server.
fn activated(office: &Office) -> Site {
    let site = Site::with_server(&office.url());
    site.set_machine(server());
    office.reply(with_license(201, &site.signed(100)));
    let activate = Activate { fingerprint: Fingerprint::new(), ..activation() };
    site.installation.activate(&office.url(), &site.vendor.roots(), activate).unwrap();
    site
}

fn verdict(site: &Site) -> Verdict {
    site.installation.machine().unwrap().verdict
}

/// Asks the office for something, with success.
fn contact(site: &Site, office: &Office) {
    office.reply(status(204));
    site.installation.usage(Usage::default()).unwrap();
}

#[test]
fn an_activation_states_the_machine_in_hashes_that_differ_between_installations() {
    let office = Office::new([]);
    let (one, other) = (activated(&office), activated(&office));
    let stated = |site: &Site| site.installation.fingerprint().unwrap();
    let names: Vec<_> = stated(&one).into_keys().collect();
    assert_eq!(names, ["mac_1", "mac_2", "machine_id", "product_uuid", "root_file_system"]);
    for (name, hash) in stated(&one) {
        assert_eq!(hash.len(), 32);
        assert_ne!(stated(&other)[&name], hash, "{name} of the same machine");
    }
    let calls = office.calls();
    let licentia_client::Request::Activate(asked) = calls[0].statement().req else {
        panic!("no activation")
    };
    assert_eq!(asked.fingerprint, stated(&one));
}

#[test]
fn one_changed_network_card_or_a_new_disk_is_the_same_machine() {
    let office = Office::new([]);
    let site = activated(&office);
    let new_cards = ["52:54:00:aa:bb:01".to_owned(), "02:00:00:00:00:09".into()].into();
    for machine in [
        server(),
        Machine { macs: new_cards, ..server() },
        Machine { macs: ["02:00:00:00:00:09".to_owned()].into(), ..server() },
        Machine { root_file_system: Some("new".into()), ..server() },
    ] {
        site.set_machine(machine);
        assert_eq!(verdict(&site), Verdict::SameMachine);
        assert_eq!(site.installation.show().unwrap().notices, []);
    }
}

#[test]
fn a_copied_directory_keeps_its_license_and_says_so_in_show_and_in_its_statements() {
    let office = Office::new([]);
    let site = activated(&office);
    let at_home = site.installation.fingerprint().unwrap();
    site.set_machine(another());
    let shown = site.installation.show().unwrap();
    assert_eq!(shown.panel.user_accounts.licensed, 20);
    assert!(matches!(&shown.notices[..], [Notice::AnotherMachine { changed }]
        if changed[..] == ["machine_id", "network", "product_uuid", "root_file_system"]));
    contact(&site, &office);
    let about = office.calls().pop().unwrap().statement().about.unwrap();
    assert_eq!(about.fingerprint, site.installation.fingerprint().unwrap());
    assert_ne!(about.fingerprint, at_home);
    assert_eq!(verdict(&site), Verdict::AnotherMachine, "a contact does not make it the first one");
    site.set_machine(server());
    assert_eq!(verdict(&site), Verdict::SameMachine);
}

#[test]
fn an_activation_on_another_machine_makes_that_one_the_installations() {
    let office = Office::new([]);
    let site = activated(&office);
    site.set_machine(another());
    office.reply(with_license(200, &site.signed(101)));
    site.activate(&office).unwrap();
    assert_eq!(verdict(&site), Verdict::SameMachine);
    assert_eq!(site.installation.show().unwrap().notices, []);
}

#[test]
fn a_machine_renewed_part_by_part_stays_the_same_when_each_part_was_seen_by_a_contact() {
    let office = Office::new([]);
    let site = activated(&office);
    let mut machine = server();
    let parts: [fn(&mut Machine); 4] = [
        |machine| machine.macs = another().macs,
        |machine| machine.root_file_system = another().root_file_system,
        |machine| machine.product_uuid = another().product_uuid,
        |machine| machine.machine_id = another().machine_id,
    ];
    for renew in parts {
        renew(&mut machine);
        site.set_machine(machine.clone());
        assert_eq!(verdict(&site), Verdict::SameMachine);
        contact(&site, &office);
        let changed = site.installation.machine().unwrap().changed().count();
        assert_eq!(changed, 0, "the new part is the machine's own now");
    }
    assert_eq!(machine, another());
}

#[test]
fn a_container_is_never_another_machine_however_often_it_is_started() {
    let office = Office::new([]);
    let site = activated(&office);
    for start in 0..3 {
        let mac = format!("02:42:ac:11:00:{start:02x}");
        let container =
            Machine { machine_id: Some("image".into()), macs: [mac].into(), ..Machine::default() };
        site.set_machine(container);
        assert_eq!(verdict(&site), Verdict::Unknown);
        contact(&site, &office);
    }
    site.set_machine(Machine::default());
    assert_eq!(verdict(&site), Verdict::Unknown);
    assert_eq!(site.installation.show().unwrap().notices, []);
}

#[test]
fn a_directory_of_before_takes_the_machine_at_its_next_contact() {
    let office = Office::new([]);
    let site = activated(&office);
    fs::remove_file(site.directory.path().join("salt")).unwrap();
    let state = site.directory.path().join("state.json");
    let mut json: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&state).unwrap()).unwrap();
    json.as_object_mut().unwrap().remove("fingerprint");
    fs::write(&state, json.to_string()).unwrap();
    assert_eq!(verdict(&site), Verdict::Unknown);
    contact(&site, &office);
    assert_eq!(verdict(&site), Verdict::SameMachine);
}

#[test]
fn a_damaged_salt_is_named_and_takes_nothing_from_the_license() {
    let office = Office::new([]);
    let site = activated(&office);
    fs::write(site.directory.path().join("salt"), "{").unwrap();
    let error = site.installation.fingerprint().unwrap_err();
    assert_eq!(error.code(), "file-damaged");
    assert!(error.to_string().contains("salt"));
    assert_eq!(site.held(), 100);
    contact(&site, &office);
}

#[test]
fn fingerprint_explain_says_what_changed_in_words() {
    // The command reads the machine that runs this test, so the words are asked of the library.
    let office = Office::new([]);
    let site = activated(&office);
    site.set_machine(Machine { product_uuid: None, macs: another().macs, ..server() });
    let found = site.installation.machine().unwrap();
    assert_eq!(found.signals["network"], SignalState::Changed);
    assert_eq!(
        licentia_client::machine_text(&found, licentia_client::Language::English),
        "\
This is the machine that the installation was activated on: 2 of 3 signals are the same.

  system id (machine-id)          the same
  firmware id (DMI product uuid)  known, and cannot be read now
  network cards                   changed
  root file system                the same
"
    );
    let russian = licentia_client::machine_text(&found, licentia_client::Language::Russian);
    assert!(russian.starts_with("Это тот же компьютер, где установка активирована"), "{russian}");
    assert!(
        russian.contains("  сетевые карты                           изменилось\n"),
        "{russian}"
    );
}

#[test]
fn the_command_explains_the_fingerprint_of_the_machine_it_runs_on() {
    let directory = tempfile::tempdir().unwrap();
    let surroundings =
        Surroundings { machine: Arc::new(Machine::default), ..Surroundings::system() };
    Installation::create_with(directory.path(), surroundings).unwrap();
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_licentia-client"));
        command.env_clear().env("LICENTIA_CLIENT_DIR", directory.path());
        let output = command.args(args).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8(output.stdout).unwrap()
    };
    let said: serde_json::Value = serde_json::from_str(&run(&["fingerprint", "--json"])).unwrap();
    assert_eq!(said["verdict"], "unknown");
    assert!(said["fingerprint"].is_object() && said["signals"].is_object());
    assert!(run(&["fingerprint", "--explain"]).starts_with("Whether this is the same machine"));
}
