use super::*;

fn directory() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    Secrets::create(dir.path(), &Chance::default()).unwrap();
    dir
}

#[test]
fn a_sealed_value_opens_with_its_context_alone_and_unchanged_alone() {
    let dir = directory();
    let secrets = Secrets::load(dir.path()).unwrap();
    let name = SecretName::SecondFactor;
    let sealed = secrets.seal(name, b"stf_1", b"twenty bytes", &Chance::default());
    assert_eq!(secrets.open(name, b"stf_1", &sealed).unwrap(), b"twenty bytes");
    assert_ne!(sealed, secrets.seal(name, b"stf_1", b"twenty bytes", &Chance::default()));
    let damaged = Err(SecretError::Damaged { name });
    assert_eq!(secrets.open(name, b"stf_2", &sealed), damaged);
    for at in 4..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert_eq!(secrets.open(name, b"stf_1", &changed), damaged, "byte {at}");
    }
    for length in 0..sealed.len() {
        assert!(secrets.open(name, b"stf_1", &sealed[..length]).is_err());
    }
    assert!(secrets.open(SecretName::Integrity, b"stf_1", &sealed).is_err());
}

#[test]
fn a_rotation_makes_one_version_and_what_was_sealed_before_still_opens() {
    let dir = directory();
    let chance = Chance::default();
    let name = SecretName::SecondFactor;
    let before = Secrets::load(dir.path()).unwrap();
    let sealed = before.seal(name, b"", b"old", &chance);
    let mac = before.mac(name, 1, "rows", b"row").unwrap();
    for _ in 0..2 {
        assert_eq!(Secrets::rotate(dir.path(), name, 1, &chance).unwrap(), 2);
    }
    let after = Secrets::load(dir.path()).unwrap();
    assert_eq!((after.version(name), after.version(SecretName::Integrity)), (2, 1));
    assert_eq!(after.open(name, b"", &sealed).unwrap(), b"old");
    assert_eq!(after.mac(name, 1, "rows", b"row"), Some(mac));
    assert_ne!(after.mac(name, 2, "rows", b"row"), Some(mac));
    let fresh = after.seal(name, b"", b"new", &chance);
    assert_eq!(Secrets::sealed_version(&fresh), Some(2));
    let missing = Err(SecretError::MissingVersion { name, version: 2 });
    assert_eq!(before.open(name, b"", &fresh), missing);
    assert_eq!(before.mac(name, 2, "rows", b"row"), None);
}

#[test]
fn labels_names_and_messages_make_different_codes() {
    let dir = directory();
    let secrets = Secrets::load(dir.path()).unwrap();
    let codes = [
        secrets.mac(SecretName::Integrity, 1, "ab", b"c"),
        secrets.mac(SecretName::Integrity, 1, "a", b"bc"),
        secrets.mac(SecretName::Cookies, 1, "a", b"bc"),
        secrets.mac(SecretName::Integrity, 1, "a", b""),
    ];
    let different: std::collections::BTreeSet<_> = codes.iter().flatten().collect();
    assert_eq!(different.len(), codes.len());
}

#[test]
fn a_secret_that_is_missing_or_unknown_is_named() {
    let dir = directory();
    fs::write(dir.path().join("cookie-1.secret"), "").unwrap();
    let said = Secrets::load(dir.path()).err().unwrap().to_string();
    assert!(said.contains("cookie-1.secret"), "{said}");
    fs::remove_file(dir.path().join("cookie-1.secret")).unwrap();
    fs::remove_file(dir.path().join("integrity-1.secret")).unwrap();
    let said = Secrets::load(dir.path()).err().unwrap().to_string();
    assert!(said.contains("integrity-1.secret"), "{said}");
}
