//! Licenses of the vendor's that are not for this installation, or not yet.

use super::Vector;
use crate::verify::forge::{ISSUER, Parts, forged, own, remove, stranger, thumbprint};
use serde_json::{Value, json};

pub fn vectors() -> Vec<Vector> {
    let mut all = issuers_and_times();
    all.extend(audiences());
    all
}

fn issuers_and_times() -> Vec<Vector> {
    let bad = Vector::refused;
    let says = |name: &'static str, value: Value| forged(|parts| parts.claims[name] = value);
    let iat = Parts::new().claims["iat"].as_i64().unwrap();
    let century = 36_525 * 24 * 60 * 60;
    vec![
        bad("another issuer", says("iss", json!("https://licenses.other.example")), "issuer"),
        bad("the issuer with a slash", says("iss", json!(format!("{ISSUER}/"))), "issuer"),
        bad("the issuer in capitals", says("iss", json!(ISSUER.to_uppercase())), "issuer"),
        bad("an issuer that goes on", says("iss", json!(format!("{ISSUER}.example"))), "issuer"),
        bad("no issuer", forged(|parts| remove(&mut parts.claims, "iss")), "refused"),
        bad("issued in another century", says("iat", json!(iat + century)), "outside-certificate"),
        bad("issued in the last century", says("iat", json!(iat - century)), "outside-certificate"),
        bad("an iat that is a text", says("iat", json!(iat.to_string())), "malformed"),
        bad("an iat in fractions", says("iat", json!(1_768_467_600.5)), "malformed"),
        bad("no iat", forged(|parts| remove(&mut parts.claims, "iat")), "malformed"),
        bad("issued a second too far ahead", forged(|_| ()), "issued-ahead")
            .at(iat - 24 * 60 * 60 - 1),
        bad("issued a year ahead", forged(|_| ()), "issued-ahead").at(iat - 365 * 24 * 60 * 60),
    ]
}

fn audiences() -> Vec<Vector> {
    let bad = Vector::refused;
    let aud = |value: Value| forged(|parts| parts.claims["aud"] = value);
    let (own, other) = (thumbprint(&own()), thumbprint(&stranger()));
    let parts = Parts::new();
    let twice = parts.claims.to_string();
    let twice = format!(r#"{},"aud":["{other}"]}}"#, twice.strip_suffix('}').unwrap());
    vec![
        bad("another installation's", aud(json!([other])), "audience"),
        bad("no installation's", aud(json!([])), "audience"),
        bad("an audience that begins like ours", aud(json!([own[..42]])), "audience"),
        bad("an audience that goes on after ours", aud(json!([format!("{own}A")])), "audience"),
        bad("our thumbprint in capitals", aud(json!([own.to_uppercase()])), "audience"),
        bad("an audience that is a text", aud(json!(own)), "malformed"),
        bad("an audience that is an object", aud(json!({"0": own})), "malformed"),
        bad("an audience of everybody", aud(json!([true, 0, null])), "refused"),
        bad("an audience in a list in a list", aud(json!([[own]])), "refused"),
        bad("an audience that is null", aud(Value::Null), "malformed"),
        bad("no audience", forged(|parts| remove(&mut parts.claims, "aud")), "malformed"),
        bad(
            "an audience in capitals beside another installation's",
            forged(|parts| {
                parts.claims["aud"] = json!([other]);
                parts.claims["AUD"] = json!([own]);
            }),
            "audience",
        ),
        bad(
            "another installation's, ours in the customer's name",
            forged(|parts| {
                parts.claims["aud"] = json!([other]);
                parts.claims["licensee"]["name"] = json!(format!(r#"","aud":["{own}"],""#));
            }),
            "audience",
        ),
        bad(
            "an audience twice, the last one another's",
            parts.signed_as(&parts.header.to_string(), &twice),
            "refused",
        ),
    ]
}
