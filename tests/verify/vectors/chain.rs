//! Key certificates that do not carry the license they came with.

use super::Vector;
use crate::verify::forge::{
    Parts, SELF_STYLED, certified, forged, issuing, own, part, public, remove, root, second_root,
    signed, stranger, thumbprint, thumbprint_of, withdrawn,
};
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};

pub fn vectors() -> Vec<Vector> {
    let mut all = certificates();
    all.extend(keys());
    all.extend(bounds());
    all
}

fn certificates() -> Vec<Vector> {
    let bad = Vector::refused;
    let cert = |text: String| forged(|parts| parts.header["cert"] = json!(text));
    let header = |name: &'static str, value: Value| {
        certified(|parts| parts.certificate_header[name] = value)
    };
    let named = |key: &SigningKey| json!(thumbprint(key));
    let by = |kid: Value, key| {
        certified(|parts| {
            parts.certificate_header["kid"] = kid;
            parts.root = key;
        })
    };
    let whole = Parts::new().header["cert"].as_str().unwrap().to_owned();
    let input = &whole[..whole.rfind('.').unwrap()];
    vec![
        bad("an empty certificate", cert(String::new()), "malformed"),
        bad("a certificate with padding", cert(format!("{whole}==")), "malformed"),
        bad("a certificate without signature", cert(format!("{input}.")), "signature"),
        bad("a license for a certificate", cert(forged(|_| ())), "type"),
        bad("a certificate of typ JWT", header("typ", json!("JWT")), "type"),
        bad("a certificate with alg none", header("alg", json!("none")), "algorithm"),
        bad("a certificate with crit", header("crit", json!(["x"])), "critical"),
        bad(
            "a certificate that names no root",
            certified(|parts| remove(&mut parts.certificate_header, "kid")),
            "unknown-root",
        ),
        bad("a foreign root", by(named(&stranger()), stranger()), "unknown-root"),
        bad("a foreign root that poses as ours", by(named(&root()), stranger()), "signature"),
        bad("one root in the name of the other", by(named(&root()), second_root()), "signature"),
        bad(
            "a root by its own name for itself",
            by(json!(SELF_STYLED), second_root()),
            "unknown-root",
        ),
        bad("a certificate by the issuing key", by(named(&issuing()), issuing()), "unknown-root"),
        bad("a certificate by the issuing key as root", by(named(&root()), issuing()), "signature"),
        bad(
            "a stranger who certifies himself",
            certified(|parts| {
                parts.certificate["cnf"]["jwk"] = json!(public(&stranger()).jwk());
                parts.header["kid"] = named(&stranger());
                parts.root = stranger();
                parts.issuing = stranger();
            }),
            "signature",
        ),
        bad("a certificate changed", cert(changed_certificate()), "signature"),
        bad(
            "claims that are no certificate",
            certified(|parts| parts.certificate = json!({})),
            "refused",
        ),
    ]
}

/// A good certificate, but for its end, which stands a century later.
fn changed_certificate() -> String {
    let mut parts = Parts::new();
    let whole = parts.header["cert"].as_str().unwrap().to_owned();
    parts.certificate["issue_until"] = json!(4_923_244_800_i64);
    let payload = part(parts.certificate.to_string());
    let (header, signature) = (whole.split('.').next().unwrap(), whole.rsplit('.').next().unwrap());
    format!("{header}.{payload}.{signature}")
}

fn keys() -> Vec<Vector> {
    let bad = Vector::refused;
    let kid = |value: Value| forged(|parts| parts.header["kid"] = value);
    let about = |jwk: Value| certified(|parts| parts.certificate["cnf"]["jwk"] = jwk);
    let good = public(&issuing());
    let with = |name: &str, value: Value| {
        let mut jwk = json!(good.jwk());
        jwk[name] = value;
        jwk
    };
    // Of these 32 bytes no point of the curve is made (RFC 8032 section 5.1.3).
    let no_point = part([&[2][..], &[0; 31]].concat());
    vec![
        bad("a foreign kid", kid(json!(thumbprint(&stranger()))), "foreign-key"),
        bad("the root's kid", kid(json!(thumbprint(&root()))), "foreign-key"),
        bad("the installation's kid", kid(json!(thumbprint(&own()))), "foreign-key"),
        bad("an empty kid", kid(json!("")), "foreign-key"),
        bad("no kid", forged(|parts| remove(&mut parts.header, "kid")), "foreign-key"),
        bad("a foreign certificate", about(json!(public(&stranger()).jwk())), "foreign-key"),
        bad(
            "a key by its own name for itself",
            certified(|parts| {
                parts.certificate["cnf"]["jwk"] = with("kid", json!("x"));
                parts.header["kid"] = json!("x");
            }),
            "foreign-key",
        ),
        bad(
            "the root signs the license itself",
            signed(
                &{
                    let mut header = Parts::new().header;
                    header["kid"] = json!(thumbprint(&root()));
                    header
                },
                &Parts::new().claims,
                &root(),
            ),
            "foreign-key",
        ),
        bad("a key on another curve", about(with("crv", json!("X25519"))), "key"),
        bad("a key of another kind", about(with("kty", json!("EC"))), "key"),
        bad("a key a byte too short", about(with("x", json!(part([7; 31])))), "key"),
        bad("a key a byte too long", about(with("x", json!(part([7; 33])))), "key"),
        bad("a key with padding", about(with("x", json!(good.jwk().x + "="))), "key"),
        bad(
            "a key that is no point",
            certified(|parts| {
                parts.header["kid"] = json!(thumbprint_of(&no_point));
                parts.certificate["cnf"]["jwk"] = with("x", json!(no_point));
            }),
            "refused",
        ),
    ]
}

fn bounds() -> Vec<Vector> {
    let bad = Vector::refused;
    let iat = Parts::new().claims["iat"].as_i64().unwrap();
    let says =
        |name: &'static str, value: Value| certified(|parts| parts.certificate[name] = value);
    let both = json!([thumbprint(&stranger()), thumbprint(&issuing())]);
    vec![
        bad(
            "its certificate's time is over",
            says("issue_until", json!(iat)),
            "outside-certificate",
        ),
        bad(
            "its certificate's time has not begun",
            says("issue_from", json!(iat + 1)),
            "outside-certificate",
        ),
        bad("a bound that is a text", says("issue_until", json!("2028-01-01")), "malformed"),
        bad(
            "no bound",
            certified(|parts| remove(&mut parts.certificate, "issue_from")),
            "malformed",
        ),
        bad("its key is withdrawn", says("withdrawn", both), "withdrawn"),
        bad(
            "its key is withdrawn by a certificate in the roots file",
            certified(|parts| {
                parts.issuing = withdrawn();
                parts.header["kid"] = json!(thumbprint(&parts.issuing));
                parts.certificate["cnf"]["jwk"] = json!(public(&parts.issuing).jwk());
            }),
            "withdrawn",
        ),
        bad("withdrawn null", says("withdrawn", Value::Null), "malformed"),
        bad(
            "its key is withdrawn, in a text",
            says("withdrawn", json!(thumbprint(&issuing()))),
            "malformed",
        ),
    ]
}
