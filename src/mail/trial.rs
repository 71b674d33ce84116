//! A test mail, with settings that nobody has saved: it goes at once, past the outbox.

use super::Rendered;
use super::transport::{Envelope, MailUrl, Transport, is_silence, write_file};
use crate::domain::customer::EmailAddress;
use crate::domain::ids::MailId;
use jiff::Timestamp;
use lettre::Transport as _;
use lettre::transport::smtp;
use std::io;
use std::time::Duration;

/// How long the mail server may be silent: somebody waits for the answer.
const PATIENCE: Duration = Duration::from_secs(7);

/// A test mail that is about to go.
pub struct Trial {
    /// Where it goes.
    pub url: MailUrl,
    /// Its `From`.
    pub from: String,
    /// Who it is for.
    pub to: EmailAddress,
    /// Its name.
    pub id: MailId,
    /// Its `Date`.
    pub date: Timestamp,
    /// What it says.
    pub letter: Rendered,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// The mail server took it.
    Taken,
    /// It was written to this file.
    Written(String),
    /// The mail server said no, with this status code.
    Refused(u16),
    /// The mail server did not answer in time.
    Silent,
    /// The mail server offers no STARTTLS, and nothing was sent in the clear.
    NoStartTls,
    /// TLS failed: most often the certificate.
    NoTls,
    /// What answered does not speak SMTP, or not as a mail client needs it.
    NoSmtp,
    /// There was no connection: the name, the port, the network.
    NoConnection,
    /// It could not be written, here: this is why.
    Unwritten(String),
}

impl Trial {
    /// Sends it and waits for the answer.
    pub fn send(self) -> Tried {
        let Self { mut url, from, to, id, date, letter } = self;
        if let MailUrl::Smtp { timeout, .. } = &mut url {
            *timeout = PATIENCE.min(*timeout);
        }
        let envelope = Envelope { id: &id, from: &from, to: &to, date };
        let message = match envelope.message(letter) {
            Ok(message) => message,
            Err(error) => return Tried::Unwritten(error),
        };
        match Transport::open(&url) {
            Err(error) => Tried::Unwritten(error.to_string()),
            Ok(Transport::Files(dir)) => match write_file(&dir, &id, &message.formatted()) {
                Ok(()) => Tried::Written(dir.join(format!("{id}.eml")).display().to_string()),
                Err(error) => Tried::Unwritten(error.to_string()),
            },
            Ok(Transport::Smtp(transport)) => match transport.send(&message) {
                Ok(_) => Tried::Taken,
                Err(error) => outcome(&error),
            },
        }
    }
}

/// The class of an error, never the words of whatever answered: a page must not show what services
/// of the internal network say to who connects.
fn outcome(error: &smtp::Error) -> Tried {
    if is_silence(error) {
        return Tried::Silent;
    }
    if let Some(code) = error.status() {
        return Tried::Refused(code.into());
    }
    if error.to_string().contains("STARTTLS") {
        Tried::NoStartTls
    } else if error.is_response() || error.is_client() {
        Tried::NoSmtp
    } else if error.is_tls() || is_refused_by_tls(error) {
        Tried::NoTls
    } else {
        Tried::NoConnection
    }
}

/// Whether rustls refused what came: it says so with an I/O error of this kind.
fn is_refused_by_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    let io = error.downcast_ref::<io::Error>().map(io::Error::kind);
    io == Some(io::ErrorKind::InvalidData) || error.source().is_some_and(is_refused_by_tls)
}
