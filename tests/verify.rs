//! A real office's licenses, verified by code that is not ours: `PyJWT` and OpenSSL's command. On
//! every token of the tables below they say what our own library says (rows 45 and 46).

mod forge;
mod oracles;

use crate::support::{Database, InstallationKey, TestOffice, accounts, order_of, support};
use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::SigningKey;
use forge::{Forge, hs256, part, signed, unsigned};
use licentia::chance::Chance;
use licentia::signing::Keyring;
use licentia_license::PublicKey;
use oracles::{Oracles, Sample};
use serde_json::{Value, json};

on_both_databases! {
    fn a_real_license_is_verified_by_stock_libraries(database) {
        let office = TestOffice::start(database);
        let customer = office.customer_with(&json!({"name": "ООО «Ромашка» & \"Co\" <b>"}));
        let items = [accounts(20), support("2014-10-31")];
        office.buy(&customer, &order_of("2014-0513", &items)).expect(201);
        let unbound = office.claims_and_token(&customer.path("license"));
        let installation = office.activated(&customer, "pbx-1");
        installation.emergency(10).unwrap();
        let full = office.claims_and_token(&customer.path("license"));
        let keys = office.folder.path().join("keys");
        Keyring::rotate(&keys, None, None, office.now(), &Chance::default()).unwrap();
        office.purchase(&customer, "2014-0514", 5);
        let rotated = office.claims_and_token(&customer.path("license"));

        let oracles = Oracles::of(&office.roots());
        let own = Some(installation.thumbprint().to_owned());
        for (claims, token) in [&unbound, &full, &rotated] {
            assert_eq!(oracles.claims(token, None), *claims);
        }
        for (claims, token) in [&full, &rotated] {
            assert_eq!(oracles.claims(token, own.as_deref()), *claims);
        }
        assert_eq!(installation.token().unwrap(), full.1);
        oracles.assert_agree(&[
            Sample::refused("not activated yet", unbound.1, "audience").for_installation(own),
            Sample::refused("another installation's", full.1, "audience")
                .for_installation(Some(InstallationKey::new().thumbprint())),
        ]);
    }
}

impl TestOffice {
    /// The license at a path: what it states, and itself.
    fn claims_and_token(&self, path: &str) -> (Value, String) {
        let license = self.api.get(path).expect(200);
        (license.json["claims"].clone(), license.text_at("/document"))
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn each_kind_of_tampering_is_refused_by_all_for_the_same_reason() {
    let (office, forge) = Forge::of_an_office();
    let stranger = SigningKey::from_bytes(&[9; 32]);
    let stranger_key = PublicKey::from(stranger.verifying_key());
    let (header, claims) = (&forge.header, &forge.claims);
    let with = |name: &str, value: Value| {
        let mut header = header.clone();
        header[name] = value;
        header
    };
    let token = |header: &Value, claims: &Value| signed(header, claims, &forge.issuing);
    let says = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        token(header, &claims)
    };
    let certified = |name: &str, value: Value| {
        let mut certificate = forge.certificate.clone();
        certificate[name] = value;
        let cert = signed(&forge.certificate_header, &certificate, &forge.root);
        token(&with("cert", json!(cert)), claims)
    };
    let cert_header = |name: &str, value: Value, key: &SigningKey| {
        let mut header = forge.certificate_header.clone();
        header[name] = value;
        json!(signed(&header, &forge.certificate, key))
    };
    let iat = claims["iat"].as_i64().unwrap();
    let foreign_root = cert_header("kid", json!(stranger_key.thumbprint()), &stranger);
    let posing_root = cert_header("kid", forge.certificate_header["kid"].clone(), &stranger);
    let whole = &forge.token;
    let parts: Vec<&str> = whole.split('.').collect();
    let issuing = PublicKey::from(forge.issuing.verifying_key());
    let root = PublicKey::from(forge.root.verifying_key());
    let request = InstallationKey::new().asks(&office, &json!({"license": {}})).signed();
    let grown = json!({"sold_by": "reseller", "modules": [1, 2]});

    let bad = Sample::refused;
    let table = vec![
        Sample::good("as the office signed it", whole.clone()),
        Sample::good("put together again", token(header, claims)),
        Sample::good("with claims of another time", says("extension", grown)),
        Sample::good(
            "with a key in the header",
            token(&with("jwk", json!(stranger_key.jwk())), claims),
        ),
        Sample::good("in its certificate's first second", certified("issue_from", json!(iat))),
        bad("alg none, signed", token(&with("alg", json!("none")), claims), "algorithm"),
        bad("alg none, unsigned", unsigned(&with("alg", json!("none")), claims), "refused"),
        bad("alg None", unsigned(&with("alg", json!("None")), claims), "refused"),
        bad("alg missing", token(&with("alg", Value::Null), claims), "refused"),
        bad("HS256 with the issuing key", hs256(header, claims, issuing.as_bytes()), "algorithm"),
        bad("HS256 with the root key", hs256(header, claims, root.as_bytes()), "algorithm"),
        bad("ES256", token(&with("alg", json!("ES256")), claims), "algorithm"),
        bad("typ JWT", token(&with("typ", json!("JWT")), claims), "type"),
        bad("no typ", token(&with("typ", Value::Null), claims), "refused"),
        bad("a request statement", request, "type"),
        bad("a certificate", header["cert"].as_str().unwrap().to_owned(), "type"),
        bad(
            "an extension that must be understood",
            token(&with("crit", json!(["b64"])), claims),
            "malformed",
        ),
        bad("no certificate", token(&with("cert", Value::Null), claims), "malformed"),
        bad("a license for a certificate", token(&with("cert", json!(whole)), claims), "type"),
        bad(
            "a certificate of another root",
            token(&with("cert", foreign_root), claims),
            "unknown-root",
        ),
        bad("a root that poses as ours", token(&with("cert", posing_root), claims), "signature"),
        bad(
            "a certificate that names no root",
            token(&with("cert", cert_header("kid", Value::Null, &forge.root)), claims),
            "refused",
        ),
        bad(
            "a certificate with alg none",
            token(&with("cert", cert_header("alg", json!("none"), &forge.root)), claims),
            "algorithm",
        ),
        bad(
            "a certificate of another typ",
            token(&with("cert", cert_header("typ", json!("JWT"), &forge.root)), claims),
            "type",
        ),
        bad(
            "a foreign kid",
            token(&with("kid", json!(stranger_key.thumbprint())), claims),
            "foreign-key",
        ),
        bad("the root's kid", token(&with("kid", json!(root.thumbprint())), claims), "foreign-key"),
        bad("no kid", token(&with("kid", Value::Null), claims), "refused"),
        bad(
            "a certificate about another key",
            certified("cnf", json!({"jwk": stranger_key.jwk()})),
            "foreign-key",
        ),
        bad("signed by a stranger", signed(header, claims, &stranger), "signature"),
        bad("signed by the root itself", signed(header, claims, &forge.root), "signature"),
        bad(
            "another license's claims",
            format!("{}.{}.{}", parts[0], part(&json!({"iss": "x"})), parts[2]),
            "signature",
        ),
        bad(
            "the certificate's time is over",
            certified("issue_until", json!(iat)),
            "outside-certificate",
        ),
        bad(
            "its time has not begun",
            certified("issue_from", json!(iat + 1)),
            "outside-certificate",
        ),
        bad(
            "issued in another century",
            says("iat", json!(iat + 86400 * 36500)),
            "outside-certificate",
        ),
        bad(
            "its key is withdrawn",
            certified("withdrawn", json!(["x", issuing.thumbprint()])),
            "withdrawn",
        ),
        bad("another issuer", says("iss", json!("https://licenses.other.example")), "issuer"),
        bad(
            "the issuer with a slash",
            says("iss", json!("https://licenses.vendor.example/")),
            "issuer",
        ),
        bad("no audience at all", says("aud", Value::Null), "malformed"),
        bad("two parts", format!("{}.{}", parts[0], parts[1]), "malformed"),
        bad("four parts", format!("{whole}.{}", parts[2]), "malformed"),
        bad("no signature", format!("{}.{}.", parts[0], parts[1]), "refused"),
        bad(
            "half a signature",
            format!("{}.{}.{}", parts[0], parts[1], &parts[2][..43]),
            "refused",
        ),
        bad("nothing", String::new(), "malformed"),
        bad("no base64", format!("{}.{}.{}", parts[0], parts[1], "%".repeat(86)), "refused"),
    ];
    Oracles::of(&office.roots()).assert_agree(&table);
}

#[test]
fn a_bit_changed_anywhere_is_refused_by_all() {
    let (office, forge) = Forge::of_an_office();
    let parts: Vec<Vec<u8>> = forge
        .token
        .split('.')
        .map(|part| BASE64URL_NOPAD.decode(part.as_bytes()).unwrap())
        .collect();
    let mut table = Vec::new();
    for (which, name) in ["header", "claims", "signature"].into_iter().enumerate() {
        let bits = parts[which].len() * 8;
        // Some of all, at uneven distances, the last included.
        for bit in (3..bits).step_by(bits / 5 + 1).chain([bits - 1]) {
            let mut changed = parts.clone();
            changed[which][bit / 8] ^= 1 << (bit % 8);
            let encoded: Vec<_> = changed.iter().map(|part| BASE64URL_NOPAD.encode(part)).collect();
            table.push(Sample::refused(
                &format!("bit {bit} of the {name}"),
                encoded.join("."),
                "refused",
            ));
        }
    }
    Oracles::of(&office.roots()).assert_agree(&table);
}

#[test]
fn who_pins_another_root_or_issuer_refuses_the_license() {
    let (office, forge) = Forge::of_an_office();
    let other = TestOffice::start(Database::Sqlite);
    let ours = office.roots();
    let token = || forge.token.clone();
    Oracles::of(&other.roots()).assert_agree(&[Sample::refused(
        "another root",
        token(),
        "unknown-root",
    )]);
    let mut renamed = ours.clone();
    renamed.issuer = "https://licenses.other.example".into();
    Oracles::of(&renamed).assert_agree(&[Sample::refused("another issuer", token(), "issuer")]);
    let mut both = other.roots();
    both.roots.extend(ours.roots);
    Oracles::of(&both).assert_agree(&[Sample::good("one root of two", token())]);
}
