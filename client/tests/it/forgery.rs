//! Tokens that nobody with the right key has signed (failures 45, 46).

use crate::vendor::{ISSUER, Site, Vendor, key, license, public};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::Signer;
use licentia_client::{Request, verify};
use licentia_license::{read_statement, unarmour};
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

fn part(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

/// A license's header and claims, to be forged.
fn taken_apart(token: &str) -> (Value, Value) {
    let read = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    let parts: Vec<_> = token.split('.').collect();
    (read(parts[0]), read(parts[1]))
}

/// Puts a token together, signed with the vendor's issuing key: only its header is wrong.
fn signed(vendor: &Vendor, header: &Value, claims: &Value) -> String {
    let input = format!("{}.{}", part(header), part(claims));
    let signature = vendor.issuing.sign(input.as_bytes()).to_bytes();
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// HMAC-SHA-256 (RFC 2104), for the forger's sake alone.
fn hmac(secret: &[u8], message: &[u8]) -> Vec<u8> {
    let mut block = [0; 64];
    block[..secret.len()].copy_from_slice(secret);
    let keyed = |pad: u8| block.map(|byte| byte ^ pad).to_vec();
    let inner = Sha256::digest([&keyed(0x36)[..], message].concat());
    Sha256::digest([&keyed(0x5c)[..], &inner[..]].concat()).to_vec()
}

#[test]
fn a_license_put_together_by_hand_is_accepted_so_that_the_refusals_below_mean_something() {
    let site = Site::new();
    let (header, claims) = taken_apart(&site.signed(100));
    site.installation.take_in(&signed(&site.vendor, &header, &claims)).unwrap();
}

#[test]
fn the_algorithm_none_is_refused() {
    let site = Site::new();
    let (mut header, claims) = taken_apart(&site.signed(100));
    for none in ["none", "None", "NONE", ""] {
        header["alg"] = json!(none);
        let unsigned = format!("{}.{}.", part(&header), part(&claims));
        for token in [unsigned, signed(&site.vendor, &header, &claims)] {
            assert_eq!(site.installation.take_in(&token).unwrap_err().code(), "algorithm");
        }
    }
}

#[test]
fn hs256_with_the_public_key_as_secret_is_refused() {
    let site = Site::new();
    let (mut header, claims) = taken_apart(&site.signed(100));
    header["alg"] = json!("HS256");
    let input = format!("{}.{}", part(&header), part(&claims));
    for secret in [public(&site.vendor.issuing), public(&site.vendor.root)] {
        let mac = hmac(secret.as_bytes(), input.as_bytes());
        let token = format!("{input}.{}", URL_SAFE_NO_PAD.encode(mac));
        assert_eq!(site.installation.take_in(&token).unwrap_err().code(), "algorithm");
    }
}

#[test]
fn a_foreign_kid_is_refused() {
    let site = Site::new();
    let (mut header, claims) = taken_apart(&site.signed(100));
    for kid in [json!(public(&key(9)).thumbprint()), json!(""), Value::Null] {
        header["kid"] = kid;
        let token = signed(&site.vendor, &header, &claims);
        assert_eq!(site.installation.take_in(&token).unwrap_err().code(), "foreign-key");
    }
}

#[test]
fn a_foreign_certificate_is_refused() {
    let site = Site::new();
    let (mut header, claims) = taken_apart(&site.signed(100));
    // By the right root, about another key; and about the right key, by another root.
    let another_key = site.vendor.with_key(key(9)).certificate();
    let another_root = Vendor { root: key(9), ..site.vendor.clone() }.certificate();
    for (certificate, code) in [
        (json!(another_key), "foreign-key"),
        (json!(another_root), "unknown-root"),
        (json!(site.signed(100)), "type"),
        (Value::Null, "malformed"),
    ] {
        header["cert"] = certificate;
        let token = signed(&site.vendor, &header, &claims);
        assert_eq!(site.installation.take_in(&token).unwrap_err().code(), code);
    }
}

#[test]
fn a_key_in_the_header_is_not_believed() {
    let site = Site::new();
    let forger = site.vendor.with_key(key(9));
    let (mut header, claims) = taken_apart(&site.signed(100));
    header["jwk"] = json!(public(&forger.issuing).jwk());
    let token = signed(&forger, &header, &claims);
    assert_eq!(site.installation.take_in(&token).unwrap_err().code(), "signature");
}

#[test]
fn a_token_of_another_type_is_no_license() {
    let site = Site::new();
    let request = site.installation.statement(&Request::License {}).unwrap();
    assert_eq!(site.installation.take_in(&request).unwrap_err().code(), "type");
    let certificate = site.vendor.certificate();
    assert_eq!(site.installation.take_in(&certificate).unwrap_err().code(), "type");
    let (mut header, claims) = taken_apart(&site.signed(100));
    for typ in ["JWT", "license-request+jwt", "license-key+jwt", ""] {
        header["typ"] = json!(typ);
        let token = signed(&site.vendor, &header, &claims);
        assert_eq!(site.installation.take_in(&token).unwrap_err().code(), "type");
    }
    assert_eq!(read_statement(&site.signed(100)).unwrap_err().code(), "type");
}

#[test]
fn a_weak_issuing_key_is_refused_even_when_the_root_has_certified_it() {
    let site = Site::new();
    let (mut header, claims) = taken_apart(&site.signed(100));
    let (certificate_header, mut certificate) = taken_apart(&site.vendor.certificate());
    let mut identity = [0; 32];
    identity[0] = 1;
    certificate["cnf"]["jwk"]["x"] = json!(URL_SAFE_NO_PAD.encode(identity));
    let root = site.vendor.with_key(site.vendor.root.clone());
    header["cert"] = json!(signed(&root, &certificate_header, &certificate));
    let input = format!("{}.{}", part(&header), part(&claims));
    let mut any_message = [0; 64];
    any_message[0] = 1;
    let token = format!("{input}.{}", URL_SAFE_NO_PAD.encode(any_message));
    assert_eq!(site.installation.take_in(&token).unwrap_err().code(), "key");
}

/// A license and a statement, made once for all cases.
fn tokens() -> &'static (Vendor, String, String) {
    static TOKENS: std::sync::OnceLock<(Vendor, String, String)> = std::sync::OnceLock::new();
    TOKENS.get_or_init(|| {
        let site = Site::new();
        let statement = site.installation.statement(&Request::Emergency { accounts: 10 }).unwrap();
        let token = site.vendor.sign(&license(&site.installation, 100));
        verify(&token, &site.vendor.roots()).unwrap();
        assert_eq!(read_statement(&statement).unwrap().statement.aud, ISSUER);
        (site.vendor.clone(), token, statement)
    })
}

/// The text with one bit changed, if it still is text.
fn flipped(token: &str, bit: usize) -> Option<String> {
    let mut bytes = token.as_bytes().to_vec();
    let at = bit / 8 % bytes.len();
    bytes[at] ^= 1 << (bit % 8);
    String::from_utf8(bytes).ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_license_with_any_single_bit_changed_is_refused(bit in any::<usize>()) {
        let (vendor, token, _) = tokens();
        if let Some(forged) = flipped(token, bit) {
            prop_assert!(verify(&forged, &vendor.roots()).is_err(), "{forged}");
        }
    }

    #[test]
    fn a_statement_with_any_single_bit_changed_is_refused(bit in any::<usize>()) {
        let (_, _, statement) = tokens();
        if let Some(forged) = flipped(statement, bit) {
            prop_assert!(read_statement(&forged).is_err(), "{forged}");
        }
    }

    #[test]
    fn no_text_whatever_makes_the_verification_panic(text in "\\PC{0,200}") {
        let (vendor, ..) = tokens();
        prop_assert!(verify(&text, &vendor.roots()).is_err());
        let _ = unarmour(&text);
    }
}
