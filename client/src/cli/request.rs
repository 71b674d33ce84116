use super::ActivateArgs;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What a carried request asks.
#[derive(Subcommand)]
pub enum RequestCommand {
    /// To be bound to a customer
    Activate {
        #[command(flatten)]
        activate: ActivateArgs,
        #[command(flatten)]
        form: FormArgs,
    },
    /// The current license
    Update {
        #[command(flatten)]
        form: FormArgs,
    },
    /// An emergency license: extra accounts for one calendar month
    Emergency {
        /// How many extra accounts, 1 to 10
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(i64).range(1..=10))]
        accounts: i64,
        #[command(flatten)]
        form: FormArgs,
    },
    /// To give this installation's place back
    Release {
        #[command(flatten)]
        form: FormArgs,
    },
}

/// What the request is carried as; at least one of these.
#[derive(Args)]
#[group(required = true, multiple = true)]
pub struct FormArgs {
    /// Write it to this file, with plain words above it
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Print it as a QR code
    #[arg(long)]
    pub qr: bool,
    /// Write it to this file as a QR code, a picture of the type SVG
    #[arg(long)]
    pub svg: Option<PathBuf>,
}
