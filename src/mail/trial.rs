//! A test mail, with settings that nobody has saved: it goes at once, past the outbox.

use super::Rendered;
use super::mail_url::MailUrl;
use super::message::{Bodies, Envelope, sender};
use super::smtp::{Refusal, code};
use super::transport::{Transport, is_silence, write_file};
use crate::domain::customer::EmailAddress;
use crate::domain::ids::MailId;
use jiff::Timestamp;
use lettre::transport::smtp;
use std::io;
use std::time::Duration;

/// How long the mail server may be silent: somebody waits for the answer.
const PATIENCE: Duration = Duration::from_secs(7);

/// A test mail that is about to go.
pub struct Trial {
    /// Where it goes.
    pub url: MailUrl,
    /// What EHLO names.
    pub hello: String,
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
        self.try_to_send().unwrap_or_else(Tried::Unwritten)
    }

    fn try_to_send(mut self) -> Result<Tried, String> {
        if let MailUrl::Smtp { timeout, .. } = &mut self.url {
            *timeout = PATIENCE.min(*timeout);
        }
        let from = sender(&self.from)?;
        let envelope = Envelope { id: &self.id, from: &from, to: &self.to, date: self.date };
        let transport = Transport::open(&self.url, &self.hello);
        match transport.map_err(|error| error.to_string())? {
            Transport::Files(dir) => {
                let message = envelope.message(self.letter, Bodies::Readable)?;
                let written = write_file(&dir, &self.id, &message.formatted());
                let path = written.map_err(|error| error.to_string())?;
                Ok(Tried::Written(path.display().to_string()))
            }
            Transport::Smtp(smtp) => {
                let message = envelope.message(self.letter, Bodies::Encoded)?.formatted();
                let sent = smtp.send(&from.email, &envelope.recipient()?, &message, &|_| true);
                smtp.close_idle(true);
                Ok(match sent {
                    Ok(()) => Tried::Taken,
                    Err(Refusal::Session(error, _) | Refusal::Letter(error)) => outcome(&error),
                    Err(Refusal::TooSlow) => Tried::Silent,
                })
            }
        }
    }
}

/// The class of an error, never the words of whatever answered: a page must not show what services
/// of the internal network say to who connects.
fn outcome(error: &smtp::Error) -> Tried {
    if is_silence(error) {
        return Tried::Silent;
    }
    if let Some(code) = code(error) {
        return Tried::Refused(code);
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
