//! A vendor with a root key and issuing keys, and an installation that pins the root.

use crate::office::Office;
use ed25519_dalek::{Signer, SigningKey};
use jiff::{SignedDuration, Timestamp};
use licentia_client::{Activate, Installation, License, Machine, Proxies, Roots, Surroundings};
use licentia_license::{
    Confirmation, Emergency, KeyCertificate, Licensee, PublicKey, Thumbprint, encode_license,
};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;

pub const ISSUER: &str = "https://licenses.vendor.example";
pub const CUSTOMER: &str = "cus_1";

/// When the tests take place, unless they move the clock.
pub fn noon() -> Timestamp {
    "2014-05-13T12:00:00Z".parse().unwrap()
}

pub fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

pub fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub fn public(key: &SigningKey) -> PublicKey {
    PublicKey::from(key.verifying_key())
}

pub fn thumbprint(key: &SigningKey) -> Thumbprint {
    public(key).thumbprint()
}

/// Signs licenses with one issuing key, under a certificate by the root.
#[derive(Clone)]
pub struct Vendor {
    pub root: SigningKey,
    pub issuing: SigningKey,
    pub withdrawn: Vec<Thumbprint>,
}

impl Vendor {
    pub fn new() -> Self {
        Self { root: key(1), issuing: key(2), withdrawn: vec![] }
    }

    /// The same vendor with another issuing key.
    pub fn with_key(&self, issuing: SigningKey) -> Self {
        Self { issuing, ..self.clone() }
    }

    /// The same vendor after the root has taken this key back.
    pub fn withdrawing(&self, key: &SigningKey) -> Self {
        Self { withdrawn: vec![thumbprint(key)], ..self.clone() }
    }

    pub fn roots(&self) -> Roots {
        Roots {
            issuer: ISSUER.into(),
            roots: vec![public(&self.root).named_jwk()],
            certificates: Vec::new(),
        }
    }

    pub fn certificate(&self) -> String {
        self.encoded(&self.key_certificate())
    }

    fn encoded(&self, certificate: &KeyCertificate) -> String {
        certificate
            .encode(&public(&self.root), |message| self.root.sign(message).to_bytes())
            .unwrap()
    }

    pub fn key_certificate(&self) -> KeyCertificate {
        KeyCertificate {
            iat: "2014-01-01T00:00:00Z".parse().unwrap(),
            issue_from: "2014-01-01T00:00:00Z".parse().unwrap(),
            issue_until: "2019-01-01T00:00:00Z".parse().unwrap(),
            withdrawn: self.withdrawn.clone(),
            cnf: Confirmation { jwk: public(&self.issuing).jwk() },
        }
    }

    pub fn sign(&self, license: &License) -> String {
        self.sign_under(license, &self.key_certificate())
    }

    /// A license that brings this certificate.
    pub fn sign_under(&self, license: &License, certificate: &KeyCertificate) -> String {
        encode_license(license, &public(&self.issuing), &self.encoded(certificate), |message| {
            self.issuing.sign(message).to_bytes()
        })
        .unwrap()
    }
}

/// A license of 20 user accounts with this number, for this installation.
pub fn license(installation: &Installation, seq: i64) -> License {
    License {
        iss: ISSUER.into(),
        sub: CUSTOMER.into(),
        jti: format!("lic_{seq}"),
        iat: noon() - hours(1),
        seq,
        aud: vec!["another".into(), installation.thumbprint().into()],
        licensee: Licensee {
            name: "ООО «Вектор»".into(),
            country: None,
            region: "Московская область".into(),
            city: "Химки".into(),
            postal_code: "141400".into(),
        },
        user_accounts: 20,
        external_connections: 0,
        support_until: Some("2014-10-31".parse().unwrap()),
        emergency: None,
    }
}

/// Ten extra accounts until 13 June, 10:00 UTC.
pub fn emergency() -> Emergency {
    Emergency {
        accounts: 10,
        from: "2014-05-13T10:00:00Z".parse().unwrap(),
        until: "2014-06-13T10:00:00Z".parse().unwrap(),
    }
}

/// An installation in a directory of its own, on a clock that the test moves, that never waits.
pub struct Site {
    pub installation: Installation,
    pub vendor: Vendor,
    pub directory: TempDir,
    pub pauses: Arc<Mutex<Vec<Duration>>>,
    time: Arc<Mutex<Timestamp>>,
    machine: Arc<Mutex<Machine>>,
}

impl Site {
    /// A new installation that has pinned the vendor's root, and no server.
    pub fn new() -> Self {
        Self::with_server("http://127.0.0.1:9")
    }

    pub fn with_server(server: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let time = Arc::new(Mutex::new(noon()));
        let pauses = Arc::new(Mutex::new(vec![]));
        let vendor = Vendor::new();
        let machine = Arc::new(Mutex::new(Machine::default()));
        let surroundings = surroundings(&time, &pauses, &machine);
        let installation = Installation::create_with(directory.path(), surroundings).unwrap();
        installation.pin(server, &vendor.roots()).unwrap();
        Self { installation, vendor, directory, pauses, time, machine }
    }

    /// An installation of the office's, with a license of number 100.
    pub fn activated(office: &Office) -> Self {
        let site = Self::with_server(&office.url());
        site.installation.take_in(&site.signed(100)).unwrap();
        site
    }

    /// The same directory opened again, as after a crash.
    pub fn reopened(&self) -> Installation {
        let surroundings = surroundings(&self.time, &self.pauses, &self.machine);
        Installation::open_with(self.directory.path(), surroundings).unwrap()
    }

    pub fn set_clock(&self, time: Timestamp) {
        *self.time.lock().unwrap() = time;
    }

    /// Runs the installation on this machine from now on; a site's is bare at first.
    pub fn set_machine(&self, machine: Machine) {
        *self.machine.lock().unwrap() = machine;
    }

    /// This vendor's license of 20 user accounts with this number.
    pub fn signed(&self, seq: i64) -> String {
        self.vendor.sign(&license(&self.installation, seq))
    }

    /// The number of the license held.
    pub fn held(&self) -> i64 {
        self.installation.show().unwrap().license.seq
    }

    pub fn activate(&self, office: &Office) -> Result<License, licentia_client::Error> {
        self.installation.activate(&office.url(), &self.vendor.roots(), activation())
    }
}

pub fn activation() -> Activate {
    Activate {
        activation_key: "AAAA-BBBB".into(),
        name: "pbx-1".into(),
        product_version: "5.1".into(),
        fingerprint: [("machine_id".to_owned(), "hash".to_owned())].into(),
        moving: None,
    }
}

/// A clock that the test moves, pauses that are only written down, and the system's randomness:
/// two installations must not have one key.
fn surroundings(
    time: &Arc<Mutex<Timestamp>>,
    pauses: &Arc<Mutex<Vec<Duration>>>,
    machine: &Arc<Mutex<Machine>>,
) -> Surroundings {
    let (time, pauses, machine) = (Arc::clone(time), Arc::clone(pauses), Arc::clone(machine));
    Surroundings {
        clock: Arc::new(move || *time.lock().unwrap()),
        pause: Arc::new(move |pause| pauses.lock().unwrap().push(pause)),
        proxies: Proxies::default(),
        machine: Arc::new(move || machine.lock().unwrap().clone()),
        ..Surroundings::system()
    }
}
