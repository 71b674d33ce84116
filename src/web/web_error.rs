use super::page::go_to;
use super::sign_in::{ENDED, SIGN_IN_AGAIN};
use crate::app::{Error, Unauthenticated};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use std::fmt;

/// Why there is no page.
#[derive(Debug)]
pub(super) enum WebError {
    /// The use case refused.
    App(Error),
    /// Nobody has signed in.
    SignInFirst {
        /// Where the browser goes then.
        wanted: String,
        /// Whether a session was over.
        has_ended: bool,
    },
    /// A form came without the cookie that was set with it.
    NoFormCookie {
        /// Whether the browser dropped it since it came over plain http, where the issuer is https.
        needs_https: bool,
    },
    /// Another site than this server's has made the browser send the request.
    ForeignForm {
        /// The site, where the browser names it.
        origin: Option<String>,
    },
    /// After too many wrong codes the session is over.
    SignInAgain,
    /// The person has to prove who they are again: the page that asks for it.
    ProofNeeded(String),
}

impl From<Error> for WebError {
    /// A session that ended during the call is as one that ended before it.
    fn from(error: Error) -> Self {
        match error {
            Error::Unauthenticated(Unauthenticated::SessionEnded) => {
                Self::SignInFirst { wanted: "/".into(), has_ended: true }
            }
            error => Self::App(error),
        }
    }
}

impl fmt::Display for WebError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::App(error) => error.fmt(f),
            Self::SignInFirst { .. } => f.write_str("sign in first"),
            Self::NoFormCookie { .. } => f.write_str("a form without its cookie"),
            Self::ForeignForm { .. } => f.write_str("the form came from another site"),
            Self::SignInAgain => f.write_str("too many wrong codes"),
            Self::ProofNeeded(_) => f.write_str("the last proof of identity is too old"),
        }
    }
}

impl WebError {
    /// The text that says it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::App(error) => error.code(),
            Self::SignInFirst { .. } | Self::ProofNeeded(_) => "unauthenticated",
            Self::NoFormCookie { needs_https: true } => "web-https-needed",
            Self::NoFormCookie { needs_https: false } => "web-cookies-needed",
            Self::ForeignForm { .. } => "web-foreign-form",
            Self::SignInAgain => "sign-in-again",
        }
    }
}

impl ResponseError for WebError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::SignInFirst { .. } | Self::SignInAgain => StatusCode::SEE_OTHER,
            Self::NoFormCookie { .. } | Self::ForeignForm { .. } => StatusCode::FORBIDDEN,
            Self::ProofNeeded(_) => StatusCode::UNAUTHORIZED,
            Self::App(error) => match error {
                Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
                Error::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
                Error::NotFound => StatusCode::NOT_FOUND,
                Error::Forbidden | Error::TokenAddress => StatusCode::FORBIDDEN,
                Error::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
                Error::Refused(_)
                | Error::OrderNumberConflict(_)
                | Error::PreconditionFailed
                | Error::IdempotencyKeyReused => StatusCode::CONFLICT,
                Error::IssuingKeyExpired(_)
                | Error::Keys(_)
                | Error::Tampered(_)
                | Error::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
                Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            },
        }
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::SignInFirst { wanted, has_ended } => {
                let next: String =
                    url::form_urlencoded::byte_serialize(wanted.as_bytes()).collect();
                let reason = if *has_ended { format!("&reason={ENDED}") } else { String::new() };
                go_to(&format!("/sign-in?next={next}{reason}"))
            }
            Self::SignInAgain => go_to(SIGN_IN_AGAIN),
            Self::ProofNeeded(html) => HttpResponse::build(self.status_code())
                .content_type("text/html; charset=utf-8")
                .body(html.clone()),
            Self::App(_) | Self::NoFormCookie { .. } | Self::ForeignForm { .. } => {
                HttpResponse::new(self.status_code())
            }
        }
    }
}
