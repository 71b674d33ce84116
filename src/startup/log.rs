//! The log: where it goes, and how calls stand in it.

use crate::client_address::client_address;
use crate::config::Config;
use crate::log_output::LogOutput;
use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use std::io::{self, IsTerminal};
use std::panic::{self, PanicHookInfo};
use tracing::Span;
use tracing_actix_web::{RequestId, RootSpanBuilder};
use tracing_subscriber::EnvFilter;

/// The log, for as long as the process keeps it: its end waits for the last lines.
pub struct Log(LogOutput);

impl Drop for Log {
    fn drop(&mut self) {
        self.0.flush();
    }
}

/// Starts the log, on the standard error. Panics are lines of it too.
///
/// # Errors
/// A log that was started before; a thread that cannot be made.
pub fn start_log(config: &Config) -> io::Result<Log> {
    let filter = EnvFilter::try_new(&config.log).map_err(io::Error::other)?;
    let output = LogOutput::start(io::stderr())?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(io::stderr().is_terminal())
        .log_internal_errors(false)
        .with_writer(output.clone());
    let started = if config.log_as_json { log.json().try_init() } else { log.try_init() };
    started.map_err(io::Error::other)?;
    panic::set_hook(Box::new(log_panic));
    Ok(Log(output))
}

fn log_panic(info: &PanicHookInfo<'_>) {
    let thread = std::thread::current();
    let text = info.payload().downcast_ref::<&str>().copied();
    let text = text.or_else(|| info.payload().downcast_ref::<String>().map(String::as_str));
    tracing::error!(
        thread = thread.name().unwrap_or_default(),
        at = info.location().map(tracing::field::display),
        why = text.unwrap_or_default(),
        "a thread panicked"
    );
}

/// One line a call: when, from which address, by whom, what, with which outcome; never its headers
/// or body. `actor` is recorded by whatever authenticates the caller.
pub struct Calls;

impl RootSpanBuilder for Calls {
    fn on_request_start(request: &ServiceRequest) -> Span {
        use actix_web::HttpMessage;
        let id = request.extensions().get::<RequestId>().map(ToString::to_string);
        let address = client_address(request.request()).map(tracing::field::display);
        tracing::info_span!(
            "call",
            request_id = id.unwrap_or_default(),
            method = %request.method(),
            path = request.path(),
            address,
            actor = tracing::field::Empty,
        )
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        let status = match outcome {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        span.in_scope(|| tracing::info!(status = status.as_u16(), "answered"));
    }
}
