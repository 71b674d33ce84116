use super::output::outln;
use super::{Outcome, actor};
use clap::Subcommand;
use licentia::app::{self, Office};

#[derive(Subcommand)]
pub enum Command {
    /// Send all mails again that were stopped, as a running server does within a second
    Retry,
}

pub fn run(office: &Office, command: &Command) -> Outcome {
    match command {
        Command::Retry => {
            let retried = app::retry_stopped_mails(office, &actor(), None)?;
            outln!("retried  {retried}")?;
            Ok(())
        }
    }
}
