//! Measures what the documents quote, and prints one table. Not shipped.
//!
//! ```text
//! cargo run --release -p bench [-- NAME...]
//! ```
//!
//! On a Debian machine, as root, nothing else is needed: it builds the server's release binary,
//! installs wrk and PostgreSQL by apt-get where they are missing, and starts a PostgreSQL of its own.
//! Without a name it measures everything: [`ROOMS`].
//!
//! - `--small`: all of it once and small, to see that it runs; on a debug build beside it;
//! - `--rounds N`: medians over N rounds instead of 5;
//! - `--on sqlite`, `--on postgresql`: only there;
//! - `--other BINARY`: `builds` holds this build against that one, say of an earlier commit;
//! - `--million`: `growth` also looks at 1,000,000 customers with one purchase each;
//! - `--save FILE`: keeps the ratios; `--against FILE`: shows how far they are from those kept.
//!
//! What two programs do is measured in turns within a round, so that both see the same machine.
//! Rooms that follow each other take turns by rounds where they can, so that a median is not that of
//! one bad minute, and a round waits while others take the processors of a virtual machine away. A goal
//! that is missed is printed as missed; what cannot be measured ends it with an error.

#![expect(clippy::disallowed_methods, reason = "what is measured is the machine's own time")]

mod bare_sqlite;
mod builds;
mod bulk;
mod compared;
mod connection;
mod crowd;
mod database;
mod emergency;
mod fetch;
mod floor;
mod footprint;
mod growth;
mod herd;
mod http;
mod issue;
mod machine;
mod mail;
mod names;
mod needs;
mod office;
mod pgbench;
mod quiet;
mod report;
mod rotation;
mod rows;
mod search;
mod seed;
mod server;
mod sign_ins;
mod statement;
mod uploads;
mod verify;
mod writes;
mod wrk;

use crate::database::Kind;
use crate::office::Offices;
use crate::report::Report;
use crate::seed::Size;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Measures and adds its lines to the report.
enum Room {
    /// What is measured once.
    Machine(fn(&mut Bench) -> Outcome<()>),
    /// What is measured on a database.
    Database(fn(&mut Bench, Kind) -> Outcome<()>),
    /// The same, round by round, in turns with those beside it.
    Rounds(fn(&mut Bench, Kind) -> Outcome<Box<dyn Rounds>>),
}

/// What is measured on a database, round by round.
pub trait Rounds {
    /// Measures once.
    fn round(&mut self) -> Outcome<()>;

    /// Adds the lines of all rounds.
    fn report(&self, report: &mut Report);
}

/// Where the tests and this look for a PostgreSQL server.
const POSTGRES: &str = "LICENTIA_TEST_POSTGRES";
/// How many rounds a median is taken of.
const ROUNDS: usize = 5;

/// What is measured, in this order; the last one wears its office out.
const ROOMS: &[(&str, Room)] = &[
    ("footprint", Room::Machine(footprint::measure_empty)),
    ("footprint", Room::Database(footprint::measure)),
    ("verify", Room::Machine(verify::measure)),
    ("uploads", Room::Machine(uploads::measure)),
    ("search", Room::Database(search::measure)),
    ("growth", Room::Database(growth::measure)),
    ("fetch", Room::Database(fetch::measure)),
    ("issue", Room::Rounds(issue::begin)),
    ("emergency", Room::Rounds(emergency::begin)),
    ("sign-ins", Room::Rounds(sign_ins::begin)),
    ("builds", Room::Rounds(builds::begin)),
    ("herd", Room::Database(herd::measure)),
    ("mail", Room::Database(mail::measure)),
    ("rotation", Room::Database(rotation::measure)),
];

/// What every room is handed.
pub struct Bench {
    /// Everything once, and small.
    pub small: bool,
    /// Whether a million customers are looked at too.
    pub million: bool,
    /// How many rounds a median is taken of.
    pub rounds: usize,
    /// The only database that is looked at; `None`: both.
    on: Option<Kind>,
    /// The server's binary.
    pub binary: PathBuf,
    /// That of another build.
    pub other: Option<PathBuf>,
    /// Seeded offices, shared by the rooms.
    pub offices: Offices,
    /// The table.
    pub report: Report,
}

impl Bench {
    /// Goes through the rooms with these names; without any, through all. One database is looked at
    /// after the other, each when nothing of the other is left: so the offices of one have the
    /// machine's memory for themselves.
    fn measure(&mut self, names: &[String]) -> Outcome<()> {
        let wanted = |name: &str| names.is_empty() || names.iter().any(|wanted| wanted == name);
        let rooms = || ROOMS.iter().filter(|(name, _)| wanted(name));
        let told = |name: &str, error: Box<dyn Error>| format!("{name}: {error}");
        for (name, room) in rooms() {
            if let Room::Machine(measure) = room {
                measure(self).map_err(|error| told(name, error))?;
            }
        }
        let only = self.on;
        for kind in Kind::ALL.into_iter().filter(|kind| only.is_none_or(|only| only == *kind)) {
            let mut in_turns = Vec::new();
            for (name, room) in rooms() {
                let begun = match room {
                    Room::Machine(_) => Ok(()),
                    Room::Rounds(begin) => {
                        begin(self, kind).map(|room| in_turns.push((*name, room)))
                    }
                    Room::Database(measure) => {
                        self.take_turns(&mut in_turns)?;
                        measure(self, kind)
                    }
                };
                begun.map_err(|error| told(name, error))?;
            }
            self.take_turns(&mut in_turns)?;
            self.offices.forget();
        }
        Ok(())
    }

    /// Measures these rooms, a round of each after the other, and reports them.
    fn take_turns(&mut self, rooms: &mut Vec<(&str, Box<dyn Rounds>)>) -> Outcome<()> {
        for _ in 0..self.rounds {
            for (name, room) in &mut *rooms {
                self.quiet()?;
                room.round().map_err(|error| format!("{name}: {error}"))?;
            }
        }
        for (_, room) in rooms.drain(..) {
            room.report(&mut self.report);
        }
        Ok(())
    }

    /// Waits, before a round, until the machine is its own.
    pub fn quiet(&self) -> Outcome<()> {
        if self.small { Ok(()) } else { quiet::wait() }
    }

    /// The small office and the large one.
    pub fn sizes(&self) -> (Size, Size) {
        let (few, many) = if self.small { (20, 400) } else { (1000, 100_000) };
        (Size { customers: few, purchases: 10 }, Size { customers: many, purchases: 10 })
    }
}

/// What was asked for on the command line.
#[derive(Default)]
struct Flags {
    names: Vec<String>,
    small: bool,
    million: bool,
    rounds: Option<usize>,
    on: Option<Kind>,
    other: Option<PathBuf>,
    save: Option<PathBuf>,
    against: Option<PathBuf>,
}

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
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == floor::COMMAND) {
        floor::serve(Path::new(&arguments.next().ok_or("of which installations?")?))?;
        return Ok(ExitCode::SUCCESS);
    }
    let flags = Flags::read(std::env::args().skip(1))?;
    if std::env::var_os(POSTGRES).is_none() {
        needs::install()?;
        return with_postgres();
    }
    needs::open_files()?;
    let binary = needs::server(flags.small)?;
    let mut bench = Bench {
        small: flags.small,
        million: flags.million,
        rounds: flags.rounds.unwrap_or(if flags.small { 1 } else { ROUNDS }),
        on: flags.on,
        offices: Offices::new(&binary),
        binary,
        other: flags.other,
        report: Report::begin()?,
    };
    bench.measure(&flags.names)?;
    bench.report.end(flags.against.as_deref())?;
    if let Some(path) = &flags.save {
        bench.report.save(path)?;
    }
    Ok(ExitCode::SUCCESS)
}

impl Flags {
    fn read(mut arguments: impl Iterator<Item = String>) -> Outcome<Self> {
        let mut flags = Self::default();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} of what?"));
            match argument.as_str() {
                "--small" => flags.small = true,
                "--million" => flags.million = true,
                "--rounds" => flags.rounds = Some(value()?.parse::<usize>()?.max(1)),
                "--on" => flags.on = Some(Kind::parse(&value()?)?),
                "--other" => flags.other = Some(value()?.into()),
                "--save" => flags.save = Some(value()?.into()),
                "--against" => flags.against = Some(value()?.into()),
                name if ROOMS.iter().any(|(known, _)| *known == name) => flags.names.push(argument),
                unknown => return Err(format!("{unknown} is not known").into()),
            }
        }
        Ok(flags)
    }
}

/// Runs this again, with a PostgreSQL beside it that keeps what it says it has kept. All databases
/// are made below /var/tmp, which is on a disk, as /tmp may not be.
fn with_postgres() -> Outcome<ExitCode> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/with-postgres");
    let mut command = Command::new(script);
    command.arg(std::env::current_exe()?).args(std::env::args_os().skip(1));
    command.env("LICENTIA_POSTGRES_DURABLE", "yes");
    if std::env::var_os("TMPDIR").is_none() && Path::new("/var/tmp").is_dir() {
        command.env("TMPDIR", "/var/tmp");
    }
    let status = command.status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
