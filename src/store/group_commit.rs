//! SQLite's one writer: one connection, handed from call to call, and one commit for the calls that
//! wait at that moment.
//!
//! SQLite has one write transaction at a time, and each commit waits for the disk. So whoever has the
//! connection leaves its transaction open for those that wait behind it, and waits with them; the
//! last of them, or the one that makes the group full, commits for all. Each call's work stands in a
//! savepoint of its own: where it is refused, its own part is undone. No call is answered before its
//! group is committed, also one that was refused, for it may have been by what the others wrote.

use super::backend::{AnyConnection, Location, Work};
use super::error::StoreError;
use super::transaction::Tx;
use crate::failpoint;
use diesel::connection::SimpleConnection;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};

/// The connection that writes, and who waits for it.
pub(super) struct GroupCommit {
    location: Arc<Location>,
    /// How many are committed together at most.
    most: usize,
    waiting: AtomicUsize,
    turn: Mutex<Turn>,
}

/// What is handed from call to call.
#[derive(Default)]
struct Turn {
    connection: Option<AnyConnection>,
    /// The transaction that is open between two turns.
    open: Option<Arc<Group>>,
    /// How many have written in it.
    members: usize,
}

/// The calls of one transaction, and what became of it.
#[derive(Default)]
struct Group {
    outcome: Mutex<Option<Result<(), StoreError>>>,
    told: Condvar,
}

impl GroupCommit {
    /// For a database with one writer; `most` are committed together at most.
    pub fn new(location: Arc<Location>, most: usize) -> Self {
        Self { location, most, waiting: AtomicUsize::new(0), turn: Mutex::default() }
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
            let mut turn = self.take_turn();
            let group = turn.join(&self.location, kind)?;

            let result = catch_unwind(AssertUnwindSafe(|| turn.run(work)));

            let result = result.unwrap_or_else(|panic| {
                turn.give_up(StoreError::Busy("another write of the group broke off".into()));
                resume_unwind(panic)
            });
            if turn.members >= self.most || self.waiting.load(Ordering::SeqCst) == 0 {
                turn.commit();
            }
            (result, group)
        };
        group.outcome()?;
        result
    }

    fn take_turn(&self) -> MutexGuard<'_, Turn> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        turn
    }
}

impl Turn {
    /// Joins the transaction that is open, or begins one: on a fresh connection where the last one
    /// turned out broken.
    fn join(&mut self, location: &Location, kind: Work) -> Result<Arc<Group>, StoreError> {
        if let Some(group) = &self.open {
            return Ok(Arc::clone(group));
        }
        let begun = self.connection.as_mut().map(|connection| connection.begin(kind));
        match begun {
            Some(Ok(())) => {}
            Some(Err(StoreError::Busy(text))) => return Err(StoreError::Busy(text)),
            Some(Err(_)) | None => {
                self.connection = None;
                let mut connection = location.connect_to_write()?;
                connection.begin(kind)?;
                self.connection = Some(connection);
            }
        }
        self.members = 0;
        Ok(Arc::clone(self.open.insert(Arc::default())))
    }

    /// Runs one call's work; where it is refused, nothing is left of it.
    fn run<T, E: From<StoreError>>(
        &mut self,
        work: &mut impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let is_first = self.members == 0;
        self.members += 1;
        if !is_first {
            self.say("SAVEPOINT call")?;
        }
        let connection = self.connection.as_mut().ok_or_else(gone)?;
        let result = work(&mut Tx::new(connection));
        match (&result, is_first) {
            (Ok(_), true) => {}
            (Ok(_), false) => self.say("RELEASE call")?,
            (Err(_), true) => {
                self.say("ROLLBACK")?;
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
