//! Runs a command, and prints its outcome as text or as JSON.

mod carried;
mod check;
mod exit;
mod keep;

pub use exit::HELP as EXIT_CODES;

use crate::cli::{ActivateArgs, Cli, Command, UsageArgs};
use jiff::tz::TimeZone;
use licentia_client::{
    Activate, Error, Installation, Language, Move, Notice, Panel, Roots, Schedule, Usage,
    activation_key, decode_text, host_name, panel_text, system_language, system_time_zone, verify,
};
use serde_json::{Value, json};
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;

/// The exit code of a command whose output nobody reads any longer: that of a process which SIGPIPE
/// ended, as a shell shows it.
const CLOSED_PIPE: u8 = 141;

/// What a command has to say: a sentence, perhaps the panel, and the same for programs.
struct Said {
    sentence: String,
    panel: Option<Panel>,
    notices: Vec<Notice>,
    json: Value,
    /// Whether the answer is the good one: the exit code says so.
    good: bool,
}

impl Said {
    fn new(sentence: impl Into<String>, json: Value) -> Self {
        Self { sentence: sentence.into(), panel: None, notices: vec![], json, good: true }
    }
}

/// Runs the command, and says by the exit code how it went.
pub fn run(cli: &Cli) -> ExitCode {
    let language = cli.language.unwrap_or_else(system_language);
    let zone = cli.time_zone.clone().unwrap_or_else(system_time_zone);
    let outcome = execute(cli, language, &zone);
    let printed = match &outcome {
        Ok(said) if cli.json => print(&mut io::stdout(), &pretty(&said.json)),
        Ok(said) => print_text(said, language, &zone),
        Err(error) if cli.json => print(&mut io::stdout(), &pretty(&error_json(error, language))),
        // Nobody can be told where the standard error is gone; the exit code says it.
        Err(error) => {
            let _ = print(&mut io::stderr(), &error_text(error, language));
            Ok(())
        }
    };
    match outcome {
        Err(error) => exit::exit_code(&error),
        Ok(said) if !said.good => exit::ABOVE_LICENSE.into(),
        Ok(_) => match printed {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => CLOSED_PIPE.into(),
            Err(_) => ExitCode::FAILURE,
        },
    }
}

/// Prints the help, or what is wrong with a command line.
pub fn usage_error(error: &clap::Error) -> ExitCode {
    match error.print() {
        Err(fault) if fault.kind() == io::ErrorKind::BrokenPipe && !error.use_stderr() => {
            ExitCode::from(CLOSED_PIPE)
        }
        _ => ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(1)),
    }
}

fn execute(cli: &Cli, language: Language, zone: &TimeZone) -> Result<Said, Error> {
    let russian = language == Language::Russian;
    let say = |ru: &str, en: &str| if russian { ru.to_owned() } else { en.to_owned() };
    let open = || open(cli, language);
    match &cli.command {
        Command::Activate(args) => {
            let installation = Installation::create(&cli.dir)?.with_language(language);
            believe(&installation, cli)?;
            activate(&installation, args)?;
            with_panel(&installation, say("Активировано.", "Activated."), json!({}))
        }
        Command::Update { every } => {
            let installation = open()?;
            if let Some(period) = every {
                keep::keep(&installation, Schedule::every(*period), cli, language);
                return Ok(Said::new("", json!({})));
            }
            let changed = installation.update()?.changed;
            with_panel(&installation, updated(changed, language), json!({ "changed": changed }))
        }
        Command::Request { command } => carried::request(&cli.dir, command, language, zone),
        Command::Accept { file } => carried::accept(&open()?, file, language),
        Command::Emergency { accounts } => {
            let installation = open()?;
            let granted = installation.emergency(*accounts)?.granted;
            let sentence = if granted {
                say("Экстренная лицензия получена.", "The emergency license was granted.")
            } else {
                say(
                    "Экстренная лицензия уже действует и остается прежней.",
                    "An emergency license is active already and stays as it is.",
                )
            };
            with_panel(&installation, sentence, json!({ "granted": granted }))
        }
        Command::Usage(args) => {
            let usage = usage(args);
            open()?.usage(usage)?;
            let sentence = say("Записано и передано.", "Recorded and reported.");
            Ok(Said::new(sentence, json!({ "usage": usage, "reported": true })))
        }
        Command::Show => with_panel(&open()?, String::new(), json!({})),
        Command::Verify { file, roots } => verify_file(cli, file, roots.as_deref(), language),
        Command::Check(args) => check::check(&open()?, args, language),
        Command::Fingerprint { explain } => check::fingerprint(&open()?, *explain, language),
        Command::Release => {
            open()?.release()?;
            Ok(released(language))
        }
    }
}

fn open(cli: &Cli, language: Language) -> Result<Installation, Error> {
    let installation = Installation::open(&cli.dir)?.with_language(language);
    believe(&installation, cli)?;
    Ok(installation)
}

fn believe(installation: &Installation, cli: &Cli) -> Result<(), Error> {
    let Some(path) = &cli.ca_file else { return Ok(()) };
    installation.set_authority(Some(&read_text(path)?))
}

fn activate(installation: &Installation, args: &ActivateArgs) -> Result<(), Error> {
    let roots = read_roots(&args.roots)?;
    let server = args.server.as_deref().unwrap_or(&roots.issuer);
    installation.activate(server, &roots, activation(installation, args)?).map(drop)
}

fn activation(installation: &Installation, args: &ActivateArgs) -> Result<Activate, Error> {
    Ok(Activate {
        activation_key: activation_key(&args.activation_key),
        name: args.name.clone().or_else(host_name).unwrap_or_else(|| "installation".to_owned()),
        product_version: args.product_version.clone(),
        fingerprint: installation.fingerprint()?,
        moving: args.moving.then(|| Move { replaces: args.replaces.clone() }),
    })
}

fn released(language: Language) -> Said {
    let sentence = match language {
        Language::Russian => "Место возвращено.",
        Language::English => "The place was given back.",
    };
    Said::new(sentence, json!({ "released": true }))
}

fn updated(changed: bool, language: Language) -> String {
    let sentence = match (changed, language) {
        (true, Language::Russian) => "Лицензия обновлена.",
        (false, Language::Russian) => "Лицензия не изменилась.",
        (true, Language::English) => "The license was updated.",
        (false, Language::English) => "The license has not changed.",
    };
    sentence.to_owned()
}

fn usage(args: &UsageArgs) -> Usage {
    Usage {
        user_accounts: args.user_accounts,
        emergency_accounts: args.emergency_accounts,
        external_connections: args.external_connections,
    }
}

fn verify_file(
    cli: &Cli,
    file: &Path,
    roots: Option<&Path>,
    language: Language,
) -> Result<Said, Error> {
    let text = read_text(file)?;
    let verified = match roots {
        Some(roots) => verify(&text, &read_roots(roots)?)?,
        None => Installation::open(&cli.dir)?.verify(&text)?,
    };
    let license = &verified.license;
    let (name, sub, seq, iat) = (&license.licensee.name, &license.sub, license.seq, license.iat);
    let sentence = match language {
        Language::Russian => format!(
            "Подлинная лицензия от {}: {name} ({sub}), номер {seq}, выпущена {iat}.",
            license.iss
        ),
        Language::English => format!(
            "A genuine license of {}: {name} ({sub}), number {seq}, issued at {iat}.",
            license.iss
        ),
    };
    let json = json!({ "valid": true, "license": license, "key": verified.key });
    Ok(Said::new(sentence, json))
}

/// Adds the panel, the license and its token to what a command says.
fn with_panel(installation: &Installation, sentence: String, json: Value) -> Result<Said, Error> {
    let shown = installation.show()?;
    let mut all = installation.shown_json(&shown)?;
    if let (Value::Object(all), Value::Object(json)) = (&mut all, json) {
        all.extend(json);
    }
    Ok(Said { panel: Some(shown.panel), notices: shown.notices, ..Said::new(sentence, all) })
}

fn read_roots(path: &Path) -> Result<Roots, Error> {
    Roots::read(&read_text(path)?).map_err(|_| Error::NotRoots { path: path.into() })
}

fn read_text(path: &Path) -> Result<String, Error> {
    /// Far above a license in its armour, or the certificates of an authority.
    const MAX_FILE_BYTES: u64 = 1024 * 1024;
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        io::stdin().take(MAX_FILE_BYTES).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MAX_FILE_BYTES).read_to_end(&mut bytes))
    };
    read.map_err(|source| Error::File { path: path.into(), source })?;
    Ok(decode_text(&bytes))
}

fn print_text(said: &Said, language: Language, zone: &TimeZone) -> io::Result<()> {
    let mut text = String::new();
    if !said.sentence.is_empty() {
        text.push_str(&said.sentence);
        text.push('\n');
    }
    if let Some(panel) = &said.panel {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&panel_text(panel, language, zone));
    }
    for notice in &said.notices {
        let _ = print(&mut io::stderr(), &notice.text(language));
    }
    print(&mut io::stdout(), text.trim_end())
}

fn error_text(error: &Error, language: Language) -> String {
    let text = error.text(language);
    match error.problem() {
        // The office's own text ends with its code already.
        Some(problem) => match &problem.request_id {
            Some(id) => format!("{text} [{id}]"),
            None => text,
        },
        None => format!("{text} ({})", error.code()),
    }
}

fn error_json(error: &Error, language: Language) -> Value {
    json!({ "error": error.json(language) })
}

fn pretty(json: &Value) -> String {
    format!("{json:#}")
}

/// A reader that has gone away (`| head`) is told by the exit code, and is no panic.
fn print(to: &mut impl Write, text: &str) -> io::Result<()> {
    writeln!(to, "{text}")?;
    to.flush()
}
