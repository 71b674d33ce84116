use super::flights::{Flights, Landed};
use super::letter::Letter;
use super::load::{ActivationKeys, load};
use super::message::{Envelope, sender};
use super::status::{Status, Turn};
use super::transport::{SendError, Transport};
use super::{Sender, render};
use crate::chance::Chance;
use crate::clock::{Clock, Stopwatch};
use crate::failpoint;
use crate::store::{DueMails, Mail, MailState, Store, StoreError};
use crate::text::Texts;
use jiff::{SignedDuration, Timestamp};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How long a claimed mail is left to the worker that claimed it.
const LEASE: SignedDuration = SignedDuration::from_mins(2);
/// By then a mail that was claimed has gone or is left, whatever a mail server does.
const LONGEST: Duration = Duration::from_secs(110);
/// The pause after the first failure; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
/// The longest pause of a mail.
const LONGEST_PAUSE: Duration = Duration::from_secs(1800);
/// The longest pause after which the mail server is asked again.
const LONGEST_OUTAGE_PAUSE: Duration = Duration::from_secs(600);
/// How many mails are looked up at a time.
const BATCH: usize = 64;

/// Sends what is in the outbox, outside any transaction: one thread claims and notes, each mail has a
/// thread of its own.
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
    /// Wakes the thread that calls [`Worker::send_due`], when a mail was tried.
    pub wake: Arc<dyn Fn() + Send + Sync>,
    /// Mails under way.
    pub desk: Desk,
}

/// The mails under way, and outcomes that the store did not take at once: they are noted before
/// anything else is sent, or a mail that went would go again when its claim ends.
#[derive(Default)]
pub struct Desk {
    flights: Flights,
    unnoted: Mutex<Vec<Outcome>>,
    /// Transport of the last mail.
    transport: Mutex<Option<Arc<Transport>>>,
}

/// How sending a claimed mail went.
#[derive(Debug)]
enum Outcome {
    /// It was tried.
    Tried { mail: Mail, state: MailState, due_at: Timestamp, error: Option<String>, at: Timestamp },
    /// Nobody looked at it: it is as it was.
    Released { mail: Mail, error: String },
}

impl Outcome {
    fn mail(&self) -> &Mail {
        match self {
            Self::Tried { mail, .. } | Self::Released { mail, .. } => mail,
        }
    }
}

/// What mails are sent with.
pub struct Post {
    /// What they say of the office.
    pub sender: Sender,
    /// Their `From`.
    pub mail_from: String,
    /// How they leave. Another one is tried at once, whatever the last one said.
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
    /// Whether mails can leave.
    pub status: Status,
}

impl Worker {
    /// Notes what was tried, and begins with what is due, as far as there are places. It waits for no
    /// mail server: `wake` is called when a mail was tried, and this is to be called again.
    ///
    /// # Errors
    /// When the outbox cannot be read or written; what was tried is noted the next time.
    pub fn send_due(&self) -> Result<(), StoreError> {
        while self.send_some()? > 0 {}
        if let Some(transport) = &*self.transport() {
            transport.close_idle(self.stop.load(Ordering::SeqCst) && !self.is_sending());
        }
        Ok(())
    }

    /// Whether a mail is on its way.
    pub fn is_sending(&self) -> bool {
        self.desk.flights.count() > 0
    }

    /// Deletes answers to repeated requests, counters of sign-ins, and sessions whose time is over.
    ///
    /// # Errors
    /// When the store does not do it.
    pub fn tidy(&self) -> Result<usize, StoreError> {
        let now = self.clock.now();
        self.store.write(|tx| tx.delete_expired(now))
    }

    /// Notes what was tried and begins with the next mails; returns how many.
    fn send_some(&self) -> Result<usize, StoreError> {
        let landed = || self.desk.flights.landed().into_iter().map(|landed| self.outcome(landed));
        // Before the choice, since it depends on how the last ones went.
        self.unnoted().extend(landed());
        let (mut chosen, failed) = match self.choose() {
            Ok(chosen) => (chosen, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        let mut unnoted = self.unnoted();
        unnoted.extend(landed());
        // A mail is noted before it may be claimed anew: both in one statement would lose the note.
        chosen.retain(|mail| !unnoted.iter().any(|outcome| outcome.mail().id == mail.id));
        if unnoted.is_empty() && chosen.is_empty() {
            return failed.map_or(Ok(0), Err);
        }
        let claimed = self.note_and_claim(&unnoted, &chosen)?;
        unnoted.clear();
        drop(unnoted);
        if !claimed.is_empty() {
            let post = (self.post)();
            for mail in &claimed {
                self.begin(mail, &post);
            }
        }
        failed.map_or(Ok(claimed.len()), Err)
    }

    /// The mails that are to be sent next: new ones, then those that were tried before.
    fn choose(&self) -> Result<Vec<Mail>, StoreError> {
        if self.stop.load(Ordering::SeqCst) {
            return Ok(Vec::new());
        }
        self.notice_new_transport();
        let now = self.clock.now();
        let mut places = self.desk.flights.places();
        match self.counters.status.turn(now) {
            Turn::All => (),
            Turn::One => places.one(),
            Turn::None => return Ok(Vec::new()),
        }
        let mut chosen = Vec::new();
        if places.untried > 0 {
            let (which, full) = (DueMails::Untried, places.full.clone());
            let due = self.store.ask(|tx| tx.due_mails(which, now, &full, BATCH))?;
            chosen.extend(places.choose(due));
        }
        if places.retries > 0 {
            let (which, full) = (DueMails::Retries, places.full.clone());
            let due = self.store.ask(|tx| tx.due_mails(which, now, &full, BATCH))?;
            chosen.extend(places.choose(due));
        }
        Ok(chosen)
    }

    /// Where nothing can leave, new settings are tried at once.
    fn notice_new_transport(&self) {
        if self.counters.status.trouble().is_none() {
            return;
        }
        let Ok(post) = (self.post)() else { return };
        let mut known = self.transport();
        if !known.as_ref().is_some_and(|known| Arc::ptr_eq(known, &post.transport)) {
            self.counters.status.try_now(self.clock.now());
            *known = Some(Arc::clone(&post.transport));
        }
    }

    /// Notes what was tried, and claims the next mails; returns those that no other worker has claimed.
    fn note_and_claim(&self, unnoted: &[Outcome], next: &[Mail]) -> Result<Vec<Mail>, StoreError> {
        let until = self.clock.now() + LEASE;
        self.store.note(|tx| {
            for outcome in unnoted {
                match outcome {
                    Outcome::Tried { mail, state, due_at, error, at } => {
                        let (id, attempts) = (&mail.id, mail.attempts + 1);
                        tx.note_mail(id, *state, *due_at, error.as_deref(), attempts, *at)?;
                    }
                    Outcome::Released { mail, error } => tx.release_mail(mail, error)?,
                }
            }
            let mut claimed = Vec::new();
            for mail in next {
                if tx.claim_mail(mail, until)? {
                    claimed.push(mail.clone());
                }
            }
            Ok(claimed)
        })
    }

    /// Reads a mail that was claimed, and sends it on a thread of its own. That thread needs no
    /// connection to the database.
    fn begin(&self, mail: &Mail, post: &Result<Arc<Post>, String>) {
        let flights = self.desk.flights.clone();
        flights.begin(mail);
        let letter = self.store.ask(|tx| load(tx, mail, &*self.activation_keys));
        let (letter, post) = match (letter, post) {
            (Ok(letter), Ok(post)) => (letter, Arc::clone(post)),
            (Err(error), _) => {
                return flights.land(mail, Err(SendError::Later(error.to_string())));
            }
            (_, Err(error)) => {
                return flights.land(mail, Err(SendError::Transport(error.clone(), 0)));
            }
        };
        *self.transport() = Some(Arc::clone(&post.transport));
        let flight = InFlight { mail: mail.clone(), flights, wake: Arc::clone(&self.wake) };
        let (texts, date, claimed) =
            (Arc::clone(&self.texts), self.clock.now(), Stopwatch::start());
        let began = thread::Builder::new().name("mail-sender".into()).spawn(move || {
            let sent = send(&flight.mail, &letter, &post, &texts, date, &claimed);
            failpoint::reached("after-smtp");
            flight.land(sent);
        });
        if let Err(error) = began {
            // The flight ended with the closure.
            tracing::error!(%error, "a thread that sends a mail cannot be made");
        }
    }

    /// Outcome of a mail that was tried, to be noted; counts and logs it.
    fn outcome(&self, Landed { mail, result }: Landed) -> Outcome {
        let now = self.clock.now();
        let (id, attempt) = (mail.id.as_str(), mail.attempts + 1);
        if let Err(SendError::Transport(error, others)) = result {
            self.note_outage(&error, others, now);
            return Outcome::Released { mail, error };
        }
        if let Some(since) = self.counters.status.worked() {
            tracing::info!(%since, "mails leave again");
        }
        let counters = &self.counters;
        let (state, due_at, error) = match result {
            Ok(()) => {
                tracing::info!(mail = id, kind = mail.kind.as_str(), "mail sent");
                counters.sent.fetch_add(1, Ordering::Relaxed);
                (MailState::Sent, now, None)
            }
            Err(SendError::Later(error) | SendError::Transport(error, _)) => {
                let due_at = now + self.pause(mail.attempts, LONGEST_PAUSE);
                tracing::warn!(mail = id, attempt, error, %due_at, "mail not sent, tried again");
                counters.retried.fetch_add(1, Ordering::Relaxed);
                (MailState::Queued, due_at, Some(error))
            }
            Err(SendError::Never(error)) => {
                tracing::error!(mail = id, attempt, error, "mail refused, stopped");
                counters.stopped.fetch_add(1, Ordering::Relaxed);
                (MailState::Stopped, now, Some(error))
            }
        };
        Outcome::Tried { mail, state, due_at, error, at: now }
    }

    /// A session failed: no mail can leave, unless others still can, beside which the server wants no
    /// more.
    fn note_outage(&self, error: &str, others: usize, now: Timestamp) {
        if others > 0 {
            tracing::debug!(error, others, "the mail server wants no further session");
            return self.desk.flights.narrow(others);
        }
        let pause = |failures| self.pause(failures, LONGEST_OUTAGE_PAUSE);
        let retry_at = self.counters.status.failed(error, now, pause);
        tracing::error!(error, %retry_at, "no mail can leave, all wait");
    }

    /// Doubles with each try, with jitter, up to the longest.
    fn pause(&self, attempts: i64, longest: Duration) -> SignedDuration {
        let doublings = u32::try_from(attempts.clamp(0, 20)).unwrap_or(20);
        let pause = FIRST_PAUSE.saturating_mul(1 << doublings).min(longest);
        // The clock shows whole seconds.
        let seconds = self.chance.jitter(pause).as_secs().max(1);
        SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(LEASE.as_secs()))
    }

    fn unnoted(&self) -> MutexGuard<'_, Vec<Outcome>> {
        self.desk.unnoted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn transport(&self) -> MutexGuard<'_, Option<Arc<Transport>>> {
        self.desk.transport.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A mail on its way, which ends in any case: also where its thread does not.
struct InFlight {
    mail: Mail,
    flights: Flights,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl InFlight {
    fn land(&self, result: Result<(), SendError>) {
        self.flights.land(&self.mail, result);
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if self.flights.is_flying(&self.mail) {
            self.land(Err(SendError::Later("the server failed while it sent this".into())));
        }
        (self.wake)();
    }
}

/// Writes and sends a mail that was claimed when `claimed` started.
fn send(
    mail: &Mail,
    letter: &Letter,
    post: &Post,
    texts: &Texts,
    date: Timestamp,
    claimed: &Stopwatch,
) -> Result<(), SendError> {
    let letter = render(letter, mail.language, &post.sender, texts)
        .map_err(|error| SendError::Never(error.to_string()))?;
    let from = sender(&post.mail_from).map_err(|error| SendError::Transport(error, 0))?;
    let envelope = Envelope { id: &mail.id, from: &from, to: &mail.recipient, date };
    post.transport.send(&envelope, letter, &|rest| claimed.elapsed() + rest < LONGEST)
}
