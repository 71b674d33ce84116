//! The two servers: the API with the pages, and operations.

use super::{StartError, log};
use crate::api::{self, State};
use crate::app::Office;
use crate::body_limits::{BodyLimits, limit_bodies};
use crate::client_address::TrustedProxies;
use crate::connections::{ConnectionLimits, Connections, mark_busy};
use crate::mail::Counters;
use crate::notices::Notices;
use crate::ops::{self, ApiProbe, Metrics, Readiness};
use crate::picture::PictureReader;
use crate::security_headers::add_security_headers;
use crate::tls::Certificates;
use crate::web::{self, Agreement};
use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use std::io;
use std::net::TcpListener;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use tracing_actix_web::TracingLogger;

/// How long calls may take to end after SIGTERM, in seconds.
const DRAIN: u64 = 10;
/// Connections to operations that are accepted at a time.
const OPS_CONNECTIONS: usize = 64;

/// What the API's server is made with, beside what calls work with.
pub(super) struct ServerOptions {
    pub agreement: Agreement,
    /// This program, for its child processes.
    pub program: PathBuf,
    pub proxies: TrustedProxies,
    pub body_limits: BodyLimits,
    /// Where the API speaks TLS itself.
    pub certificates: Option<Arc<Certificates>>,
    pub notices: Arc<Notices>,
    /// How operations ask whether the API answers.
    pub probe: Arc<ApiProbe>,
}

pub(super) fn api_server(
    listener: TcpListener,
    state: State,
    options: ServerOptions,
    metrics: Metrics,
    on_signals: bool,
) -> Result<io::Result<Server>, StartError> {
    let documented = api::documented()?;
    // As many calls run at a time as the store has connections for: `Lines` sees to that.
    let blocking = state.office.store.threads();
    let pages = web::State {
        office: Arc::clone(&state.office),
        texts: Arc::clone(&state.texts),
        lines: state.lines.clone(),
        limits: Arc::clone(&state.limits),
        uploads: Arc::default(),
        pictures: PictureReader::new(options.program),
        agreement: Arc::new(options.agreement),
        notices: options.notices,
    };
    let probe = Data::from(options.probe);
    let (state, metrics) = (Data::new(state), Data::new(metrics));
    let limits = ConnectionLimits::of_this_process();
    let connections = Arc::new(Connections::new(limits, options.proxies.clone()));
    let (proxies, body_limits) = (Data::new(options.proxies), Data::new(options.body_limits));
    let workers = std::thread::available_parallelism().map_or(2, NonZeroUsize::get);
    let server = HttpServer::new(move || {
        let documented = documented.clone();
        App::new()
            .app_data(state.clone())
            .app_data(metrics.clone())
            .app_data(proxies.clone())
            .app_data(body_limits.clone())
            .app_data(probe.clone())
            .wrap(from_fn(ops::answer_head))
            .wrap(from_fn(api::render_problems))
            .wrap(from_fn(ops::count))
            .wrap(from_fn(web::strict_transport))
            .wrap(from_fn(limit_bodies))
            .wrap(from_fn(mark_busy))
            .wrap(from_fn(web::under_base_path))
            .wrap(TracingLogger::<log::Calls>::new())
            .wrap(from_fn(add_security_headers))
            .wrap(from_fn(ops::answer_probe))
            .configure(move |config| documented.configure(config))
            .configure(|config| web::configure(config, &pages))
    })
    .on_connect(move |stream, extensions| connections.accepted(stream, extensions))
    .workers(workers)
    .max_connections(limits.accepted / workers)
    .worker_max_blocking_threads(blocking)
    .shutdown_timeout(DRAIN);
    let server = if on_signals { server } else { server.disable_signals() };
    let server = match options.certificates {
        Some(certificates) => server.listen_rustls_0_23(listener, certificates.server_config()?),
        None => server.listen(listener),
    };
    Ok(server.map(HttpServer::run))
}

pub(super) fn ops_server(
    listener: TcpListener,
    office: &Arc<Office>,
    counters: Arc<Counters>,
    metrics: &Metrics,
    readiness: Readiness,
) -> io::Result<Server> {
    let readiness = Data::new(readiness);
    let office = Data::from(Arc::clone(office));
    let counters = Data::from(counters);
    let metrics = Data::new(metrics.clone());
    let threads = Data::new(ops::Threads::default());
    let server = HttpServer::new(move || {
        App::new()
            .app_data(office.clone())
            .app_data(threads.clone())
            .app_data(counters.clone())
            .app_data(metrics.clone())
            .app_data(readiness.clone())
            .wrap(from_fn(ops::answer_head))
            .wrap(from_fn(add_security_headers))
            .configure(ops::configure)
    });
    let server = server.workers(1).max_connections(OPS_CONNECTIONS).disable_signals();
    Ok(server.listen(listener)?.run())
}
