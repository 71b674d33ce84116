//! How a mail leaves: to an SMTP server, or as a file.

use super::Rendered;
use super::mail_url::MailUrl;
use super::message::{Bodies, Envelope};
use super::smtp::{Refusal, Smtp, is_final};
use crate::domain::ids::MailId;
use lettre::transport::smtp;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{fs, io};

/// Why a mail did not go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SendError {
    /// The way is closed to every mail: the server is away, or refuses the session. So many other
    /// sessions are open.
    Transport(String, usize),
    /// This one may go later: the server says 4xx, or nothing.
    Later(String),
    /// It will never go like this: the server says 5xx, or the mail cannot be written.
    Never(String),
}

/// A way for mails to leave.
pub enum Transport {
    /// Into a directory.
    Files(PathBuf),
    /// To an SMTP server.
    Smtp(Box<Smtp>),
}

impl Transport {
    /// Opens the way that a `mail_url` names; connects only when it sends. `hello` is what EHLO
    /// names.
    ///
    /// # Errors
    /// A directory that cannot be made, an authority that cannot be read.
    pub fn open(url: &MailUrl, hello: &str) -> io::Result<Self> {
        match url {
            MailUrl::Files(dir) => {
                make_dir(dir)?;
                Ok(Self::Files(dir.clone()))
            }
            MailUrl::Smtp { host, port, tls, login, ca, timeout } => {
                Ok(Self::Smtp(Box::new(Smtp {
                    host: host.clone(),
                    port: *port,
                    tls: (*tls, tls_parameters(host, ca.as_deref())?),
                    hello: ClientId::Domain(hello.to_owned()),
                    login: login.clone().map(|(name, password)| Credentials::new(name, password)),
                    timeout: *timeout,
                    idle: Mutex::default(),
                    open: Arc::default(),
                })))
            }
        }
    }

    /// Sends one mail. `may_end` is asked before a server is sent the body, with the longest that
    /// the rest can take.
    pub(super) fn send(
        &self,
        envelope: &Envelope<'_>,
        letter: Rendered,
        may_end: &dyn Fn(Duration) -> bool,
    ) -> Result<(), SendError> {
        let smtp = match self {
            Self::Files(dir) => {
                let message = envelope.message(letter, Bodies::Readable);
                let message = message.map_err(SendError::Never)?;
                return write_file(dir, envelope.id, &message.formatted())
                    .map(drop)
                    .map_err(|error| SendError::Transport(error.to_string(), 0));
            }
            Self::Smtp(smtp) => smtp,
        };
        let message = envelope.message(letter, Bodies::Encoded).map_err(SendError::Never)?;
        let to = envelope.recipient().map_err(SendError::Never)?;
        let sent = smtp.send(&envelope.from.email, &to, &message.formatted(), may_end);
        sent.map_err(|refusal| match refusal {
            Refusal::Session(error, others) => SendError::Transport(said(&error), others),
            Refusal::Letter(error) if is_final(&error) => SendError::Never(said(&error)),
            Refusal::Letter(error) => SendError::Later(said(&error)),
            Refusal::TooSlow => SendError::Later("the mail server was too slow".into()),
        })
    }

    /// Closes connections that wait for their next mail for too long; all, where `all` says so.
    pub(super) fn close_idle(&self, all: bool) {
        if let Self::Smtp(smtp) = self {
            smtp.close_idle(all);
        }
    }
}

fn tls_parameters(host: &str, ca: Option<&Path>) -> io::Result<TlsParameters> {
    let mut parameters = TlsParameters::builder(host.to_owned());
    if let Some(ca) = ca {
        let pem = fs::read(ca)?;
        let authority = Certificate::from_pem(&pem).map_err(io::Error::other)?;
        parameters = parameters.add_root_certificate(authority);
    }
    parameters.build().map_err(io::Error::other)
}

/// The fault, for people.
fn said(error: &smtp::Error) -> String {
    if error.is_response() && error.status().is_none() {
        "what answers does not speak SMTP".into()
    } else if is_silence(error) {
        "the mail server was silent for too long".into()
    } else {
        error.to_string()
    }
}

/// Whether the server did not answer in time; the system says so in words that help nobody.
pub(super) fn is_silence(error: &(dyn std::error::Error + 'static)) -> bool {
    let io = error.downcast_ref::<io::Error>().map(io::Error::kind);
    matches!(io, Some(io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock))
        || error.source().is_some_and(is_silence)
}

/// Writes a mail into a directory, which is made where it is missing; returns where it stands.
pub(super) fn write_file(dir: &Path, id: &MailId, bytes: &[u8]) -> io::Result<PathBuf> {
    make_dir(dir)?;
    let file = tempfile::NamedTempFile::new_in(dir)?;
    fs::write(file.path(), bytes)?;
    file.as_file().sync_all()?;
    let path = dir.join(format!("{id}.eml"));
    file.persist(&path).map_err(|error| error.error)?;
    fs::File::open(dir)?.sync_all()?;
    Ok(path)
}

fn make_dir(dir: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
}
