//! How calls are logged.

use crate::client_address::client_address;
use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use tracing::Span;
use tracing_actix_web::{RequestId, RootSpanBuilder};

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
