//! `/readyz`: what this server proves of itself, and what it warns of.

use super::probe::ApiProbe;
use crate::app::{self, Office};
use crate::clock::Stopwatch;
use crate::log_output::lost_lines;
use crate::mail::Counters;
use crate::notices::Notices;
use actix_web::rt::task::{JoinHandle, spawn_blocking};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::timeout;

/// How long a check may take.
const LIMIT: Duration = Duration::from_millis(1500);
/// How long an answer is repeated: it is asked for by anybody, as often as they like.
const KEPT: Duration = Duration::from_secs(1);

/// Checks the server, at most once a second.
pub struct Readiness {
    office: Arc<Office>,
    notices: Arc<Notices>,
    counters: Arc<Counters>,
    api: Arc<ApiProbe>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    last: Option<(Stopwatch, Report)>,
    /// Check that the database has not answered yet: it is asked once, however long it takes.
    running: Option<JoinHandle<app::Readiness>>,
}

/// The answer.
#[derive(Clone)]
pub struct Report {
    /// Whether calls should come here.
    pub is_ready: bool,
    /// Each check by name, and the warnings.
    pub body: Map<String, Value>,
}

impl Readiness {
    /// Nothing is checked yet.
    pub fn new(
        office: Arc<Office>,
        notices: Arc<Notices>,
        counters: Arc<Counters>,
        api: Arc<ApiProbe>,
    ) -> Self {
        Self { office, notices, counters, api, state: Mutex::default() }
    }

    /// The present report, or that of the last second.
    pub async fn report(&self) -> Report {
        // Others who ask meanwhile wait for the same answer.
        let mut state = self.state.lock().await;
        if let Some((_, report)) = state.last.as_ref().filter(|(at, _)| at.elapsed() < KEPT) {
            return report.clone();
        }
        let mut running = state.running.take().unwrap_or_else(|| {
            let office = Arc::clone(&self.office);
            spawn_blocking(move || office.readiness())
        });
        let (office, api) =
            tokio::join!(timeout(LIMIT, &mut running), timeout(LIMIT, self.api.ask()));
        let office = match office {
            Ok(Ok(office)) => office,
            Ok(Err(panicked)) => app::Readiness::unknown(panicked.to_string()),
            Err(_) => {
                state.running = Some(running);
                app::Readiness::unknown(no_answer())
            }
        };
        let api = api.map_err(|_| no_answer()).and_then(|asked| asked.map_err(|e| e.to_string()));
        let report = self.put_together(office, api);
        state.last = Some((Stopwatch::start(), report.clone()));
        report
    }

    fn put_together(&self, office: app::Readiness, api: Result<(), String>) -> Report {
        let workers = self.office.workers.check();
        let checks = office.checks.into_iter().chain([("workers", workers), ("api", api)]);
        let (mut is_ready, mut body) = (true, Map::new());
        for (name, check) in checks {
            is_ready &= check.is_ok();
            body.insert(name.into(), check.map_or_else(|error| error, |()| "ok".into()).into());
        }
        for (name, warning) in office.warnings {
            body.insert(name.into(), warning.into());
        }
        let notices: Vec<_> = self.notices.of_network().iter().map(ToString::to_string).collect();
        if !notices.is_empty() {
            body.insert("network".into(), notices.into());
        }
        if let Some(trouble) = self.counters.status.trouble() {
            let (since, next) = (trouble.since, trouble.retry_at);
            let said = format!("no mail leaves since {since}, next try {next}: {}", trouble.error);
            body.insert("mail".into(), said.into());
        }
        let restarts = self.office.workers.restarts();
        let restarts: Vec<String> = restarts
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(name, count)| format!("{name}: {count}"))
            .collect();
        if !restarts.is_empty() {
            body.insert("worker_restarts".into(), restarts.into());
        }
        if lost_lines() > 0 {
            let warning = format!("{} lines were lost since the start", lost_lines());
            body.insert("log".into(), warning.into());
        }
        Report { is_ready, body }
    }
}

fn no_answer() -> String {
    format!("no answer within {} ms", LIMIT.as_millis())
}
