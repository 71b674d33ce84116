use crate::jws::Unverified;
use crate::license::LICENSE_TYPE;
use crate::reading::{plain, without_wrapping};
use crate::{Contents, Error, Jwk, KeyCertificate, License, PublicKey, Thumbprint};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The file that a product pins: who issues, and the root keys that speak for it.
///
/// Written by `licentia keys export`; reaches a product by file or built in, never by network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roots {
    /// The vendor's license office: the `iss` of its licenses, the `aud` of requests to it.
    pub issuer: String,
    /// The root keys.
    pub roots: Vec<Jwk>,
    /// Key certificates that withdraw issuing keys, as tokens: the roots have signed them. Empty
    /// until the first withdrawal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<String>,
}

impl Roots {
    /// Reads the text of such a file, as editors and mail programs leave it. Files that are not surely
    /// UTF-8 go through [`decode_text`](crate::decode_text) first.
    ///
    /// # Errors
    /// [`Error::Malformed`] when it is not such a file; [`Error::NoToken`] with what it looks like,
    /// where that is known.
    pub fn read(text: &str) -> Result<Self, Error> {
        let text = plain(text);
        let json = text.find('{').zip(text.rfind('}')).and_then(|(from, to)| text.get(from..=to));
        let Some(json) = json else {
            return Err(match Contents::of(&text) {
                Contents::Words => Error::Malformed("not a file of roots"),
                contents => Error::NoToken(contents),
            });
        };
        // No member of it has white space of its own.
        serde_json::from_str(json)
            .or_else(|_| serde_json::from_str(&without_wrapping(json)))
            .map_err(|_| Error::Malformed("not a file of roots"))
    }

    /// Whether another file pins the same issuer and root keys. The certificates may differ: a file
    /// exported later knows of more withdrawals.
    #[must_use]
    pub fn pins_the_same(&self, other: &Self) -> bool {
        self.issuer == other.issuer && self.roots == other.roots
    }
}

/// What a verifier believes: an issuer, its root keys, and the issuing keys it knows to be
/// withdrawn.
#[derive(Debug, Clone)]
pub struct Trust {
    issuer: String,
    roots: Vec<PublicKey>,
    withdrawn: BTreeSet<Thumbprint>,
    remembered: Vec<Certified>,
}

/// A certificate that a root has signed: that was verified.
#[derive(Debug, Clone)]
struct Certified {
    token: String,
    certificate: KeyCertificate,
    key: PublicKey,
    kid: Thumbprint,
}

/// A license whose signatures were checked, with what its certificate said on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedLicense {
    /// What the license states.
    pub license: License,
    /// The issuing key that signed it.
    pub key: Thumbprint,
    /// The issuing keys that its certificate withdraws; remember them.
    pub withdrawn: Vec<Thumbprint>,
}

impl Trust {
    /// Trusts these roots, and knows the issuing keys that their certificates withdraw.
    ///
    /// # Errors
    /// [`Error::Key`] when one of them is no usable key, or there is none; what is wrong with a
    /// certificate.
    pub fn new(roots: &Roots) -> Result<Self, Error> {
        let keys = roots.roots.iter().map(PublicKey::try_from).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() {
            return Err(Error::Key);
        }
        let mut withdrawn = BTreeSet::new();
        for token in &roots.certificates {
            withdrawn.extend(KeyCertificate::verify(token, &keys)?.withdrawn);
        }
        let issuer = roots.issuer.clone();
        Ok(Self { issuer, roots: keys, withdrawn, remembered: Vec::new() })
    }

    /// Trusts the roots in a file's text (see [`Roots`]).
    ///
    /// # Errors
    /// As [`Roots::read`]; [`Error::Key`] as in [`Trust::new`].
    pub fn from_json(json: &str) -> Result<Self, Error> {
        Self::new(&Roots::read(json)?)
    }

    /// The pinned issuer.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The issuing keys known to be withdrawn.
    #[must_use]
    pub fn withdrawn(&self) -> &BTreeSet<Thumbprint> {
        &self.withdrawn
    }

    /// Remembers withdrawn issuing keys: their licenses are refused from now on.
    pub fn withdraw(&mut self, keys: impl IntoIterator<Item = Thumbprint>) {
        self.withdrawn.extend(keys);
    }

    /// The same roots and certificates, pinned for another issuer.
    #[must_use]
    pub fn for_issuer(&self, issuer: &str) -> Self {
        Self { issuer: issuer.to_owned(), ..self.clone() }
    }

    /// Checks a key certificate and remembers it: a license that brings this very token need not
    /// have it checked again.
    ///
    /// # Errors
    /// As [`Trust::certificate`].
    pub fn remember(&mut self, token: &str) -> Result<KeyCertificate, Error> {
        let certified = self.certified(token)?;
        let certificate = certified.certificate.clone();
        self.remembered.push(certified);
        Ok(certificate)
    }

    fn certified(&self, token: &str) -> Result<Certified, Error> {
        let certificate = KeyCertificate::verify(token, &self.roots)?;
        let key = certificate.key()?;
        let kid = key.thumbprint();
        Ok(Certified { token: token.to_owned(), certificate, key, kid })
    }

    /// Checks a license: certificate by root, license by certificate, issuer, times.
    ///
    /// The caller still asks for its own place ([`License::require_audience`]), and compares
    /// `seq` and `iat` with what it has seen.
    ///
    /// # Errors
    /// The first thing that did not fit; nothing of the token may be used then.
    pub fn license(&self, token: &str) -> Result<VerifiedLicense, Error> {
        let token = Unverified::parse(token, LICENSE_TYPE)?;
        let certificate = token.header.cert.as_deref().ok_or(Error::Malformed("no cert"))?;
        let remembered = self.remembered.iter().find(|known| known.token == certificate);
        let checked;
        let Certified { certificate, key, kid, .. } = if let Some(known) = remembered {
            known
        } else {
            checked = self.certified(certificate)?;
            &checked
        };
        if token.header.kid.as_deref() != Some(kid.as_str()) {
            return Err(Error::ForeignKey);
        }
        let license: License = token.verify(key)?;
        if self.withdrawn.contains(kid) || certificate.withdrawn.contains(kid) {
            return Err(Error::Withdrawn);
        }
        if !certificate.may_issue(license.iat) {
            return Err(Error::OutsideCertificate);
        }
        if license.iss != self.issuer {
            return Err(Error::Issuer);
        }
        let (key, withdrawn) = (kid.clone(), certificate.withdrawn.clone());
        Ok(VerifiedLicense { license, key, withdrawn })
    }

    /// Checks a key certificate alone.
    ///
    /// # Errors
    /// As [`Trust::license`], for the certificate.
    pub fn certificate(&self, token: &str) -> Result<KeyCertificate, Error> {
        KeyCertificate::verify(token, &self.roots)
    }
}
