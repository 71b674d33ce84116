//! Wiring: settings, store, keys, office, mail worker and servers. Time and chance enter here.

mod agreement;
mod alarms;
mod log;
mod mails;
mod observations;
mod open;
mod post_room;
mod private_files;
mod servers;
mod spawned;

pub use log::{Log, start_log};
pub use open::{open_new_store, open_office, open_store, require_office};
pub use private_files::restrict_new_files;
pub use spawned::Spawned;

pub use crate::signing::trust_groups;

use crate::api::State;
use crate::app::{Error, Office};
use crate::chance::Chance;
use crate::clock::{Clock, Stopwatch};
use crate::config::Config;
use crate::lines::Lines;
use crate::mail::{MailUrl, Worker};
use crate::notices::Notices;
use crate::ops::{ApiProbe, Metrics, Readiness};
use crate::store::{LicenseCache, StoreError};
use crate::text::{TextError, Texts};
use crate::tls::{Certificates, TlsError};
use crate::web::AgreementError;
use crate::workers::{Heartbeat, Workers};
use actix_web::dev::{Server, ServerHandle};
use agreement::agreement;
use alarms::raise_alarms;
use mails::{send_mails, worker};
use observations::note_observations;
use servers::{ServerOptions, api_server, ops_server};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How many connections wait to be taken. After an outage thousands come in one moment; of those
/// that find no room, the system tells nobody for a second.
const BACKLOG: i32 = 4096;
/// How long the mail worker may be without a sign of life: one mail to a server that answers each
/// command at the last moment takes minutes.
const MAIL_SILENCE: Duration = Duration::from_secs(300);
/// How long the other threads may be.
const SILENCE: Duration = Duration::from_secs(120);

/// How long the threads beside the servers may take to end after them, and how often it is looked.
const STOP_TIMEOUT: Duration = Duration::from_secs(18);
const STOP_PAUSE: Duration = Duration::from_millis(20);

/// A server that is ready to run.
pub struct Prepared {
    /// The office it serves.
    pub office: Arc<Office>,
    /// Where the API listens.
    pub address: SocketAddr,
    /// Where operations listen.
    pub ops_address: SocketAddr,
    listener: TcpListener,
    ops_listener: TcpListener,
    state: State,
    worker: Worker,
    mail_heartbeat: Arc<Heartbeat>,
    options: ServerOptions,
}

impl Prepared {
    /// Binds the addresses and opens the office; nothing is answered or sent yet.
    ///
    /// # Errors
    /// When an address is taken or the office does not open.
    pub fn new(config: &Config, clock: Clock, chance: Chance) -> Result<Self, StartError> {
        let agreement = agreement(config)?;
        let certificates = certificates(config)?;
        let (listener, address) = bind(config.listen)?;
        let (ops_listener, ops_address) = bind(config.ops_listen)?;
        let texts = Arc::new(Texts::new()?);
        let mut office = open_office(config, address, clock, chance, Arc::clone(&texts))?;
        office.licenses = license_cache(config, &office.workers)?;
        let office = Arc::new(office);
        let mail_heartbeat = office.workers.add("mail", Some(MAIL_SILENCE));
        let worker = worker(config, &office, &texts, &mail_heartbeat)?;
        let issuer = office.settings().issuer.clone();
        let counters = Arc::clone(&worker.counters);
        let notices = Arc::new(Notices::new(config, &issuer, certificates.clone(), counters));
        warn(config, &office, &notices);
        let lines = Lines::new(Arc::clone(&office));
        let state = State { office: Arc::clone(&office), texts, lines, limits: Arc::default() };
        let options = ServerOptions {
            agreement,
            program: config.program.clone(),
            proxies: config.trusted_proxies.clone(),
            body_limits: config.body_limits,
            probe: Arc::new(ApiProbe::new(address, certificates.is_some(), &office.chance)),
            certificates,
            notices,
        };
        Ok(Self {
            office,
            address,
            ops_address,
            listener,
            ops_listener,
            state,
            worker,
            mail_heartbeat,
            options,
        })
    }

    /// Starts the servers and the mail worker. Await [`Running::serve`] to serve.
    ///
    /// # Errors
    /// When a server cannot be started.
    pub fn run(self, on_signals: bool) -> Result<Running, StartError> {
        let failed = |what: &str| {
            let what = what.to_owned();
            move |error| StartError::Io(what, error)
        };
        let counters = Arc::clone(&self.worker.counters);
        let metrics = Metrics::default();
        let (notices, probe) = (&self.options.notices, &self.options.probe);
        let readiness = Readiness::new(
            Arc::clone(&self.office),
            Arc::clone(notices),
            Arc::clone(&counters),
            Arc::clone(probe),
        );
        let ops = ops_server(self.ops_listener, &self.office, counters, &metrics, readiness)
            .map_err(failed("ops_listen"))?;
        let server = api_server(self.listener, self.state, self.options, metrics, on_signals)?
            .map_err(failed("listen"))?;
        let stop = Arc::clone(&self.worker.stop);
        let (workers, office) = (&self.office.workers, &self.office);
        let mails = {
            let (alive, worker) = (self.mail_heartbeat, self.worker);
            let work = move |office: &Office, alive: &Heartbeat| send_mails(&worker, office, alive);
            supervised("mail", alive, office, &stop, work)?
        };
        let observations = {
            let alive = workers.add("observations", Some(SILENCE));
            let ends = Arc::clone(&stop);
            let work =
                move |office: &Office, alive: &Heartbeat| note_observations(office, &ends, alive);
            supervised("observations", alive, office, &stop, work)?
        };
        let alarms = {
            let alive = workers.add("alarms", Some(SILENCE));
            let ends = Arc::clone(&stop);
            let work = move |office: &Office, alive: &Heartbeat| raise_alarms(office, &ends, alive);
            supervised("alarms", alive, office, &stop, work)?
        };
        Ok(Running {
            handle: server.handle(),
            ops_handle: ops.handle(),
            ops,
            server,
            office: self.office,
            stop,
            mails,
            observations,
            alarms,
        })
    }
}

/// A server that runs.
pub struct Running {
    server: Server,
    ops: Server,
    handle: ServerHandle,
    ops_handle: ServerHandle,
    office: Arc<Office>,
    stop: Arc<AtomicBool>,
    mails: JoinHandle<()>,
    observations: JoinHandle<()>,
    alarms: JoinHandle<()>,
}

impl Running {
    /// What stops it from elsewhere.
    pub fn handle(&self) -> ServerHandle {
        self.handle.clone()
    }

    /// Serves until it is stopped; then ends the calls under way, and the mail being sent. Threads that
    /// a database or a mail server keeps waiting are left to themselves after a while.
    ///
    /// # Errors
    /// What the servers end with.
    pub async fn serve(self) -> io::Result<()> {
        let ops = tokio::task::spawn_local(self.ops);
        let served = self.server.await;
        self.stop.store(true, Ordering::SeqCst);
        self.office.bell.ring();
        self.office.observations.bell.ring();
        let stopping = Stopwatch::start();
        for (thread, what) in [
            (self.mails, "the mail worker"),
            (self.observations, "the thread of observations"),
            (self.alarms, "the thread of alarms"),
        ] {
            while !thread.is_finished() && stopping.elapsed() < STOP_TIMEOUT {
                tokio::time::sleep(STOP_PAUSE).await;
            }
            if !thread.is_finished() {
                tracing::error!("{what} has not ended in time");
            } else if thread.join().is_err() {
                tracing::error!("{what} ended badly");
            }
        }
        self.ops_handle.stop(false).await;
        let _ = ops.await;
        served
    }
}

/// Why the office does not open.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address, a directory, a file.
    #[error("{0}: {1}")]
    Io(String, io::Error),
    /// The texts that were compiled in.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The database, the keys, the issuer.
    #[error(transparent)]
    App(#[from] Error),
    /// The issuer must be set.
    #[error(
        "the server listens on {0}, which is no loopback address: set the issuer, the URL under \
         which installations reach it"
    )]
    IssuerMissing(SocketAddr),
    /// The database is not there, and keys say that there was one.
    #[error(
        "{what}, but there are keys in {}: an office that issued licenses would begin again as a new, \
         empty one. Restore the database from a backup; if a new one is meant, run `licentia migrate \
         --new-database`", keys.display()
    )]
    DatabaseMissing {
        /// The missing thing.
        what: String,
        /// The directory of the keys.
        keys: PathBuf,
    },
    /// A command that makes no office found none.
    #[error(
        "there is no office in {0}: run this in the folder where the server runs, or name its \
         database (database_url, data_dir); `licentia serve` and `licentia setup` make a new office"
    )]
    NoOffice(String),
    /// The vendor's text of the license agreement.
    #[error("the license agreement: {0}")]
    Agreement(#[from] AgreementError),
    /// The certificate of the API.
    #[error("the settings tls_cert and tls_key: {0}")]
    Tls(#[from] TlsError),
    /// The OpenAPI document.
    #[error("the OpenAPI document: {0}")]
    OpenApi(#[from] serde_json::Error),
}

impl From<StoreError> for StartError {
    fn from(error: StoreError) -> Self {
        Self::App(error.into())
    }
}

/// Starts one of the server's threads, which is started again where it ends before the server.
fn supervised(
    name: &'static str,
    alive: Arc<Heartbeat>,
    office: &Arc<Office>,
    stop: &Arc<AtomicBool>,
    work: impl Fn(&Office, &Heartbeat) + Send + 'static,
) -> Result<JoinHandle<()>, StartError> {
    let (office, stop) = (Arc::clone(office), Arc::clone(stop));
    thread::Builder::new()
        .name(name.into())
        .spawn(move || alive.supervise(&stop, || work(&office, &alive)))
        .map_err(|error| StartError::Io(format!("the thread {name}"), error))
}

fn warn(config: &Config, office: &Office, notices: &Notices) {
    for notice in notices.current() {
        tracing::warn!("{notice}");
    }
    if config.mail_url.is_in_the_clear() {
        tracing::warn!(mail_url = %config.mail_url, "mails leave this machine in the clear");
    }
    if let MailUrl::Files(dir) = &config.mail_url {
        tracing::info!(dir = %dir.display(), "mails are written to files; set mail_url to send them");
    }
    if office.root_is_here() {
        tracing::warn!(
            "the private root key lies on this server: `licentia keys detach-root FILE` moves it off"
        );
    }
    if let Some(warning) = office.role_warning() {
        tracing::warn!("{warning}");
    }
    if let Some(warning) = office.key_warning() {
        tracing::warn!("{warning}");
    }
    for name in crate::config::unknown_variables() {
        tracing::warn!(name, "this variable is no setting: is it misspelt?");
    }
}

/// The certificates of the API, where it speaks TLS itself.
fn certificates(config: &Config) -> Result<Option<Arc<Certificates>>, StartError> {
    let Some((certificate, key)) = &config.tls else { return Ok(None) };
    Ok(Some(Arc::new(Certificates::load(certificate, key)?)))
}

fn license_cache(config: &Config, workers: &Workers) -> Result<LicenseCache, StartError> {
    if config.license_cache == 0 {
        return Ok(LicenseCache::off());
    }
    LicenseCache::start(config.database.clone(), config.license_cache, workers)
        .map_err(|error| StartError::Io("the thread that looks at licenses".into(), error))
}

fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |error| StartError::Io(address.to_string(), error);
    let listener = TcpListener::bind(address).map_err(failed)?;
    rustix::net::listen(&listener, BACKLOG).map_err(|error| failed(error.into()))?;
    let got = listener.local_addr().map_err(failed)?;
    Ok((listener, got))
}
