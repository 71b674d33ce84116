//! The command `licentia-client`: an installation's license from the command line.

mod cli;
mod run;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    run::run(&cli::Cli::parse())
}
