//! `update --every`: a line for each update, for as long as the command runs.

use super::{error_json, error_text, print, updated};
use crate::cli::Cli;
use licentia_client::{Error, Installation, Language, Schedule, Stop, Update};
use serde_json::{Value, json};
use std::io;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

/// Lines that may wait for a reader that does not read; further ones are lost.
const MAX_PENDING_LINES: usize = 16;

/// Keeps the license current for as long as the process lives. Lines that cannot be written are lost,
/// updates are not.
pub(super) fn keep(installation: &Installation, schedule: Schedule, cli: &Cli, language: Language) {
    let log = Log::new(|line| match line {
        Line::Output(text) => print(&mut io::stdout(), &text),
        Line::Error(text) => print(&mut io::stderr(), &text),
    });
    installation.keep_current(schedule, &Stop::new(), |outcome, wait| {
        log.write(if cli.json {
            Line::Output(json_line(outcome, wait, language).to_string())
        } else {
            let next = next(wait, language);
            match outcome {
                Ok(update) => Line::Output(format!("{} {next}", updated(update.changed, language))),
                Err(error) => Line::Error(format!("{} {next}", error_text(error, language))),
            }
        });
    });
}

enum Line {
    Output(String),
    Error(String),
}

/// Writes lines on a thread of its own: neither a reader that has gone nor one that does not read
/// holds up the next update.
struct Log(SyncSender<Line>);

impl Log {
    fn new(write: impl Fn(Line) -> io::Result<()> + Send + 'static) -> Self {
        let (lines, pending) = sync_channel(MAX_PENDING_LINES);
        thread::spawn(move || {
            for line in pending {
                // There is no other place to report it.
                let _ = write(line);
            }
        });
        Self(lines)
    }

    fn write(&self, line: Line) {
        let _ = self.0.try_send(line);
    }
}

fn json_line(outcome: &Result<Update, Error>, wait: Duration, language: Language) -> Value {
    let mut line = match outcome {
        Ok(update) => json!({ "changed": update.changed, "seq": update.license.seq }),
        Err(error) => error_json(error, language),
    };
    line["next_in_seconds"] = json!(wait.as_secs());
    line
}

fn next(wait: Duration, language: Language) -> String {
    let minutes = wait.as_secs().div_ceil(60);
    match language {
        Language::Russian => format!("Следующая попытка через {minutes} мин."),
        Language::English => format!("The next try is in {minutes} min."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn a_reader_that_does_not_read_holds_up_no_update_and_one_that_fails_loses_lines_alone() {
        let (resume, stuck) = channel::<()>();
        let log = Log::new(move |_| stuck.recv().map_err(io::Error::other));
        for _ in 0..1000 {
            log.write(Line::Output("line".into()));
        }
        drop(resume);
        let (written, read) = channel();
        let log = Log::new(move |line| {
            let (Line::Output(text) | Line::Error(text)) = line;
            written.send(text).unwrap();
            Err(io::ErrorKind::BrokenPipe.into())
        });
        for line in ["one", "two"] {
            log.write(Line::Error(line.into()));
            assert_eq!(read.recv().unwrap(), line);
        }
    }
}
