use super::backend::{FileWatch, Location, Work};
use super::caller;
use super::connections::{Connections, begin, checkout};
use super::customer_queue::{CustomerQueue, Turn};
use super::error::{RunAgain, StoreError};
use super::group_commit::GroupCommit;
use super::integrity::Integrity;
use super::opening::{Opening, prepare};
use super::outage::Outage;
use super::transaction::Tx;
use crate::chance::Chance;
use crate::clock::Stopwatch;
use crate::domain::integrity::{MacKeys, Tampering};
use crate::failpoint;
use crate::workers::Workers;
use diesel::connection::SimpleConnection;
use r2d2::{NopErrorHandler, Pool};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Connections that calls leave to the mail worker and to operations.
const SPARE: u32 = 2;
/// How long a request waits for a free connection before it is told to come back.
const CHECKOUT: Duration = Duration::from_millis(800);
/// How many writes are committed together at most, unless it is said otherwise.
const TOGETHER: usize = 16;
/// How long a write is run again after collisions before it is given up.
const WRITE_DEADLINE: Duration = Duration::from_secs(4);

/// How long a write is waited for, and how often it is looked.
const LONGEST_WRITE: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(10);

/// The store: connections to one database.
///
/// Three kinds of write, from the one that asks most of the database to the one that asks least:
/// [`write`](Self::write), [`write_for_customer`](Self::write_for_customer), [`note`](Self::note).
#[derive(Clone)]
pub struct Store {
    location: Arc<Location>,
    pool: Pool<Connections>,
    /// Where one connection writes; else those of the pool do.
    writer: Option<Arc<GroupCommit>>,
    /// How many writes are committed together at most, or 1: each write and each row by itself.
    together: usize,
    integrity: Arc<Integrity>,
    customers: Arc<CustomerQueue>,
    outage: Arc<Outage>,
    /// Why the last write was not made, where no other could be made either.
    writes_stopped: Arc<Mutex<Option<StoreError>>>,
    chance: Chance,
    workers: Arc<Workers>,
}

impl Store {
    /// Opens the database and brings it to the newest migration.
    ///
    /// # Errors
    /// When it cannot be reached, is damaged, or a migration fails.
    pub fn open(location: Location, chance: Chance) -> Result<Self, StoreError> {
        Self::open_as(location, chance, Opening::default())
    }

    /// The same, in this way.
    ///
    /// # Errors
    /// As [`Self::open`]; [`StoreError::Missing`] for a database without tables that must have some.
    pub fn open_as(
        location: Location,
        chance: Chance,
        opening: Opening,
    ) -> Result<Self, StoreError> {
        prepare(&location, opening)?;
        let watch = FileWatch::new(&location, false)?;
        let location = Arc::new(location);
        let (readers, writers) = location.at_once();
        let pool = Pool::builder()
            .max_size(readers + writers + SPARE)
            .min_idle(Some(1))
            .connection_timeout(CHECKOUT)
            .test_on_check_out(false)
            // The failure of a connection is told to the caller that waits for one.
            .error_handler(Box::new(NopErrorHandler))
            .build_unchecked(Connections { location: Arc::clone(&location), watch });
        let store = Self {
            location,
            pool,
            writer: None,
            together: 1,
            integrity: Arc::default(),
            customers: Arc::default(),
            outage: Arc::default(),
            writes_stopped: Arc::default(),
            chance,
            workers: Arc::default(),
        };
        Ok(store.committing_together(TOGETHER))
    }

    /// How many writes are committed together at most, where the database has one writer; where it
    /// has not, the rows of one write go together. 1: each by itself.
    #[must_use]
    pub fn committing_together(mut self, most: usize) -> Self {
        self.together = most.max(1);
        if self.location.has_one_writer() {
            // The writer of before ends, with its thread.
            self.writer = None;
            self.workers = Arc::default();
            let writer = GroupCommit::new(
                Arc::clone(&self.location),
                Arc::clone(&self.integrity),
                self.together,
                &self.workers,
            );
            self.writer = Some(Arc::new(writer));
        }
        self
    }

    /// Whether the server's role owns the tables, and so could drop their triggers; `None` on SQLite.
    ///
    /// # Errors
    /// What the database says.
    pub fn owns_tables(&self) -> Result<Option<bool>, StoreError> {
        self.ask(|tx| Ok(tx.connection()?.owns_tables()?))
    }

    /// Sets where the key comes from that records are checked with. A store without it reads as any
    /// other; what it writes is found changed.
    pub fn protect(&self, keys: Arc<dyn MacKeys>) {
        self.integrity.protect(keys);
    }

    /// Keeps an alarm until it is recorded.
    pub fn notice(&self, tampering: Tampering) {
        self.integrity.notice(tampering);
    }

    /// Takes the alarms that wait to be recorded.
    pub fn take_noticed(&self) -> Vec<Tampering> {
        self.integrity.take_noticed()
    }

    /// The threads of the store, and those of the server that works with it.
    pub fn workers(&self) -> Arc<Workers> {
        Arc::clone(&self.workers)
    }

    pub(super) fn chance(&self) -> &Chance {
        &self.chance
    }

    /// Which database it is.
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// How many calls may read, and how many may write, at a time: the others wait in line better
    /// than in the database.
    pub fn at_once(&self) -> (usize, usize) {
        let (readers, writers) = self.location.at_once();
        let together = self.writer.as_ref().map(|writer| writer.most());
        (readers as usize, together.unwrap_or(writers as usize))
    }

    /// How many threads may work with the store at a time: those of calls, of the mail worker and
    /// of operations.
    pub fn threads(&self) -> usize {
        let (readers, writers) = self.at_once();
        readers + writers + SPARE as usize
    }

    /// Whether a question is answered without a wait: by a file on this machine, over a connection
    /// that nobody uses.
    pub fn is_at_hand(&self) -> bool {
        !self.location.is_far() && self.pool.state().idle_connections > 0
    }

    /// Connections in use and connections open.
    pub fn connections(&self) -> (u32, u32) {
        let state = self.pool.state();
        let (in_use, open) = self.writer.as_ref().map_or((0, 0), |writer| writer.connections());
        (in_use + state.connections - state.idle_connections, open + state.connections)
    }

    /// Runs `work` in one write transaction: all of it happens, or nothing.
    ///
    /// `work` may be run again when it collided with another write, so it takes ids and time from
    /// outside, and decides from what it reads each time. PostgreSQL watches all that it reads
    /// (SERIALIZABLE), so that it may decide by anything.
    ///
    /// # Errors
    /// What `work` refused, or what the database did not do.
    pub fn write<T, E>(&self, work: impl FnMut(&mut Tx<'_>) -> Result<T, E>) -> Result<T, E>
    where
        E: From<StoreError> + RunAgain,
    {
        self.run(Work::Office, work)
    }

    /// The same for `work` that decides by one customer: by what stands behind the customer's row,
    /// which it takes ([`Tx::take_customer`]), by rows that it changes itself, and by what a unique
    /// index says.
    ///
    /// On PostgreSQL it sees one moment (REPEATABLE READ), and whoever comes second to a row that
    /// was changed since runs again. Whatever changes what others decide by changes the customer's
    /// row too: it issues a license, or edits the customer. So nothing else needs to be watched,
    /// and writes for different customers do not collide.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn write_for_customer<T, E>(
        &self,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<StoreError> + RunAgain,
    {
        self.run(Work::Customer, work)
    }

    /// The same for what is only noted, row by row: when it returns, it is kept also if this process
    /// is killed, but the disk may not have it yet. A machine that loses its power may lose it, so
    /// that must be safe: a mail that was noted as sent goes once more, under the same name.
    ///
    /// # Errors
    /// As [`Self::write`].
    pub fn note<T, E>(&self, work: impl FnMut(&mut Tx<'_>) -> Result<T, E>) -> Result<T, E>
    where
        E: From<StoreError> + RunAgain,
    {
        self.run(Work::Note, work)
    }

    /// Waits until the writes are over that are under way: they may have read what was so before the
    /// last write of this process.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where one takes longer than a minute; what the database says.
    pub fn wait_for_writes(&self) -> Result<(), StoreError> {
        let clock = Stopwatch::start();
        let mut connection = self.location.connect()?;
        let (_, next) = connection.writes_under_way()?;
        while connection.writes_under_way()?.0 < next {
            if clock.elapsed() > LONGEST_WRITE {
                return Err(StoreError::Busy("a write that began before is not over".into()));
            }
            std::thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Records that an operation failed, or did not end in the time that its caller had.
    pub fn record_failure(&self, error: &impl RunAgain) {
        error.store_error().into_iter().for_each(|error| self.outage.failed(error));
    }

    /// Whether writes reach the disk, as far as the last one did; where it did not, tries again.
    ///
    /// # Errors
    /// Why not.
    pub fn takes_writes(&self) -> Result<(), StoreError> {
        if self.writes_stopped().is_none() {
            return Ok(());
        }
        self.write(|tx| tx.connection()?.write_nothing())
    }

    fn writes_stopped(&self) -> Option<StoreError> {
        self.writes_stopped.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn run<T, E>(&self, kind: Work, work: impl FnMut(&mut Tx<'_>) -> Result<T, E>) -> Result<T, E>
    where
        E: From<StoreError> + RunAgain,
    {
        let result = self.run_until_deadline(kind, work);
        self.outage.record(&result);
        let stopped = match &result {
            Ok(_) => None,
            Err(error) => match error.store_error().filter(|error| error.stops_writes()) {
                Some(error) => Some(error.clone()),
                // Refused, or failed for another reason: that says nothing of the disk.
                None => return result,
            },
        };
        *self.writes_stopped.lock().unwrap_or_else(PoisonError::into_inner) = stopped;
        result
    }

    fn run_until_deadline<T, E>(
        &self,
        kind: Work,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<StoreError> + RunAgain,
    {
        let clock = Stopwatch::start();
        let mut pause = Duration::from_millis(1);
        let mut turn = Turn::new(&self.customers);
        loop {
            let error = match self.attempt(kind, &mut turn, &mut work) {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            if turn.wait(WRITE_DEADLINE.saturating_sub(clock.elapsed()))? {
                continue;
            }
            let is_late = clock.elapsed() > WRITE_DEADLINE || caller::has_left();
            if !error.run_again() || is_late {
                return Err(error);
            }
            std::thread::sleep(self.chance.jitter(pause));
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }

    fn attempt<T, E: From<StoreError>>(
        &self,
        kind: Work,
        turn: &mut Turn,
        work: &mut impl FnMut(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        if let Some(writer) = &self.writer {
            return writer.attempt(kind, work);
        }
        let mut connection = begin(&self.pool, kind)?;
        let mut tx =
            Tx::new(&mut connection.any, &self.integrity, self.together > 1).with_turn(turn);
        let result = work(&mut tx).and_then(|value| {
            tx.finish()?;
            caller::may_commit()?;
            Ok(value)
        });
        if result.is_err() {
            connection.end("ROLLBACK");
            return result;
        }
        failpoint::reached("before-commit");
        if let Err(error) = connection.any.batch_execute("COMMIT").map_err(StoreError::from) {
            connection.end("ROLLBACK");
            // A commit that was refused did not happen; one that was cut off may have.
            let error = match error {
                StoreError::Unreachable(text) => StoreError::OutcomeUnknown(text),
                error => error,
            };
            return Err(error.into());
        }
        connection.in_transaction = false;
        failpoint::reached("after-commit");
        result
    }

    /// Runs `work` on one moment of the database; what it writes by mistake is refused or undone.
    ///
    /// # Errors
    /// What `work` refused, or what the database did not do.
    pub fn read<T, E: From<StoreError> + RunAgain>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let result = self.read_once(work);
        self.outage.record(&result);
        result
    }

    fn read_once<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = begin(&self.pool, Work::Read)?;
        let result = work(&mut Tx::new(&mut connection.any, &self.integrity, false));
        connection.end("ROLLBACK");
        result
    }

    /// Runs `work` that asks one question, which needs no transaction to see one moment; or some
    /// that may each see another.
    ///
    /// # Errors
    /// What `work` refused, or what the database did not do.
    pub fn ask<T, E: From<StoreError> + RunAgain>(
        &self,
        work: impl Fn(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = checkout(&self.pool).inspect_err(|error| self.outage.failed(error))?;
        connection.in_transaction = true;
        let result = work(&mut Tx::new(&mut connection.any, &self.integrity, false));
        if result.is_ok() {
            connection.in_transaction = false;
            self.outage.worked();
            return result;
        }
        // Perhaps only the connection was broken: it is not used again.
        drop(connection);
        self.read(work)
    }
}
