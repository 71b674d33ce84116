//! How a mail leaves: to an SMTP server, or as a file.

use super::Rendered;
use super::subject::Subject;
use crate::domain::customer::EmailAddress;
use crate::domain::ids::MailId;
use lettre::message::header::{
    ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue,
};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{Message, SmtpTransport, Transport as _};
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};
use std::{fmt, fs, io};

/// How long an SMTP server may be silent, unless the `mail_url` says otherwise, in seconds.
const TIMEOUT: u64 = 15;

/// Where mails go: a `mail_url`.
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
    /// What is wrong with it; never the password.
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

/// Why a mail did not go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SendError {
    /// It may go later: the server is away, busy, or says 4xx.
    Later(String),
    /// It will never go like this: the server says 5xx, or the mail cannot be written.
    Never(String),
}

/// A way for mails to leave.
pub enum Transport {
    /// Into a directory.
    Files(PathBuf),
    /// To an SMTP server.
    Smtp(SmtpTransport),
}

impl Transport {
    /// Opens the way that a `mail_url` names; connects only when it sends.
    ///
    /// # Errors
    /// A directory that cannot be made, an authority that cannot be read.
    pub fn open(url: &MailUrl) -> io::Result<Self> {
        match url {
            MailUrl::Files(dir) => {
                fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
                Ok(Self::Files(dir.clone()))
            }
            MailUrl::Smtp { host, port, tls, login, ca, timeout } => {
                let mut parameters = TlsParameters::builder(host.clone());
                if let Some(ca) = ca {
                    let pem = fs::read(ca)?;
                    let authority = Certificate::from_pem(&pem).map_err(io::Error::other)?;
                    parameters = parameters.add_root_certificate(authority);
                }
                let parameters = parameters.build().map_err(io::Error::other)?;
                let tls = match tls {
                    TlsMode::StartTls => Tls::Required(parameters),
                    TlsMode::Tls => Tls::Wrapper(parameters),
                    TlsMode::None => Tls::None,
                };
                let mut transport = SmtpTransport::builder_dangerous(host)
                    .port(*port)
                    .tls(tls)
                    .timeout(Some(*timeout));
                if let Some((name, password)) = login {
                    transport =
                        transport.credentials(Credentials::new(name.clone(), password.clone()));
                }
                Ok(Self::Smtp(transport.build()))
            }
        }
    }

    /// Sends one mail.
    pub(super) fn send(&self, envelope: &Envelope<'_>, letter: Rendered) -> Result<(), SendError> {
        let message = envelope.message(letter).map_err(SendError::Never)?;
        match self {
            Self::Files(dir) => write_file(dir, envelope.id, &message.formatted())
                .map_err(|error| SendError::Later(error.to_string())),
            Self::Smtp(transport) => match transport.send(&message) {
                Ok(_) => Ok(()),
                Err(error) if error.is_permanent() => Err(SendError::Never(error.to_string())),
                Err(error) if error.is_response() && error.status().is_none() => {
                    Err(SendError::Later("what answers does not speak SMTP".into()))
                }
                Err(error) if is_silence(&error) => {
                    Err(SendError::Later("the mail server was silent for too long".into()))
                }
                Err(error) => Err(SendError::Later(error.to_string())),
            },
        }
    }
}

/// Whether the server did not answer in time; the system says so in words that help nobody.
pub(super) fn is_silence(error: &(dyn std::error::Error + 'static)) -> bool {
    let io = error.downcast_ref::<io::Error>().map(io::Error::kind);
    matches!(io, Some(io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock))
        || error.source().is_some_and(is_silence)
}

/// Who a mail is from, who it is for, and its name.
pub(super) struct Envelope<'a> {
    pub id: &'a MailId,
    pub from: &'a str,
    pub to: &'a EmailAddress,
    pub date: jiff::Timestamp,
}

impl Envelope<'_> {
    /// The message: text and HTML, both encoded, so that no line of them can be taken for a header
    /// or an end of data (RUSTSEC-2026-0561).
    pub(super) fn message(&self, letter: Rendered) -> Result<Message, String> {
        let from: Mailbox = self.from.parse().map_err(|error| format!("mail_from: {error}"))?;
        let to: Mailbox = self.to.as_str().parse().map_err(|error| format!("{error}"))?;
        let message_id = format!("<{}@{}>", self.id, from.email.domain());
        let since_1970 = Duration::from_secs(self.date.as_second().unsigned_abs());
        let part = |content_type, body: String| {
            SinglePart::builder()
                .content_type(content_type)
                .header(ContentTransferEncoding::Base64)
                .body(body)
        };
        Message::builder()
            .message_id(Some(message_id))
            .date(SystemTime::UNIX_EPOCH + since_1970)
            .from(from)
            .to(to)
            .header(Subject(letter.subject))
            .header(AutoSubmitted)
            .multipart(
                MultiPart::alternative()
                    .singlepart(part(ContentType::TEXT_PLAIN, letter.text))
                    .singlepart(part(ContentType::TEXT_HTML, letter.html)),
            )
            .map_err(|error| error.to_string())
    }
}

/// Says that no person wrote this, so that no absence note answers (RFC 3834 section 5).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".into())
    }
}

pub(super) fn write_file(dir: &std::path::Path, id: &MailId, bytes: &[u8]) -> io::Result<()> {
    let file = tempfile::NamedTempFile::new_in(dir)?;
    fs::write(file.path(), bytes)?;
    file.as_file().sync_all()?;
    file.persist(dir.join(format!("{id}.eml"))).map_err(|error| error.error)?;
    fs::File::open(dir)?.sync_all()
}
