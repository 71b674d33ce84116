//! The keyring: the root, the issuing keys it has certified, and the symmetric secrets.
//!
//! In `keys_dir` stand `root.pem` (the private root, until it is moved off the server),
//! `root.pub.pem`, an `issuing-<thumbprint>.pem` for each issuing key: its private key (PKCS#8) and,
//! below it, its certificate; and the files of [`Secrets`].

use super::files::{
    check_dir, make_dir, read_public, read_secret, remove_unfinished, write_secret,
};
use super::secrets::{SecretError, SecretName, Secrets};
use crate::chance::Chance;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{
    DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, KeypairBytes,
};
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use jiff::{SignedDuration, Timestamp};
use licentia_license::{Confirmation, KeyCertificate, PublicKey, Roots, Thumbprint, Trust};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

const ROOT: &str = "root.pem";
const ISSUING: &str = "issuing-";
const ROOT_PUBLIC: &str = "root.pub.pem";
pub(super) const CERTIFICATE: &str = "LICENSE KEY CERTIFICATE";
/// A key may issue from a day before it was made, so that a clock set right is no trouble.
pub(super) const BACKDATED: SignedDuration = SignedDuration::from_hours(24);

/// Why keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// A file is missing, unreadable, or readable by others.
    #[error("{path}: {error}", path = path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says, or what is wrong with its mode.
        error: io::Error,
    },
    /// A file holds something else than it should.
    #[error("{path}: {fault}", path = path.display())]
    Content {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        fault: String,
    },
    /// No issuing key that may sign is there.
    #[error("there is no issuing key in {path}; make one with `licentia keys rotate`", path = path.display())]
    NoIssuingKey {
        /// Where it should be.
        path: PathBuf,
    },
    /// The private root key was moved off this server.
    #[error(
        "the private root key is not in {path}: name the file it was moved to with --root FILE",
        path = path.display()
    )]
    RootDetached {
        /// Where it would be.
        path: PathBuf,
    },
    /// A version of a secret is missing, or what was sealed with it is damaged.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// An issuing key to withdraw is not known.
    #[error("no issuing key has the thumbprint {0}")]
    UnknownKey(Thumbprint),
}

/// An issuing key with its certificate.
#[derive(Clone)]
pub struct IssuingKey {
    pub(super) signing: SigningKey,
    /// Its public half.
    pub public: PublicKey,
    /// The root's statement about it.
    pub certificate: KeyCertificate,
    /// The same as a token.
    pub certificate_token: String,
}

/// All the keys of an office, checked against each other.
pub struct Keyring {
    root: PublicKey,
    root_is_here: bool,
    issuing: Vec<IssuingKey>,
    withdrawn: BTreeSet<Thumbprint>,
    /// The root, with the certificates of the issuing keys.
    trust: Trust,
    secrets: Secrets,
}

/// What a rotation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// The issuing key that signs from now on.
    pub key: Thumbprint,
    /// Whether it was made just now.
    pub made: bool,
}

impl Keyring {
    /// Makes what is missing of a first keyring: root, secrets, issuing key. Safe to call
    /// again after it was broken off; only for an office whose database records no root yet.
    ///
    /// The issuing key may issue for `days`.
    pub fn create(
        dir: &Path,
        days: i64,
        now: Timestamp,
        chance: &Chance,
    ) -> Result<Self, KeyringError> {
        make_dir(dir).map_err(in_file(dir))?;
        let _lock = lock(dir)?;
        Secrets::create(dir, chance)?;
        let root = dir.join(ROOT);
        if !root.exists() && !dir.join(ROOT_PUBLIC).exists() {
            let key = SigningKey::from_bytes(&chance.bytes());
            write_secret(&root, private_pem(&root, &key)?.as_bytes()).map_err(in_file(&root))?;
        }
        if !dir.join(ROOT_PUBLIC).exists() {
            write_root_public(dir, &read_private(&root)?.verifying_key())?;
        }
        if files(dir, ISSUING)?.is_empty() {
            certify(dir, &read_private(&root)?, BTreeSet::new(), (now, now, days), chance)?;
        }
        Self::load(dir)
    }

    /// Reads a keyring and checks every key against its file name, its certificate and the root.
    pub fn load(dir: &Path) -> Result<Self, KeyringError> {
        let keyring = Self::read(dir)?;
        if keyring.current().is_none() {
            return Err(KeyringError::NoIssuingKey { path: dir.to_owned() });
        }
        Ok(keyring)
    }

    /// The same, where an issuing key may be missing.
    pub(super) fn read(dir: &Path) -> Result<Self, KeyringError> {
        check_dir(dir).map_err(in_file(dir))?;
        let root = read_root_public(dir)?;
        let root_file = dir.join(ROOT);
        let root_is_here = root_file.exists();
        if root_is_here && PublicKey::from(read_private(&root_file)?.verifying_key()) != root {
            return Err(content(&root_file, format!("is not the private half of {ROOT_PUBLIC}")));
        }
        let pinned =
            Roots { issuer: String::new(), roots: vec![root.jwk()], certificates: Vec::new() };
        let trust = Trust::new(&pinned);
        let mut trust = trust.map_err(|e| content(&dir.join(ROOT_PUBLIC), e.to_string()))?;
        let mut issuing = Vec::new();
        for path in files(dir, ISSUING)? {
            issuing.push(read_issuing(&path, &mut trust)?);
        }
        issuing.sort_by_key(|key: &IssuingKey| key.certificate.iat);
        let withdrawn =
            issuing.iter().flat_map(|key| key.certificate.withdrawn.iter().cloned()).collect();
        let secrets = Secrets::load(dir)?;
        Ok(Self { root, root_is_here, issuing, withdrawn, trust, secrets })
    }

    /// Makes a new issuing key that may issue for `days`, and certifies it with the root, which lies in `root` or in the
    /// keyring's own directory; with `withdraw`, its certificate takes back that key.
    ///
    /// Withdrawing a key that is withdrawn already makes nothing: the rest can be resumed.
    pub fn rotate(
        dir: &Path,
        root: Option<&Path>,
        withdraw: Option<&str>,
        days: i64,
        now: Timestamp,
        chance: &Chance,
    ) -> Result<Rotation, KeyringError> {
        let _lock = lock(dir)?;
        let here = Self::read(dir)?;
        let mut withdrawn = here.withdrawn.clone();
        if let Some(key) = withdraw {
            if !here.issuing.iter().any(|issuing| issuing.public.thumbprint() == key) {
                return Err(KeyringError::UnknownKey(key.to_owned()));
            }
            if !withdrawn.insert(key.to_owned()) {
                let key = here.current().map(|k| k.public.thumbprint()).unwrap_or_default();
                return Ok(Rotation { key, made: false });
            }
        }
        here.certify_next(dir, root, withdrawn, (now, days), chance)
    }

    /// Makes the issuing key that follows `key`, with the root that lies here; where another signs
    /// already, it makes nothing: asked twice, it is done once.
    pub fn succeed(
        dir: &Path,
        key: &str,
        days: i64,
        now: Timestamp,
        chance: &Chance,
    ) -> Result<Rotation, KeyringError> {
        let _lock = lock(dir)?;
        let here = Self::read(dir)?;
        match here.current().map(|current| current.public.thumbprint()) {
            Some(current) if current != key => Ok(Rotation { key: current, made: false }),
            _ => here.certify_next(dir, None, here.withdrawn.clone(), (now, days), chance),
        }
    }

    /// Makes the next issuing key; the directory is locked.
    fn certify_next(
        &self,
        dir: &Path,
        root: Option<&Path>,
        withdrawn: BTreeSet<Thumbprint>,
        (now, days): (Timestamp, i64),
        chance: &Chance,
    ) -> Result<Rotation, KeyringError> {
        let root_file = root.map_or_else(|| dir.join(ROOT), Path::to_owned);
        if root.is_none() && !self.root_is_here {
            return Err(KeyringError::RootDetached { path: root_file });
        }
        let root_key = read_private(&root_file)?;
        if PublicKey::from(root_key.verifying_key()) != self.root {
            return Err(content(&root_file, format!("is not the private half of {ROOT_PUBLIC}")));
        }
        // The newest certificate has the latest `iat`, also when two are made in one second.
        let last = self.issuing.iter().map(|key| key.certificate.iat).max();
        let iat = last.map_or(now, |last| now.max(last + SignedDuration::from_secs(1)));
        let key = certify(dir, &root_key, withdrawn, (iat, now, days), chance)?;
        Ok(Rotation { key, made: true })
    }

    /// Whether the directory has a root key, its private or its public half.
    pub fn is_in(dir: &Path) -> bool {
        [ROOT, ROOT_PUBLIC].iter().any(|name| dir.join(name).exists())
    }

    /// Removes what interrupted writes have left in the directory, where it can be changed.
    pub(super) fn remove_unfinished(dir: &Path) -> Result<(), KeyringError> {
        let file = fs::File::open(dir).map_err(in_file(dir))?;
        // Another process that holds the lock removes them itself.
        if file.try_lock().is_ok() {
            let _ = remove_unfinished(dir);
        }
        Ok(())
    }

    /// Moves the private root out of the keyring to `target`, which must not exist.
    pub fn detach_root(dir: &Path, target: &Path) -> Result<(), KeyringError> {
        let _lock = lock(dir)?;
        let root = dir.join(ROOT);
        let text = read_secret(&root).map_err(in_file(&root))?;
        write_secret(target, text.as_bytes()).map_err(in_file(target))?;
        fs::remove_file(&root).map_err(in_file(&root))
    }

    /// The root key.
    pub fn root(&self) -> &PublicKey {
        &self.root
    }

    /// Whether the private root still lies on the server.
    pub fn root_is_here(&self) -> bool {
        self.root_is_here
    }

    /// All issuing keys, the newest last, withdrawn ones included.
    pub fn issuing(&self) -> &[IssuingKey] {
        &self.issuing
    }

    /// The keys that the root has taken back.
    pub fn withdrawn(&self) -> &BTreeSet<Thumbprint> {
        &self.withdrawn
    }

    /// The issuing key that signs: the newest that is not withdrawn.
    pub fn current(&self) -> Option<&IssuingKey> {
        self.issuing.iter().rev().find(|key| !self.withdrawn.contains(&key.public.thumbprint()))
    }

    /// What a product pins of this office: the issuer, the root, and the certificates that say which
    /// issuing keys were withdrawn.
    pub fn roots(&self, issuer: &str) -> Roots {
        Roots {
            issuer: issuer.to_owned(),
            roots: vec![self.root.named_jwk()],
            certificates: self.withdrawing_certificates(),
        }
    }

    /// The certificates that name all withdrawn keys, the newest first. One is enough, unless copies
    /// of the keys directory went different ways.
    fn withdrawing_certificates(&self) -> Vec<String> {
        let mut named = BTreeSet::new();
        let newest_first = self.issuing.iter().rev();
        let adds = |key: &&IssuingKey| {
            let before = named.len();
            named.extend(key.certificate.withdrawn.iter().cloned());
            named.len() > before
        };
        newest_first.filter(adds).map(|key| key.certificate_token.clone()).collect()
    }

    /// What a product that pins the root believes, which has seen the certificates before.
    pub(super) fn trust(&self, issuer: &str) -> Trust {
        self.trust.for_issuer(issuer)
    }

    /// The symmetric secrets.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Makes the version of a secret that follows `current`; where there is a newer one already, it
    /// makes none. Returns the version that is current now.
    pub fn rotate_secret(
        dir: &Path,
        name: SecretName,
        current: u32,
        chance: &Chance,
    ) -> Result<u32, KeyringError> {
        let _lock = lock(dir)?;
        Secrets::rotate(dir, name, current, chance)
    }
}

/// Only one process makes or moves keys at a time; the lock ends with the returned file. Removes
/// what an interrupted process has left.
pub(super) fn lock(dir: &Path) -> Result<fs::File, KeyringError> {
    let file = fs::File::open(dir).map_err(in_file(dir))?;
    file.lock().map_err(in_file(dir))?;
    remove_unfinished(dir).map_err(in_file(dir))?;
    Ok(file)
}

fn certify(
    dir: &Path,
    root: &SigningKey,
    withdrawn: BTreeSet<Thumbprint>,
    (iat, now, days): (Timestamp, Timestamp, i64),
    chance: &Chance,
) -> Result<Thumbprint, KeyringError> {
    let key = SigningKey::from_bytes(&chance.bytes());
    let public = PublicKey::from(key.verifying_key());
    let certificate = KeyCertificate {
        iat,
        issue_from: now - BACKDATED,
        issue_until: now + SignedDuration::from_hours(24 * days),
        withdrawn: withdrawn.into_iter().collect(),
        cnf: Confirmation { jwk: public.jwk() },
    };
    let path = dir.join(format!("issuing-{}.pem", public.thumbprint()));
    let token = certificate
        .encode(&PublicKey::from(root.verifying_key()), |bytes| root.sign(bytes).to_bytes())
        .map_err(|error| content(&path, error.to_string()))?;
    let words = private_pem(&path, &key)?;
    let text = licentia_license::armour(CERTIFICATE, &words, &token);
    write_secret(&path, text.as_bytes()).map_err(in_file(&path))?;
    Ok(public.thumbprint())
}

/// The key files whose names begin like this, by name.
pub(super) fn files(dir: &Path, beginning: &str) -> Result<Vec<PathBuf>, KeyringError> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).map_err(in_file(dir))? {
        let entry = entry.map_err(in_file(dir))?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(beginning) && name.ends_with(".pem") {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

fn read_issuing(path: &Path, trust: &mut Trust) -> Result<IssuingKey, KeyringError> {
    let text = read_secret(path).map_err(in_file(path))?;
    let (private, certificate) = text
        .split_once("\n\n")
        .ok_or_else(|| content(path, "has no certificate below its key".into()))?;
    let signing = SigningKey::from_pkcs8_pem(private.trim())
        .map_err(|error| content(path, format!("is no PKCS#8 Ed25519 key: {error}")))?;
    let certificate_token = licentia_license::unarmour(certificate)
        .map_err(|error| content(path, error.to_string()))?;
    let certificate = trust
        .remember(&certificate_token)
        .map_err(|error| content(path, format!("its certificate does not hold: {error}")))?;
    let public = PublicKey::from(signing.verifying_key());
    if certificate.key().ok().as_ref() != Some(&public) {
        return Err(content(path, "its certificate is about another key".into()));
    }
    let name = format!("issuing-{}.pem", public.thumbprint());
    if path.file_name().and_then(|n| n.to_str()) != Some(name.as_str()) {
        return Err(content(path, format!("holds the key that belongs into {name}")));
    }
    Ok(IssuingKey { signing, public, certificate, certificate_token })
}

pub(super) fn read_private(path: &Path) -> Result<SigningKey, KeyringError> {
    let text = read_secret(path).map_err(in_file(path))?;
    SigningKey::from_pkcs8_pem(text.trim())
        .map_err(|error| content(path, format!("is no PKCS#8 Ed25519 key: {error}")))
}

fn read_root_public(dir: &Path) -> Result<PublicKey, KeyringError> {
    let path = dir.join(ROOT_PUBLIC);
    let text = read_public(&path).map_err(in_file(&path))?;
    VerifyingKey::from_public_key_pem(text.trim())
        .map(PublicKey::from)
        .map_err(|error| content(&path, format!("is no Ed25519 public key: {error}")))
}

fn write_root_public(dir: &Path, key: &VerifyingKey) -> Result<(), KeyringError> {
    let path = dir.join(ROOT_PUBLIC);
    let pem =
        key.to_public_key_pem(LineEnding::LF).map_err(|error| content(&path, error.to_string()))?;
    write_secret(&path, pem.as_bytes()).map_err(in_file(&path))
}

pub(super) fn private_pem(path: &Path, key: &SigningKey) -> Result<String, KeyringError> {
    // Without the public half (RFC 5958 version 1): OpenSSL 3.0 reads no other.
    let pair = KeypairBytes { secret_key: key.to_bytes(), public_key: None };
    pair.to_pkcs8_pem(LineEnding::LF)
        .map(|pem| pem.to_string())
        .map_err(|error| content(path, error.to_string()))
}

pub(super) fn in_file(path: &Path) -> impl Fn(io::Error) -> KeyringError {
    let path = path.to_owned();
    move |error| KeyringError::File { path: path.clone(), error }
}

pub(super) fn content(path: &Path, fault: String) -> KeyringError {
    KeyringError::Content { path: path.to_owned(), fault }
}
