//! A keys directory that is not in order: `serve` and the commands refuse, and say which file.

use crate::support::{Database, ProcessOffice, ServerProcess};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// What is done to the keys directory; another office's keys directory lies beside it.
type Break = fn(&Path, &Path);

#[rustfmt::skip]
const CASES: &[(&str, Break, &[&str])] = &[
    ("the issuing key is missing",        |keys, _| fs::remove_file(issuing(keys)).unwrap(),
     &["keys", "no issuing key"]),
    ("the activation secret is missing",  |keys, _| remove(keys, "activation-1.secret"),
     &["activation-1.secret", "No such file"]),
    ("the root's public half is missing", |keys, _| remove(keys, "root.pub.pem"),
     &["root.pub.pem", "No such file"]),
    ("everything is lost",                |keys, _| fs::remove_dir_all(keys).unwrap(),
     &["keys", "No such file"]),
    ("everything in it is lost",          |keys, _| { fs::remove_dir_all(keys).unwrap(); fs::create_dir(keys).unwrap(); },
     &["root.pub.pem", "No such file"]),
    ("others can read the issuing key",   |keys, _| mode(&issuing(keys), 0o644),
     &["issuing-", "644", "600"]),
    ("the group can read the root",       |keys, _| mode(&keys.join("root.pem"), 0o640),
     &["root.pem", "640", "600"]),
    ("others can read the secret",        |keys, _| mode(&keys.join("activation-1.secret"), 0o604),
     &["activation-1.secret", "604", "600"]),
    ("a root of another office",          |keys, other| copy(other, keys, "root.pem"),
     &["root.pem", "is not the private half of root.pub.pem"]),
    ("a public half of another root",     |keys, other| { copy(other, keys, "root.pub.pem"); remove(keys, "root.pem"); },
     &["issuing-", "does not hold"]),
    ("a certificate of another key",      swap_certificates,
     &["issuing-", "is about another key"]),
    ("a certificate of another root",     |keys, other| graft(&issuing(keys), &issuing(other)),
     &["issuing-", "does not hold"]),
    ("two keys with one id",              |keys, _| { fs::copy(issuing(keys), keys.join("issuing-twin.pem")).unwrap(); },
     &["issuing-twin.pem", "holds the key that belongs into issuing-"]),
    ("a key under another's name",        |keys, _| fs::rename(issuing(keys), keys.join("issuing-x.pem")).unwrap(),
     &["issuing-x.pem", "holds the key that belongs into issuing-"]),
    ("a key of another office",           |keys, other| { let theirs = issuing(other); fs::copy(&theirs, keys.join(theirs.file_name().unwrap())).unwrap(); },
     &["issuing-", "does not hold"]),
    ("an issuing key cut short",          |keys, _| write(&issuing(keys), "-----BEGIN PRIVATE KEY-----\nMC4C"),
     &["issuing-", "has no certificate below its key"]),
    ("an empty secret",                   |keys, _| write(&keys.join("activation-1.secret"), ""),
     &["activation-1.secret", "128 hexadecimal digits"]),
    ("a root that is no key",             |keys, _| write(&keys.join("root.pem"), "secret"),
     &["root.pem", "is no PKCS#8 Ed25519 key"]),
    ("the issuing key is a link",         |keys, _| link(&issuing(keys)),
     &["issuing-", "is a symbolic link"]),
    ("the root's public half is a link",  |keys, _| link(&keys.join("root.pub.pem")),
     &["root.pub.pem", "is a symbolic link"]),
    ("the keys directory is a link",      |keys, _| link(keys),
     &["keys", "is a symbolic link"]),
    ("the group can write to the directory", |keys, _| mode(keys, 0o770),
     &["keys", "770", "its group can write to it", "700"]),
    ("others can write to the directory", |keys, _| mode(keys, 0o777),
     &["keys", "777", "others can write to it"]),
    ("others can write the public half",  |keys, _| mode(&keys.join("root.pub.pem"), 0o646),
     &["root.pub.pem", "646", "others can write it"]),
    ("all keys of another office",        |keys, other| { fs::remove_dir_all(keys).unwrap(); copy_all(other, keys); },
     &["keys", "this database belongs to the root"]),
];

on_both_databases! {
    fn a_server_whose_keys_are_not_in_order_refuses_to_start_and_says_which_file(database) {
        let office = closed(database);
        let other = closed(database);
        let kept = office.folder.path().join("kept");
        copy_all(&office.keys_dir(), &kept);
        for (case, break_keys, words) in CASES {
            break_keys(&office.keys_dir(), &other.keys_dir());
            let refused = ServerProcess::try_start(&office.settings, &[]).err();
            let said = refused.unwrap_or_else(|| panic!("{case}: the server has started"));
            for word in *words {
                assert!(said.contains(word), "{case}: {word:?} is not in: {said}");
            }
            assert!(!said.contains("panicked") && !said.contains("PRIVATE"), "{case}: {said}");
            let listed = office.refused("keys list");
            assert!(words.iter().all(|word| listed.contains(word)), "{case}: {listed}");
            let keys = office.keys_dir();
            let _ = fs::remove_file(&keys).or_else(|_| fs::remove_dir_all(&keys));
            copy_all(&kept, &office.keys_dir());
        }
        ServerProcess::start(&office.settings, &[]);
    }

    fn keys_that_know_nothing_of_a_withdrawal_are_refused(database) {
        let office = closed(database);
        let (kept, stolen) = (office.folder.path().join("kept"), office.issuing_key());
        copy_all(&office.keys_dir(), &kept);
        office.run(&format!("keys rotate --withdraw {stolen}"));
        fs::remove_dir_all(office.keys_dir()).unwrap();
        copy_all(&kept, &office.keys_dir());
        let refused = ServerProcess::try_start(&office.settings, &[]).err();
        let said = refused.expect("a restored key would sign again");
        assert!(said.contains(&stolen) && said.contains("withdrawn"), "{said}");
    }

    fn a_database_of_another_root_is_refused(database) {
        let (mut office, other) = (closed(database), closed(database));
        office.settings.retain(|(name, _)| *name != "database_url");
        office.settings.push(("database_url", other.database_url().to_owned()));
        let refused = ServerProcess::try_start(&office.settings, &[]).err();
        let said = refused.expect("the server refuses");
        assert!(said.contains("this database belongs to the root"), "{said}");
        assert!(said.contains("keys"), "{said}");
    }
}

#[test]
fn a_key_of_another_user_is_refused_and_unfinished_files_are_removed() {
    let office = closed(Database::Sqlite);
    let unfinished = office.keys_dir().join(".tmpA1b2C3");
    fs::write(&unfinished, "half").unwrap();
    office.run("keys list");
    assert!(!unfinished.exists());
    let key = issuing(&office.keys_dir());
    // Only root may give a file away.
    if std::os::unix::fs::chown(&key, Some(12345), None).is_ok() {
        let said = office.refused("keys list");
        assert!(said.contains("issuing-") && said.contains("the user 12345"), "{said}");
    }
}

#[test]
fn files_of_the_own_group_are_refused_and_accepted_where_the_setting_trusts_it() {
    let mut office = closed(Database::Sqlite);
    let keys = office.keys_dir();
    // As Kubernetes leaves a volume with `fsGroup`.
    mode(&keys, 0o2770);
    for file in files(&keys) {
        mode(&file, 0o660);
    }
    let said = office.refused("keys list");
    assert!(said.contains("2770") && said.contains("trust_group"), "{said}");
    office.settings.push(("trust_group", "true".into()));
    office.run("keys list");
    let database = office.folder.path().join("licentia.db");
    let is_sqlite = database.exists();
    if is_sqlite {
        mode(&database, 0o660);
    }
    drop(ServerProcess::start(&office.settings, &[]));
    if is_sqlite {
        let kept = fs::metadata(&database).unwrap().permissions().mode() & 0o777;
        assert_eq!(kept, 0o660, "the group keeps what it may");
    }

    mode(&keys.join("root.pem"), 0o664);
    let said = office.refused("keys list");
    assert!(said.contains("root.pem") && said.contains("others can read it"), "{said}");
    mode(&keys.join("root.pem"), 0o440);
    // Only root may give a file to a group that it is not in.
    if std::os::unix::fs::chown(keys.join("root.pem"), None, Some(12345)).is_ok() {
        let said = office.refused("keys list");
        assert!(said.contains("its group can read it"), "{said}");
        assert!(!said.contains("trust_group"), "the setting would not help: {said}");
    }
}

/// An office that has issued a license, and whose server has ended.
fn closed(database: Database) -> ProcessOffice {
    let mut office = ProcessOffice::start(database);
    office.customer();
    office.run("keys rotate");
    office.server.ask_to_end();
    assert!(office.server.ended());
    // One issuing key is left, so that a case can name it.
    let current = office.issuing_key();
    for file in files(&office.keys_dir()) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("issuing-") && !name.contains(&current) {
            fs::rename(&file, office.folder.path().join("replaced.pem")).unwrap();
        }
    }
    office
}

/// The replaced key comes back with the certificate of the one that signs.
fn swap_certificates(keys: &Path, _: &Path) {
    let replaced = keys.parent().unwrap().join("replaced.pem");
    graft(&issuing(keys), &replaced);
}

/// Puts the certificate of `from` below the key of `into`.
fn graft(into: &Path, from: &Path) {
    let (into_text, from_text) =
        (fs::read_to_string(into).unwrap(), fs::read_to_string(from).unwrap());
    let (key, _) = into_text.split_once("\n\n").unwrap();
    let (_, certificate) = from_text.split_once("\n\n").unwrap();
    write(into, &format!("{key}\n\n{certificate}"));
}

fn issuing(keys: &Path) -> PathBuf {
    let is_issuing = |path: &PathBuf| path.to_string_lossy().contains("/issuing-");
    files(keys).into_iter().find(is_issuing).unwrap()
}

fn files(dir: &Path) -> Vec<PathBuf> {
    fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect()
}

fn remove(keys: &Path, name: &str) {
    fs::remove_file(keys.join(name)).unwrap();
}

/// Moves a file or directory elsewhere, and puts a link to it in its place.
fn link(path: &Path) {
    let elsewhere = path.with_extension("elsewhere");
    let elsewhere = match path.parent().unwrap() {
        parent if path.is_file() => parent.parent().unwrap().join(elsewhere.file_name().unwrap()),
        _ => elsewhere,
    };
    let _ = fs::remove_dir_all(&elsewhere);
    fs::rename(path, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, path).unwrap();
}

fn copy(from: &Path, to: &Path, name: &str) {
    fs::copy(from.join(name), to.join(name)).unwrap();
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for file in files(from) {
        fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
    }
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    mode(path, 0o600);
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}
