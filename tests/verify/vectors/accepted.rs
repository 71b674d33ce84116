//! Licenses that must be accepted: who refuses one of these locks a customer out.

use super::Vector;
use crate::verify::forge::{
    Parts, certified, emergency, forged, own, public, remove, second_root, seconds, stranger,
    thumbprint,
};
use serde_json::json;

const IAT: &str = "2026-01-15T09:00:00Z";
const DAY: i64 = 24 * 60 * 60;

pub fn vectors() -> Vec<Vector> {
    let mut all = licenses();
    all.extend(texts());
    all.extend(emergencies());
    all
}

fn licenses() -> Vec<Vector> {
    let good = Vector::good;
    let full = forged(|parts| {
        parts.claims["licensee"] = json!({
            "name": "ООО «Ромашка» & \"Co\" <b>\\",
            "country": "Россия",
            "region": "Московская область",
            "city": "Химки",
            "postal_code": "141400",
        });
        parts.claims["aud"] = json!([thumbprint(&stranger()), thumbprint(&own())]);
        parts.claims["external_connections"] = json!(8);
        parts.claims["support_until"] = json!("2026-10-31");
        parts.claims["emergency"] = emergency();
    });
    vec![
        good("all that a license can state", full).with_emergency_accounts(5),
        good("no country, no support, no emergency", forged(|_| ())),
        good(
            "under the second root",
            certified(|parts| {
                parts.root = second_root();
                parts.certificate_header["kid"] = json!(thumbprint(&second_root()));
            }),
        ),
        good(
            "claims and members of another time",
            certified(|parts| {
                parts.header["x"] = json!("y");
                parts.certificate["note"] = json!({"a": [1, null]});
                parts.claims["extension"] = json!({"modules": [1, 2.5, null, true]});
            }),
        ),
        good(
            "an exp and an nbf, which a license does not have",
            certified(|parts| {
                parts.claims["exp"] = json!(1);
                parts.claims["nbf"] = json!(9_999_999_999_i64);
                parts.certificate["exp"] = json!(1);
            }),
        ),
        good(
            "a key in the header, which is not asked",
            forged(|parts| parts.header["jwk"] = json!(public(&stranger()).jwk())),
        ),
        good(
            "a claim of the same name in capitals",
            forged(|parts| parts.claims["AUD"] = json!([thumbprint(&stranger())])),
        ),
        good(
            "another key withdrawn",
            certified(|parts| parts.certificate["withdrawn"] = json!([thumbprint(&stranger())])),
        ),
        good(
            "a certificate that says nothing of withdrawn keys",
            certified(|parts| remove(&mut parts.certificate, "withdrawn")),
        ),
        good(
            "in its certificate's first second",
            certified(|parts| parts.certificate["issue_from"] = json!(seconds(IAT))),
        ),
        good(
            "in its certificate's last second",
            certified(|parts| parts.certificate["issue_until"] = json!(seconds(IAT) + 1)),
        ),
        good("decades after its certificate's time", forged(|_| ()))
            .at(seconds("2066-01-01T00:00:00Z")),
        good("issued 24 hours ahead of the clock", forged(|_| ())).at(seconds(IAT) - DAY),
    ]
}

/// The same JSON in other words: who looks for substrings is lost here.
fn texts() -> Vec<Vector> {
    let parts = Parts::new();
    let (header, claims) = (parts.header.to_string(), parts.claims.to_string());
    let pretty = |json| serde_json::to_string_pretty(json).unwrap();
    let escaped = |text: &str| {
        let escaped = text.replace("typ", "t\\u0079p").replace("aud", "a\\u0075d");
        assert_ne!(text, escaped);
        escaped
    };
    vec![
        Vector::good("a line break after it", format!("{}\n", parts.signed())),
        Vector::good(
            "white space in its JSON",
            parts.signed_as(&pretty(&parts.header), &pretty(&parts.claims)),
        ),
        Vector::good(
            "names of members written in escapes",
            parts.signed_as(&escaped(&header), &escaped(&claims)),
        ),
    ]
}

fn emergencies() -> Vec<Vector> {
    let license = || forged(|parts| parts.claims["emergency"] = emergency());
    let (from, until) = (seconds(IAT), seconds("2026-02-15T09:00:00Z"));
    // `iat` is no less than the clock: a client may take it for the time.
    let early = forged(|parts| {
        parts.claims["iat"] = json!(from - DAY);
        parts.claims["emergency"] = emergency();
    });
    [
        ("an emergency not yet begun", early, from - 1, 0),
        ("an emergency in its first second", license(), from, 5),
        ("a running emergency", license(), from + DAY, 5),
        ("an emergency in its last second", license(), until - 1, 5),
        ("an emergency that ends now", license(), until, 0),
        ("an ended emergency", license(), until + 365 * DAY, 0),
    ]
    .map(|(name, license, now, accounts)| {
        Vector::good(name, license).at(now).with_emergency_accounts(accounts)
    })
    .into()
}
