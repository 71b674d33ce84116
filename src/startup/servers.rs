//! The two servers: the API with the pages, and operations.

use super::{StartError, log};
use crate::api::{self, State};
use crate::app::Office;
use crate::client_address::TrustedProxies;
use crate::mail::Counters;
use crate::ops::{self, Metrics};
use crate::security_headers::add_security_headers;
use crate::web::{self, Agreement};
use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use tracing_actix_web::TracingLogger;

/// How long calls may take to end after SIGTERM, in seconds.
const DRAIN: u64 = 20;

pub(super) fn api_server(
    listener: TcpListener,
    state: State,
    agreement: Agreement,
    proxies: TrustedProxies,
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
        brakes: Arc::clone(&state.brakes),
        checks: Arc::default(),
        agreement: Arc::new(agreement),
    };
    let (state, metrics) = (Data::new(state), Data::new(metrics));
    let proxies = Data::new(proxies);
    let server = HttpServer::new(move || {
        let documented = documented.clone();
        App::new()
            .app_data(state.clone())
            .app_data(metrics.clone())
            .app_data(proxies.clone())
            .wrap(from_fn(api::render_problems))
            .wrap(from_fn(ops::count))
            .wrap(from_fn(web::strict_transport))
            .wrap(TracingLogger::<log::Calls>::new())
            .wrap(from_fn(add_security_headers))
            .configure(move |config| documented.configure(config))
            .configure(|config| web::configure(config, &pages))
    })
    .worker_max_blocking_threads(blocking)
    .shutdown_timeout(DRAIN);
    let server = if on_signals { server } else { server.disable_signals() };
    Ok(server.listen(listener).map(HttpServer::run))
}

pub(super) fn ops_server(
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
            .wrap(from_fn(add_security_headers))
            .configure(ops::configure)
    });
    Ok(server.workers(1).disable_signals().listen(listener)?.run())
}
