//! `update --every`: a line for each update, for as long as the command runs.

use super::{error_json, error_text, print, updated};
use crate::cli::Cli;
use licentia_client::{Error, Installation, Language, Schedule, Stop, Update};
use serde_json::{Value, json};
use std::io;
use std::time::Duration;

/// Keeps the license current; comes back only when nobody reads its lines any longer.
pub(super) fn keep(installation: &Installation, schedule: Schedule, cli: &Cli, language: Language) {
    let stop = Stop::new();
    installation.keep_current(schedule, &stop, |outcome, wait| {
        let printed = if cli.json {
            print(&mut io::stdout(), &line(outcome, wait, language).to_string())
        } else {
            let next = next(wait, language);
            match outcome {
                Ok(update) => {
                    let said = updated(update.changed, language);
                    print(&mut io::stdout(), &format!("{said} {next}"))
                }
                Err(error) => {
                    print(&mut io::stderr(), &format!("{} {next}", error_text(error, language)))
                }
            }
        };
        if printed.is_err() {
            stop.stop();
        }
    });
}

fn line(outcome: &Result<Update, Error>, wait: Duration, language: Language) -> Value {
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
