//! The arguments of the command.

mod request;

pub use request::{FormArgs, RequestCommand};

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::SignedDuration;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use licentia_client::Language;
use std::path::PathBuf;
use std::time::Duration;

/// Holds an installation's license: activates, updates, shows and verifies it.
#[derive(Parser)]
#[command(name = "licentia-client", version, arg_required_else_help = true)]
#[command(after_help = crate::run::EXIT_CODES)]
pub struct Cli {
    /// The installation's state directory
    #[arg(long, global = true, env = "LICENTIA_CLIENT_DIR", default_value = "licentia")]
    pub dir: PathBuf,
    /// `ru` or `en` [default: from LANG]
    #[arg(long, global = true)]
    pub language: Option<Language>,
    /// The zone that times are shown in, as `Europe/Moscow` [default: from TZ, else UTC]
    #[arg(long, global = true, value_parser = time_zone)]
    pub time_zone: Option<TimeZone>,
    /// Print one JSON object on standard output, in place of text; an error too
    #[arg(long, global = true)]
    pub json: bool,
    /// Believe the server's TLS certificate by this authority alone, and remember it: PEM
    #[arg(long, global = true, env = "LICENTIA_CA_FILE")]
    pub ca_file: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Bind this installation to a customer, and take the customer's license in
    Activate(ActivateArgs),
    /// Fetch the current license
    Update {
        /// Go on doing so, as `6h` or `30m`, give or take a tenth; at least a minute
        #[arg(long, value_parser = period)]
        every: Option<Duration>,
    },
    /// Ask for an emergency license: extra accounts for one calendar month
    Emergency {
        /// How many extra accounts, 1 to 10
        #[arg(long, default_value_t = 10)]
        accounts: i64,
    },
    /// Record how much is in use, and report it
    Usage(UsageArgs),
    /// Show the license held; works offline
    Show,
    /// Verify any license; needs no state directory when roots are given
    Verify {
        /// The license, bare or in its armour; `-` is standard input
        #[arg(default_value = "-")]
        file: PathBuf,
        /// The file of roots [default: the pinned ones]
        #[arg(long)]
        roots: Option<PathBuf>,
    },
    /// Write a request for a person to carry to the vendor; works offline
    Request {
        #[command(subcommand)]
        command: RequestCommand,
    },
    /// Take in what a person carried here: the answer to a request, or a license; works offline
    #[command(visible_alias = "take-in")]
    Accept {
        /// The answer, bare or in its armour; `-` is standard input
        #[arg(default_value = "-")]
        file: PathBuf,
    },
    /// Say what may be done now with so much in use; exit with 3 when that is above the license
    Check(CheckArgs),
    /// Tell this machine from others, by hashes that say nothing to anybody else; works offline
    Fingerprint {
        /// Say in words which signals there are, which changed, and what follows from that
        #[arg(long)]
        explain: bool,
    },
    /// Give this installation's place back
    Release,
}

#[derive(Args)]
pub struct ActivateArgs {
    /// The license office's URL [default: as the roots name it]
    #[arg(long)]
    pub server: Option<String>,
    /// The file of roots from the vendor
    #[arg(long)]
    pub roots: PathBuf,
    /// The activation key from the vendor's mail
    #[arg(long, env = "LICENTIA_ACTIVATION_KEY", hide_env_values = true)]
    pub activation_key: String,
    /// What the customer calls this installation [default: the machine's name]
    #[arg(long)]
    pub name: Option<String>,
    /// Where no place is free, take over that of an installation which is gone
    #[arg(long = "move")]
    pub moving: bool,
    /// Whose place: a name or a thumbprint [default: the one that was heard of longest ago]
    #[arg(long, value_name = "INSTALLATION", requires = "moving")]
    pub replaces: Option<String>,
    /// The product's version
    #[arg(long, default_value = "unknown")]
    pub product_version: String,
}

#[derive(Args)]
pub struct UsageArgs {
    /// Registered permanent accounts
    #[arg(long, value_parser = clap::value_parser!(i64).range(0..))]
    pub user_accounts: i64,
    /// Registered emergency accounts
    #[arg(long, value_parser = clap::value_parser!(i64).range(0..))]
    pub emergency_accounts: i64,
    /// Open external connections
    #[arg(long, value_parser = clap::value_parser!(i64).range(0..))]
    pub external_connections: i64,
}

#[derive(Args)]
pub struct CheckArgs {
    /// Registered permanent accounts [default: as recorded last]
    #[arg(long, value_parser = clap::value_parser!(i64).range(0..))]
    pub user_accounts: Option<i64>,
    /// Registered emergency accounts [default: as recorded last]
    #[arg(long, value_parser = clap::value_parser!(i64).range(0..))]
    pub emergency_accounts: Option<i64>,
    /// Open external connections [default: as recorded last]
    #[arg(long, value_parser = clap::value_parser!(i64).range(0..))]
    pub external_connections: Option<i64>,
    /// Exit with 3 when one more of these may not be added
    #[arg(long, value_enum)]
    pub one_more: Option<OneMore>,
    /// Say, too, whether the support covers a version published on this day, as `2014-10-31`
    #[arg(long)]
    pub published: Option<Date>,
}

/// What may be added one by one.
#[derive(Clone, Copy, ValueEnum)]
pub enum OneMore {
    /// A permanent account
    UserAccount,
    /// An emergency account
    EmergencyAccount,
    /// An external connection
    ExternalConnection,
}

fn period(text: &str) -> Result<Duration, String> {
    let period: SignedDuration = text.parse().map_err(|error: jiff::Error| error.to_string())?;
    let period = Duration::try_from(period).map_err(|error| error.to_string())?;
    if period < Duration::from_secs(60) { Err("at least a minute".into()) } else { Ok(period) }
}

fn time_zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|error| error.to_string())
}
