//! Settings: default < file < environment < flag. The only room that reads the environment.
//!
//! A name is the same everywhere: `mail_url` in the file, `LICENTIA_MAIL_URL` in the environment,
//! `--mail-url` as a flag. A secret may stand in a file of its own: `LICENTIA_MAIL_URL_FILE` names
//! it. Values are words until [`Settings::understand`] reads them, so that a message about one is the
//! same wherever it was set.

mod environment;
mod error;
mod settings;
mod ssl_mode;
mod understand;
mod values;

pub use environment::{unknown_variables, variable_of};
pub use error::ConfigError;
pub use settings::Settings;
pub use values::same_issuer;

use crate::app::{ON_THE_PAGE, SetBy, may_stand_on_page};
use crate::body_limits::BodyLimits;
use crate::client_address::TrustedProxies;
use crate::domain::customer::{EmailAddress, Language};
use crate::mail::MailUrl;
use crate::store::Location;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// The settings, understood.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the API listens.
    pub listen: SocketAddr,
    /// Where operations listen.
    pub ops_listen: SocketAddr,
    /// Certificate and key, where the API speaks TLS itself.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Reverse proxies whose headers name the client.
    pub trusted_proxies: TrustedProxies,
    /// The issuer, if it was set.
    pub issuer: Option<String>,
    /// The database.
    pub database: Location,
    /// How long a start waits for the database.
    pub database_wait: Duration,
    /// The host of the database, where connections to it may be without TLS.
    pub database_without_tls: Option<String>,
    /// This program.
    pub program: PathBuf,
    /// Deadlines of bodies.
    pub body_limits: BodyLimits,
    /// Where the keys are.
    pub keys_dir: PathBuf,
    /// Whether the groups of this process are trusted with its files.
    pub trust_group: bool,
    /// Where everything else is kept.
    pub data_dir: PathBuf,
    /// Where mails go.
    pub mail_url: MailUrl,
    /// Who mails are from.
    pub mail_from: String,
    /// What EHLO says, if it was set.
    pub mail_hello_name: Option<String>,
    /// Where sales read.
    pub sales_address: Option<EmailAddress>,
    /// In which language.
    pub sales_language: Language,
    /// The vendor's time zone.
    pub time_zone: TimeZone,
    /// The vendor's name.
    pub vendor_name: String,
    /// For how many days a new issuing key may issue.
    pub issuing_key_days: i64,
    /// Where the vendor's own texts of the license agreement are.
    pub agreement_dir: Option<PathBuf>,
    /// How much memory current licenses may take, in bytes; 0 keeps none.
    pub license_cache: u64,
    /// How many writes are committed together at most, on SQLite.
    pub group_commit: usize,
    /// What is logged.
    pub log: String,
    /// As JSON or as text.
    pub log_as_json: bool,
    /// Whether everybody needs a second factor, not only administrators.
    pub second_factor_for_all: bool,
    /// How often a customer may move in 365 days without staff.
    pub moves_per_year: i64,
    /// After how many minutes without use a session of staff ends.
    pub session_idle_minutes: i64,
    /// What was set in the file, the environment or by a flag: the settings page cannot change it.
    fixed: Settings,
}

impl Config {
    /// The same with what staff have set on the settings page, where nothing stronger is set.
    ///
    /// # Errors
    /// A value that cannot be understood.
    pub fn with_page(&self, page: &BTreeMap<String, String>) -> Result<Self, ConfigError> {
        let mut merged = self.fixed.values()?;
        for (name, value) in page {
            // What was stored before it was refused is not followed either.
            let may_stand = ON_THE_PAGE.contains(&name.as_str()) && may_stand_on_page(name, value);
            if may_stand && !merged.contains_key(name) {
                merged.insert(name.clone(), value.clone().into());
            }
        }
        let (set_by, file) = (self.fixed.set_by.clone(), self.fixed.file.clone());
        let settings = Settings { set_by, file, ..settings::from_values(merged)? };
        Ok(Self { fixed: self.fixed.clone(), ..settings.understand()? })
    }

    /// The names of the settings that the page cannot change, and where each is set.
    ///
    /// # Errors
    /// A fault of the program.
    pub fn fixed_by(&self) -> Result<BTreeMap<String, SetBy>, ConfigError> {
        let by = |name: &str| self.fixed.set_by.get(name).copied().unwrap_or(SetBy::Flag);
        Ok(self.fixed.values()?.into_iter().map(|(name, _)| (name.clone(), by(&name))).collect())
    }
}
