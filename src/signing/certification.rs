//! Certification of an issuing key on another machine, where the root is kept. Only public halves
//! and certificates travel: a request to that machine, a certificate back.

use super::files::{read_secret, write_secret};
use super::keyring::{
    BACKDATED, CERTIFICATE, Keyring, KeyringError, Rotation, content, files, in_file, lock,
    private_pem, read_private,
};
use crate::chance::Chance;
use ed25519_dalek::{Signer, SigningKey};
use jiff::{SignedDuration, Timestamp};
use licentia_license::{
    CertificateRequest, Confirmation, KeyCertificate, PublicKey, Roots, Thumbprint, Trust, armour,
    decode_text, unarmour,
};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const REQUEST: &str = "LICENSE KEY REQUEST";
const PENDING: &str = "pending-";

/// An issuing key that was certified.
#[derive(Debug, Clone)]
pub struct CertifiedKey {
    /// What the root says of it.
    pub certificate: KeyCertificate,
    /// The same as a file, with words for people.
    pub file: String,
}

impl Keyring {
    /// Makes an issuing key that has no certificate yet, and a request for one. Where such a key
    /// waits already, the request is about that.
    ///
    /// # Errors
    /// When the keys cannot be read or written.
    pub fn request_certificate(
        dir: &Path,
        now: Timestamp,
        chance: &Chance,
    ) -> Result<(Thumbprint, String), KeyringError> {
        let _lock = lock(dir)?;
        let here = Self::read(dir)?;
        let key = if let Some(path) = files(dir, PENDING)?.first() {
            read_private(path)?
        } else {
            let key = SigningKey::from_bytes(&chance.bytes());
            let path = pending(dir, &PublicKey::from(key.verifying_key()).thumbprint());
            let pem = private_pem(&path, &key)?;
            write_secret(&path, pem.as_bytes()).map_err(in_file(&path))?;
            key
        };
        let public = PublicKey::from(key.verifying_key());
        let request = CertificateRequest {
            iat: now,
            root: here.root().thumbprint(),
            certificates: here.issuing().iter().map(|key| key.certificate_token.clone()).collect(),
            cnf: Confirmation { jwk: public.jwk() },
        };
        let token = request.encode(|bytes| key.sign(bytes).to_bytes());
        let token = token.map_err(|error| content(dir, error.to_string()))?;
        let thumbprint = public.thumbprint();
        let words = format!("Request to certify the issuing key {thumbprint}, made at {now}.");
        Ok((thumbprint, armour(REQUEST, &words, &token)))
    }

    /// Certifies the key of a request for `days`, with the private root key in `root`; with
    /// `withdraw`, the certificate withdraws that issuing key. Needs no keys directory.
    ///
    /// # Errors
    /// A request that was changed, is for another root, or knows no key to withdraw.
    pub fn certify_request(
        request: &Path,
        root: &Path,
        withdraw: Option<&str>,
        days: i64,
        now: Timestamp,
    ) -> Result<CertifiedKey, KeyringError> {
        let text = decode_text(&fs::read(request).map_err(in_file(request))?);
        let wrong = |fault: String| content(request, fault);
        let token = unarmour(&text).map_err(|error| wrong(error.to_string()))?;
        let asked = CertificateRequest::verify(&token)
            .map_err(|error| wrong(format!("is no request for a key certificate: {error}")))?;
        let root_key = read_private(root)?;
        let root_public = PublicKey::from(root_key.verifying_key());
        if asked.root != root_public.thumbprint() {
            return Err(content(root, format!("is not the root {} of the request", asked.root)));
        }
        let pinned = Roots {
            issuer: String::new(),
            roots: vec![root_public.jwk()],
            certificates: Vec::new(),
        };
        let trust = Trust::new(&pinned).map_err(|error| content(root, error.to_string()))?;
        let known = asked.certificates.iter().map(|token| trust.certificate(token));
        let known: Vec<_> = known
            .collect::<Result<_, _>>()
            .map_err(|error| wrong(format!("a certificate in it does not hold: {error}")))?;
        let mut withdrawn: BTreeSet<_> =
            known.iter().flat_map(|certificate| certificate.withdrawn.iter().cloned()).collect();
        if let Some(key) = withdraw {
            let is_key = |certificate: &KeyCertificate| {
                certificate.key().is_ok_and(|known| known.thumbprint() == key)
            };
            if !known.iter().any(is_key) {
                return Err(KeyringError::UnknownKey(key.to_owned()));
            }
            withdrawn.insert(key.to_owned());
        }
        // The newest certificate has the latest `iat`, also when two are made in one second.
        let last = known.iter().map(|certificate| certificate.iat).max();
        let certificate = KeyCertificate {
            iat: last.map_or(now, |last| now.max(last + SignedDuration::from_secs(1))),
            issue_from: now - BACKDATED,
            issue_until: now + SignedDuration::from_hours(24 * days),
            withdrawn: withdrawn.into_iter().collect(),
            cnf: asked.cnf,
        };
        let token = certificate
            .encode(&root_public, |bytes| root_key.sign(bytes).to_bytes())
            .map_err(|error| wrong(error.to_string()))?;
        let words = format!(
            "Certificate of the issuing key {}, which may issue until {}.",
            certificate.key().map(|key| key.thumbprint()).unwrap_or_default(),
            certificate.issue_until
        );
        Ok(CertifiedKey { file: armour(CERTIFICATE, &words, &token), certificate })
    }

    /// Completes the key that waits for this certificate: it signs from now on. A certificate that
    /// is installed already changes nothing.
    ///
    /// # Errors
    /// A certificate by another root or about another key, one that is older than the newest, or
    /// lacks a key that was withdrawn before.
    pub fn install_certificate(dir: &Path, certificate: &Path) -> Result<Rotation, KeyringError> {
        let _lock = lock(dir)?;
        let here = Self::read(dir)?;
        let text = decode_text(&fs::read(certificate).map_err(in_file(certificate))?);
        let wrong = |fault: String| content(certificate, fault);
        let token = unarmour(&text).map_err(|error| wrong(error.to_string()))?;
        let certified = here.trust("").certificate(&token);
        let certified =
            certified.map_err(|error| wrong(format!("the certificate does not hold: {error}")))?;
        let key = certified.key().map_err(|error| wrong(error.to_string()))?.thumbprint();
        if here.issuing().iter().any(|known| known.certificate_token == token) {
            return Ok(Rotation { key, made: false });
        }
        if let Some(lost) = here.withdrawn().iter().find(|key| !certified.withdrawn.contains(key)) {
            return Err(wrong(format!(
                "the certificate does not say that {lost} was withdrawn; make a new request"
            )));
        }
        if here.issuing().iter().any(|known| known.certificate.iat >= certified.iat) {
            return Err(wrong("there is a newer issuing key; make a new request".into()));
        }
        let waiting = pending(dir, &key);
        if !waiting.exists() {
            return Err(wrong(format!("no key waits here for a certificate of {key}")));
        }
        let private = read_secret(&waiting).map_err(in_file(&waiting))?;
        let issuing = dir.join(format!("issuing-{key}.pem"));
        let text = armour(CERTIFICATE, &private, &token);
        write_secret(&issuing, text.as_bytes()).map_err(in_file(&issuing))?;
        fs::remove_file(&waiting).map_err(in_file(&waiting))?;
        Ok(Rotation { key, made: true })
    }

    /// The key that waits for its certificate.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn pending_key(dir: &Path) -> Result<Option<Thumbprint>, KeyringError> {
        let name = |path: &PathBuf| {
            let name = path.file_stem()?.to_str()?;
            Some(name.strip_prefix(PENDING)?.to_owned())
        };
        Ok(files(dir, PENDING)?.first().and_then(name))
    }
}

fn pending(dir: &Path, key: &str) -> PathBuf {
    dir.join(format!("{PENDING}{key}.pem"))
}
