//! A license taken apart, and the keys to put others together.

use crate::support::{Database, TestOffice};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::pkcs8::DecodePrivateKey;
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use std::fs;

pub struct Forge {
    pub token: String,
    pub header: Value,
    pub claims: Value,
    pub certificate_header: Value,
    pub certificate: Value,
    pub issuing: SigningKey,
    pub root: SigningKey,
}

impl Forge {
    /// A license of a real office, with the office's own keys.
    pub fn of_an_office() -> (TestOffice, Self) {
        let office = TestOffice::start(Database::Sqlite);
        let customer = office.customer();
        office.purchase(&customer, "2014-0513", 20);
        let token = office.activated(&customer, "pbx-1").token().unwrap();
        let (header, claims) = taken_apart(&token);
        let (certificate_header, certificate) = taken_apart(header["cert"].as_str().unwrap());
        let keys = office.folder.path().join("keys");
        let kid = header["kid"].as_str().unwrap();
        let private = |name: &str| {
            let text = fs::read_to_string(keys.join(name)).unwrap();
            SigningKey::from_pkcs8_pem(text.split("\n\n").next().unwrap().trim()).unwrap()
        };
        let issuing = private(&format!("issuing-{kid}.pem"));
        let root = private("root.pem");
        let forge = Self { token, header, claims, certificate_header, certificate, issuing, root };
        (office, forge)
    }
}

fn taken_apart(token: &str) -> (Value, Value) {
    let read = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    let parts: Vec<_> = token.split('.').collect();
    (read(parts[0]), read(parts[1]))
}

/// A header or claims as a token has them; members that are null are left out of a header.
pub fn part(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

fn input(header: &Value, claims: &Value) -> String {
    let mut header = header.clone();
    header.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    format!("{}.{}", part(&header), part(claims))
}

pub fn signed(header: &Value, claims: &Value, key: &SigningKey) -> String {
    let input = input(header, claims);
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(key.sign(input.as_bytes()).to_bytes()))
}

pub fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.", input(header, claims))
}

/// Signed with a public key as the secret, as the header says.
pub fn hs256(header: &Value, claims: &Value, secret: &[u8]) -> String {
    let mut header = header.clone();
    header["alg"] = "HS256".into();
    let input = input(&header, claims);
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.update(input.as_bytes());
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}
