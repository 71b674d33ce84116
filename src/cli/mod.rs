//! The command line: what stands in `--help`, and the way to each command.

mod answer;
mod audit;
mod customers;
mod demo;
mod keys;
mod mails;
mod output;
mod purchases;
mod serve;
mod staff;
mod tokens;

use clap::{Parser, Subcommand};
use licentia::app::{Actor, Error, Office};
use licentia::chance::Chance;
use licentia::clock::Clock;
use licentia::config::{self, Config, Settings};
use licentia::domain::customer::Language;
use licentia::picture;
use licentia::startup;
use licentia::text::Texts;
use output::errln;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// The license office of a software vendor
///
/// Records what customers bought, signs what they may use, tells them by mail, and hands the
/// signed license to their installations. `licentia demo` shows it; `licentia serve` runs it.
#[derive(Parser)]
#[command(version, max_term_width = 100)]
pub struct Cli {
    /// A file of settings (TOML)
    #[arg(long, global = true, value_name = "FILE", env = "LICENTIA_CONFIG")]
    config: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API, send mails
    Serve,
    /// Play the manual's story on a scratch database, through the real API and client
    Demo(demo::Arguments),
    /// Print a link that makes the first administrator: good once, for 30 minutes
    Setup,
    /// Bring the database to the newest migration, as the role that owns the tables
    Migrate {
        /// A role of PostgreSQL that the server is to run as: grants it what that needs, and no more
        #[arg(long, value_name = "NAME")]
        service_role: Option<String>,
        /// Begin a new, empty database although there are keys: what was issued before is not in it
        #[arg(long)]
        new_database: bool,
    },
    /// The root key and the issuing keys
    #[command(subcommand)]
    Keys(keys::Command),
    /// API tokens of the vendor's systems
    #[command(subcommand)]
    Token(tokens::Command),
    /// Members of staff: who may sign in to the pages
    #[command(subcommand)]
    Staff(staff::Command),
    /// Customers
    #[command(subcommand)]
    Customer(customers::Command),
    /// Purchases
    #[command(subcommand)]
    Purchase(purchases::Command),
    /// Mails of the outbox
    #[command(subcommand)]
    Mail(mails::Command),
    /// Answer a request that a person has carried here from an installation without a network
    Answer {
        /// The request, bare or in its armour; `-` is standard input
        file: PathBuf,
    },
    /// The audit and all records: whether they were changed outside of Licentia
    #[command(subcommand)]
    Audit(audit::Command),
    /// Ask a running server whether it is ready; exits 0 when it is
    Healthcheck,
    /// Read the QR code of one picture: the server's own child process
    #[command(name = picture::COMMAND, hide = true)]
    ReadPicture,
}

/// What ends a command.
type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => run(cli),
        Err(error) => output::usage(&error),
    }
}

/// Runs a command; what goes wrong is one line on stderr and exit code 1.
fn run(cli: Cli) -> ExitCode {
    if matches!(cli.command, Command::ReadPicture) {
        return picture::read_stdin();
    }
    match dispatch(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if output::is_closed_pipe(&*error) => ExitCode::from(output::CLOSED_PIPE),
        Err(error) => {
            errln!("licentia: {}", explain(&*error));
            ExitCode::FAILURE
        }
    }
}

fn dispatch(cli: Cli) -> Outcome {
    let file = cli.config.as_deref();
    for name in cli.settings.with_passwords() {
        let (flag, variable) = (name.replace('_', "-"), name.to_ascii_uppercase());
        errln!(
            "licentia: --{flag} holds a password, which other users of this machine can see; put it \
             into a file, and the file's path into LICENTIA_{variable}_FILE"
        );
    }
    let config = Settings::gather(&cli.settings, file)?.understand()?;
    if config.trust_group {
        startup::trust_groups();
    }
    match cli.command {
        Command::Serve => serve::serve(&config),
        Command::Demo(arguments) => demo::demo(&arguments, &cli.settings),
        Command::Setup => serve::setup(&config),
        Command::Migrate { service_role, new_database } => {
            serve::migrate(&config, service_role.as_deref(), new_database)
        }
        Command::Healthcheck => serve::healthcheck(&config),
        Command::ReadPicture => Ok(()),
        Command::Keys(command) => keys::run(&config, command),
        Command::Token(command) => with_office(&config, |office| tokens::run(office, command)),
        Command::Staff(command) => with_office(&config, |office| staff::run(office, command)),
        Command::Customer(command) => {
            with_office(&config, |office| customers::run(office, command))
        }
        Command::Mail(command) => with_office(&config, |office| mails::run(office, &command)),
        Command::Answer { file } => with_office(&config, |office| answer::run(office, &file)),
        Command::Purchase(command) => {
            with_office(&config, |office| purchases::run(office, command))
        }
        Command::Audit(command) => with_office(&config, |office| audit::run(office, command)),
    }
}

/// Runs a command on the office, then records what it found changed outside of Licentia.
fn with_office(config: &Config, run: impl FnOnce(&Office) -> Outcome) -> Outcome {
    let office = open(config)?;
    let outcome = run(&office);
    if let Err(error) = licentia::app::raise_alarms(&office) {
        errln!("licentia: an alarm about changed records cannot be recorded: {error}");
    }
    outcome
}

/// How long a command waits for the database at most.
const COMMAND_WAIT: Duration = Duration::from_secs(10);

/// The office that is there, beside a server that may be running on it.
fn open(config: &Config) -> Result<Office, startup::StartError> {
    startup::require_office(config)?;
    open_or_make(config)
}

/// The same, made where it is not there yet.
fn open_or_make(config: &Config) -> Result<Office, startup::StartError> {
    let texts = Arc::new(Texts::new()?);
    // A person waits before it, and sees no log.
    let mut config = config.clone();
    config.database_wait = config.database_wait.min(COMMAND_WAIT);
    startup::open_office(&config, config.listen, Clock::System, Chance::default(), texts)
}

/// Who sits at the command line, for the audit.
fn actor() -> Actor {
    let name = config::variable_of("USER").or_else(|| config::variable_of("LOGNAME"));
    Actor::CommandLine(name.unwrap_or_else(|| "unknown".into()))
}

/// An error as a person reads it: a refusal in the words that the API has for it.
fn explain(error: &(dyn std::error::Error + 'static)) -> String {
    let Some(error) = error.downcast_ref::<Error>() else { return error.to_string() };
    let Ok(texts) = Texts::new() else { return error.to_string() };
    let code = match error {
        Error::Refused(refusal) => refusal.code(),
        Error::Unauthenticated(reason) => reason.code(),
        Error::NotFound => "not-found",
        Error::OrderNumberConflict(standing) => {
            return texts.order_number_conflict(Language::En, &standing.named());
        }
        Error::Invalid(faults) => {
            let lines = faults.iter().map(|fault| {
                let field = fault.pointer.trim_start_matches('/').replace('/', ".");
                format!("{field}: {}", texts.fault(Language::En, fault.fault))
            });
            return lines.collect::<Vec<_>>().join("\nlicentia: ");
        }
        _ => return error.to_string(),
    };
    texts.get(Language::En, &format!("{code}.detail"), &[])
}
