use super::*;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text};
use std::thread;
use std::time::Duration;

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    found: i64,
}

/// A writer with a table of texts, and another connection that looks at it.
struct Office {
    writer: GroupCommit,
    location: Arc<Location>,
    _folder: tempfile::TempDir,
}

impl Office {
    fn new(most: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let location = Arc::new(Location::Sqlite(folder.path().join("licentia.db")));
        let table = "CREATE TABLE words (word TEXT UNIQUE, \
            of TEXT REFERENCES words (word) DEFERRABLE INITIALLY DEFERRED)";
        location.connect().unwrap().batch_execute(table).unwrap();
        let writer =
            GroupCommit::new(Arc::clone(&location), Arc::default(), most, &Workers::default());
        Self { writer, location, _folder: folder }
    }

    fn write(&self, word: &str, then: impl Fn() -> Told) -> Told {
        self.write_as(Work::Customer, word, then)
    }

    fn write_as(&self, kind: Work, word: &str, then: impl Fn() -> Told) -> Told {
        let sql = format!("INSERT INTO words VALUES ('{word}', NULL)");
        self.writer.attempt(kind, &mut |tx: &mut Tx<'_>| {
            tx.connection()?.batch_execute(&sql)?;
            then()
        })
    }

    /// Waits until so many wait for their turn.
    fn until_waiting(&self, count: usize) {
        while self.writer.waiting.load(Ordering::SeqCst) < count {
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Whether others see a word.
    fn shows(&self, word: &str) -> bool {
        let count = sql_query("SELECT count(*) AS found FROM words WHERE word = $1");
        let mut connection = self.location.connect().unwrap();
        count.bind::<Text, _>(word).get_result::<Count>(&mut connection).unwrap().found > 0
    }

    /// Three that write in one transaction: the first waits for the others to come.
    fn three(&self, second: impl Fn() -> Told + Send) -> [Told; 3] {
        self.three_after(Work::Customer, second)
    }

    fn three_after(&self, kind: Work, second: impl Fn() -> Told + Send) -> [Told; 3] {
        thread::scope(|scope| {
            let first = scope.spawn(|| {
                self.write_as(kind, "first", || {
                    self.until_waiting(2);
                    Ok(())
                })
            });
            while self.writer.turn.try_lock().is_ok() {
                thread::yield_now();
            }
            let second = scope.spawn(|| self.write("second", second));
            self.until_waiting(1);
            let third = scope.spawn(|| self.write("third", || Ok(())));
            [first, second, third].map(|thread| thread.join().unwrap_or_else(|_| panicked()))
        })
    }
}

type Told = Result<(), StoreError>;

fn panicked() -> Told {
    Err(StoreError::Other("it panicked".into()))
}

fn refused() -> Told {
    Err(StoreError::Other("refused".into()))
}

#[test]
fn calls_that_wait_are_committed_together() {
    let office = Office::new(16);
    // Nothing of the first is seen while the second works: it is not committed yet.
    let told = office.three(|| if office.shows("first") { refused() } else { Ok(()) });
    assert!(told.iter().all(Result::is_ok), "{told:?}");
    assert!(["first", "second", "third"].iter().all(|word| office.shows(word)));
}

#[test]
fn each_by_itself_where_no_more_than_one_may() {
    let office = Office::new(1);
    let told = office.three(|| if office.shows("first") { Ok(()) } else { refused() });
    assert!(told.iter().all(Result::is_ok), "{told:?}");
}

#[test]
fn nothing_that_must_be_kept_joins_a_note() {
    let office = Office::new(16);
    let second = || if office.shows("first") { Ok(()) } else { refused() };
    let told = office.three_after(Work::Note, second);
    assert!(told.iter().all(Result::is_ok), "{told:?}");
}

#[test]
fn what_is_refused_leaves_nothing_and_the_others_stay() {
    let office = Office::new(16);
    let told = office.three(refused);
    assert!(told[0].is_ok() && told[1].is_err() && told[2].is_ok(), "{told:?}");
    assert!(office.shows("first") && !office.shows("second") && office.shows("third"));
}

#[test]
fn one_that_breaks_off_undoes_the_group_and_the_others_may_run_again() {
    let office = Office::new(16);
    let told = office.three(|| panic!("as a fault of the program would"));
    let again = |told: &Told| matches!(told, Err(StoreError::Busy(_))) || told.is_ok();
    assert!(again(&told[0]) && told[1].is_err() && again(&told[2]), "{told:?}");
    for (word, told) in [("first", &told[0]), ("third", &told[2])] {
        assert_eq!(office.shows(word), told.is_ok(), "{word}");
    }
    assert!(!office.shows("second"));
    office.write("later", || Ok(())).unwrap();
}

#[test]
fn a_failure_that_undoes_all_of_the_transaction_is_told_as_it_is() {
    // As a full disk may: SQLite has rolled back by itself when it says so.
    let office = Office::new(16);
    office.write("first", || Ok(())).unwrap();
    let again = "INSERT OR ROLLBACK INTO words VALUES ('first', NULL)";
    let told = office.writer.attempt(Work::Customer, &mut |tx: &mut Tx<'_>| {
        Ok::<_, StoreError>(tx.connection()?.batch_execute(again)?)
    });
    assert!(matches!(told, Err(StoreError::Collision(_))), "{told:?}");
    office.write("second", || Ok(())).unwrap();
    assert!(office.shows("second"));
}

#[test]
fn a_commit_that_fails_is_told_to_all_of_the_group() {
    let office = Office::new(16);
    let orphan = "INSERT INTO words VALUES ('orphan', 'nobody')";
    let told = thread::scope(|scope| {
        let first = scope.spawn(|| {
            office.write("first", || {
                office.until_waiting(1);
                Ok(())
            })
        });
        while office.writer.turn.try_lock().is_ok() {
            thread::yield_now();
        }
        let second = office.writer.attempt(Work::Customer, &mut |tx: &mut Tx<'_>| {
            Ok::<_, StoreError>(tx.connection()?.batch_execute(orphan)?)
        });
        [first.join().unwrap(), second]
    });
    assert!(told.iter().all(Result::is_err), "{told:?}");
    assert!(!office.shows("first"));
    office.write("first", || Ok(())).unwrap();
}
