//! The mail worker: what it works with, and its thread's work.

use super::StartError;
use super::private_files::tighten_folder;
use crate::app::{Office, Settings};
use crate::clock::Stopwatch;
use crate::config::Config;
use crate::domain::customer::Customer;
use crate::failpoint;
use crate::mail::{Counters, Desk, MailUrl, Post, Sender, Transport, Worker, hello_name};
use crate::store::log_failure;
use crate::text::Texts;
use crate::workers::Heartbeat;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often the worker looks into the outbox when nobody rings.
const LOOK: Duration = Duration::from_secs(1);
/// The same while mails are on their way: a slow one makes room for another without a ring.
const LOOK_WHILE_SENDING: Duration = Duration::from_millis(200);
/// How often answers whose time is over are forgotten.
const TIDY: Duration = Duration::from_secs(3600);

pub(super) fn worker(
    config: &Config,
    office: &Arc<Office>,
    texts: &Arc<Texts>,
    alive: &Arc<Heartbeat>,
) -> Result<Worker, StartError> {
    let keys_of = Arc::clone(office);
    let activation_keys = move |customer: &Customer| {
        keys_of.activation_key(customer).map_err(|error| error.to_string())
    };
    let (post, alive) = (post(config, office)?, Arc::clone(alive));
    // It is asked for each mail, and a mail that takes long is work too.
    let post = move || {
        alive.beat();
        post()
    };
    let worker = Worker {
        store: office.store.clone(),
        clock: office.clock.clone(),
        chance: office.chance.clone(),
        texts: Arc::clone(texts),
        post: Box::new(post),
        activation_keys: Box::new(activation_keys),
        counters: Arc::new(Counters::default()),
        stop: Arc::new(AtomicBool::new(false)),
        wake: {
            let bell = office.bell.clone();
            Arc::new(move || bell.ring())
        },
        desk: Desk::default(),
    };
    Ok(worker)
}

/// What mails are sent with, as it is settled when they are sent.
fn post(
    config: &Config,
    office: &Arc<Office>,
) -> Result<impl Fn() -> Result<Arc<Post>, String> + use<>, StartError> {
    let open = |way: &Way| {
        Transport::open(&way.url, &way.hello)
            .map_err(|error| StartError::Io(way.url.to_string(), error))
    };
    let at_start =
        config.with_page(&office.store.read(|tx| tx.settings())?).unwrap_or(config.clone());
    if let MailUrl::Files(folder) = &at_start.mail_url {
        tighten_folder(folder)
            .map_err(|error| StartError::Io(folder.display().to_string(), error))?;
    }
    let way = Way::of(&at_start, &office.settings());
    let transport = Arc::new(open(&way)?);
    let known = Mutex::new(Known { way, transport, last: None });
    let (config, office) = (config.clone(), Arc::clone(office));
    Ok(move || {
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        let settings = office.settings();
        if let Some(post) = known.still(&settings) {
            return Ok(post);
        }
        let page = office.store.ask(|tx| tx.settings()).map_err(|error| error.to_string())?;
        let config = config.with_page(&page).map_err(|error| error.to_string())?;
        let way = Way::of(&config, &settings);
        if known.way != way {
            let transport = open(&way).map_err(|error| error.to_string())?;
            (known.way, known.transport) = (way, Arc::new(transport));
        }
        let post = Arc::new(Post {
            sender: Sender {
                vendor_name: config.vendor_name,
                server_url: settings.issuer.clone(),
                sales_address: config.sales_address,
                time_zone: config.time_zone,
            },
            mail_from: config.mail_from,
            transport: Arc::clone(&known.transport),
        });
        known.last = Some((Stopwatch::start(), settings, Arc::clone(&post)));
        Ok(post)
    })
}

/// Parameters of a mail session; other ones are another transport.
#[derive(PartialEq, Eq)]
struct Way {
    url: MailUrl,
    hello: String,
    mail_from: String,
}

impl Way {
    fn of(config: &Config, settings: &Settings) -> Self {
        let (url, mail_from) = (config.mail_url.clone(), config.mail_from.clone());
        let set = config.mail_hello_name.as_deref();
        let hello = hello_name(set, &settings.issuer, &mail_from);
        Self { url, hello, mail_from }
    }
}

/// What the last mail was sent with.
struct Known {
    way: Way,
    transport: Arc<Transport>,
    last: Option<(Stopwatch, Arc<Settings>, Arc<Post>)>,
}

impl Known {
    /// The same again, unless it was changed here, or is old enough that another server may have.
    fn still(&self, settings: &Arc<Settings>) -> Option<Arc<Post>> {
        let (read, then, post) = self.last.as_ref()?;
        let holds = read.elapsed() < LOOK && Arc::ptr_eq(then, settings);
        holds.then(|| Arc::clone(post))
    }
}

pub(super) fn send_mails(worker: &Worker, office: &Office, alive: &Heartbeat) {
    let (mut tidied, mut reloaded) = (Stopwatch::start(), Stopwatch::start());
    while !worker.stop.load(Ordering::SeqCst) {
        alive.beat();
        failpoint::reached("mail-thread");
        if office.mail_asked_for.swap(false, Ordering::SeqCst) {
            worker.counters.status.try_now(office.clock.now());
        }
        if let Err(error) = worker.send_due() {
            log_failure(&error, "the outbox cannot be worked on");
        }
        if tidied.elapsed() > TIDY {
            tidied = Stopwatch::start();
            if let Err(error) = worker.tidy() {
                log_failure(&error, "old answers cannot be forgotten");
            }
        }
        office.bell.wait(if worker.is_sending() { LOOK_WHILE_SENDING } else { LOOK });
        if reloaded.elapsed() > LOOK {
            reloaded = Stopwatch::start();
            if let Err(error) = office.reload_settings() {
                log_failure(&error, "the settings cannot be read");
            }
        }
    }
    // Mails that land meanwhile are noted at once: the process may end before the slowest has landed.
    while worker.is_sending() {
        office.bell.wait(LOOK);
        if let Err(error) = worker.send_due() {
            log_failure(&error, "what became of mails cannot be noted");
        }
    }
    if let Err(error) = worker.send_due() {
        tracing::error!(%error, "what became of the last mails cannot be noted");
    }
}
