//! Request statements written by hand, so that they can be wrong.

use super::{Customer, Reply, TestOffice, unique};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use licentia::chance::Chance;
use licentia_license::PublicKey;
use serde_json::{Value, json};
use sha2::Sha256;

/// An installation's key, and nothing else of it.
#[derive(Clone)]
pub struct InstallationKey(SigningKey);

/// A statement before it is signed: any member can be changed.
#[derive(Clone)]
pub struct Statement {
    pub header: Value,
    pub claims: Value,
    key: InstallationKey,
}

impl InstallationKey {
    /// A new key.
    pub fn new() -> Self {
        Self(SigningKey::from_bytes(&Chance::default().bytes()))
    }

    /// The installation's identity.
    pub fn thumbprint(&self) -> String {
        self.public().thumbprint()
    }

    /// Its public half.
    pub fn public(&self) -> PublicKey {
        PublicKey::from(self.0.verifying_key())
    }

    /// A good statement that asks an office for something.
    pub fn asks(&self, office: &TestOffice, req: &Value) -> Statement {
        self.asks_at(office.settings.issuer.as_deref().unwrap(), office.now(), req)
    }

    /// A good statement for an issuer and a time.
    pub fn asks_at(&self, issuer: &str, now: Timestamp, req: &Value) -> Statement {
        let now = now.as_second();
        Statement {
            header: json!({
                "alg": "EdDSA", "typ": "license-request+jwt", "jwk": self.public().jwk(),
            }),
            claims: json!({
                "iss": self.thumbprint(),
                "aud": issuer,
                "iat": now,
                "exp": now + 120,
                "jti": unique("jti"),
                "req": req,
            }),
            key: self.clone(),
        }
    }
}

impl Statement {
    /// The same statement with another claim.
    pub fn with(mut self, claim: &str, value: impl Into<Value>) -> Self {
        self.claims[claim] = value.into();
        self
    }

    /// The same statement with another member of the header.
    pub fn with_header(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.header[member] = value.into();
        self
    }

    /// Its name.
    pub fn jti(&self) -> &str {
        self.claims["jti"].as_str().unwrap()
    }

    /// As it is sent, signed with its own key.
    pub fn signed(&self) -> String {
        self.signed_by(&self.key)
    }

    /// As it is sent, signed with another key than it names.
    pub fn signed_by(&self, key: &InstallationKey) -> String {
        self.finished(|input| key.0.sign(input).to_bytes().to_vec())
    }

    /// Not signed at all.
    pub fn unsigned(&self) -> String {
        self.finished(|_| Vec::new())
    }

    /// Signed with HMAC-SHA-256, the public key as its secret.
    pub fn signed_by_hmac(&self) -> String {
        let public = self.key.public();
        self.finished(|input| {
            let mut mac = Hmac::<Sha256>::new_from_slice(public.as_bytes()).unwrap();
            mac.update(input);
            mac.finalize().into_bytes().to_vec()
        })
    }

    /// Claims as they stand in `text`, signed: for what no JSON value can be.
    pub fn signed_claims(&self, text: &str) -> String {
        let sign = |input: &[u8]| self.key.0.sign(input).to_bytes().to_vec();
        together(&self.header.to_string(), text, sign)
    }

    fn finished(&self, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
        together(&self.header.to_string(), &self.claims.to_string(), sign)
    }
}

fn together(header: &str, claims: &str, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = sign(input.as_bytes());
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// What an activation asks.
pub fn activation(activation_key: &str, name: &str) -> Value {
    json!({"activate": {
        "activation_key": activation_key,
        "name": name,
        "product_version": "5.1",
        "fingerprint": {"machine_id": format!("hash of {name}")},
    }})
}

/// What a request for an emergency license asks.
pub fn emergency(accounts: impl Into<Value>) -> Value {
    json!({"emergency": {"accounts": accounts.into()}})
}

impl TestOffice {
    /// Posts a statement that asks for something.
    pub fn asked(&self, key: &InstallationKey, path: &str, req: &Value) -> Reply {
        self.api.post_statement(path, &key.asks(self, req).signed())
    }

    /// An installation that a customer has activated, known by its key.
    pub fn activated_key(&self, customer: &Customer) -> InstallationKey {
        let key = InstallationKey::new();
        let req = activation(&customer.activation_key, &unique("pbx"));
        self.asked(&key, "/activations", &req).expect(201);
        key
    }

    /// The license as an installation fetches it.
    pub fn fetched(&self, key: &InstallationKey, headers: &[(&str, &str)]) -> Reply {
        let statement = key.asks(self, &json!({"license": {}})).signed();
        let api = self.api.with_token(&statement);
        api.call("GET", "/license", headers, None).expect("the server answers")
    }
}
