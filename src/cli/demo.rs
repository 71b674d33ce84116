//! `licentia demo`: the manual's story, played on a scratch database through the real HTTP API
//! and the real client, on one clock that it moves.
//!
//! Whatever turns out otherwise than the manual says ends it with an error: it is a test too.

mod keep;
mod letters;
mod scenes;
mod staff;
mod stage;
mod story;
mod teller;

use super::Outcome;
use licentia::config::Settings;
use licentia::domain::customer::Language;
use stage::Stage;
use std::fmt::Debug;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use teller::Teller;

/// Of the settings, the demo takes where to listen and what to log; the others are its own.
#[derive(clap::Args)]
pub struct Arguments {
    /// ru or en: the demo, the customer's mails and the panel [default: from LANG]
    #[arg(long, value_parser = language)]
    language: Option<Language>,
    /// Go on serving at the end, on today's clock, until Ctrl-C; the directory stays
    #[arg(long)]
    keep: bool,
}

/// Plays the story; `settings` are the flags of the command line.
pub fn demo(arguments: &Arguments, settings: &Settings) -> Outcome {
    let teller = Teller::new(arguments.language.unwrap_or_else(system_language))?;
    let owner_only = Permissions::from_mode(0o700);
    let dir =
        tempfile::Builder::new().prefix("licentia-demo-").permissions(owner_only).tempdir()?;
    let mut stage = Stage::open(dir.path(), settings, &teller)?;
    let played = scenes::play(&mut stage, &teller)?;
    if arguments.keep { keep::serve(stage, &played, &dir.keep(), &teller) } else { stage.close() }
}

/// What the story expects, or an error that says what came instead.
fn expect<T: PartialEq + Debug>(what: &str, got: &T, expected: &T) -> Outcome {
    if got == expected {
        return Ok(());
    }
    Err(format!("the story went otherwise: {what} is {got:?}, not {expected:?}").into())
}

fn language(text: &str) -> Result<Language, &'static str> {
    Language::parse(text).map_err(|_| "the language is ru or en")
}

fn system_language() -> Language {
    match licentia_client::system_language() {
        licentia_client::Language::Russian => Language::Ru,
        licentia_client::Language::English => Language::En,
    }
}
