//! No bytes make the verification of a license panic, and none that the root has not signed pass.
#![no_main]

use ed25519_dalek::SigningKey;
use libfuzzer_sys::fuzz_target;
use licentia_license::{PublicKey, Roots, Trust};
use std::sync::LazyLock;

/// The roots of the vectors in `tests/vectors`, whose tokens are the corpus, and a stranger's.
static TRUSTS: LazyLock<[Trust; 2]> = LazyLock::new(|| {
    let vectors = include_str!("../../tests/vectors/vectors.json");
    let vectors: serde_json::Value = serde_json::from_str(vectors).unwrap();
    let stranger = PublicKey::from(SigningKey::from_bytes(&[77; 32]).verifying_key());
    let strangers = Roots { issuer: String::new(), roots: vec![stranger.named_jwk()], certificates: Vec::new() };
    [Trust::from_json(&vectors["roots"].to_string()).unwrap(), Trust::new(&strangers).unwrap()]
});

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let [vectors, stranger] = &*TRUSTS;
    let _ = vectors.license(text);
    assert!(stranger.license(text).is_err(), "nobody has this root's private key");
});
