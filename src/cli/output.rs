//! Output of commands. A reader that goes away (`| head`) ends a command quietly.

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

/// The exit code of a command whose output nobody reads any longer: that of a process which SIGPIPE
/// ended, as a shell shows it.
pub const CLOSED_PIPE: u8 = 141;

/// Why the standard output was not written.
#[derive(Debug, thiserror::Error)]
#[error("the standard output cannot be written: {0}")]
struct Unwritten(io::Error);

/// Prints a line to the standard output.
macro_rules! outln {
    ($($text:tt)*) => { $crate::cli::output::line(format_args!($($text)*)) };
}

/// Prints a line to the standard error, where that can be written.
macro_rules! errln {
    ($($text:tt)*) => { $crate::cli::output::note(format_args!($($text)*)) };
}

pub(super) use {errln, outln};

/// Prints a line to the standard output.
pub fn line(text: fmt::Arguments<'_>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let written = writeln!(out, "{text}").and_then(|()| out.flush());
    written.map_err(|error| io::Error::new(error.kind(), Unwritten(error)))
}

/// Prints a line to the standard error. Nobody can be told where that fails.
pub fn note(text: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Whether a command ended since nobody reads its output any longer.
pub fn is_closed_pipe(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| {
        let is_output = error.get_ref().is_some_and(|inner| inner.is::<Unwritten>());
        is_output && error.kind() == io::ErrorKind::BrokenPipe
    })
}

/// Prints the help, or what is wrong with a command line.
pub fn usage(error: &clap::Error) -> ExitCode {
    match error.print() {
        Err(fault) if fault.kind() == io::ErrorKind::BrokenPipe && !error.use_stderr() => {
            ExitCode::from(CLOSED_PIPE)
        }
        _ => ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(1)),
    }
}
