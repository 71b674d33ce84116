//! Wiring: settings, store, keys, office, mail worker and servers. Time and chance enter here.

use crate::api::{self, State};
use crate::app::{self, Error, Office, SettingFault};
use crate::chance::Chance;
use crate::clock::{Clock, Stopwatch};
use crate::config::{Config, ConfigError};
use crate::domain::ids::CustomerId;
use crate::lines::Lines;
use crate::mail::{Counters, MailUrl, Post, Sender, Transport, Unnoted, Worker};
use crate::ops::{self, Metrics};
use crate::store::{Location, Store, StoreError};
use crate::text::{TextError, Texts};
use crate::web;
use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{fs, io};
use tracing_actix_web::TracingLogger;

/// How often the worker looks into the outbox when nobody rings.
const LOOK: Duration = Duration::from_secs(1);
/// How often answers whose time is over are forgotten.
const TIDY: Duration = Duration::from_secs(3600);
/// How long calls may take to end after SIGTERM, in seconds.
const DRAIN: u64 = 20;

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
    /// The OpenAPI document.
    #[error("the OpenAPI document: {0}")]
    OpenApi(#[from] serde_json::Error),
}

impl From<StoreError> for StartError {
    fn from(error: StoreError) -> Self {
        Self::App(error.into())
    }
}

/// Opens the office without serving: for the command line. `listen` is where a server would.
///
/// # Errors
/// When the database or the keys are not in order, or the issuer is another.
pub fn open_office(
    config: &Config,
    listen: SocketAddr,
    clock: Clock,
    chance: Chance,
) -> Result<Office, StartError> {
    let store = open_store(config, chance.clone())?;
    let keys = app::open_keys(&config.keys_dir, &store, &clock, &chance)?;
    let understand = understand(config.clone(), listen, store.clone());
    Ok(Office::open(store, keys, clock, chance, Box::new(understand))?)
}

/// How settings are understood: the page's under the others, the issuer as the first license fixed
/// it.
fn understand(
    config: Config,
    listen: SocketAddr,
    store: Store,
) -> impl Fn(&BTreeMap<String, String>) -> Result<app::Settings, SettingFault> {
    let fault = |error: ConfigError| SettingFault { name: error.name, text: error.text };
    move |page| {
        let config = config.with_page(page).map_err(fault)?;
        let issuer = issuer(&config, listen, &store)
            .map_err(|error| SettingFault { name: Some("issuer"), text: error.to_string() })?;
        Ok(app::Settings {
            issuer,
            time_zone: config.time_zone.clone(),
            vendor_name: config.vendor_name.clone(),
            sales_address: config.sales_address.clone(),
            sales_language: config.sales_language,
            second_factor_for_all: config.second_factor_for_all,
            fixed: config.fixed_names().map_err(fault)?,
        })
    }
}

/// Opens the database and brings it to the newest migration.
///
/// # Errors
/// When it is not in order, or its directory cannot be made.
pub fn open_store(config: &Config, chance: Chance) -> Result<Store, StartError> {
    if let Location::Sqlite(path) = &config.database {
        let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty());
        if let Some(dir) = dir {
            make_dir(dir)?;
        }
    }
    Ok(Store::open(config.database.clone(), chance)?)
}

/// What was set; else what the first license fixed; else the listen URL, when that is loopback.
fn issuer(config: &Config, listen: SocketAddr, store: &Store) -> Result<String, StartError> {
    if let Some(issuer) = &config.issuer {
        return Ok(issuer.clone());
    }
    let recorded = store.read(|tx| tx.office())?;
    match recorded.and_then(|office| office.issuer) {
        Some(issuer) => Ok(issuer),
        None if listen.ip().is_loopback() => Ok(format!("http://{listen}")),
        None => Err(StartError::IssuerMissing(listen)),
    }
}

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
}

impl Prepared {
    /// Binds the addresses and opens the office; nothing is answered or sent yet.
    ///
    /// # Errors
    /// When an address is taken or the office does not open.
    pub fn new(config: &Config, clock: Clock, chance: Chance) -> Result<Self, StartError> {
        let (listener, address) = bind(config.listen)?;
        let (ops_listener, ops_address) = bind(config.ops_listen)?;
        let office = Arc::new(open_office(config, address, clock, chance)?);
        let texts = Arc::new(Texts::new()?);
        let worker = worker(config, &office, &texts)?;
        warn(config, &office);
        let lines = Lines::new(Arc::clone(&office));
        let state = State { office: Arc::clone(&office), texts, lines };
        Ok(Self { office, address, ops_address, listener, ops_listener, state, worker })
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
        let ops = ops_server(self.ops_listener, &self.office, counters, &metrics)
            .map_err(failed("ops_listen"))?;
        let server = api_server(self.listener, self.state, metrics, on_signals)?
            .map_err(failed("listen"))?;
        let stop = Arc::clone(&self.worker.stop);
        let mails = {
            let (office, worker) = (Arc::clone(&self.office), self.worker);
            thread::Builder::new()
                .name("mail".into())
                .spawn(move || send_mails(&worker, &office))
                .map_err(failed("the mail worker"))?
        };
        Ok(Running {
            handle: server.handle(),
            ops_handle: ops.handle(),
            ops,
            server,
            office: self.office,
            stop,
            mails,
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
}

impl Running {
    /// What stops it from elsewhere.
    pub fn handle(&self) -> ServerHandle {
        self.handle.clone()
    }

    /// Serves until it is stopped; then ends the calls under way, and the mail being sent.
    ///
    /// # Errors
    /// What the servers end with.
    pub async fn serve(self) -> io::Result<()> {
        let ops = tokio::task::spawn_local(self.ops);
        let served = self.server.await;
        self.stop.store(true, Ordering::SeqCst);
        self.office.bell.ring();
        let mails = self.mails;
        let ended = tokio::task::spawn_blocking(move || mails.join()).await;
        if !matches!(ended, Ok(Ok(()))) {
            tracing::error!("the mail worker ended badly");
        }
        self.ops_handle.stop(false).await;
        let _ = ops.await;
        served
    }
}

/// A server on a thread of its own, for the demo and the tests.
pub struct Spawned {
    /// The office it serves.
    pub office: Arc<Office>,
    /// Where the API listens.
    pub address: SocketAddr,
    /// Where operations listen.
    pub ops_address: SocketAddr,
    handle: ServerHandle,
    thread: JoinHandle<io::Result<()>>,
}

impl Spawned {
    /// Starts a server that does not listen to signals.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(config: &Config, clock: Clock, chance: Chance) -> Result<Self, StartError> {
        let prepared = Prepared::new(config, clock, chance)?;
        let (address, ops_address) = (prepared.address, prepared.ops_address);
        let office = Arc::clone(&prepared.office);
        let (started, handle) = std::sync::mpsc::channel();
        let thread = thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let running = prepared.run(false).map_err(io::Error::other)?;
                let _ = started.send(running.handle());
                running.serve().await
            })
        });
        let failed = |error| StartError::Io("the server".into(), io::Error::other(error));
        let handle = handle.recv().map_err(failed)?;
        Ok(Self { office, address, ops_address, handle, thread })
    }

    /// Stops it: calls under way end, the mail being sent goes out.
    ///
    /// # Errors
    /// What it ended with.
    pub fn stop(self) -> io::Result<()> {
        actix_web::rt::System::new().block_on(self.handle.stop(true));
        let panicked = |_| io::Error::other("the server panicked");
        self.thread.join().map_err(panicked).and_then(|ended| ended)
    }
}

fn api_server(
    listener: TcpListener,
    state: State,
    metrics: Metrics,
    on_signals: bool,
) -> Result<io::Result<Server>, StartError> {
    let documented = api::documented()?;
    // As many calls run at a time as the store has connections for: `Lines` sees to that.
    let blocking = state.office.store.pool_size() as usize;
    let pages = web::State {
        office: Arc::clone(&state.office),
        texts: Arc::clone(&state.texts),
        lines: state.lines.clone(),
        brakes: Arc::default(),
    };
    let key = web::cookie_key(&state.office)?;
    let (state, metrics) = (Data::new(state), Data::new(metrics));
    let server = HttpServer::new(move || {
        let documented = documented.clone();
        App::new()
            .app_data(state.clone())
            .app_data(metrics.clone())
            .wrap(from_fn(api::render_problems))
            .wrap(from_fn(ops::count))
            .wrap(TracingLogger::<log::Calls>::new())
            .configure(move |config| documented.configure(config))
            .configure(|config| web::configure(config, &pages, key.clone()))
    })
    .worker_max_blocking_threads(blocking)
    .shutdown_timeout(DRAIN);
    let server = if on_signals { server } else { server.disable_signals() };
    Ok(server.listen(listener).map(HttpServer::run))
}

fn ops_server(
    listener: TcpListener,
    office: &Arc<Office>,
    counters: Arc<Counters>,
    metrics: &Metrics,
) -> io::Result<Server> {
    let office = Data::from(Arc::clone(office));
    let counters = Data::from(counters);
    let metrics = Data::new(metrics.clone());
    let server = HttpServer::new(move || {
        App::new()
            .app_data(office.clone())
            .app_data(counters.clone())
            .app_data(metrics.clone())
            .configure(ops::configure)
    });
    Ok(server.workers(1).disable_signals().listen(listener)?.run())
}

fn worker(config: &Config, office: &Arc<Office>, texts: &Arc<Texts>) -> Result<Worker, StartError> {
    let keys_of = Arc::clone(office);
    let activation_keys = move |customer: &CustomerId, generation| {
        keys_of.activation_key(customer, generation).map_err(|error| error.to_string())
    };
    let post = post(config, office)?;
    let worker = Worker {
        store: office.store.clone(),
        clock: office.clock.clone(),
        chance: office.chance.clone(),
        texts: Arc::clone(texts),
        post: Box::new(post),
        activation_keys: Box::new(activation_keys),
        counters: Arc::new(Counters::default()),
        stop: Arc::new(AtomicBool::new(false)),
        unnoted: Unnoted::default(),
    };
    Ok(worker)
}

/// What mails are sent with, as it is settled when they are sent.
fn post(
    config: &Config,
    office: &Arc<Office>,
) -> Result<impl Fn() -> Result<Arc<Post>, String> + use<>, StartError> {
    let open = |url: &MailUrl| {
        Transport::open(url).map_err(|error| StartError::Io(url.to_string(), error))
    };
    let at_start =
        config.with_page(&office.store.read(|tx| tx.settings())?).unwrap_or(config.clone());
    let transport = Arc::new(open(&at_start.mail_url)?);
    let opened = Mutex::new((at_start.mail_url, transport));
    let (config, office) = (config.clone(), Arc::clone(office));
    Ok(move || {
        let page = office.store.read(|tx| tx.settings()).map_err(|error| error.to_string())?;
        let config = config.with_page(&page).map_err(|error| error.to_string())?;
        let mut opened = opened.lock().unwrap_or_else(PoisonError::into_inner);
        if opened.0 != config.mail_url {
            let transport = open(&config.mail_url).map_err(|error| error.to_string())?;
            *opened = (config.mail_url.clone(), Arc::new(transport));
        }
        Ok(Arc::new(Post {
            sender: Sender {
                vendor_name: config.vendor_name,
                server_url: office.settings().issuer.clone(),
                sales_address: config.sales_address,
                time_zone: config.time_zone,
            },
            mail_from: config.mail_from,
            transport: Arc::clone(&opened.1),
        }))
    })
}

fn send_mails(worker: &Worker, office: &Office) {
    let mut tidied = Stopwatch::start();
    while !worker.stop.load(Ordering::SeqCst) {
        if let Err(error) = worker.send_due() {
            tracing::error!(%error, "the outbox cannot be worked on");
        }
        if tidied.elapsed() > TIDY {
            tidied = Stopwatch::start();
            if let Err(error) = worker.tidy() {
                tracing::error!(%error, "old answers cannot be forgotten");
            }
        }
        office.bell.wait(LOOK);
        if let Err(error) = office.reload_settings() {
            tracing::error!(%error, "the settings cannot be read");
        }
    }
}

fn warn(config: &Config, office: &Office) {
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
    if let Some(warning) = office.key_warning() {
        tracing::warn!("{warning}");
    }
    for name in crate::config::unknown_variables() {
        tracing::warn!(name, "this variable is no setting: is it misspelt?");
    }
}

fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |error| StartError::Io(address.to_string(), error);
    let listener = TcpListener::bind(address).map_err(failed)?;
    let got = listener.local_addr().map_err(failed)?;
    Ok((listener, got))
}

/// Makes the database's directory, for its owner alone: customers' data lie there.
fn make_dir(dir: &Path) -> Result<(), StartError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|error| StartError::Io(dir.display().to_string(), error))
}

/// How calls are logged.
mod log {
    use actix_web::Error;
    use actix_web::body::MessageBody;
    use actix_web::dev::{ServiceRequest, ServiceResponse};
    use tracing::Span;
    use tracing_actix_web::{RequestId, RootSpanBuilder};

    /// One line a call, with its route, status and request id; never its headers or body.
    pub struct Calls;

    impl RootSpanBuilder for Calls {
        fn on_request_start(request: &ServiceRequest) -> Span {
            use actix_web::HttpMessage;
            let id = request.extensions().get::<RequestId>().map(ToString::to_string);
            tracing::info_span!(
                "call",
                request_id = id.unwrap_or_default(),
                method = %request.method(),
                path = request.path(),
                status = tracing::field::Empty,
            )
        }

        fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
            let status = match outcome {
                Ok(response) => response.status(),
                Err(error) => error.as_response_error().status_code(),
            };
            span.record("status", status.as_u16());
            span.in_scope(|| tracing::info!(status = status.as_u16(), "answered"));
        }
    }
}
