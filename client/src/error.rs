use jiff::Timestamp;
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;
use std::{fmt, io};

/// Why an operation failed or a license was refused.
///
/// Each case has a stable [`code`](Error::code) for programs; the text, in English here and in
/// either language by [`text`](Error::text), is for people.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or the directory could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others may read the file, or write in the directory.
    #[error(
        "{}: other users can reach it; allow its owner alone (chmod go-rwx), or set \
         LICENTIA_CLIENT_TRUST_GROUP=true where only its group can, and no other user is in that",
        path.display()
    )]
    Exposed {
        /// Which.
        path: PathBuf,
    },
    /// A file of the state directory does not hold what it should.
    #[error("{}: damaged; restore it from a copy or activate in a new directory", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
    },
    /// A file from the vendor is not one of roots.
    #[error("{}: not a file of roots", path.display())]
    NotRoots {
        /// Which.
        path: PathBuf,
    },
    /// The directory holds no installation.
    #[error(
        "no installation in the directory {}: activate it, or name its directory (--dir, \
         LICENTIA_CLIENT_DIR)",
        path.display()
    )]
    NotActivated {
        /// The state directory.
        path: PathBuf,
    },
    /// The installation holds no license: its activation was never answered, or it was released.
    #[error("there is no license here yet; activate, or update after an activation")]
    NoLicense,
    /// The roots that a license was accepted under cannot be exchanged.
    #[error("these roots differ from the pinned ones; use a new directory for another vendor")]
    RootsDiffer,
    /// Not an `http` or `https` URL with a host.
    #[error("not a usable server URL: {0}")]
    Server(String),
    /// The license did not pass its verification.
    #[error("the license is refused: {0}")]
    License(#[from] licentia_license::Error),
    /// The license is older than the newest one seen.
    #[error("the license is refused: older ({seq}) than the newest one seen ({highest})")]
    Older {
        /// Its number.
        seq: i64,
        /// The highest number seen for this customer.
        highest: i64,
    },
    /// The license has the number of the one held, and other contents.
    #[error("the license is refused: another license with the number {seq} is held already")]
    Repeated {
        /// The number of both.
        seq: i64,
    },
    /// The license is for another customer than the one held.
    #[error("the license is refused: it is for another customer ({found}, not {held})")]
    OtherCustomer {
        /// The customer of the license held.
        held: String,
        /// The customer of the license refused.
        found: String,
    },
    /// The license was issued more than 24 hours ahead of this machine's clock.
    #[error(
        "the license is refused: issued at {iat}, and the clock here says {now}; set the clock"
    )]
    Ahead {
        /// When it says it was issued.
        iat: Timestamp,
        /// What the clock says.
        now: Timestamp,
    },
    /// The license office answered with a problem.
    #[error("{0}")]
    Office(Box<Problem>),
    /// The license office could not be reached.
    #[error("{server} cannot be reached: {reason}")]
    Unreachable {
        /// The server's URL.
        server: String,
        /// What went wrong.
        reason: String,
    },
    /// The answer is not one of a license server; perhaps another service answered.
    #[error(
        "unexpected answer (status {status}), not of a license server; check the server's URL, and \
         what a proxy or firewall on the way may have answered"
    )]
    Unexpected {
        /// The HTTP status.
        status: u16,
        /// How long the server asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// The answer leads to another address. A statement is not sent there: it is for the server alone.
    #[error(
        "{server} redirects to {location} (status {status}); if the network asks for a sign-in \
         there, sign in; if the server has moved there, activate again with --server"
    )]
    Redirected {
        /// The server's URL.
        server: String,
        /// The HTTP status.
        status: u16,
        /// The target of the redirect.
        location: String,
    },
    /// A web page came with a status of success, as from a network that asks for a sign-in.
    #[error(
        "a web page (status {status}) came in place of the answer of {server}; sign in to the \
         network, or have the proxy or firewall on the way let the server through"
    )]
    WebPage {
        /// The server's URL.
        server: String,
        /// The HTTP status.
        status: u16,
    },
    /// The proxy wants a name and a password, or others.
    #[error(
        "the proxy requires authentication (status 407); put name and password into its URL \
         (http://name:password@proxy.example:3128)"
    )]
    ProxyAuthentication,
    /// The request reached the server without the header that carries its statement.
    #[error(
        "{server} received the request without its Authorization header; a proxy on the way \
         removes it: have it pass the header on"
    )]
    AuthorizationRemoved {
        /// The server's URL.
        server: String,
    },
    /// The file of a private authority holds no certificate.
    #[error("no certificate of an authority in PEM")]
    Authority,
    /// The environment or the product names a proxy by no usable URL, which may hold a password
    /// and is not repeated.
    #[error(
        "not a usable proxy URL (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY); use http://, https://, \
         socks4://, socks4a://, socks5:// or socks5h:// with a host"
    )]
    Proxy,
    /// A request is larger than a QR code can hold.
    #[error("the request ({bytes} bytes) is too large for a QR code; write it to a file")]
    TooLargeForQrCode {
        /// The bytes of its statement.
        bytes: usize,
    },
    /// A count of usage is negative.
    #[error("usage is counted from 0 up")]
    UsageOutOfRange,
    /// The usage was recorded here; the license office does not know it.
    #[error("the usage is recorded here, and was not reported: {0}")]
    UsageNotReported(#[source] Box<Error>),
}

/// A problem as the license office states it (RFC 9457), in the language that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Problem {
    /// The HTTP status.
    #[serde(skip)]
    pub status: u16,
    /// The stable word for programs (`no-free-place` …).
    pub code: String,
    /// What happened.
    #[serde(default)]
    pub title: String,
    /// What to do about it.
    #[serde(default)]
    pub detail: String,
    /// The fields that are wrong.
    #[serde(default)]
    pub errors: Vec<FieldError>,
    /// What the vendor's staff can find the request by.
    #[serde(default)]
    pub request_id: Option<String>,
    /// How long the server asks to be left alone (Retry-After).
    #[serde(skip)]
    pub retry_after: Option<Duration>,
    /// What the server's clock showed (Date).
    #[serde(skip)]
    pub date: Option<Timestamp>,
}

/// One field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FieldError {
    /// Where: a JSON pointer into the statement (`/req/activate/name`).
    pub pointer: String,
    /// What is wrong.
    #[serde(default)]
    pub detail: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for sentence in [&self.title, &self.detail] {
            if !sentence.is_empty() {
                let end = if sentence.ends_with(['.', '!', '?']) { "" } else { "." };
                write!(f, "{sentence}{end} ")?;
            }
        }
        for error in &self.errors {
            write!(f, "{}: {} ", error.pointer, error.detail)?;
        }
        write!(f, "({})", self.code)
    }
}

impl std::error::Error for Problem {}

impl Error {
    /// A stable word for programs, in kebab-case: the office's own, or the one of
    /// [`licentia_license::Error::code`], or one of this crate.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::File { .. } => "file",
            Self::Exposed { .. } => "file-exposed",
            Self::Damaged { .. } => "file-damaged",
            Self::NotRoots { .. } => "not-roots",
            Self::NotActivated { .. } => "not-activated",
            Self::NoLicense => "no-license",
            Self::RootsDiffer => "roots-differ",
            Self::Server(_) => "server-invalid",
            Self::License(error) => error.code(),
            Self::Older { .. } => "older-license",
            Self::Repeated { .. } => "repeated-seq",
            Self::OtherCustomer { .. } => "other-customer",
            Self::Ahead { .. } => "issued-ahead",
            Self::Office(problem) => &problem.code,
            Self::Unreachable { .. } => "server-unreachable",
            Self::Unexpected { .. } => "unexpected-answer",
            Self::Redirected { .. } => "redirected",
            Self::WebPage { .. } => "web-page",
            Self::ProxyAuthentication => "proxy-authentication-required",
            Self::AuthorizationRemoved { .. } => "authorization-removed",
            Self::Authority => "authority-invalid",
            Self::Proxy => "proxy-invalid",
            Self::TooLargeForQrCode { .. } => "qr-code-too-large",
            Self::UsageOutOfRange => "usage-out-of-range",
            Self::UsageNotReported(_) => "usage-not-reported",
        }
    }

    /// How long the server asks to be left alone, if it does.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unexpected { retry_after, .. } => *retry_after,
            other => other.problem().and_then(|problem| problem.retry_after),
        }
    }

    /// The problem that the license office stated, if this is one.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Office(problem) => Some(problem),
            Self::UsageNotReported(cause) => cause.problem(),
            _ => None,
        }
    }
}
