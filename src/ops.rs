//! For those who run the server, on a listener of its own: `/livez`, `/readyz`, `/metrics`.

mod probe;
mod readiness;

pub use probe::{ApiProbe, answer_head, answer_probe};
pub use readiness::{Readiness, Report};

use crate::app::{Error, Office};
use crate::log_output::lost_lines;
use crate::mail::Counters;
use crate::store::log_failure;
use actix_web::HttpResponse;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::web::{self, Data, ServiceConfig};
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::Semaphore;

/// What is counted.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabel, Histogram>,
    outbox_mails: Gauge,
    outbox_oldest_seconds: Gauge,
    mails: Family<MailLabel, Gauge>,
    mail_transport_up: Gauge,
    connections: Family<ConnectionLabel, Gauge>,
    issuing_key_seconds_left: Gauge,
    log_lines_lost: Gauge,
    worker_restarts: Family<WorkerLabel, Gauge>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct WorkerLabel {
    worker: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    method: String,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RouteLabel {
    route: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct MailLabel {
    outcome: Outcome,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelValue)]
enum Outcome {
    Sent,
    Retried,
    Stopped,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ConnectionLabel {
    state: String,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("licentia");
        let metrics = Self {
            registry: Arc::default(),
            requests: Family::default(),
            durations: Family::new_with_constructor(|| {
                Histogram::new(exponential_buckets(0.0005, 2.0, 14))
            }),
            outbox_mails: Gauge::default(),
            outbox_oldest_seconds: Gauge::default(),
            mails: Family::default(),
            mail_transport_up: Gauge::default(),
            connections: Family::default(),
            issuing_key_seconds_left: Gauge::default(),
            log_lines_lost: Gauge::default(),
            worker_restarts: Family::default(),
        };
        let m = &metrics;
        registry.register("http_requests", "Calls answered", m.requests.clone());
        registry.register("http_request_seconds", "How long calls took", m.durations.clone());
        registry.register("outbox_mails", "Mails owed", m.outbox_mails.clone());
        let oldest = m.outbox_oldest_seconds.clone();
        registry.register("outbox_oldest_seconds", "How long the oldest mail waits", oldest);
        registry.register("mails", "Mails tried since the start, by outcome", m.mails.clone());
        let up = m.mail_transport_up.clone();
        registry.register("mail_transport_up", "1, or 0 while the mail server takes nothing", up);
        let connections = m.connections.clone();
        registry.register("database_connections", "Connections to the database", connections);
        let left = m.issuing_key_seconds_left.clone();
        registry.register("issuing_key_seconds_left", "How long the issuing key may issue", left);
        registry.register(
            "log_lines_lost",
            "Lines of the log not written",
            m.log_lines_lost.clone(),
        );
        let restarts = m.worker_restarts.clone();
        registry.register("worker_restarts", "How often a thread was started again", restarts);
        Self { registry: Arc::new(registry), ..metrics }
    }
}

/// Counts a call, by route, not by path: paths hold ids.
///
/// # Errors
/// What the call itself fails with.
pub async fn count(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let clock = crate::clock::Stopwatch::start();
    let metrics = request.app_data::<Data<Metrics>>().cloned();
    let method = known(request.method()).to_owned();
    let response = next.call(request).await?;
    if let Some(metrics) = metrics {
        let route = response.request().match_pattern().unwrap_or_else(|| "none".into());
        let status = response.status().as_u16();
        let labels = RequestLabels { method, route: route.clone(), status };
        metrics.requests.get_or_create(&labels).inc();
        let seconds = clock.elapsed().as_secs_f64();
        metrics.durations.get_or_create(&RouteLabel { route }).observe(seconds);
    }
    Ok(response)
}

/// The method's name; one for all that no call here has, or strangers would fill the memory.
fn known(method: &Method) -> &'static str {
    let names = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"];
    names.into_iter().find(|name| method.as_str() == *name).unwrap_or("other")
}

/// How long `/readyz` and `/metrics` wait for the database.
const LOOK_TIMEOUT: Duration = Duration::from_secs(2);
/// How many of them look at a time: with a database that hangs, threads would gather otherwise.
const LOOKS: usize = 4;

/// The threads of those that look into the database.
#[derive(Clone)]
pub struct Threads(Arc<Semaphore>);

impl Default for Threads {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(LOOKS)))
    }
}

impl Threads {
    /// Runs what may wait for the database; `None` where that takes too long.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let places = Arc::clone(&self.0);
        let done = async {
            let place = places.acquire_owned().await.ok()?;
            let work = move || {
                let done = work();
                drop(place);
                done
            };
            web::block(work).await.ok()
        };
        tokio::time::timeout(LOOK_TIMEOUT, done).await.ok().flatten()
    }
}

/// Adds the routes.
pub fn configure(config: &mut ServiceConfig) {
    config
        .route("/livez", web::get().to(livez))
        .route("/readyz", web::get().to(readyz))
        .route("/metrics", web::get().to(metrics));
}

/// The process answers.
async fn livez() -> &'static str {
    "ok\n"
}

/// Each check by name: 200 when all are well, else 503. Warnings change nothing of the status.
async fn readyz(readiness: Data<Readiness>) -> HttpResponse {
    let Report { is_ready, body } = readiness.report().await;
    let mut answer = if is_ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    answer.json(body)
}

/// Prometheus' text format (OpenMetrics 1.0).
async fn metrics(
    metrics: Data<Metrics>,
    counters: Data<Counters>,
    office: Data<Office>,
    threads: Data<Threads>,
) -> HttpResponse {
    let refreshed = {
        let metrics = metrics.clone();
        threads.run(move || refresh(&metrics, &counters, &office)).await
    };
    // Without the database the others are told all the same.
    if let Some(Err(error)) = &refreshed {
        log_failure(error, "the outbox cannot be counted");
    }
    let mut text = String::new();
    match encode(&mut text, &metrics.registry) {
        Ok(()) => HttpResponse::Ok()
            .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
            .body(text),
        Err(error) => HttpResponse::InternalServerError().body(error.to_string()),
    }
}

/// Brings up to date what is looked up only when somebody asks.
fn refresh(metrics: &Metrics, counters: &Counters, office: &Office) -> Result<(), Error> {
    let (in_use, open) = office.store.connections();
    for (state, number) in [("in_use", in_use), ("open", open)] {
        let label = ConnectionLabel { state: state.into() };
        metrics.connections.get_or_create(&label).set(number.into());
    }
    for (outcome, counter) in [
        (Outcome::Sent, &counters.sent),
        (Outcome::Retried, &counters.retried),
        (Outcome::Stopped, &counters.stopped),
    ] {
        let count = i64::try_from(counter.load(Ordering::Relaxed)).unwrap_or(i64::MAX);
        metrics.mails.get_or_create(&MailLabel { outcome }).set(count);
    }
    metrics.mail_transport_up.set(i64::from(counters.status.trouble().is_none()));
    metrics.log_lines_lost.set(i64::try_from(lost_lines()).unwrap_or(i64::MAX));
    for (worker, count) in office.workers.restarts() {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        metrics.worker_restarts.get_or_create(&WorkerLabel { worker }).set(count);
    }
    let now = office.clock.now();
    if let Some(until) = office.issuing_key_until() {
        metrics.issuing_key_seconds_left.set(until.duration_since(now).as_secs());
    }
    let (owed, oldest) = office.outbox_state()?;
    metrics.outbox_mails.set(owed);
    let waits = oldest.map_or(0, |oldest| now.duration_since(oldest).as_secs());
    metrics.outbox_oldest_seconds.set(waits);
    Ok(())
}
