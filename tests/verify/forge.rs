//! A vendor of fixed keys, whose licenses are taken apart and put together again, changed.
//!
//! The keys are for tests only: they stand here for everybody to read.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use licentia_client::Roots;
use licentia_license::{
    CERTIFICATE_TYPE, Emergency, Jwk, LICENSE_TYPE, License, Licensee, PublicKey,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub const ISSUER: &str = "https://licenses.vendor.example";
/// The name that the vectors' second root gives itself; a verifier computes names, and ignores it.
pub const SELF_STYLED: &str = "the-name-that-a-root-gives-itself";

/// The private key of these 32 bytes: **for tests only**.
fn test_key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub fn root() -> SigningKey {
    test_key(1)
}

pub fn second_root() -> SigningKey {
    test_key(2)
}

pub fn issuing() -> SigningKey {
    test_key(3)
}

/// A key that neither the vendor nor the installation has anything to do with.
pub fn stranger() -> SigningKey {
    test_key(4)
}

/// An issuing key that the roots file says is withdrawn.
pub fn withdrawn() -> SigningKey {
    test_key(6)
}

pub const OWN_SEED: [u8; 32] = [5; 32];

/// The key of the installation that verifies.
pub fn own() -> SigningKey {
    SigningKey::from_bytes(&OWN_SEED)
}

pub fn public(key: &SigningKey) -> PublicKey {
    PublicKey::from(key.verifying_key())
}

pub fn thumbprint(key: &SigningKey) -> String {
    public(key).thumbprint()
}

/// The thumbprint of 32 bytes that need not be a key.
pub fn thumbprint_of(x: &str) -> String {
    part(Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#)))
}

pub fn seconds(instant: &str) -> i64 {
    instant.parse::<Timestamp>().unwrap().as_second()
}

/// What the vectors' verifiers pin.
pub fn roots() -> Roots {
    let second = Jwk { kid: Some(SELF_STYLED.into()), ..public(&second_root()).jwk() };
    Roots {
        issuer: ISSUER.into(),
        roots: vec![public(&root()).named_jwk(), second],
        certificates: vec![withdrawing()],
    }
}

/// The certificate in the roots file, which withdraws a key.
fn withdrawing() -> String {
    let Parts { certificate_header, mut certificate, root, .. } = Parts::new();
    certificate["withdrawn"] = json!([thumbprint(&withdrawn())]);
    signed(&certificate_header, &certificate, &root)
}

/// A license and its certificate, in parts that a test may change before they are signed.
#[derive(Clone)]
pub struct Parts {
    pub header: Value,
    pub claims: Value,
    pub certificate_header: Value,
    pub certificate: Value,
    pub root: SigningKey,
    pub issuing: SigningKey,
}

/// A license like the office's, after this change to it.
pub fn forged(change: impl FnOnce(&mut Parts)) -> String {
    let mut parts = Parts::new();
    change(&mut parts);
    parts.signed()
}

/// A license like the office's, after this change to its certificate.
pub fn certified(change: impl FnOnce(&mut Parts)) -> String {
    forged(|parts| {
        change(parts);
        parts.certify();
    })
}

impl Parts {
    pub fn new() -> Self {
        let certificate = json!({
            "iat": seconds("2026-01-01T00:00:00Z"),
            "issue_from": seconds("2026-01-01T00:00:00Z"),
            "issue_until": seconds("2028-01-01T00:00:00Z"),
            "withdrawn": [],
            "cnf": {"jwk": public(&issuing()).jwk()},
        });
        let mut parts = Self {
            header: json!({"alg": "EdDSA", "typ": LICENSE_TYPE, "kid": thumbprint(&issuing())}),
            claims: serde_json::to_value(license()).unwrap(),
            certificate_header: json!(
                {"alg": "EdDSA", "typ": CERTIFICATE_TYPE, "kid": thumbprint(&root())}
            ),
            certificate,
            root: root(),
            issuing: issuing(),
        };
        parts.certify();
        parts
    }

    /// Signs the certificate anew, and puts it into the header.
    pub fn certify(&mut self) {
        self.header["cert"] =
            json!(signed(&self.certificate_header, &self.certificate, &self.root));
    }

    pub fn signed(&self) -> String {
        signed(&self.header, &self.claims, &self.issuing)
    }

    /// The license put together of other texts than its header's and its claims' own.
    pub fn signed_as(&self, header: &str, claims: &str) -> String {
        signed_texts(header, claims, &self.issuing)
    }
}

fn license() -> License {
    License {
        iss: ISSUER.into(),
        sub: "cus_01".into(),
        jti: "lic_01".into(),
        iat: "2026-01-15T09:00:00Z".parse().unwrap(),
        seq: 1_768_467_600,
        aud: vec![thumbprint(&own())],
        licensee: Licensee {
            name: "Romashka".into(),
            country: None,
            region: "Moscow".into(),
            city: "Khimki".into(),
            postal_code: "141400".into(),
        },
        user_accounts: 20,
        external_connections: 0,
        support_until: None,
        emergency: None,
    }
}

/// Five accounts more for a month.
pub fn emergency() -> Value {
    json!(Emergency {
        accounts: 5,
        from: "2026-01-15T09:00:00Z".parse().unwrap(),
        until: "2026-02-15T09:00:00Z".parse().unwrap(),
    })
}

pub fn remove(object: &mut Value, member: &str) {
    object.as_object_mut().unwrap().remove(member).unwrap();
}

pub fn part(text: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

/// The JSON of a token's part.
pub fn read(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

pub fn signed(header: &Value, claims: &Value, key: &SigningKey) -> String {
    signed_texts(&header.to_string(), &claims.to_string(), key)
}

fn signed_texts(header: &str, claims: &str, key: &SigningKey) -> String {
    signed_input(format!("{}.{}", part(header), part(claims)), key)
}

/// The first two parts as they are, with a signature.
pub fn signed_input(input: String, key: &SigningKey) -> String {
    let signature = key.sign(input.as_bytes()).to_bytes();
    input + "." + &part(signature)
}

/// Signed with a public key as the secret, as the header says.
pub fn hs256(parts: &Parts, secret: &[u8]) -> String {
    let mut header = parts.header.clone();
    header["alg"] = "HS256".into();
    let input = format!("{}.{}", part(header.to_string()), part(parts.claims.to_string()));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.update(input.as_bytes());
    input + "." + &part(mac.finalize().into_bytes())
}
