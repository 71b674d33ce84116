//! A license is verified in any language: those of `docs/verify/` say of every vector, and of the
//! licenses of a real office, what our own client says (rows 45 and 46).

mod forge;
mod languages;
mod reference;
mod vectors;

use crate::support::{
    Customer, Database, InstallationKey, TestOffice, accounts, order_of, support,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use forge::read;
use languages::{Verdict, languages, verdicts, verdicts_alone};
use licentia::chance::Chance;
use licentia::signing::Keyring;
use licentia_license::Trust;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use vectors::{Vector, Vectors};

/// The words of docs/verify.md.
const REASONS: [&str; 13] = [
    "malformed",
    "algorithm",
    "type",
    "critical",
    "unknown-root",
    "signature",
    "key",
    "foreign-key",
    "withdrawn",
    "outside-certificate",
    "issuer",
    "audience",
    "issued-ahead",
];

#[test]
fn every_language_says_of_every_vector_what_it_should() {
    let Vectors { roots, vectors } = Vectors::new();
    assert_verdicts(&vectors, &verdicts(&roots, &vectors));
}

#[test]
fn every_language_runs_as_its_first_lines_say() {
    let Vectors { roots, mut vectors } = Vectors::new();
    vectors.retain(|vector| ["a running emergency", "alg none"].contains(&&*vector.name));
    assert_eq!(vectors.len(), 2);
    assert_verdicts(&vectors, &verdicts_alone(&roots, &vectors));
}

#[test]
fn our_own_client_says_of_every_vector_what_it_should() {
    let Vectors { roots, mut vectors } = Vectors::new();
    // Our client takes text that people carry, and out of it what carriers put into a token.
    let good = vectors.iter().filter(|vector| vector.verdict == "good");
    let good: Vec<String> = good.map(|vector| vector.license.clone()).collect();
    let all = vectors.len();
    vectors.retain(|vector| {
        let token = licentia_license::unarmour(&vector.license);
        good.contains(&vector.license) || !token.is_ok_and(|token| good.contains(&token))
    });
    assert_eq!(all - vectors.len(), 4, "a dot after it, a space in it, a line break in it, twice");
    let said = vectors.iter().map(|vector| (vector, reference::verdict(&roots, vector)));
    let wrong: Vec<_> = said.filter_map(|(vector, verdict)| wrong(vector, &verdict)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn certificates_that_are_remembered_change_no_verdict() {
    let Vectors { roots, vectors } = Vectors::new();
    let fresh = Trust::new(&roots).unwrap();
    let mut knowing = fresh.clone();
    let certificates = vectors.iter().filter_map(|vector| certificate(&vector.license));
    let remembered = certificates.filter(|certificate| knowing.remember(certificate).is_ok());
    assert!(remembered.count() > 1, "some are good");
    for Vector { name, license, .. } in &vectors {
        let [fresh, knowing] = [&fresh, &knowing].map(|trust| trust.license(license));
        assert_eq!(format!("{fresh:?}"), format!("{knowing:?}"), "{name}");
    }
}

/// The certificate that a license brings, where it can be read.
fn certificate(license: &str) -> Option<String> {
    let header = URL_SAFE_NO_PAD.decode(license.split('.').next()?).ok()?;
    let header: Value = serde_json::from_slice(&header).ok()?;
    Some(header["cert"].as_str()?.to_owned())
}

#[test]
fn the_vectors_that_others_may_read_are_those_that_are_tested() {
    let made = serde_json::to_string_pretty(&Vectors::new()).unwrap() + "\n";
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/vectors.json");
    if fs::read_to_string(&kept).unwrap_or_default() != made {
        let new = Path::new(env!("CARGO_TARGET_TMPDIR")).join("vectors.json");
        fs::write(&new, made).unwrap();
        panic!("if the change is meant: cp {} {}", new.display(), kept.display());
    }
}

#[test]
fn no_two_vectors_have_one_name() {
    let vectors = Vectors::new().vectors;
    for (n, vector) in vectors.iter().enumerate() {
        let same = vectors[..n].iter().find(|other| {
            other.name == vector.name || other.license == vector.license && other.now == vector.now
        });
        assert!(same.is_none(), "{same:?} and {vector:?}");
    }
}

#[test]
fn the_document_has_the_verifiers_words() {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/verify.md")).unwrap();
    let (_, table) = text.split_once("### The words").unwrap();
    let (table, _) = table.split_once("\n## ").unwrap();
    let words: Vec<&str> =
        table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    assert_eq!(words, REASONS);
}

on_both_databases! {
    fn a_real_license_is_verified_in_every_language(database) {
        let office = TestOffice::start(database);
        let customer = office.customer_with(&json!({"name": "ООО «Ромашка» & \"Co\" <b>"}));
        let items = [accounts(20), support("2014-10-31")];
        office.buy(&customer, &order_of("2014-0513", &items)).expect(201);
        let unbound = office.license_of(&customer);
        let installation = office.activated(&customer, "pbx-1");
        installation.emergency(10).unwrap();
        let full = office.license_of(&customer);
        assert_eq!(installation.token().unwrap(), full);
        let keys = office.folder.path().join("keys");
        Keyring::rotate(&keys, None, None, 365, office.now(), &Chance::default()).unwrap();
        office.purchase(&customer, "2014-0514", 5);
        let rotated = office.license_of(&customer);

        let now = office.now().as_second();
        let vector = |license: &str, thumbprint: &str, verdict: &str| Vector {
            name: format!("{verdict}: {license}"),
            license: license.into(),
            thumbprint: thumbprint.into(),
            now,
            verdict: verdict.into(),
            emergency_accounts: (verdict == "good").then_some(10),
        };
        let (own, other) = (installation.thumbprint(), InstallationKey::new());
        let of_the_office = [
            vector(&full, own, "good"),
            vector(&rotated, own, "good"),
            vector(&unbound, own, "audience"),
            vector(&full, &other.thumbprint(), "audience"),
        ];
        assert_verdicts(&of_the_office, &verdicts(&office.roots(), &of_the_office));

        let elsewhere = [vector(&full, own, "unknown-root")];
        let stranger = TestOffice::start(Database::Sqlite).roots();
        assert_verdicts(&elsewhere, &verdicts(&stranger, &elsewhere));
    }
}

impl TestOffice {
    fn license_of(&self, customer: &Customer) -> String {
        self.api.get(&customer.path("license")).expect(200).text_at("/document")
    }
}

#[track_caller]
fn assert_verdicts(vectors: &[Vector], verdicts: &[Vec<Verdict>]) {
    let mut all = Vec::new();
    for (language, verdicts) in languages().iter().zip(verdicts) {
        for (vector, verdict) in vectors.iter().zip(verdicts) {
            all.extend(wrong(vector, verdict).map(|wrong| format!("{}: {wrong}", language.name)));
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

/// What is wrong with a verdict; nothing, if it is the vector's.
fn wrong(vector: &Vector, verdict: &Verdict) -> Option<String> {
    let Vector { name, verdict: expected, .. } = vector;
    let right = match verdict {
        Ok((claims, accounts)) => {
            *expected == "good" && vector.emergency_accounts == Some(*accounts) && {
                let stated: Value = read(vector.license.split('.').nth(1).unwrap());
                states(claims, &stated)
            }
        }
        Err(why) => {
            REASONS.contains(&why.as_str()) && [why, "refused"].contains(&expected.as_str())
        }
    };
    (!right).then(|| format!("{name}: {verdict:?}, not {expected}"))
}

/// Whether these are the claims of the license; our client leaves out those it does not know.
fn states(claims: &Value, stated: &Value) -> bool {
    let (claims, stated) = (claims.as_object().unwrap(), stated.as_object().unwrap());
    claims.len() >= 11 && claims.iter().all(|(name, value)| stated.get(name) == Some(value))
}
