//! The command `licentia-client`: an installation's license from the command line.

#![warn(clippy::print_stdout, clippy::print_stderr)]

mod cli;
mod run;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::Cli::try_parse() {
        Ok(cli) => run::run(&cli),
        Err(error) => run::usage_error(&error),
    }
}
