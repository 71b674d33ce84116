//! Offices with seeded databases, and servers on them. Each is seeded once and shared by the rooms.

use crate::Outcome;
use crate::database::{Database, Kind};
use crate::seed::{self, ISSUER, Size};
use crate::server::Server;
use std::cell::Cell;
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;
use std::time::Instant;
use tempfile::TempDir;

/// The first `k` of a purchase that is made while something is measured.
const FIRST_NEW_ORDER: usize = 1000;

/// An office: its keys, its database with customers, an API token.
pub struct Office {
    pub database: Database,
    pub size: Size,
    /// An API token of the role `sales`.
    pub token: String,
    /// The sequence number of every customer's current license, as it was seeded.
    pub seq: i64,
    /// What its database took on the disk when it was seeded, in bytes.
    pub seeded_bytes: u64,
    issuer: String,
    next_order: Cell<usize>,
    binary: PathBuf,
    folder: TempDir,
    mails: TempDir,
}

impl Office {
    /// Makes one of that size, with `binary` as its server.
    pub fn seeded(binary: &Path, kind: Kind, size: Size) -> Outcome<Self> {
        let began = Instant::now();
        let Size { customers, purchases } = size;
        let mut office = Self::empty(binary, kind, &format!("office_{customers}_{purchases}"))?;
        office.size = size;
        let folder = office.folder.path();
        office.seq = seed::fill(&office.database, &folder.join("keys"), size)?.seq;
        accept(binary, folder, &office.database.url)?;
        office.seeded_bytes = office.database.size()?;
        office.database.rest()?;
        eprintln!(
            "seeded {customers} customers, {purchases} purchases each, on {} in {:.1} s",
            kind.name(),
            began.elapsed().as_secs_f64()
        );
        Ok(office)
    }

    /// Makes one without customers; `name` tells its database from others.
    pub fn empty(binary: &Path, kind: Kind, name: &str) -> Outcome<Self> {
        let (folder, mails) = (tempfile::tempdir()?, mail_folder()?);
        let database = Database::new(kind, folder.path(), name)?;
        let token = token(binary, folder.path(), &database.url)?;
        let seeded_bytes = database.size()?;
        Ok(Self {
            database,
            size: Size { customers: 0, purchases: 0 },
            token,
            seq: 0,
            seeded_bytes,
            issuer: ISSUER.into(),
            next_order: Cell::new(FIRST_NEW_ORDER),
            binary: binary.to_owned(),
            folder,
            mails,
        })
    }

    /// Starts a server on it, with the settings it has when nobody sets any, but for where its mails
    /// go.
    pub fn serve(&self) -> Outcome<Server> {
        self.serve_with_mail(&format!("file:{}", self.mails.path().display()))
    }

    /// The same with another `mail_url`.
    pub fn serve_with_mail(&self, mail_url: &str) -> Outcome<Server> {
        let settings = [
            "--database-url",
            &self.database.url,
            "--issuer",
            &self.issuer,
            "--mail-url",
            mail_url,
        ];
        Server::start(&self.binary, self.folder(), &settings)
    }

    /// What licenses name as their issuer, and statements as their office.
    pub fn issuer(&self) -> String {
        self.issuer.clone()
    }

    /// The `k` of an order number that nobody has used here, of whichever customer.
    pub fn next_order(&self) -> usize {
        self.next_order.replace(self.next_order.get() + 1)
    }

    /// Its data folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A command of the office's own command line, on this office.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .args(["--database-url", &self.database.url, "--issuer", &self.issuer, "--data-dir"])
            .arg(self.folder());
        command
    }
}

/// The offices that were made.
pub struct Offices {
    binary: PathBuf,
    made: HashMap<(Kind, Size), Rc<Office>>,
}

impl Offices {
    /// None yet; `binary` will be their server.
    pub fn new(binary: &Path) -> Self {
        Self { binary: binary.to_owned(), made: HashMap::new() }
    }

    /// The office of that kind and size: made when it is first asked for.
    pub fn office(&mut self, kind: Kind, size: Size) -> Outcome<Rc<Office>> {
        if let Some(office) = self.made.get(&(kind, size)) {
            return Ok(Rc::clone(office));
        }
        let office = Rc::new(Office::seeded(&self.binary, kind, size)?);
        self.made.insert((kind, size), Rc::clone(&office));
        Ok(office)
    }

    /// Drops what was made, with its databases.
    pub fn forget(&mut self) {
        self.made.clear();
    }
}

/// Where mails go: in memory where that can be, for a mail server does not write to the disk of the
/// office's database.
fn mail_folder() -> io::Result<TempDir> {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())
}

/// Accepts the records that were written past the server.
fn accept(binary: &Path, folder: &Path, url: &str) -> Outcome<()> {
    let accepted = Command::new(binary)
        .args(["audit", "accept", "--all", "--reason", "seeded", "--database-url", url])
        .arg("--data-dir")
        .arg(folder)
        .output()?;
    let error = || String::from_utf8_lossy(&accepted.stderr).into_owned();
    if accepted.status.success() { Ok(()) } else { Err(error().into()) }
}

/// Makes the office, and a token of it.
fn token(binary: &Path, folder: &Path, url: &str) -> Outcome<String> {
    let run = |arguments: &[&str]| {
        let made = Command::new(binary)
            .args(arguments)
            .args(["--database-url", url, "--data-dir"])
            .arg(folder)
            .output()?;
        if made.status.success() {
            Ok(String::from_utf8(made.stdout)?.trim().to_owned())
        } else {
            Err(String::from_utf8_lossy(&made.stderr).into())
        }
    };
    run(&["setup"])?;
    run(&["token", "create", "--role", "sales", "--name", "bench"])
}
