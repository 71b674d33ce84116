//! The command `licentia`: see `licentia --help`.

mod cli;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    licentia::startup::restrict_new_files();
    cli::run(cli::Cli::parse())
}
