use super::passwords::Passwords;
use super::{AccessRefusals, Error, Observations, PostRoom, TokenUses};
use crate::chance::Chance;
use crate::clock::Clock;
use crate::domain::customer::{Customer, EmailAddress, Language};
use crate::signing::{ActivationKey, KeyringError, Keys, cookie_secret};
use crate::store::{LicenseCache, Store, Tx};
use crate::workers::Workers;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, civil::Date};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, RwLock};
use std::time::Duration;

/// How long before its end an issuing key is warned of: 90 days.
const KEY_WARNING: SignedDuration = SignedDuration::from_hours(90 * 24);

/// What the vendor has settled; can change while the office is open.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The `iss` of every license and the `aud` of every request.
    pub issuer: String,
    /// The vendor's time zone: its days and months are the ones that count.
    pub time_zone: TimeZone,
    /// The vendor's name.
    pub vendor_name: String,
    /// Where sales read their mails; none, and no such mail is owed.
    pub sales_address: Option<EmailAddress>,
    /// What sales' mails are written in.
    pub sales_language: Language,
    /// Where mails go, for people: without the name and the password.
    pub mail_url: String,
    /// Who mails are from.
    pub mail_from: String,
    /// Whether everybody needs a second factor, not only administrators.
    pub second_factor_for_all: bool,
    /// How often a customer may move in 365 days without staff.
    pub moves_per_year: i64,
    /// After how many minutes without use a session of staff ends.
    pub session_idle_minutes: i64,
    /// The settings that the page cannot change, and where they are set.
    pub fixed: BTreeMap<String, SetBy>,
}

/// Where a setting is set that the settings page cannot change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetBy {
    /// In the file.
    File,
    /// In the environment.
    Environment,
    /// In a file that the environment names.
    EnvironmentFile,
    /// By a flag.
    Flag,
}

/// What can be set on the settings page.
pub const ON_THE_PAGE: [&str; 10] = [
    "vendor_name",
    "issuer",
    "time_zone",
    "sales_address",
    "sales_language",
    "mail_url",
    "mail_from",
    "second_factor_for_all",
    "moves_per_year",
    "session_idle_minutes",
];

/// Whether the settings page may set this value: files of the server are named by who runs it, and
/// not by who signs in to it.
pub fn may_stand_on_page(name: &str, value: &str) -> bool {
    if name != "mail_url" {
        return true;
    }
    let Ok(url) = url::Url::parse(value) else { return !value.starts_with("file:") };
    url.scheme() != "file" && !url.query_pairs().any(|(name, _)| name == "ca")
}

/// Understands what staff have set on the settings page, under what is set more strongly.
pub type Understand =
    dyn Fn(&BTreeMap<String, String>) -> Result<Settings, SettingFault> + Send + Sync;

/// A setting that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct SettingFault {
    /// Which.
    pub name: Option<&'static str>,
    /// For people.
    pub text: String,
}

/// The office: everything a use case works with.
pub struct Office {
    /// What it remembers.
    pub store: Store,
    /// What it signs with.
    pub keys: Keys,
    /// What time it is.
    pub clock: Clock,
    /// Where ids come from.
    pub chance: Chance,
    /// Wakes the mail worker.
    pub bell: Bell,
    /// Somebody asks for mails now: the mail worker tries one, also where it would wait because of
    /// what the mail server said.
    pub mail_asked_for: AtomicBool,
    /// What installations said of themselves and is not noted yet.
    pub observations: Observations,
    /// Uses of API tokens that are not stored yet.
    pub token_uses: TokenUses,
    /// Refusals of access that are not stored yet.
    pub access_refusals: AccessRefusals,
    /// Current licenses at hand.
    pub licenses: LicenseCache,
    /// Where passwords are hashed.
    pub passwords: Passwords,
    /// The server's own threads.
    pub workers: Arc<Workers>,
    pub(super) post_room: Box<dyn PostRoom>,
    settings: RwLock<Arc<Settings>>,
    understand: Box<Understand>,
    issuer_is_fixed: AtomicBool,
}

impl Office {
    /// Opens the office, unless the database's licenses name another issuer.
    ///
    /// # Errors
    /// [`Error::Internal`] that names both issuers, or a setting; what the store says.
    pub fn open(
        store: Store,
        keys: Keys,
        clock: Clock,
        chance: Chance,
        understand: Box<Understand>,
        post_room: Box<dyn PostRoom>,
    ) -> Result<Self, Error> {
        let (page, recorded) = store.read(|tx| Ok::<_, Error>((tx.settings()?, tx.office()?)))?;
        let settings = understand(&page).map_err(|fault| Error::Internal(fault.to_string()))?;
        let fixed = recorded.and_then(|office| office.issuer);
        if let Some(fixed) = fixed.as_ref().filter(|fixed| **fixed != settings.issuer) {
            return Err(other_issuer(&settings.issuer, fixed));
        }
        Ok(Self {
            workers: store.workers(),
            store,
            keys,
            clock,
            chance,
            bell: Bell::default(),
            mail_asked_for: AtomicBool::new(false),
            observations: Observations::default(),
            token_uses: TokenUses::default(),
            access_refusals: AccessRefusals::default(),
            licenses: LicenseCache::off(),
            passwords: Passwords::default(),
            post_room,
            settings: RwLock::new(Arc::new(settings)),
            understand,
            issuer_is_fixed: AtomicBool::new(fixed.is_some()),
        })
    }

    /// What is settled now.
    pub fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.settings.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads again what staff have set, perhaps on another server.
    ///
    /// # Errors
    /// What the store says; a setting that cannot be understood leaves all as they are.
    pub fn reload_settings(&self) -> Result<(), Error> {
        let page = self.store.ask(|tx| tx.settings())?;
        let settings =
            (self.understand)(&page).map_err(|fault| Error::Internal(fault.to_string()))?;
        *self.settings.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings);
        Ok(())
    }

    /// What these values on the page would settle.
    pub(super) fn understand(
        &self,
        page: &BTreeMap<String, String>,
    ) -> Result<Settings, SettingFault> {
        (self.understand)(page)
    }

    /// How many passwords were checked: also those of names that nobody has.
    pub fn passwords_checked(&self) -> u64 {
        self.passwords.checked()
    }

    /// The day in the vendor's time zone.
    pub fn today(&self) -> Date {
        self.settings().time_zone.to_datetime(self.clock.now()).date()
    }

    /// A new id: `office.id(PurchaseId::from_ulid)`.
    pub(super) fn id<T>(&self, make: impl FnOnce(&str) -> T) -> T {
        make(&self.chance.ulid(self.clock.milliseconds()))
    }

    /// The first license fixes the issuer.
    pub(super) fn fix_issuer(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let settings = self.settings();
        let own = &settings.issuer;
        if self.issuer_is_fixed.load(Ordering::Relaxed) || tx.fix_issuer(own)? {
            return Ok(());
        }
        // An earlier transaction has fixed it; perhaps another server's, with another issuer.
        let fixed = tx.office()?.and_then(|office| office.issuer).unwrap_or_default();
        if fixed != *own {
            return Err(other_issuer(own, &fixed));
        }
        self.issuer_is_fixed.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// A customer's activation key.
    ///
    /// # Errors
    /// When the keys cannot be read.
    pub fn activation_key(&self, customer: &Customer) -> Result<String, Error> {
        let keyring = self.keys.keyring()?;
        let (version, generation) = (customer.activation_secret, customer.activation_generation);
        let key = ActivationKey::derive(&keyring, &customer.id, version, generation);
        Ok(key.map_err(KeyringError::from)?.as_str().to_owned())
    }

    /// The secret that the cookies of sessions are signed with.
    ///
    /// # Errors
    /// When the keys cannot be read.
    pub fn cookie_secret(&self) -> Result<[u8; 64], Error> {
        Ok(cookie_secret(&*self.keys.keyring()?))
    }

    /// Whether the private root key still lies on the server.
    pub fn root_is_here(&self) -> bool {
        self.keys.keyring().is_ok_and(|keyring| keyring.root_is_here())
    }

    /// Until when the issuing key may issue.
    pub fn issuing_key_until(&self) -> Option<Timestamp> {
        let keyring = self.keys.keyring().ok()?;
        keyring.current().map(|key| key.certificate.issue_until)
    }

    /// What an administrator should look to: an issuing key that ends within 90 days.
    pub fn key_warning(&self) -> Option<String> {
        let until = self.issuing_key_until()?;
        let left = until.duration_since(self.clock.now());
        (left <= KEY_WARNING).then(|| format!("the issuing key may issue until {until}: rotate it"))
    }
}

fn other_issuer(own: &str, fixed: &str) -> Error {
    Error::Internal(format!(
        "the issuer is set to {own}, but the licenses of this database name {fixed}; \
         installations would refuse the others"
    ))
}

/// Rings when a mail was put into the outbox, so that the worker need not wait for its next look.
#[derive(Debug, Clone, Default)]
pub struct Bell(Arc<(Mutex<bool>, Condvar)>);

impl Bell {
    /// Wakes the worker.
    pub fn ring(&self) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.1.notify_all();
    }

    /// Waits until it rings, at most for `longest`.
    pub fn wait(&self, longest: Duration) {
        let rung = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut rung, _) = self
            .0
            .1
            .wait_timeout_while(rung, longest, |rung| !*rung)
            .unwrap_or_else(PoisonError::into_inner);
        *rung = false;
    }
}
