//! Where calls wait for their turn at the store, without a thread or a connection: first come,
//! first served, so that reads go on while writes wait, and none starves.

use crate::app::{Error, Office};
use crate::failpoint;
use crate::store::{Caller, StoreError};
use actix_web::web;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a call may take, its wait in line included, before its caller is told to come back: with a
/// database that neither answers nor closes its connections, all would wait for as long as it does.
const CALL_TIMEOUT: Duration = Duration::from_millis(4200);

/// How many calls may wait for other servers at a time, and how long for their answer.
const OUTSIDE: usize = 2;
const LONGEST_OUTSIDE: Duration = Duration::from_secs(15);

/// The office's lines: one for calls that read, one for those that write.
#[derive(Clone)]
pub struct Lines {
    office: Arc<Office>,
    readers: Arc<Semaphore>,
    writers: Arc<Semaphore>,
    outside: Arc<Semaphore>,
}

impl Lines {
    /// As many calls read and write at a time as the store has connections for.
    pub fn new(office: Arc<Office>) -> Self {
        let (readers, writers) = office.store.at_once();
        let line = |places| Arc::new(Semaphore::new(places));
        Self { office, readers: line(readers), writers: line(writers), outside: line(OUTSIDE) }
    }

    /// Runs a use case that reads.
    ///
    /// # Errors
    /// What the use case refused; [`Error::busy`] after a wait in line.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Office) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.run(&self.readers, work).await
    }

    /// Runs a use case that asks the store one small question: on this very thread where the
    /// database is at hand, for another thread would take longer to wake than the answer.
    ///
    /// # Errors
    /// As [`Lines::read`].
    pub async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Office) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        if self.office.store.is_at_hand() { work(&self.office) } else { self.read(work).await }
    }

    /// Runs a use case that writes.
    ///
    /// # Errors
    /// As [`Lines::read`].
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Office) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let done = self.run(&self.writers, work).await?;
        failpoint::reached("before-reply");
        Ok(done)
    }

    /// Waits for another server, on a thread of its own, so that no call waits for it that needs
    /// the store; `None` when the answer does not come in time.
    ///
    /// # Errors
    /// [`Error::busy`] while others wait for their answers; a thread that cannot be made.
    pub async fn outside<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Option<T>, Error> {
        let turn = Arc::clone(&self.outside).try_acquire_owned().map_err(|_| Error::busy())?;
        alone("outside", turn, work).await
    }

    /// Runs a use case off the async threads: it waits for a disk or a database. One that takes too
    /// long goes on without its caller, keeps its turn until it ends, and records nothing.
    async fn run<T: Send + 'static>(
        &self,
        line: &Arc<Semaphore>,
        work: impl FnOnce(&Office) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let office = Arc::clone(&self.office);
        let caller = Caller::default();
        let works_for = caller.clone();
        let done = async {
            let turn = Arc::clone(line).acquire_owned().await;
            web::block(move || {
                let result = works_for.run(|| work(&office));
                drop(turn);
                result
            })
            .await
        };
        let late = || "it has not answered in time".to_owned();
        let late = match tokio::time::timeout(CALL_TIMEOUT, done).await {
            Ok(Ok(result)) => return result,
            Ok(Err(error)) => return Err(Error::Internal(error.to_string())),
            Err(_) if caller.leave() => StoreError::Busy(late()).into(),
            Err(_) => StoreError::OutcomeUnknown(late()).into(),
        };
        self.office.store.record_failure(&late);
        Err(late)
    }
}

/// Runs what needs no store on a thread of its own, which holds the turn for as long as it runs.
async fn alone<T: Send + 'static>(
    name: &str,
    turn: OwnedSemaphorePermit,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<Option<T>, Error> {
    let (tell, told) = tokio::sync::oneshot::channel();
    let thread = std::thread::Builder::new().name(name.into());
    let run = move || {
        // Nobody may be waiting any more; the turn ends with the work all the same.
        let _ = tell.send(work());
        drop(turn);
    };
    thread.spawn(run).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(tokio::time::timeout(LONGEST_OUTSIDE, told).await.ok().and_then(Result::ok))
}
