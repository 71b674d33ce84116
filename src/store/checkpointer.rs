//! Copies SQLite's log into the file beside the writes, by a thread and a connection of its own.
//!
//! SQLite by itself has the write that makes the log long copy it, and wait twice for the disk. Here
//! that write only asks for it. SQLite begins its log anew when a write finds all of it copied, which
//! under steady writing is never so: then the writer copies the rest itself, when the log has become
//! eight times as long ([`super::backend::Location::connect_to_write`]).

use super::backend::{AnyConnection, Location};
use super::error::StoreError;
use crate::failpoint;
use crate::workers::{Heartbeat, Workers};
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};

/// After how many calls that wrote: about a thousand pages of the log, as many as SQLite lets come
/// together by itself.
const EVERY: usize = 32;

/// The thread that copies; it ends with this.
pub(super) struct Checkpointer {
    asked: Arc<Asked>,
    /// None where it is off, or the system had no thread: then the writer copies all.
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Asked {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    written: usize,
    ends: bool,
}

impl Checkpointer {
    /// For a database with a log, on or off.
    pub fn new(location: Arc<Location>, is_on: bool, workers: &Workers) -> Self {
        let asked = Arc::new(Asked::default());
        let hears = Arc::clone(&asked);
        let start = || {
            let alive = workers.add("checkpoint", None);
            Builder::new().name("checkpoint".into()).spawn(move || work(&location, &hears, &alive))
        };
        let thread = is_on.then(start).and_then(Result::ok);
        Self { asked, thread }
    }

    /// Whether there is a thread that copies.
    pub fn is_on(&self) -> bool {
        self.thread.is_some()
    }

    /// So many calls have written since it was told last.
    pub fn written(&self, calls: usize) {
        let mut state = self.asked.state();
        state.written += calls;
        if state.written >= EVERY {
            self.asked.changed.notify_one();
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.asked.state().ends = true;
        self.asked.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Asked {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until there is enough to copy; `false`: until the end.
    fn wait(&self) -> bool {
        let idle = |state: &mut State| state.written < EVERY && !state.ends;
        let state = self.changed.wait_while(self.state(), idle);
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        mem::take(&mut state.written);
        !state.ends
    }
}

fn work(location: &Location, asked: &Asked, alive: &Heartbeat) {
    let mut connection = None;
    while asked.wait() {
        let copied = alive.step(|| {
            failpoint::reached("checkpoint-thread");
            copy(location, &mut connection)
        });
        // What was not copied is copied next time, or by the writer.
        if let Some(Err(error)) = &copied {
            tracing::debug!(%error, "the database's log was not copied");
        }
        if !matches!(copied, Some(Ok(()))) {
            connection = None;
        }
    }
}

fn copy(location: &Location, open: &mut Option<AnyConnection>) -> Result<(), StoreError> {
    match open {
        Some(connection) => connection.copy_log(),
        None => open.insert(location.connect()?).copy_log(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::backend::Work;
    use super::super::group_commit::GroupCommit;
    use super::super::transaction::Tx;
    use super::*;
    use crate::clock::Stopwatch;
    use diesel::connection::SimpleConnection;
    use std::path::PathBuf;
    use std::thread;
    use std::time::Duration;
    use tempfile::TempDir;

    /// A writer with a table, and its file.
    struct Office {
        writer: GroupCommit,
        path: PathBuf,
        _folder: TempDir,
    }

    impl Office {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("licentia.db");
            let location = Arc::new(Location::Sqlite(path.clone()));
            location.connect().unwrap().batch_execute("CREATE TABLE pages (page BLOB)").unwrap();
            Self {
                writer: GroupCommit::new(location, Arc::default(), 16, &Workers::default()),
                path,
                _folder: folder,
            }
        }

        fn write(&self, bytes: u64) {
            let page = format!("INSERT INTO pages VALUES (randomblob({bytes}))");
            let add =
                &mut |tx: &mut Tx<'_>| Ok::<_, StoreError>(tx.connection()?.batch_execute(&page)?);
            self.writer.attempt(Work::Customer, add).unwrap();
        }
    }

    #[test]
    fn the_log_does_not_grow_for_ever_while_it_is_written() {
        let office = Office::new();
        let (mut written, mut longest) = (0, 0);
        for _ in 0..200 {
            office.write(800_000);
            written += 800_000;
            longest = longest.max(office.path.with_extension("db-wal").metadata().unwrap().len());
        }
        assert!(longest < written / 2, "{longest} of {written}");
    }

    #[test]
    fn the_log_is_copied_while_nobody_else_does_it() {
        let office = Office::new();
        let length = || office.path.metadata().unwrap().len();
        let before = length();
        // Fewer pages than SQLite copies by itself.
        for _ in 0..2 * EVERY {
            office.write(8000);
        }
        let patience = Stopwatch::start();
        while length() == before {
            assert!(patience.elapsed().as_secs() < 20, "nothing was copied");
            thread::sleep(Duration::from_millis(5));
        }
    }
}
