//! Refusals as problem+json (RFC 9457): every error of `app` becomes HTTP here and nowhere else.

use super::call::State;
use crate::app::{Error, Refusal, StandingOrder, Trouble};
use crate::domain::customer::Language;
use crate::domain::field::FieldError;
use crate::text::{Texts, negotiate};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{StatusCode, header};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpResponse, ResponseError};
use serde::Serialize;
use std::fmt;
use tracing_actix_web::RequestId;
use utoipa::ToSchema;

/// Why a call was refused.
#[derive(Debug)]
pub enum Problem {
    /// The use case refused.
    App(Error),
    /// The body is no JSON.
    MalformedJson,
    /// The body is larger than 64 KiB.
    BodyTooLarge,
    /// The body came too slowly.
    BodyTooSlow,
    /// The body has another type than the call takes.
    UnsupportedMediaType,
    /// The body is compressed, or encoded in another way (Content-Encoding).
    UnsupportedContentEncoding,
    /// The Idempotency-Key is not 1 to 255 visible ASCII characters.
    IdempotencyKeyInvalid,
    /// `after` is no id.
    CursorInvalid,
    /// A change without If-Match.
    PreconditionRequired,
    /// There is no such route.
    RouteNotFound,
    /// The route has other methods.
    MethodNotAllowed(String),
}

impl Problem {
    /// The stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::App(error) => error.code(),
            Self::MalformedJson => "malformed-json",
            Self::BodyTooLarge => "body-too-large",
            Self::BodyTooSlow => "body-too-slow",
            Self::UnsupportedMediaType => "unsupported-media-type",
            Self::UnsupportedContentEncoding => "unsupported-content-encoding",
            Self::IdempotencyKeyInvalid => "idempotency-key-invalid",
            Self::CursorInvalid => "cursor-invalid",
            Self::PreconditionRequired => "precondition-required",
            Self::RouteNotFound => "route-not-found",
            Self::MethodNotAllowed(_) => "method-not-allowed",
        }
    }

    /// In how many seconds the caller may try again, where that helps.
    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::App(Error::Store(_)) => Some(1),
            Self::App(Error::TooManyAttempts { retry_after }) => Some(*retry_after),
            Self::App(Error::Keys(_) | Error::IssuingKeyExpired(_) | Error::Tampered(_)) => {
                Some(60)
            }
            _ => None,
        }
    }

    fn standing_order(&self) -> Option<&StandingOrder> {
        match self {
            Self::App(Error::OrderNumberConflict(standing)) => Some(standing),
            _ => None,
        }
    }

    fn field_errors(&self) -> &[FieldError] {
        match self {
            Self::App(Error::Invalid(faults)) => faults,
            _ => &[],
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::App(error)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::App(error) => error.fmt(f),
            _ => f.write_str(self.code()),
        }
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::App(error) => match error {
                Error::Invalid(_) | Error::Refused(Refusal::EmergencyAccountsOutOfRange) => {
                    StatusCode::BAD_REQUEST
                }
                Error::Refused(_) | Error::OrderNumberConflict(_) => StatusCode::CONFLICT,
                Error::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
                Error::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
                Error::Forbidden | Error::TokenAddress => StatusCode::FORBIDDEN,
                Error::NotFound => StatusCode::NOT_FOUND,
                Error::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
                Error::IdempotencyKeyReused => StatusCode::UNPROCESSABLE_ENTITY,
                Error::IssuingKeyExpired(_) | Error::Keys(_) | Error::Tampered(_) => {
                    StatusCode::SERVICE_UNAVAILABLE
                }
                Error::Store(error) => match Trouble::of(error) {
                    Trouble::Fault => StatusCode::INTERNAL_SERVER_ERROR,
                    _ => StatusCode::SERVICE_UNAVAILABLE,
                },
                Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            },
            Self::MalformedJson | Self::IdempotencyKeyInvalid | Self::CursorInvalid => {
                StatusCode::BAD_REQUEST
            }
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::UnsupportedMediaType | Self::UnsupportedContentEncoding => {
                StatusCode::UNSUPPORTED_MEDIA_TYPE
            }
            Self::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
            Self::RouteNotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
        }
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        HttpResponse::new(self.status_code())
    }
}

/// A problem as it goes out (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Problem")]
pub(super) struct ProblemView {
    /// A URI for the kind of problem.
    r#type: String,
    /// What happened, in the caller's language.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What to do about it, in the caller's language.
    detail: String,
    /// The stable word for programs.
    code: &'static str,
    /// The fields that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldErrorView>,
    /// With `order-number-conflict`: the purchase that has the order number.
    #[serde(skip_serializing_if = "Option::is_none")]
    conflict: Option<ConflictView>,
    /// What the vendor's logs call this call.
    request_id: String,
}

/// The purchase that has an order number.
#[derive(Debug, Serialize, ToSchema)]
struct ConflictView {
    /// `pur_…`
    purchase: String,
    /// Its order number, as it was typed then: it may differ in case, dashes and look-alikes.
    order_number: String,
    /// `cus_…`: whose it is.
    customer: String,
    /// How that customer is called.
    customer_name: String,
}

impl From<&StandingOrder> for ConflictView {
    fn from(standing: &StandingOrder) -> Self {
        Self {
            purchase: standing.purchase.to_string(),
            order_number: standing.order_number.as_str().to_owned(),
            customer: standing.customer.to_string(),
            customer_name: standing.customer_name.clone(),
        }
    }
}

/// One field that is wrong.
#[derive(Debug, Serialize, ToSchema)]
struct FieldErrorView {
    /// Where: a JSON pointer into the body.
    pointer: String,
    /// The stable word for programs.
    code: &'static str,
    /// What is wrong, in the caller's language.
    detail: String,
}

impl ProblemView {
    fn new(problem: &Problem, language: Language, texts: &Texts, request_id: String) -> Self {
        let code = problem.code();
        let errors = problem.field_errors().iter().map(|error| FieldErrorView {
            pointer: error.pointer.clone(),
            code: error.fault.code(),
            detail: texts.fault(language, error.fault),
        });
        Self {
            r#type: format!("urn:licentia:problem:{code}"),
            title: texts.get(language, code, &[]),
            status: problem.status_code().as_u16(),
            detail: match problem.standing_order() {
                Some(standing) => texts.order_number_conflict(language, &standing.named()),
                None => texts.get(language, &format!("{code}.detail"), &[]),
            },
            code,
            errors: errors.collect(),
            conflict: problem.standing_order().map(ConflictView::from),
            request_id,
        }
    }
}

/// Writes the body of every refusal, in the caller's language and with the id that the logs have.
///
/// # Errors
/// What actix itself could not answer.
pub async fn render_problems(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let accept = request.headers().get(header::ACCEPT_LANGUAGE);
    let language = negotiate(accept.and_then(|value| value.to_str().ok()));
    let id = request.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default();
    let state = request.app_data::<Data<State>>().cloned();
    let response = next.call(request).await?;
    let problem = response.response().error().and_then(|error| error.as_error::<Problem>());
    let (Some(problem), Some(state)) = (problem, state) else {
        return Ok(response.map_into_boxed_body());
    };
    if matches!(problem, Problem::App(error) if error.is_outage()) {
        // The log names the outage once, and counts.
        tracing::debug!(error = %problem, request_id = id, "the call failed");
    } else if problem.status_code().is_server_error() {
        tracing::error!(error = %problem, request_id = id, "the call failed");
    }
    let mut answer = HttpResponse::build(problem.status_code());
    if let Some(seconds) = problem.retry_after() {
        answer.insert_header((header::RETRY_AFTER, seconds.to_string()));
    }
    if let Problem::MethodNotAllowed(methods) = problem {
        answer.insert_header((header::ALLOW, methods.as_str()));
    }
    if matches!(problem, Problem::UnsupportedContentEncoding) {
        // RFC 9110 section 12.5.3: how the body may come.
        answer.insert_header((header::ACCEPT_ENCODING, "identity"));
    }
    if problem.status_code() == StatusCode::UNAUTHORIZED {
        answer.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
    }
    answer.insert_header((header::CONTENT_TYPE, "application/problem+json"));
    answer.insert_header((header::CONTENT_LANGUAGE, language.as_str()));
    answer.insert_header((header::CACHE_CONTROL, "no-store"));
    let view = ProblemView::new(problem, language, &state.texts, id);
    let answer = answer.body(serde_json::to_string(&view)?);
    Ok(response.into_response(answer).map_into_boxed_body())
}
