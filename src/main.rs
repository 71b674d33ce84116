//! The command `licentia`: see `licentia --help`.

#![warn(clippy::print_stdout, clippy::print_stderr)]

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    licentia::startup::restrict_new_files();
    cli::main()
}
