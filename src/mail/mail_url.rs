//! The setting `mail_url`: where mails go.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// How long an SMTP server may be silent, unless the `mail_url` says otherwise, in seconds.
const TIMEOUT: u64 = 15;

/// Destination of mails: a `mail_url`.
#[derive(Clone, PartialEq, Eq)]
pub enum MailUrl {
    /// `file:DIR`: each as an `.eml` file.
    Files(PathBuf),
    /// `smtp://…` (STARTTLS required), `smtps://…` (TLS), or in the clear with `?tls=none`.
    Smtp {
        /// The server's name.
        host: String,
        /// Its port.
        port: u16,
        /// How the connection is protected.
        tls: TlsMode,
        /// Name and password, where the server wants them.
        login: Option<(String, String)>,
        /// A file with one more authority to trust (`?ca=FILE`).
        ca: Option<PathBuf>,
        /// How long the server may be silent (`?timeout=SECONDS`, 1 to 15).
        timeout: Duration,
    },
}

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsMode {
    /// STARTTLS, or nothing is sent.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// Not at all.
    None,
}

/// Why a `mail_url` is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "file:DIR, smtp://[USER:PASSWORD@]HOST[:PORT] or smtps://… ({0}; in a user name and a password, \
     # / ? @ and % are written %23 %2F %3F %40 and %25)"
)]
pub struct MailUrlError(String);

impl MailUrl {
    /// Reads a `mail_url`.
    ///
    /// # Errors
    /// A fault of the URL; never the password.
    pub fn parse(text: &str) -> Result<Self, MailUrlError> {
        if let Some(dir) = text.strip_prefix("file:") {
            return Ok(Self::Files(dir.trim_start_matches("//").into()));
        }
        let url = url::Url::parse(text).map_err(|error| MailUrlError(error.to_string()))?;
        let (mut tls, default_port) = match url.scheme() {
            "smtp" => (TlsMode::StartTls, 587),
            "smtps" => (TlsMode::Tls, 465),
            other => return Err(MailUrlError(format!("{other} is no scheme for mail"))),
        };
        // As a password with one of these characters leaves it.
        if url.fragment().is_some() || !matches!(url.path(), "" | "/") {
            return Err(MailUrlError("after the host there is a # or a /".into()));
        }
        let (mut ca, mut seconds) = (None, TIMEOUT);
        for (name, value) in url.query_pairs() {
            match (name.as_ref(), value.as_ref()) {
                ("tls", "none") => tls = TlsMode::None,
                ("ca", file) => ca = Some(file.into()),
                ("timeout", text) => {
                    let read = text.parse().ok().filter(|seconds| (1..=TIMEOUT).contains(seconds));
                    let expected = || MailUrlError(format!("timeout is 1 to {TIMEOUT} seconds"));
                    seconds = read.ok_or_else(expected)?;
                }
                _ => return Err(MailUrlError("only tls, ca and timeout may follow the ?".into())),
            }
        }
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| MailUrlError("the host is missing".into()))?.to_owned();
        let decoded = |text: &str| {
            let bytes = percent_encoding::percent_decode_str(text);
            bytes.decode_utf8_lossy().into_owned()
        };
        let login = (!url.username().is_empty())
            .then(|| (decoded(url.username()), decoded(url.password().unwrap_or_default())));
        let port = url.port().unwrap_or(default_port);
        let timeout = Duration::from_secs(seconds);
        Ok(Self::Smtp { host, port, tls, login, ca, timeout })
    }

    /// Whether mails leave the machine in the clear.
    pub fn is_in_the_clear(&self) -> bool {
        matches!(self, Self::Smtp { tls: TlsMode::None, .. })
    }
}

/// For people: without the password.
impl fmt::Display for MailUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Files(dir) => write!(f, "file:{}", dir.display()),
            Self::Smtp { host, port, tls, .. } => {
                let scheme = if *tls == TlsMode::Tls { "smtps" } else { "smtp" };
                let clear = if *tls == TlsMode::None { "?tls=none" } else { "" };
                write!(f, "{scheme}://{host}:{port}{clear}")
            }
        }
    }
}

impl fmt::Debug for MailUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
