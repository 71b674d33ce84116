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
mod tests;
