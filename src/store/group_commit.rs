//! SQLite's one writer: one connection, handed from call to call, and one commit for the calls that
//! wait at that moment.
//!
//! SQLite has one write transaction at a time, and each commit waits for the disk. So whoever has the
//! connection leaves its transaction open for those that wait behind it, and waits with them; the
//! last of them, or the one that makes the group full, commits for all. Each call's work stands in a
//! savepoint of its own: where it is refused, its own part is undone. No call is answered before its
//! group is committed, also one that was refused, for it may have been by what the others wrote.

use super::backend::{AnyConnection, FileWatch, Location, Work};
use super::caller;
use super::checkpointer::Checkpointer;
use super::error::StoreError;
use super::integrity::Integrity;
use super::transaction::Tx;
use crate::failpoint;
use crate::workers::Workers;
use diesel::connection::SimpleConnection;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};

/// The connection that writes, and who waits for it.
pub(super) struct GroupCommit {
    location: Arc<Location>,
    integrity: Arc<Integrity>,
    /// How many are committed together at most.
    most: usize,
    checkpointer: Checkpointer,
    /// The database file as it was when this was made.
    watch: Result<FileWatch, StoreError>,
    waiting: AtomicUsize,
    /// Numbers the calls as they come.
    came: AtomicU64,
    turn: Mutex<Turn>,
}

/// What is handed from call to call.
#[derive(Default)]
struct Turn {
    connection: Option<AnyConnection>,
    /// The database file and its log as they were when the connection was opened.
    watch: Option<FileWatch>,
    /// The transaction that is open between two turns.
    open: Option<Arc<Group>>,
    /// How many have written in it.
    members: usize,
    /// Whether it began as a note: it does not wait for the disk, so nothing else may join it.
    is_note: bool,
    /// Calls that came before this one waited while the database was locked by another process:
    /// they have waited enough.
    locked_before: u64,
}

/// The calls of one transaction, and what became of it.
#[derive(Default)]
struct Group {
    outcome: Mutex<Option<Result<(), StoreError>>>,
    told: Condvar,
}

impl GroupCommit {
    /// For a database with one writer; `most` are committed together at most.
    pub fn new(
        location: Arc<Location>,
        integrity: Arc<Integrity>,
        most: usize,
        workers: &Workers,
    ) -> Self {
        let checkpointer = Checkpointer::new(Arc::clone(&location), most > 1, workers);
        let watch = FileWatch::new(&location, false);
        let (waiting, came) = (AtomicUsize::new(0), AtomicU64::new(0));
        let turn = Mutex::default();
        Self { location, integrity, most, checkpointer, watch, waiting, came, turn }
    }

    /// How many are committed together at most.
    pub fn most(&self) -> usize {
        self.most
    }

    /// Connections in use and connections open.
    pub fn connections(&self) -> (u32, u32) {
        match self.turn.try_lock() {
            Ok(turn) => (0, turn.connection.is_some().into()),
            Err(TryLockError::WouldBlock | TryLockError::Poisoned(_)) => (1, 1),
        }
    }

    /// Runs `work` in a transaction, perhaps with others', and returns when that is committed.
    pub fn attempt<T, E: From<StoreError>>(
        &self,
        kind: Work,
        work: &mut impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let (result, group) = {
            let (mut turn, group) = self.enter(kind)?;
            let result = catch_unwind(AssertUnwindSafe(|| turn.run(&self.integrity, work)));

            let result = result.unwrap_or_else(|panic| {
                turn.give_up(StoreError::Busy("another write of the group broke off".into()));
                resume_unwind(panic)
            });
            let is_full = turn.members >= self.most || turn.is_note;
            if is_full || self.waiting.load(Ordering::SeqCst) == 0 {
                turn.commit();
                self.checkpointer.written(turn.members);
            }
            (result, group)
        };
        group.outcome()?;
        result
    }

    /// Waits for the turn, and joins the transaction that is open then, or begins one.
    fn enter(&self, kind: Work) -> Result<(MutexGuard<'_, Turn>, Arc<Group>), StoreError> {
        let number = self.came.fetch_add(1, Ordering::SeqCst);
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        if turn.open.is_none() && number < turn.locked_before {
            return Err(StoreError::Busy("it was locked while another call waited".into()));
        }
        let joined = turn.join(|| self.connect(), kind);
        if matches!(joined, Err(StoreError::Busy(_))) {
            turn.locked_before = self.came.load(Ordering::SeqCst);
        }
        Ok((turn, joined?))
    }
}

impl GroupCommit {
    fn connect(&self) -> Result<(AnyConnection, FileWatch), StoreError> {
        // SQLite would make a file that is gone anew.
        self.watch.clone()?.check()?;
        let connection = self.location.connect_to_write(self.checkpointer.is_on())?;
        Ok((connection, FileWatch::new(&self.location, true)?))
    }
}

impl Turn {
    /// Joins the transaction that is open, or begins one: on a fresh connection where the last one
    /// turned out broken, and on no file but the one that was opened.
    fn join(
        &mut self,
        connect: impl FnOnce() -> Result<(AnyConnection, FileWatch), StoreError>,
        kind: Work,
    ) -> Result<Arc<Group>, StoreError> {
        if let Some(group) = &self.open {
            return Ok(Arc::clone(group));
        }
        // With the last connection to it, SQLite removes the log: a new connection has a new one.
        if let (Some(watch), Some(_)) = (&self.watch, &self.connection) {
            watch.check()?;
        }
        let begun = self.connection.as_mut().map(|connection| connection.begin(kind));
        match begun {
            Some(Ok(())) => {}
            Some(Err(StoreError::Busy(text))) => return Err(StoreError::Busy(text)),
            Some(Err(_)) | None => {
                (self.connection, self.watch) = (None, None);
                let (mut connection, watch) = connect()?;
                connection.begin(kind)?;
                (self.connection, self.watch) = (Some(connection), Some(watch));
            }
        }
        self.members = 0;
        self.is_note = kind == Work::Note;
        Ok(Arc::clone(self.open.insert(Arc::default())))
    }

    /// Runs one call's work; where it is refused, nothing is left of it.
    fn run<T, E: From<StoreError>>(
        &mut self,
        integrity: &Integrity,
        work: &mut impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let is_first = self.members == 0;
        self.members += 1;
        if !is_first {
            self.say("SAVEPOINT call")?;
        }
        let connection = self.connection.as_mut().ok_or_else(gone)?;
        let mut tx = Tx::new(connection, integrity, false);
        let result = work(&mut tx).and_then(|value| {
            tx.finish()?;
            caller::may_commit()?;
            Ok(value)
        });
        match (&result, is_first) {
            (Ok(_), true) => {}
            (Ok(_), false) => self.say("RELEASE call")?,
            (Err(_), true) => {
                // Nothing else is in it: whoever waits begins anew.
                if connection.batch_execute("ROLLBACK").is_err() {
                    self.connection = None;
                }
                self.tell(Ok(()));
            }
            (Err(_), false) => self.say("ROLLBACK TO call; RELEASE call")?,
        }
        result
    }

    /// Says what must not fail: else nothing of the group is kept, and its calls run again.
    fn say(&mut self, sql: &str) -> Result<(), StoreError> {
        let said = match &mut self.connection {
            Some(connection) => connection.batch_execute(sql).map_err(StoreError::from),
            None => Err(gone()),
        };
        if said.is_err() {
            self.give_up(StoreError::Busy("another write of the group failed".into()));
        }
        said
    }

    fn commit(&mut self) {
        let Some(connection) = self.connection.as_mut().filter(|_| self.open.is_some()) else {
            return;
        };
        failpoint::reached("before-commit");
        match connection.batch_execute("COMMIT") {
            Ok(()) => {
                failpoint::reached("after-commit");
                self.tell(Ok(()));
            }
            Err(error) => self.give_up(error.into()),
        }
    }

    /// Closes the connection, which undoes what is open on it.
    fn give_up(&mut self, error: StoreError) {
        self.connection = None;
        self.tell(Err(error));
    }

    /// Tells all calls of the group what became of it, and ends it.
    fn tell(&mut self, outcome: Result<(), StoreError>) {
        let Some(group) = self.open.take() else { return };
        *group.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
        group.told.notify_all();
    }
}

impl Group {
    /// Waits until it is committed, or known not to be.
    fn outcome(&self) -> Result<(), StoreError> {
        let outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = self.told.wait_while(outcome, |outcome| outcome.is_none());
        outcome.unwrap_or_else(PoisonError::into_inner).clone().unwrap_or_else(|| Err(gone()))
    }
}

fn gone() -> StoreError {
    StoreError::Busy("the connection is gone".into())
}

#[cfg(test)]
mod tests {
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
}
