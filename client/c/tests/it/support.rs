//! An installation in a directory, and a vendor that signs licenses for it.

use ed25519_dalek::{Signer, SigningKey};
use licentia_client::{Installation, License, Roots};
use licentia_license::{Confirmation, KeyCertificate, Licensee, PublicKey, encode_license};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

pub const ISSUER: &str = "https://licenses.vendor.example";

/// A directory with an installation that has pinned the vendor's root, and no server.
pub struct Site {
    directory: TempDir,
    installation: Installation,
    root: SigningKey,
    issuing: SigningKey,
}

impl Site {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let installation = Installation::create(directory.path().join("state")).unwrap();
        let [root, issuing] = [1, 2].map(|seed| SigningKey::from_bytes(&[seed; 32]));
        let site = Self { directory, installation, root, issuing };
        site.installation.pin("http://127.0.0.1:9", &site.roots()).unwrap();
        site
    }

    pub fn path(&self) -> PathBuf {
        self.beside("state")
    }

    /// Where a file of this name would lie, beside the installation's directory.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// A file beside the installation's directory.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.beside(name);
        fs::write(&path, text).unwrap();
        path
    }

    pub fn roots(&self) -> Roots {
        Roots {
            issuer: ISSUER.into(),
            roots: vec![public(&self.root).named_jwk()],
            certificates: Vec::new(),
        }
    }

    /// A license of 20 user accounts for this installation.
    pub fn license(&self) -> String {
        let license = License {
            iss: ISSUER.into(),
            sub: "cus_1".into(),
            jti: "lic_1".into(),
            iat: "2026-01-15T09:00:00Z".parse().unwrap(),
            seq: 1,
            aud: vec![self.installation.thumbprint().into()],
            licensee: Licensee {
                name: "ООО «Вектор»".into(),
                country: None,
                region: "Московская область".into(),
                city: "Химки".into(),
                postal_code: "141400".into(),
            },
            user_accounts: 20,
            external_connections: 0,
            support_until: Some("2099-12-31".parse().unwrap()),
            emergency: None,
        };
        encode_license(&license, &public(&self.issuing), &self.certificate(), |message| {
            self.issuing.sign(message).to_bytes()
        })
        .unwrap()
    }

    fn certificate(&self) -> String {
        let certificate = KeyCertificate {
            iat: "2026-01-01T00:00:00Z".parse().unwrap(),
            issue_from: "2026-01-01T00:00:00Z".parse().unwrap(),
            issue_until: "2028-01-01T00:00:00Z".parse().unwrap(),
            withdrawn: vec![],
            cnf: Confirmation { jwk: public(&self.issuing).jwk() },
        };
        certificate
            .encode(&public(&self.root), |message| self.root.sign(message).to_bytes())
            .unwrap()
    }
}

fn public(key: &SigningKey) -> PublicKey {
    PublicKey::from(key.verifying_key())
}

/// Where cargo has built the library: beside this test.
pub fn library_folder() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().unwrap().to_owned();
    assert!(folder.join("liblicentia_client_c.so").exists(), "no library in {}", folder.display());
    folder
}

pub fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
