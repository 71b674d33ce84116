//! The symmetric secrets: rotated one by one, and refused where one is missing.

use crate::support::{ProcessOffice, ServerProcess, unique};
use licentia::chance::Chance;
use licentia::signing::{Keyring, SecretName};
use serde_json::json;
use std::fs;

on_both_databases! {
    fn after_a_rotation_of_the_activation_secret_no_old_key_activates(database) {
        let office = ProcessOffice::start(database);
        let customer = office.customer_with(&json!({"places": 3}));
        let held = office.activated(&customer, "pbx-1");
        let said = office.run("keys rotate-secret activation");
        assert!(said.contains("activation-2.secret is the new version; 1 records"), "{said}");
        assert!(said.contains("every customer has a new activation key"), "{said}");

        held.update().expect("an installation that is active stays so");
        let refused = office.try_activate(&customer, "pbx-2").err().unwrap();
        assert_eq!(refused.code(), "activation-key-unknown");
        let path = format!("/customers/{}/activation-key", customer.id);
        let mut renewed = customer.clone();
        renewed.activation_key =
            office.api.post(&path, &json!({})).expect(201).text_at("/activation_key");
        office.activated(&renewed, "pbx-2");
        let fresh = office.customer_with(&json!({}));
        office.activated(&fresh, "pbx-3");

        let events = office.api.get("/audit-events?limit=200").expect(200).text;
        assert!(events.contains("secret.rotated") && events.contains("activation-key.renewed"));
        let said = office.run("keys rotate-secret activation");
        assert!(said.contains("activation-3.secret is the new version; 2 records"), "{said}");
        let refused = office.try_activate(&fresh, "pbx-4").err().unwrap();
        assert_eq!(refused.code(), "activation-key-unknown");
    }

    fn an_interrupted_rotation_is_resumed_and_makes_no_further_version(database) {
        let office = ProcessOffice::start(database);
        let customers = [(); 3].map(|()| office.customer());
        // As a process leaves it that was killed right after it has made the file.
        let name = SecretName::Activation;
        Keyring::rotate_secret(&office.keys_dir(), name, 1, &Chance::default()).unwrap();
        let said = office.run("keys rotate-secret activation");
        assert!(said.contains("activation-2.secret was made before"), "{said}");
        assert!(said.contains("3 records"), "{said}");
        assert!(!office.keys_dir().join("activation-3.secret").exists());
        for customer in &customers {
            let refused = office.try_activate(customer, &unique("pbx")).err().unwrap();
            assert_eq!(refused.code(), "activation-key-unknown");
        }
    }

    fn every_secret_is_rotated_alone_and_the_server_goes_on(database) {
        let mut office = ProcessOffice::start(database);
        let customer = office.customer();
        let held = office.activated(&customer, "pbx-1");
        for name in SecretName::ALL {
            let said = office.run(&format!("keys rotate-secret {name}"));
            assert!(said.contains(&format!("{name}-2.secret is the new version")), "{said}");
            held.update().unwrap();
            office.customer();
        }
        let said = office.refused("keys rotate-secret cookie");
        assert!(said.contains("cookie") && said.contains("second-factor"), "{said}");
        office.restart();
        office.customer();
    }

    fn a_secret_that_the_database_was_used_with_is_neither_missed_nor_replaced(database) {
        let mut office = ProcessOffice::start(database);
        office.run("keys rotate-secret cookies");
        office.server.end();
        let file = office.keys_dir().join("cookies-2.secret");
        let kept = office.folder.path().join("kept");
        fs::rename(&file, &kept).unwrap();
        let said = ServerProcess::try_start(&office.settings, &[]).err().unwrap();
        assert!(said.contains("cookies-2.secret: is missing"), "{said}");
        let others = fs::read(office.keys_dir().join("integrity-1.secret")).unwrap();
        fs::copy(&kept, &file).unwrap();
        fs::write(&file, others).unwrap();
        let said = ServerProcess::try_start(&office.settings, &[]).err().unwrap();
        assert!(said.contains("cookies-2.secret: is another secret"), "{said}");
        fs::copy(&kept, &file).unwrap();
        ServerProcess::start(&office.settings, &[]);
    }
}
