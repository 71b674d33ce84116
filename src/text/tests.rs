//! Both languages say the same things, and every text can be said.

use super::*;
use crate::domain::access_refusal::{AccessKind, REASONS};
use std::collections::{BTreeMap, BTreeSet};

const BOTH: [Language; 2] = [Language::Ru, Language::En];

/// Every code that a problem can have.
const PROBLEMS: &[&str] = &[
    "activation-key-unknown",
    "already-released",
    "already-voided",
    "body-too-large",
    "body-too-slow",
    "busy",
    "cursor-invalid",
    "database-unavailable",
    "emergency-accounts-out-of-range",
    "emergency-already-used",
    "forbidden",
    "idempotency-key-invalid",
    "idempotency-key-reused",
    "installation-elsewhere",
    "installation-released",
    "installation-unknown",
    "internal",
    "invalid-fields",
    "issuer-fixed",
    "issuer-mismatch",
    "issuing-key-expired",
    "keys-unavailable",
    "mail-not-retryable",
    "malformed-json",
    "method-not-allowed",
    "no-free-place",
    "no-moves-left",
    "no-permanent-purchase",
    "not-found",
    "order-number-conflict",
    "precondition-failed",
    "precondition-required",
    "replaced-unknown",
    "route-not-found",
    "root-detached",
    "statement-algorithm",
    "statement-audience",
    "statement-expired",
    "statement-from-the-future",
    "statement-malformed",
    "statement-mismatch",
    "statement-reused",
    "statement-signature",
    "statement-too-long-lived",
    "statement-type",
    "storage-full",
    "storage-failing",
    "token-name-taken",
    "token-unknown",
    "too-many-requests",
    "unauthenticated",
    "unsupported-content-encoding",
    "unsupported-media-type",
];

#[test]
fn every_problem_has_a_title_and_says_what_to_do() {
    let texts = Texts::new().unwrap();
    for language in BOTH {
        for code in PROBLEMS {
            for id in [(*code).to_owned(), format!("{code}.detail")] {
                let text = texts.format(language, &id, &[]);
                assert!(text.is_ok_and(|text| !text.is_empty()), "{language} {id}");
            }
        }
    }
}

#[test]
fn every_action_of_the_audit_has_words() {
    let texts = Texts::new().unwrap();
    let mut actions = BTreeSet::new();
    let mut paths = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src/app"))];
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            paths.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        if path.ends_with("app/audit.rs") {
            continue;
        }
        let source = std::fs::read_to_string(path).unwrap();
        actions.extend(source.split('"').filter(|text| is_action(text)).map(str::to_owned));
    }
    let listed: BTreeSet<String> = crate::app::ACTIONS.into_iter().map(str::to_owned).collect();
    assert_eq!(actions, listed, "what the sources say is done, and the list to choose from");
    for language in BOTH {
        for action in &actions {
            let id = format!("audit-{}", action.replace('.', "-"));
            assert!(texts.has(language, &id), "{language} {id}");
        }
    }
}

#[test]
fn every_kind_and_reason_of_refused_access_has_words() {
    let texts = Texts::new().unwrap();
    for language in BOTH {
        let kinds = AccessKind::ALL.map(|kind| kind.as_str().replace('_', "-"));
        for kind in kinds {
            assert!(texts.has(language, &format!("refused-kind-{kind}")), "{language} {kind}");
        }
        for reason in REASONS {
            assert!(
                texts.has(language, &format!("refused-reason-{reason}")),
                "{language} {reason}"
            );
        }
    }
}

/// Whether a text of the sources is what an audit event says was done: `purchase.recorded`.
fn is_action(text: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
    };
    text.split_once('.').is_some_and(|(noun, verb)| is_word(noun) && is_word(verb))
}

#[test]
fn every_fault_has_a_text() {
    use crate::domain::field::Fault;
    let texts = Texts::new().unwrap();
    let faults = [
        Fault::Missing,
        Fault::Empty,
        Fault::TooLong { most: 64 },
        Fault::ControlCharacter,
        Fault::NotAWholeNumber,
        Fault::OutOfRange { least: 1, most: 20 },
        Fault::NotAnEmailAddress,
        Fault::NotADate,
        Fault::InTheFuture,
        Fault::UnknownWord,
        Fault::TooMany,
        Fault::Taken,
        Fault::WrongPassword,
        Fault::Repeated,
        Fault::NotForThisItem,
        Fault::UnknownMember,
        Fault::WrongType,
        Fault::LineCount,
        Fault::TotalTooLarge,
    ];
    for language in BOTH {
        for fault in faults {
            let text = texts.fault(language, fault);
            assert!(!text.contains(['⟦', '{']), "{language} {fault:?}: {text}");
        }
    }
    let range = Fault::OutOfRange { least: 1, most: 1_000_000 };
    assert_eq!(texts.fault(Language::Ru, range), "Нужно число от 1 до 1000000.");
    assert_eq!(texts.fault(Language::En, range), "A number from 1 to 1000000 is needed.");
    assert_eq!(
        texts.fault(Language::En, Fault::TotalTooLarge),
        "The customer would have more than 2147483647 in all. Lower the quantity."
    );
}

#[test]
fn both_languages_have_the_same_texts_with_the_same_variables() {
    let (russian, english) = (variables(Language::Ru), variables(Language::En));
    assert!(!russian.is_empty());
    for (id, variables) in &russian {
        assert_eq!(english.get(id), Some(variables), "{id}");
    }
    for id in english.keys() {
        assert!(russian.contains_key(id), "{id}");
    }
}

#[test]
fn every_text_can_be_said() {
    let texts = Texts::new().unwrap();
    let values =
        [0, 1, 2, 5, 11, 21, i64::from(i32::MAX)].map(Arg::Number).into_iter().chain(["x".into()]);
    for value in values {
        for language in BOTH {
            for (id, variables) in variables(language) {
                let args: Vec<_> =
                    variables.iter().map(|variable| (variable.as_str(), value)).collect();
                let text = texts.format(language, &id, &args).unwrap();
                assert!(!text.contains(['{', '\u{2068}', '\u{2069}']), "{language} {id}: {text}");
            }
        }
    }
}

#[test]
fn counts_take_the_form_of_their_number() {
    let texts = Texts::new().unwrap();
    let say = |language, count: i64| {
        texts.get(language, "count-user-accounts", &[("count", count.into())])
    };
    for (count, text) in [
        (0, "0 учётных записей"),
        (1, "1 учётная запись"),
        (2, "2 учётные записи"),
        (5, "5 учётных записей"),
        (11, "11 учётных записей"),
        (12, "12 учётных записей"),
        (21, "21 учётная запись"),
        (22, "22 учётные записи"),
        (1_000_000, "1000000 учётных записей"),
        (2_147_483_647, "2147483647 учётных записей"),
    ] {
        assert_eq!(say(Language::Ru, count), text);
    }
    assert_eq!(say(Language::En, 1), "1 user account");
    assert_eq!(say(Language::En, 1234), "1234 user accounts");
}

#[test]
fn a_missing_text_or_variable_is_seen() {
    let texts = Texts::new().unwrap();
    for id in ["no-such-text", "forbidden.no-such-attribute", "fault-too-long", ""] {
        assert_eq!(texts.get(Language::En, id, &[]), format!("⟦{id}⟧"));
    }
    assert!(texts.has(Language::Ru, "forbidden.detail"));
    assert!(!texts.has(Language::Ru, "forbidden.no-such-attribute"));
}

#[test]
fn texts_are_shared_between_threads() {
    fn assert_shared<T: Send + Sync>() {}
    assert_shared::<Texts>();
}

/// Every id of a language (attributes as `id.attribute`), with the variables in its source.
fn variables(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (_, source) in sources(language) {
        let (mut message, mut id) = (String::new(), String::new());
        for line in source.lines().filter(|line| !line.starts_with('#')) {
            let name = line.split_once(" =").map(|(name, _)| name).unwrap_or_default();
            if let Some(attribute) = name.strip_prefix("    .") {
                id = format!("{message}.{attribute}");
            } else if name.starts_with(|c: char| c.is_ascii_lowercase()) {
                name.clone_into(&mut message);
                id.clone_from(&message);
            } else if name.starts_with('-') {
                id.clear();
            }
            if id.is_empty() {
                continue;
            }
            let of_id = found.entry(id.clone()).or_default();
            for after in line.split('$').skip(1) {
                let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-');
                of_id.insert(after[..end.unwrap_or(after.len())].to_owned());
            }
        }
    }
    found
}
