//! The database file is lost, before a start or under the running server.

use crate::support::{Customer, Database, Reply, TestOffice, order, unique};
use std::fs;
use std::path::{Path, PathBuf};

/// A loss of a database's file.
type Loss = fn(&Path);

fn buy(office: &TestOffice, customer: &Customer) -> Reply {
    office.api.post(&customer.path("purchases"), &order(&unique("order"), 1))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    format!("{}{suffix}", path.display()).into()
}

#[test]
fn an_office_with_keys_does_not_begin_anew_on_a_database_that_was_lost() {
    let losses: [(&str, Loss); 3] = [
        ("is missing", |path| fs::remove_file(path).unwrap()),
        ("is empty", |path| fs::write(path, "").unwrap()),
        ("has no tables", |path| {
            fs::remove_file(path).unwrap();
            crate::support::Sql::open(&path.display().to_string())
                .run("PRAGMA journal_mode = WAL; CREATE TABLE other (x)")
                .unwrap();
        }),
    ];
    for (what, lose) in losses {
        let mut office = TestOffice::start(Database::Sqlite);
        office.stop();
        let path = PathBuf::from(office.database_url());
        lose(&path);
        let existed = path.exists();
        let refused = office.restart().expect_err(what).to_string();
        assert!(refused.contains(what), "{what}: {refused}");
        assert!(refused.contains("keys") && refused.contains("backup"), "{what}: {refused}");
        assert_eq!(path.exists(), existed, "no file is made: {what}");
    }
}

#[test]
fn an_office_with_keys_does_not_begin_anew_on_an_empty_database_of_a_server() {
    let mut office = TestOffice::start(Database::Postgres);
    office.stop();
    let mut sql = crate::support::Sql::open(office.database_url());
    sql.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public").unwrap();
    let refused = office.restart().expect_err("it is empty").to_string();
    assert!(refused.contains("has no tables") && refused.contains("backup"), "{refused}");
}

#[test]
fn a_database_file_that_is_lost_under_the_server_stops_its_writes() {
    let losses: [(&str, Loss); 4] = [
        ("deleted", |path| fs::remove_file(path).unwrap()),
        ("replaced", |path| {
            let copy = beside(path, ".copy");
            fs::copy(path, &copy).unwrap();
            fs::rename(copy, path).unwrap();
        }),
        ("emptied", |path| {
            fs::File::options().write(true).open(path).unwrap().set_len(0).unwrap();
        }),
        ("its log removed", |path| fs::remove_file(beside(path, "-wal")).unwrap()),
    ];
    for (what, lose) in losses {
        let office = TestOffice::start(Database::Sqlite);
        let customer = office.customer();
        buy(&office, &customer).expect(201);
        let ready = office.ops.page("GET", "/readyz", &[], None);
        assert_eq!(ready.status, 200, "{what}: {}", ready.text);
        lose(Path::new(office.database_url()));
        let reply = buy(&office, &customer);
        assert_eq!((reply.status, reply.code()), (503, "database-unavailable"), "{what}");
        let ready = office.ops.ready(503);
        assert!(ready.text.contains("is not the one that was opened"), "{what}: {}", ready.text);
        if what == "deleted" {
            assert!(!Path::new(office.database_url()).exists(), "it is not made anew");
        }
    }
}
