//! Writes the log to the standard error, on a thread of its own: a log that cannot be written, or
//! whose reader is stuck, loses lines and holds nobody up.

use std::io::{self, Write};
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;
use tracing_subscriber::fmt::MakeWriter;

/// How much of the log waits to be written, in bytes; further lines are lost.
const MAX_WAITING: usize = 2 * 1024 * 1024;
/// How long the end of the process waits for the last lines.
const LAST_LINES: Duration = Duration::from_secs(1);

/// Lines lost since the start. The standard error is one for the process, and so is its log.
static LOST: AtomicU64 = AtomicU64::new(0);

/// How many lines of the log were lost since the start.
pub fn lost_lines() -> u64 {
    LOST.load(Ordering::Relaxed)
}

/// Takes the lines of the log; none waits here.
#[derive(Clone)]
pub struct LogOutput(Arc<Shared>);

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    text: Vec<u8>,
    lines: u64,
    is_writing: bool,
}

impl LogOutput {
    /// Starts the thread that writes.
    ///
    /// # Errors
    /// When the system has no thread.
    pub fn start(to: impl Write + Send + 'static) -> io::Result<Self> {
        let shared = Arc::<Shared>::default();
        let written = Arc::clone(&shared);
        thread::Builder::new().name("log".into()).spawn(move || written.write_all(to))?;
        Ok(Self(shared))
    }

    /// Waits until all lines are written, for a second at most.
    pub fn flush(&self) {
        let busy = |waiting: &mut Waiting| waiting.is_writing || waiting.lines > 0;
        drop(self.0.changed.wait_timeout_while(self.0.lock(), LAST_LINES, busy));
    }
}

impl Write for LogOutput {
    /// Takes one line, as the subscriber writes it.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut waiting = self.0.lock();
        if waiting.text.len() + line.len() > MAX_WAITING {
            LOST.fetch_add(1, Ordering::Relaxed);
        } else {
            waiting.text.extend_from_slice(line);
            waiting.lines += 1;
            self.0.changed.notify_all();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LogOutput {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_all(&self, mut to: impl Write) {
        let (mut told, mut is_torn) = (0, false);
        loop {
            let (text, lines) = self.next();
            let begin: &[u8] = if is_torn { b"\n" } else { b"" };
            let written = to.write_all(begin).and_then(|()| to.write_all(&text));
            is_torn = written.is_err();
            let mut waiting = self.lock();
            waiting.is_writing = false;
            let is_idle = waiting.lines == 0;
            self.changed.notify_all();
            drop(waiting);
            if is_torn {
                LOST.fetch_add(lines, Ordering::Relaxed);
            } else if is_idle && lost_lines() > told {
                // Only after a line that was written: a log that is gone must not feed itself.
                let lines = lost_lines() - told;
                told += lines;
                tracing::warn!(lines, "lines of the log were lost: they could not be written");
            }
        }
    }

    /// Waits for lines, and takes all.
    fn next(&self) -> (Vec<u8>, u64) {
        let idle = |waiting: &mut Waiting| waiting.lines == 0;
        let waiting = self.changed.wait_while(self.lock(), idle);
        let mut waiting = waiting.unwrap_or_else(PoisonError::into_inner);
        waiting.is_writing = true;
        (mem::take(&mut waiting.text), mem::take(&mut waiting.lines))
    }
}
