//! An SMTP server: sessions, and at which phase one failed. A failure before RCPT is about the
//! session, one at RCPT or DATA about the letter; lettre's own transport does not tell them apart.

use super::mail_url::TlsMode;
use crate::clock::Stopwatch;
use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{SmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::ClientId;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a session without a letter is kept; servers close theirs after minutes.
const IDLE: Duration = Duration::from_secs(10);
/// The answer to the end of a message takes longer than others: the server may scan it first. A
/// client that gives up too early sends a second copy (RFC 5321 section 4.5.3.2.6).
const FINAL_ANSWER: u32 = 3;
/// Replies about authentication (RFC 4954 section 6): about this server's access, never about a letter.
const AUTHENTICATION: [u16; 4] = [530, 534, 535, 538];
/// The server ends the session (RFC 5321 section 3.8).
const CLOSING: u16 = 421;

/// An SMTP server with its sessions.
pub struct Smtp {
    /// The server's name.
    pub(super) host: String,
    /// Its port.
    pub(super) port: u16,
    /// How sessions are protected.
    pub(super) tls: (TlsMode, TlsParameters),
    /// What EHLO names.
    pub(super) hello: ClientId,
    /// Name and password.
    pub(super) login: Option<Credentials>,
    /// How long the server may be silent.
    pub(super) timeout: Duration,
    /// Sessions that wait for their next letter, the one used last at the end.
    pub(super) idle: Mutex<Vec<(Session, Stopwatch)>>,
    /// How many sessions are open.
    pub(super) open: Arc<AtomicUsize>,
}

/// Why the server did not take a letter.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The session failed before the letter was looked at; so many others are open.
    Session(Error, usize),
    /// The letter failed, at RCPT or at DATA.
    Letter(Error),
    /// The time that the letter was claimed for is nearly over; its body was not sent.
    TooSlow,
}

impl Smtp {
    /// Hands one letter to the server. `may_end` is asked before the body is sent, with the longest
    /// that the rest can take.
    pub(super) fn send(
        &self,
        from: &Address,
        to: &Address,
        message: &[u8],
        may_end: &dyn Fn(Duration) -> bool,
    ) -> Result<(), Refusal> {
        let mut session = self.ready(from)?;
        let sent = self.hand_over(&mut session.connection, to, message, may_end);
        if sent.as_ref().err().is_none_or(leaves_session) {
            self.keep(session, sent.is_ok());
        }
        sent
    }

    /// A session that has taken MAIL: one that waits, else a new one. The server may have closed
    /// those that wait, or let each take so many letters only.
    fn ready(&self, from: &Address) -> Result<Session, Refusal> {
        while let Some(mut session) = self.take_idle() {
            if session.connection.command(mail(from)).is_ok() {
                return Ok(session);
            }
        }
        let failed = |error| Refusal::Session(error, self.open.load(Ordering::SeqCst));
        let mut session = self.connect().map_err(failed)?;
        session.connection.command(mail(from)).map_err(|error| {
            // This session is none of the others.
            Refusal::Session(error, self.open.load(Ordering::SeqCst).saturating_sub(1))
        })?;
        Ok(session)
    }

    fn connect(&self) -> Result<Session, Error> {
        let (mode, parameters) = &self.tls;
        let wrapper = (*mode == TlsMode::Tls).then_some(parameters);
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        let server = (host, self.port);
        let timeout = Some(self.timeout);
        let mut connection = SmtpConnection::connect(server, timeout, &self.hello, wrapper, None)?;
        if *mode == TlsMode::StartTls {
            connection.starttls(parameters, &self.hello)?;
        }
        if let Some(login) = &self.login {
            connection.auth(DEFAULT_MECHANISMS, login)?;
        }
        self.open.fetch_add(1, Ordering::SeqCst);
        Ok(Session { connection, open: Arc::clone(&self.open) })
    }

    fn hand_over(
        &self,
        connection: &mut SmtpConnection,
        to: &Address,
        message: &[u8],
        may_end: &dyn Fn(Duration) -> bool,
    ) -> Result<(), Refusal> {
        connection.command(Rcpt::new(to.clone(), Vec::new())).map_err(Refusal::Letter)?;
        connection.command(Data).map_err(Refusal::Letter)?;
        let longest = self.timeout * FINAL_ANSWER;
        if !may_end(self.timeout + longest) {
            return Err(Refusal::TooSlow);
        }
        // Not that of lettre, which writes the end by itself: the system would hold it back until
        // the server has acknowledged what came before, for 40 ms.
        let _ = connection.set_timeout(Some(longest));
        let taken = connection.command(Body(message)).map_err(Refusal::Letter);
        let _ = connection.set_timeout(Some(self.timeout));
        taken.map(drop)
    }

    /// Keeps a session for the next letter; after a refusal the server is to forget this one.
    fn keep(&self, mut session: Session, taken: bool) {
        if taken || session.connection.command(Rset).is_ok() {
            self.idle().push((session, Stopwatch::start()));
        }
    }

    fn take_idle(&self) -> Option<Session> {
        let (session, since) = self.idle().pop()?;
        (since.elapsed() < IDLE).then_some(session)
    }

    /// Closes the sessions that wait for too long already; all, where `all` says so.
    pub(super) fn close_idle(&self, all: bool) {
        let old: Vec<_> = {
            let mut idle = self.idle();
            let (keep, old) = idle.drain(..).partition(|(_, since)| !all && since.elapsed() < IDLE);
            *idle = keep;
            old
        };
        for (mut session, _) in old {
            // A server that does not answer is left without its answer.
            let _ = session.connection.set_timeout(Some(Duration::from_millis(100)));
            let _ = session.connection.quit();
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<(Session, Stopwatch)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A session with the server.
pub(super) struct Session {
    connection: SmtpConnection,
    open: Arc<AtomicUsize>,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::SeqCst);
    }
}

fn mail(from: &Address) -> Mail {
    Mail::new(Some(from.clone()), Vec::new())
}

/// Whether the session can take another letter: the server has answered, and stays.
fn leaves_session(refusal: &Refusal) -> bool {
    match refusal {
        Refusal::Letter(error) => code(error).is_some_and(|code| code != CLOSING),
        Refusal::Session(..) | Refusal::TooSlow => false,
    }
}

/// Whether the server refuses a letter for good, for a reason that lies in the letter.
pub(super) fn is_final(error: &Error) -> bool {
    error.is_permanent() && !code(error).is_some_and(|code| AUTHENTICATION.contains(&code))
}

/// The code that the server answered with, if it did.
pub(super) fn code(error: &Error) -> Option<u16> {
    error.status().map(Into::into)
}

/// A message with its end, as DATA takes it (RFC 5321 section 4.5.2).
struct Body<'a>(&'a [u8]);

impl fmt::Display for Body<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // All of it is ASCII: bodies and headers are encoded.
        let text = String::from_utf8_lossy(self.0);
        for line in text.split_terminator("\r\n") {
            let stuffing = if line.starts_with('.') { "." } else { "" };
            write!(f, "{stuffing}{line}\r\n")?;
        }
        f.write_str(".\r\n")
    }
}

#[cfg(test)]
mod tests {
    use super::Body;

    #[test]
    fn a_line_that_begins_with_a_dot_does_not_end_the_message() {
        let body = Body(b"a: b\r\n\r\n.\r\n..x\r\ny");
        assert_eq!(body.to_string(), "a: b\r\n\r\n..\r\n...x\r\ny\r\n.\r\n");
    }
}
