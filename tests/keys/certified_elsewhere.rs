//! A new issuing key where the root is kept elsewhere: only public halves and certificates travel.

use super::canary::secrets_of;
use crate::support::{ProcessOffice, command, order, unique};
use licentia_client::verify;
use serde_json::json;
use std::fs;

on_both_databases! {
    fn nothing_private_travels_when_a_key_is_certified_elsewhere(database) {
        let office = ProcessOffice::start(database);
        let customer = office.customer();
        let elsewhere = tempfile::tempdir().unwrap();
        let at = |name: &str| elsewhere.path().join(name).display().to_string();
        let root = at("root.pem");
        office.run(&format!("keys detach-root {root}"));
        let stolen = office.issuing_key();

        let (request, certificate) = (at("request.txt"), at("certificate.txt"));
        office.run(&format!("keys request-certificate --out {request}"));
        assert!(office.run("keys list").contains("waits for its certificate"));
        assert_eq!(office.issuing_key(), stolen, "a key without a certificate signs nothing");
        let again = at("again.txt");
        office.run(&format!("keys request-certificate --out {again}"));

        // The machine of the root knows nothing of the server but the request.
        let settings = [("data_dir", at("data"))];
        let certify = |arguments: &str| {
            let run = command(&format!("keys certify {arguments}"), &settings).output().unwrap();
            (run.status.success(), String::from_utf8([run.stdout, run.stderr].concat()).unwrap())
        };
        let (done, said) =
            certify(&format!("{request} --root {root} --out {certificate} --withdraw nobody"));
        assert!(!done && said.contains("nobody"), "{said}");
        let changed = at("changed.txt");
        let text = fs::read_to_string(&request).unwrap();
        let token = licentia_license::unarmour(&text).unwrap();
        fs::write(&changed, token.replacen('.', ".e", 1)).unwrap();
        assert!(!certify(&format!("{changed} --root {root} --out {certificate}")).0);
        let (done, said) =
            certify(&format!("{request} --root {root} --out {certificate} --withdraw {stolen}"));
        assert!(done && said.contains(&format!("withdrawn: {stolen}")), "{said}");

        let travelled = [&request, &certificate].map(|path| fs::read(path).unwrap());
        let secrets = secrets_of(&office);
        assert!(secrets.len() > 8, "the key that waits is among them");
        for secret in secrets {
            for file in &travelled {
                secret.assert_not_in("a file that travels", file);
            }
        }

        for words in ["new issuing key", "is installed already"] {
            let said = office.run(&format!("keys install {certificate}"));
            assert!(said.contains(words), "{said}");
        }
        let fresh = office.issuing_key();
        assert_ne!(fresh, stolen);
        let license = office.license(&customer);
        assert_eq!(license["key"], json!(fresh), "every license is issued again");
        let path = format!("/customers/{}/purchases", customer.id);
        let bought = office.api.post(&path, &order(&unique("later"), 1)).expect(201);
        assert_eq!(bought.text_at("/license/key"), fresh);
        verify(license["document"].as_str().unwrap(), &office.roots()).unwrap();
        assert!(!office.run("keys list").contains("waits"));
        let said = office.refused(&format!("keys install {again}"));
        assert!(said.contains("does not hold"), "{said}");
    }
}
