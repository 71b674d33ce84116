//! Tokens that are none, or of another algorithm or type, and signatures that do not fit.

use super::Vector;
use crate::verify::forge::{
    Parts, forged, hs256, issuing, own, part, public, remove, root, signed, signed_input, stranger,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use licentia_license::REQUEST_TYPE;
use serde_json::{Value, json};

pub fn vectors() -> Vec<Vector> {
    let tables = [shapes(), base64url(), headers(), algorithms(), signatures(), bits()];
    tables.into_iter().flatten().collect()
}

/// The three parts of a good license.
fn parts_of(token: &str) -> [&str; 3] {
    token.split('.').collect::<Vec<_>>().try_into().unwrap()
}

fn shapes() -> Vec<Vector> {
    let whole = forged(|_| ());
    let [header, claims, signature] = parts_of(&whole);
    let half = whole.len() / 2;
    [
        ("nothing", String::new()),
        ("one part", header.to_owned()),
        ("two parts", format!("{header}.{claims}")),
        ("four parts", format!("{whole}.{signature}")),
        ("a dot after it", format!("{whole}.")),
        ("a dot before it", format!(".{whole}")),
        ("a space in it", format!("{header}. {claims}.{signature}")),
        ("a line break in it", format!("{}\n{}", &whole[..half], &whole[half..])),
        ("twice", format!("{whole}\n{whole}")),
        ("JSON as it is", json!({"alg": "EdDSA"}).to_string()),
    ]
    .map(|(name, token)| Vector::refused(name, token, "malformed"))
    .into()
}

/// Base64url is written in one way only. The signatures over the parts are good.
fn base64url() -> Vec<Vector> {
    // So long that two bits of the last character of each part say nothing.
    let loose = forged(|parts| {
        for json in [&mut parts.header, &mut parts.claims] {
            let length = json.to_string().len();
            json["pad"] = json!("x".repeat((2 + 3 - (length + 9) % 3) % 3));
            assert_eq!(json.to_string().len() % 3, 2);
        }
    });
    let [header, claims, signature] = parts_of(&loose);
    let signs = |header: &str, claims: &str| signed_input(format!("{header}.{claims}"), &issuing());
    let foreign = signature.replacen(|c: char| c.is_ascii_alphanumeric(), "%", 1);
    [
        ("padding of the header", signs(&format!("{header}="), claims)),
        ("padding of the claims", signs(header, &format!("{claims}="))),
        ("padding of the signature", format!("{loose}==")),
        ("loose last bits in the header", signs(&loosened(header), claims)),
        ("loose last bits in the claims", signs(header, &loosened(claims))),
        ("loose last bits in the signature", format!("{header}.{claims}.{}", loosened(signature))),
        ("a foreign character in the signature", format!("{header}.{claims}.{foreign}")),
        ("a foreign character more in the signature", format!("{loose}!")),
        ("a foreign character more in the claims", signs(header, &format!("{claims}*"))),
        ("one character more in the signature", format!("{loose}AAA")),
        ("the other base64 alphabet", other_alphabet()),
    ]
    .map(|(name, token)| Vector::refused(name, token, "malformed"))
    .into()
}

/// The same bytes for a lax decoder: the last character's last bit is set.
fn loosened(part: &str) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (start, last) = part.split_at(part.len() - 1);
    let at = ALPHABET.find(last).unwrap();
    assert_eq!(at % 2, 0, "{part}");
    format!("{start}{}", &ALPHABET[at + 1..at + 2])
}

fn other_alphabet() -> String {
    let token = forged(|_| ());
    let [header, claims, signature] = parts_of(&token);
    let other = signature.replace('-', "+").replace('_', "/");
    assert_ne!(other, signature);
    format!("{header}.{claims}.{other}")
}

fn headers() -> Vec<Vector> {
    let parts = Parts::new();
    let (header, claims) = (parts.header.to_string(), parts.claims.to_string());
    let says = |name: &'static str, value: Value| forged(|parts| parts.header[name] = value);
    let lacks = |name: &'static str| forged(|parts| remove(&mut parts.header, name));
    let request = json!({"alg": "EdDSA", "typ": REQUEST_TYPE, "jwk": public(&own()).jwk()});
    let certificate = parts.header["cert"].as_str().unwrap().to_owned();
    let bad = Vector::refused;
    vec![
        bad("a header that is no JSON", parts.signed_as("EdDSA", &claims), "malformed"),
        bad("a header that is a list", parts.signed_as("[]", &claims), "malformed"),
        bad("a header that is null", parts.signed_as("null", &claims), "malformed"),
        bad("a header and more", parts.signed_as(&format!("{header}{{}}"), &claims), "malformed"),
        bad("claims that are no JSON", parts.signed_as(&header, "good"), "malformed"),
        bad("claims that are a list", parts.signed_as(&header, "[]"), "malformed"),
        bad("typ JWT", says("typ", json!("JWT")), "type"),
        bad("a typ that begins like ours", says("typ", json!("license+jwt+x")), "type"),
        bad("a typ with a NUL after it", says("typ", json!("license+jwt\0")), "type"),
        bad("no typ", lacks("typ"), "refused"),
        bad("a key certificate", certificate, "type"),
        bad("a request statement", signed(&request, &parts.claims, &own()), "type"),
        bad("an extension to understand", says("crit", json!(["b64"])), "critical"),
        bad("no extension to understand", says("crit", json!([])), "critical"),
        bad("crit null", says("crit", Value::Null), "critical"),
        bad("no alg", lacks("alg"), "refused"),
        bad("no certificate", lacks("cert"), "malformed"),
        bad("a certificate that is no text", says("cert", json!({"a": "b"})), "malformed"),
        bad(
            "a typ twice, the last one wrong",
            parts.signed_as(&header.replacen('}', r#","typ":"JWT"}"#, 1), &claims),
            "refused",
        ),
    ]
}

fn algorithms() -> Vec<Vector> {
    let parts = Parts::new();
    let says = |alg: &str| forged(|parts| parts.header["alg"] = json!(alg));
    let unsigned = |alg: &str| {
        let signed = says(alg);
        signed[..=signed.rfind('.').unwrap()].to_owned()
    };
    let none = |key: &[u8]| hs256(&parts, key);
    let (issuing, root) = (public(&issuing()), public(&root()));
    [
        ("alg none", unsigned("none")),
        ("alg None", unsigned("None")),
        ("alg NONE", unsigned("NONE")),
        ("an empty alg", unsigned("")),
        ("alg none, signed all the same", says("none")),
        ("alg eddsa", says("eddsa")),
        ("alg ES256", says("ES256")),
        ("alg Ed25519", says("Ed25519")),
        ("HS256 with the issuing key as secret", none(issuing.as_bytes())),
        ("HS256 with the root key as secret", none(root.as_bytes())),
        ("HS256 with the text of the issuing key as secret", none(issuing.jwk().x.as_bytes())),
    ]
    .map(|(name, token)| Vector::refused(name, token, "algorithm"))
    .into()
}

fn signatures() -> Vec<Vector> {
    let whole = forged(|_| ());
    let [header, claims, signature] = parts_of(&whole);
    let another = forged(|parts| parts.claims["user_accounts"] = json!(1_000_000));
    let [_, more, its] = parts_of(&another);
    let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let zeros = part([0; 64]);
    let plus_order = part([&bytes[..32], &plus_order(&bytes[32..])].concat());
    let spaced = part(format!("{} ", Parts::new().header));
    [
        ("no signature", format!("{header}.{claims}.")),
        ("half a signature", format!("{header}.{claims}.{}", part(&bytes[..32]))),
        ("a signature cut by a byte", format!("{header}.{claims}.{}", part(&bytes[..63]))),
        (
            "a signature and a byte more",
            format!("{header}.{claims}.{}", part([&bytes[..], &[0]].concat())),
        ),
        ("a signature of zeros", format!("{header}.{claims}.{zeros}")),
        // Malleability (RFC 8032 section 5.1.7): anybody can make this of a good license.
        ("a signature with the order added", format!("{header}.{claims}.{plus_order}")),
        ("another license's signature", format!("{header}.{claims}.{its}")),
        ("another license's claims", format!("{header}.{more}.{signature}")),
        ("a header written otherwise", format!("{spaced}.{claims}.{signature}")),
        ("signed by a stranger", forged(|parts| parts.issuing = stranger())),
        ("signed by the root", forged(|parts| parts.issuing = root())),
        ("signed by the installation", forged(|parts| parts.issuing = own())),
    ]
    .map(|(name, token)| Vector::refused(name, token, "signature"))
    .into()
}

/// S + L for the S of a signature, both little-endian.
fn plus_order(s: &[u8]) -> Vec<u8> {
    // 2^252 + 27742317777372353535851937790883648493.
    let mut order = 27_742_317_777_372_353_535_851_937_790_883_648_493_u128.to_le_bytes().to_vec();
    order.extend([0; 15]);
    order.push(0x10);
    let mut carry = 0;
    s.iter()
        .zip(order)
        .map(|(a, b)| {
            let sum = u16::from(*a) + u16::from(b) + carry;
            carry = sum >> 8;
            (sum & 0xff) as u8
        })
        .collect()
}

/// A bit changed somewhere: a few of each part, at uneven distances, the last included.
fn bits() -> Vec<Vector> {
    let whole = forged(|_| ());
    let parts = parts_of(&whole).map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
    let mut table = Vec::new();
    for (which, name) in ["header", "claims", "signature"].into_iter().enumerate() {
        let bits = parts[which].len() * 8;
        for bit in (3..bits).step_by(bits / 3 + 1).chain([bits - 1]) {
            let mut changed = parts.clone();
            changed[which][bit / 8] ^= 1 << (bit % 8);
            let why = if which == 0 { "refused" } else { "signature" };
            let token = changed.map(part).join(".");
            table.push(Vector::refused(&format!("bit {bit} of the {name} changed"), token, why));
        }
    }
    table
}
