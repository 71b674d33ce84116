//! Reads each uploaded picture in a child process, which limits its own memory and processor time
//! before it reads: a small file may take much of both.

pub use licentia_picture::{Unreadable, is_picture};

use licentia_picture::text_in;
use rustix::process::{Resource, Rlimit, nice, setrlimit};
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::sync::Semaphore;

/// The command that the child runs: hidden, since nobody has a use for it.
pub const COMMAND: &str = "read-picture";
/// Pictures that are read at a time: each takes a processor.
const AT_ONCE: usize = 2;
/// How long a picture waits for its turn.
const QUEUE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a child may run, whatever it waits for.
const RUN_TIMEOUT: Duration = Duration::from_secs(8);
/// The address space of a child, in bytes: the program, and the largest picture that is decoded.
const MAX_ADDRESS_SPACE: u64 = 320 * 1024 * 1024;
/// The processor time of a child, in seconds.
const MAX_PROCESSOR_SECONDS: u64 = 3;
/// The largest picture that is read, in bytes.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;
/// The exit code of a child that has found no code; any other that is not 0: no picture.
const NO_CODE: u8 = 3;

/// Reads pictures, each in a child process of its own.
#[derive(Clone)]
pub struct PictureReader {
    program: PathBuf,
    turns: Arc<Semaphore>,
}

/// Too many pictures wait already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy;

impl PictureReader {
    /// `program` is this very program; it is run as `licentia read-picture`.
    pub fn new(program: PathBuf) -> Self {
        Self { program, turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// The text of the QR code in a picture, or why there is none.
    ///
    /// # Errors
    /// [`Busy`] after five seconds in the queue.
    pub async fn text_in(&self, picture: &[u8]) -> Result<Result<String, Unreadable>, Busy> {
        let turn = tokio::time::timeout(QUEUE_TIMEOUT, self.turns.acquire()).await;
        let Ok(Ok(_turn)) = turn else { return Err(Busy) };
        self.run(picture).await.map_err(|error| {
            tracing::error!(%error, "a picture cannot be read: no child process");
            Busy
        })
    }

    async fn run(&self, picture: &[u8]) -> io::Result<Result<String, Unreadable>> {
        let mut child = Command::new(&self.program)
            .arg(COMMAND)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let ended = async {
            if let Some(mut stdin) = stdin {
                // A child that has ended reads no more; its exit code says why.
                let _ = stdin.write_all(picture).await;
            }
            let mut text = Vec::new();
            if let Some(mut stdout) = stdout {
                stdout.read_to_end(&mut text).await?;
            }
            Ok::<_, io::Error>((child.wait().await?.code(), text))
        };
        let Ok(ended) = tokio::time::timeout(RUN_TIMEOUT, ended).await else {
            child.kill().await?;
            return Ok(Err(Unreadable::Picture));
        };
        let no_code = i32::from(NO_CODE);
        Ok(match ended? {
            (Some(0), text) => String::from_utf8(text).map_err(|_| Unreadable::NoCode),
            (Some(code), _) if code == no_code => Err(Unreadable::NoCode),
            _ => Err(Unreadable::Picture),
        })
    }
}

/// The child's part: limits this process, reads a picture from the standard input and prints its
/// text.
pub fn read_stdin() -> ExitCode {
    if limit_this_process().is_err() {
        return ExitCode::FAILURE;
    }
    let mut picture = Vec::new();
    let most = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX);
    if io::stdin().lock().take(most).read_to_end(&mut picture).is_err() {
        return ExitCode::FAILURE;
    }
    match text_in(&picture) {
        Ok(text) if io::stdout().write_all(text.as_bytes()).is_ok() => ExitCode::SUCCESS,
        Err(Unreadable::NoCode) => ExitCode::from(NO_CODE),
        _ => ExitCode::FAILURE,
    }
}

/// No more memory and processor time than a picture needs, no file, no network, no core dump, and
/// after all others.
fn limit_this_process() -> io::Result<()> {
    for (resource, most) in [
        (Resource::As, MAX_ADDRESS_SPACE),
        (Resource::Cpu, MAX_PROCESSOR_SECONDS),
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        (Resource::Nofile, 0),
    ] {
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    nice(10)?;
    Ok(())
}
