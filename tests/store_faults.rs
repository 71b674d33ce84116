//! The disk or the database fails: rows 12 and 14 of what may go wrong, and a mail whose outcome
//! cannot be noted.

mod postgres;

use crate::support::{Database, Sql, TestOffice, catcher, list, order, unique};
use jiff::SignedDuration;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

/// What happens to a database's file.
type Damage = fn(&Path);

/// A small disk of its own.
struct SmallDisk(TempDir);

impl SmallDisk {
    fn mount(size: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "licentia-test"])
            .arg(folder.path())
            .output()
            .expect("there is a command mount");
        let why = String::from_utf8_lossy(&mounted.stderr).into_owned();
        assert!(mounted.status.success(), "this test mounts a tmpfs, which takes root: {why}");
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Takes all the space that is left.
    fn fill(&self) -> PathBuf {
        let filler = self.path("filler");
        let mut file = fs::File::create(&filler).unwrap();
        for size in [65536, 4096, 512, 1] {
            while std::io::Write::write_all(&mut file, &vec![0; size]).is_ok() {}
        }
        filler
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_stops_writes_alone_and_loses_nothing() {
    let disk = SmallDisk::mount("2m");
    let mut office = TestOffice::start_with(Database::Sqlite, |settings| {
        settings.database_url = Some(disk.path("licentia.db").display().to_string());
    });
    let customer = office.customer();
    let buy = |office: &TestOffice, number: &str| {
        office.api.post(&customer.path("purchases"), &order(number, 1))
    };
    let mut acknowledged = vec![unique("order")];
    buy(&office, &acknowledged[0]).expect(201);

    let filler = disk.fill();
    // What the log of the database has room for already may still go through.
    let refused = (0..200).find_map(|_| {
        let number = unique("order");
        let reply = buy(&office, &number);
        if reply.status == 503 {
            return Some((number, reply));
        }
        assert_eq!(reply.status, 201, "{}", reply.text);
        acknowledged.push(number);
        None
    });
    let (number, reply) = refused.expect("the disk is full");
    assert_eq!(reply.code(), "storage-full");
    assert!(reply.header("retry-after").is_some());
    let numbers = |office: &TestOffice| -> Vec<String> {
        let rows = list(&office.api, &customer.path("purchases"));
        rows.iter().map(|row| row["order_number"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(numbers(&office), acknowledged, "reads go on");

    let ready = office.ops.ready(503).json;
    assert!(ready["database"].as_str().unwrap().contains("disk is full"), "{ready}");
    assert_eq!(ready["keys"], "ok", "{ready}");

    fs::remove_file(filler).unwrap();
    office.ops.ready(200);
    buy(&office, &number).expect(201);
    acknowledged.push(number);
    assert_eq!(numbers(&office), acknowledged);
    office.restart().unwrap();
    assert_eq!(numbers(&office), acknowledged);
    office.stop();
}

#[test]
fn a_torn_or_foreign_database_file_is_refused_and_the_message_says_what_to_do() {
    let damages: [(&str, Damage); 3] = [
        ("cut in half", |path| {
            let file = fs::File::options().write(true).open(path).unwrap();
            file.set_len(file.metadata().unwrap().len() / 2).unwrap();
        }),
        ("pages overwritten", |path| {
            let mut bytes = fs::read(path).unwrap();
            let length = bytes.len();
            bytes[8192..length / 2].fill(0xa5);
            fs::write(path, bytes).unwrap();
        }),
        ("no database at all", |path| fs::write(path, "not a database".repeat(1000)).unwrap()),
    ];
    for (name, damage) in damages {
        let mut office = TestOffice::start(Database::Sqlite);
        let customer = office.customer();
        for number in 0..20 {
            office.purchase(&customer, &format!("2014-{number}"), 1);
        }
        office.stop();
        damage(Path::new(office.database_url()));
        let refused = office.restart().expect_err(name).to_string();
        assert!(refused.contains("damaged"), "{name}: {refused}");
        assert!(refused.contains("restore it from a backup"), "{name}: {refused}");
    }
}

on_both_databases! {
    fn a_mail_that_went_while_the_database_took_no_note_does_not_go_again(database) {
        a_mail_goes_once_while_the_database_is_locked(database);
    }
}

#[test]
fn a_mail_that_went_while_a_russian_database_took_no_note_does_not_go_again() {
    a_mail_goes_once_while_the_database_is_locked(Database::RussianPostgres);
}

fn a_mail_goes_once_while_the_database_is_locked(database: Database) {
    let office = TestOffice::start(database);
    let email = format!("{}@romashka.example", unique("slow"));
    let customer = office.customer_with(&json!({"email": email}));
    office.purchase(&customer, "2014-0513", 20);
    // Its 250 comes late; by then the database is locked.
    catcher().wait_for(&email, 1);
    let lock = Sql::lock(office.database_url());
    std::thread::sleep(Duration::from_secs(11));
    drop(lock);

    office.pass(SignedDuration::from_mins(3));
    let sent = (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        office.list("/mails")[0]["state"] == "sent"
    });
    assert!(sent, "noted after all");
    assert_eq!(catcher().mails_to(&email).len(), 1);
}
