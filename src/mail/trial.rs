//! A test mail, with settings that nobody has saved: it goes at once, past the outbox.

use super::Rendered;
use super::transport::{Envelope, MailUrl, Transport, is_silence, write_file};
use crate::domain::customer::EmailAddress;
use crate::domain::ids::MailId;
use jiff::Timestamp;
use lettre::Transport as _;
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
    /// The mail server took it, and said this.
    Taken(String),
    /// It was written to this file.
    Written(String),
    /// The mail server said no, in these words.
    Refused(String),
    /// The mail server did not answer in time.
    Silent,
    /// The mail server offers no STARTTLS, and nothing was sent in the clear.
    NoStartTls,
    /// It did not come to the mail server: a name, a port, a certificate.
    Failed(String),
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
            Err(error) => return Tried::Failed(error),
        };
        match Transport::open(&url) {
            Err(error) => Tried::Failed(error.to_string()),
            Ok(Transport::Files(dir)) => match write_file(&dir, &id, &message.formatted()) {
                Ok(()) => Tried::Written(dir.join(format!("{id}.eml")).display().to_string()),
                Err(error) => Tried::Failed(error.to_string()),
            },
            Ok(Transport::Smtp(transport)) => match transport.send(&message) {
                Ok(answer) => {
                    let said = answer.message().collect::<Vec<_>>().join(" ");
                    Tried::Taken(format!("{} {said}", answer.code()))
                }
                Err(error) if is_silence(&error) => Tried::Silent,
                Err(error) if error.is_permanent() || error.is_transient() => {
                    Tried::Refused(error.to_string())
                }
                Err(error) if error.to_string().contains("STARTTLS") => Tried::NoStartTls,
                Err(error) => Tried::Failed(error.to_string()),
            },
        }
    }
}
