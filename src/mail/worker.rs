use super::load::{ActivationKeys, load};
use super::transport::{Envelope, SendError, Transport};
use super::{Sender, render};
use crate::chance::Chance;
use crate::clock::Clock;
use crate::domain::ids::MailId;
use crate::failpoint;
use crate::store::{Mail, MailState, Store, StoreError};
use crate::text::Texts;
use jiff::{SignedDuration, Timestamp};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a claimed mail is left to the worker that claimed it.
const LEASE: SignedDuration = SignedDuration::from_mins(2);
/// The pause after the first failure; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(1800);
/// How many mails are looked up at a time.
const BATCH: usize = 50;

/// Sends what is in the outbox, outside any transaction.
pub struct Worker {
    /// Where the outbox is.
    pub store: Store,
    /// What time it is.
    pub clock: Clock,
    /// Jitter.
    pub chance: Chance,
    /// What letters are written with.
    pub texts: Arc<Texts>,
    /// What they are sent with, as it is settled at the moment.
    pub post: Box<dyn Fn() -> Result<Arc<Post>, String> + Send + Sync>,
    /// Makes activation keys when they are needed.
    pub activation_keys: Box<ActivationKeys>,
    /// What was sent and what failed.
    pub counters: Arc<Counters>,
    /// Set when the server ends: no further mail is begun.
    pub stop: Arc<AtomicBool>,
    /// What was tried and could not be noted yet.
    pub unnoted: Unnoted,
}

/// Outcomes that the store did not take at once: they are noted before anything else is sent, or
/// a mail that went would go again when its claim ends.
#[derive(Debug, Default)]
pub struct Unnoted(Mutex<Vec<Outcome>>);

/// How sending a claimed mail went.
#[derive(Debug)]
struct Outcome {
    mail: MailId,
    attempt: i64,
    state: MailState,
    due_at: Timestamp,
    error: Option<String>,
    at: Timestamp,
}

/// What mails are sent with.
pub struct Post {
    /// What they say of the office.
    pub sender: Sender,
    /// Their `From`.
    pub mail_from: String,
    /// How they leave.
    pub transport: Arc<Transport>,
}

/// What a worker did since it started.
#[derive(Debug, Default)]
pub struct Counters {
    /// Mails that were taken.
    pub sent: AtomicU64,
    /// Tries that failed and are repeated.
    pub retried: AtomicU64,
    /// Mails that were refused for good.
    pub stopped: AtomicU64,
}

impl Worker {
    /// Sends all that is due when it looks; returns how many mails it tried.
    ///
    /// # Errors
    /// When the outbox cannot be read or written; what was sent is noted as far as possible.
    pub fn send_due(&self) -> Result<usize, StoreError> {
        self.note_and_claim(None)?;
        let mut tried = 0;
        loop {
            let due = self.store.ask(|tx| tx.due_mails(self.clock.now(), BATCH))?;
            let were_more = due.len() == BATCH;
            let mut claimed = 0;
            for mail in &due {
                if self.stop.load(Ordering::SeqCst) {
                    self.note_and_claim(None)?;
                    return Ok(tried + claimed);
                }
                if self.note_and_claim(Some(mail))? {
                    claimed += 1;
                    self.send(mail);
                }
            }
            self.note_and_claim(None)?;
            tried += claimed;
            if claimed == 0 || !were_more {
                return Ok(tried);
            }
        }
    }

    /// Deletes answers to repeated requests, counters of sign-ins, and sessions whose time is over.
    ///
    /// # Errors
    /// When the store does not do it.
    pub fn tidy(&self) -> Result<usize, StoreError> {
        let now = self.clock.now();
        self.store.write(|tx| tx.delete_expired(now))
    }

    /// Notes what was tried, and claims the next mail; `false` when another worker was faster, or
    /// there is none. What the store does not take stays for the next time.
    fn note_and_claim(&self, next: Option<&Mail>) -> Result<bool, StoreError> {
        let mut unnoted = self.unnoted();
        if unnoted.is_empty() && next.is_none() {
            return Ok(false);
        }
        let until = self.clock.now() + LEASE;
        let claimed = self.store.note(|tx| {
            for Outcome { mail, attempt, state, due_at, error, at } in &*unnoted {
                tx.note_mail(mail, *state, *due_at, error.as_deref(), *attempt, *at)?;
            }
            next.map_or(Ok(false), |next| tx.claim_mail(next, until))
        })?;
        unnoted.clear();
        Ok(claimed)
    }

    fn send(&self, mail: &Mail) {
        let outcome = self.try_to_send(mail);
        failpoint::reached("after-smtp");
        let now = self.clock.now();
        let (state, due_at, error) = match &outcome {
            Ok(()) => (MailState::Sent, now, None),
            Err(SendError::Later(error)) => {
                let due = now + self.pause(mail.attempts);
                (MailState::Queued, due, Some(error.clone()))
            }
            Err(SendError::Never(error)) => (MailState::Stopped, now, Some(error.clone())),
        };
        let (id, attempt) = (mail.id.to_string(), mail.attempts + 1);
        let counter = match state {
            MailState::Sent => {
                tracing::info!(mail = id, kind = mail.kind.as_str(), "mail sent");
                &self.counters.sent
            }
            MailState::Queued => {
                tracing::warn!(mail = id, attempt, error, %due_at, "mail not sent, tried again");
                &self.counters.retried
            }
            MailState::Stopped => {
                tracing::error!(mail = id, attempt, error, "mail refused, stopped");
                &self.counters.stopped
            }
        };
        counter.fetch_add(1, Ordering::Relaxed);
        let outcome = Outcome { mail: mail.id.clone(), attempt, state, due_at, error, at: now };
        self.unnoted().push(outcome);
    }

    fn unnoted(&self) -> MutexGuard<'_, Vec<Outcome>> {
        self.unnoted.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn try_to_send(&self, mail: &Mail) -> Result<(), SendError> {
        let letter = self
            .store
            .ask(|tx| load(tx, mail, &*self.activation_keys))
            .map_err(|error| SendError::Later(error.to_string()))?;
        let post = (self.post)().map_err(SendError::Later)?;
        let letter = render(&letter, mail.language, &post.sender, &self.texts)
            .map_err(|error| SendError::Never(error.to_string()))?;
        let envelope = Envelope {
            id: &mail.id,
            from: &post.mail_from,
            to: &mail.recipient,
            date: self.clock.now(),
        };
        post.transport.send(&envelope, letter)
    }

    /// Doubles with each try, with jitter, up to the longest.
    fn pause(&self, attempts: i64) -> SignedDuration {
        let doublings = u32::try_from(attempts.clamp(0, 20)).unwrap_or(20);
        let pause = FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE);
        SignedDuration::try_from(self.chance.jitter(pause)).unwrap_or(LEASE)
    }
}
