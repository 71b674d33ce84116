//! Measures what the documents quote. Not shipped.
//!
//! ```text
//! cargo build --release -p licentia && cargo run --release -p bench [-- NAME...]
//! ```
//!
//! Without a name it measures everything:
//!
//! - `footprint`: start, memory, size of the binary;
//! - `verify`: a license's verification, against two bare ones of Ed25519;
//! - `search`: how the customer search grows from 1,000 customers to 100,000, on both databases.
//!
//! PostgreSQL is a throw-away cluster of `scripts/with-postgres`. `--small` makes all of it small,
//! to see that it runs.

#![expect(clippy::disallowed_methods, reason = "what is measured is the machine's own time")]

mod footprint;
mod machine;
mod names;
mod search;
mod seed;
mod server;
mod verify;

use std::error::Error;
use std::process::{Command, ExitCode};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Where the tests and this look for a PostgreSQL server.
const POSTGRES: &str = "LICENTIA_TEST_POSTGRES";

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Outcome<ExitCode> {
    let (flags, names): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|argument| argument.starts_with("--"));
    if let Some(unknown) = flags.iter().find(|flag| *flag != "--small") {
        return Err(format!("{unknown} is not known").into());
    }
    if std::env::var_os(POSTGRES).is_none() {
        return with_postgres();
    }
    let small = !flags.is_empty();
    let wanted = |name: &str| names.is_empty() || names.iter().any(|wanted| wanted == name);
    println!("machine                            {}", machine::describe()?);
    if wanted("footprint") {
        footprint::measure(small)?;
    }
    if wanted("verify") {
        verify::measure(small)?;
    }
    if wanted("search") {
        search::measure(small)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs this again, with a PostgreSQL beside it.
fn with_postgres() -> Outcome<ExitCode> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/with-postgres");
    let status = Command::new(script)
        .arg(std::env::current_exe()?)
        .args(std::env::args_os().skip(1))
        .status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
