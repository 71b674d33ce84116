//! Settings: default < file < environment < flag. The only room that reads the environment.
//!
//! A name is the same everywhere: `mail_url` in the file, `LICENTIA_MAIL_URL` in the environment,
//! `--mail-url` as a flag. A secret may stand in a file of its own: `LICENTIA_MAIL_URL_FILE` names
//! it.

mod ssl_mode;
mod words;

use crate::app::{ON_THE_PAGE, SetBy, may_stand_on_page};
use crate::body_limits::BodyLimits;
use crate::client_address::TrustedProxies;
use crate::domain::customer::{EmailAddress, Language};
use crate::mail::MailUrl;
use crate::store::Location;
use figment::providers::{Format, Serialized, Toml};
use figment::{Figment, Profile};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use ssl_mode::host_without_tls;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use words::{whole_number, within, yes_or_no};

const PREFIX: &str = "LICENTIA_";
/// Names with the prefix that are no settings: the file's own, for tests, and for the client.
const OTHERS: [&str; 5] = ["CONFIG", "KILL_AT", "TEST_", "CLIENT_", "ACTIVATION_KEY"];
/// Settings that hold passwords: each may also be read from a file.
const SECRETS: [&str; 2] = ["database_url", "mail_url"];

/// The settings as they are written down; each may be left out.
#[derive(Debug, Clone, Default, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
#[expect(clippy::doc_markdown, reason = "the command line's help shows these lines as they stand")]
pub struct Settings {
    /// Where the API listens [default: 127.0.0.1:8080]; port 0 prints the one it got
    #[arg(long, global = true, value_name = "ADDRESS", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<String>,
    /// Where /livez, /readyz and /metrics listen [default: 127.0.0.1:8081]
    #[arg(long, global = true, value_name = "ADDRESS", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ops_listen: Option<String>,
    /// The certificate chain of the API, PEM; loaded again when the file changes. With tls_key the
    /// server speaks TLS itself [default: none]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_cert: Option<PathBuf>,
    /// The private key of the certificate, PEM
    #[arg(long, global = true, value_name = "FILE", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_key: Option<PathBuf>,
    /// Reverse proxies whose Forwarded or X-Forwarded-For is believed: addresses and networks such
    /// as 10.0.0.0/8, separated by commas [default: none]
    #[arg(long, global = true, value_name = "ADDRESSES", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trusted_proxies: Option<String>,
    /// The URL that licenses name as their issuer; fixed by the first license [default: the listen
    /// URL when that is loopback]
    #[arg(long, global = true, value_name = "URL", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// A path, sqlite:PATH or postgres://… [default: DATA_DIR/licentia.db]; with a password, rather
    /// in a file that LICENTIA_DATABASE_URL_FILE names
    #[arg(long, global = true, value_name = "URL", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_url: Option<String>,
    /// For how many seconds a start waits for a database server that starts or recovers, or for a
    /// database file that another process has locked, 0 to 3600 [default: 60]
    #[arg(long, global = true, value_name = "SECONDS", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "whole_number", default)]
    pub database_wait: Option<i64>,
    /// Where everything is kept that has no place of its own [default: data]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_dir: Option<PathBuf>,
    /// Where the keys are [default: DATA_DIR/keys]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys_dir: Option<PathBuf>,
    /// file:DIR, smtp://… (STARTTLS) or smtps://… [default: file:DATA_DIR/mail]; with a password,
    /// rather in a file that LICENTIA_MAIL_URL_FILE names
    #[arg(long, global = true, value_name = "URL", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail_url: Option<String>,
    /// Who mails are from (default: Licentia <licentia@localhost>)
    #[arg(long, global = true, value_name = "ADDRESS", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail_from: Option<String>,
    /// Where sales are told of emergency licenses, and customers reach them
    #[arg(long, global = true, value_name = "ADDRESS", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sales_address: Option<String>,
    /// What mails to sales are written in: ru or en [default: ru]
    #[arg(long, global = true, value_name = "LANGUAGE", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sales_language: Option<String>,
    /// The vendor's time zone, an IANA name: its days and months count [default: UTC]
    #[arg(long, global = true, value_name = "ZONE", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// The vendor's name, as mails sign it [default: Licentia]
    #[arg(long, global = true, value_name = "NAME", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vendor_name: Option<String>,
    /// Whether everybody needs a second factor, not only administrators [default: false]
    #[arg(long, global = true, value_name = "true|false", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "yes_or_no", default)]
    pub second_factor_for_all: Option<bool>,
    /// How often a customer may move an installation in 365 days without staff, 0 to 100
    /// [default: 2]
    #[arg(long, global = true, value_name = "COUNT", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "whole_number", default)]
    pub moves_per_year: Option<i64>,
    /// After how many minutes without use a session on the staff pages ends, 5 to 720 [default: 60]
    #[arg(long, global = true, value_name = "MINUTES", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "whole_number", default)]
    pub session_idle_minutes: Option<i64>,
    /// For how many days a new issuing key may issue, 30 to 3650 [default: 365]
    #[arg(long, global = true, value_name = "DAYS", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "whole_number", default)]
    pub issuing_key_days: Option<i64>,
    /// A folder with agreement.ru.html and agreement.en.html, what licenses are printed as
    /// [default: built in]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreement_dir: Option<PathBuf>,
    /// How much memory current licenses may take, in MiB, so that a fetch needs no look at them in
    /// the database; 0 keeps none [default: 64]
    #[arg(long, global = true, value_name = "MIB", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "whole_number", default)]
    pub license_cache: Option<i64>,
    /// How many writes are committed together at most, on SQLite; 1: each by itself, and each row, on
    /// PostgreSQL [default: 16]
    #[arg(long, global = true, value_name = "COUNT", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "whole_number", default)]
    pub group_commit: Option<i64>,
    /// What is logged: off, error, warn, info, debug, or by module [default: info]
    #[arg(long, global = true, value_name = "LEVEL", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
    /// How it is logged: text or json [default: text]
    #[arg(long, global = true, value_name = "FORMAT", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_format: Option<String>,
    /// Where each of those that were gathered was set.
    #[arg(skip)]
    #[serde(skip)]
    pub set_by: BTreeMap<&'static str, SetBy>,
    /// The program whose children read pictures; tests are another program.
    #[arg(skip)]
    #[serde(skip)]
    pub program: Option<PathBuf>,
    /// Deadlines of bodies; tests have shorter ones.
    #[arg(skip)]
    #[serde(skip)]
    pub body_limits: Option<BodyLimits>,
}

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
    /// Where everything else is kept.
    pub data_dir: PathBuf,
    /// Where mails go.
    pub mail_url: MailUrl,
    /// Who mails are from.
    pub mail_from: String,
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
        let mut merged = self.fixed_values()?;
        for (name, value) in page {
            // What was stored before it was refused is not followed either.
            let may_stand = ON_THE_PAGE.contains(&name.as_str()) && may_stand_on_page(name, value);
            if may_stand && !merged.contains_key(name) {
                merged.insert(name.clone(), value.clone().into());
            }
        }
        let settings = serde_json::from_value(merged.into());
        let settings: Settings = settings.map_err(|error| general(error.to_string()))?;
        Ok(Self { fixed: self.fixed.clone(), ..settings.understand()? })
    }

    /// The names of the settings that the page cannot change, and where each is set.
    ///
    /// # Errors
    /// A fault of the program.
    pub fn fixed_by(&self) -> Result<BTreeMap<String, SetBy>, ConfigError> {
        let by = |name: &str| self.fixed.set_by.get(name).copied().unwrap_or(SetBy::Flag);
        Ok(self.fixed_values()?.into_iter().map(|(name, _)| (name.clone(), by(&name))).collect())
    }

    fn fixed_values(&self) -> Result<serde_json::Map<String, serde_json::Value>, ConfigError> {
        match serde_json::to_value(&self.fixed) {
            Ok(serde_json::Value::Object(values)) => Ok(values),
            _ => Err(general("the settings cannot be written down".into())),
        }
    }
}

/// Which setting is wrong, where it was set, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct ConfigError {
    /// The setting, where it is known.
    pub name: Option<&'static str>,
    /// For people.
    pub text: String,
}

impl Settings {
    /// Gathers the settings: the file, then the environment, then these, which are the flags.
    ///
    /// # Errors
    /// An unknown name in the file, or one that cannot be read.
    pub fn gather(flags: &Self, file: Option<&Path>) -> Result<Self, ConfigError> {
        let (mut figment, mut set_by) = (Figment::new(), BTreeMap::new());
        if let Some(file) = file {
            figment = figment.merge(Toml::file_exact(file));
            let in_file = names().into_iter().filter(|name| figment.contains(name));
            set_by.extend(in_file.map(|name| (name, SetBy::File)));
        }
        for name in names() {
            if let Some(value) = variable_of(&format!("{PREFIX}{}", name.to_ascii_uppercase())) {
                figment = figment.merge(Serialized::default(name, value));
                set_by.insert(name, SetBy::Environment);
            }
        }
        for name in SECRETS {
            let variable = format!("{PREFIX}{}_FILE", name.to_ascii_uppercase());
            if let Some(path) = variable_of(&variable) {
                let text = std::fs::read_to_string(&path)
                    .map_err(|error| general(format!("{variable}: {path}: {error}")))?;
                figment = figment.merge(Serialized::default(name, text.trim_end()));
                set_by.insert(name, SetBy::Environment);
            }
        }
        let flags = Serialized::from(flags, Profile::Default);
        let by_flags = Figment::from(&flags);
        let flagged = names().into_iter().filter(|name| by_flags.contains(name));
        set_by.extend(flagged.map(|name| (name, SetBy::Flag)));
        let gathered: Self =
            figment.merge(flags).extract().map_err(|error| general(error.to_string()))?;
        Ok(Self { set_by, ..gathered })
    }

    /// Of these flags, those that hold a password, as they are written: other users of the machine
    /// see the arguments of every process.
    pub fn with_passwords(&self) -> Vec<&'static str> {
        let holds = |url: &Option<String>| {
            let url = url.as_deref().and_then(|url| url::Url::parse(url).ok());
            url.is_some_and(|url| {
                url.password().is_some() || url.query_pairs().any(|(name, _)| name == "password")
            })
        };
        let flags = [("database_url", &self.database_url), ("mail_url", &self.mail_url)];
        flags.into_iter().filter(|(_, url)| holds(url)).map(|(name, _)| name).collect()
    }

    /// Understands the settings.
    ///
    /// # Errors
    /// The first that makes no sense.
    pub fn understand(self) -> Result<Config, ConfigError> {
        let fixed = self.clone();
        let data_dir = self.data_dir.unwrap_or_else(|| "data".into());
        let in_data = |name: &str| data_dir.join(name).to_string_lossy().into_owned();
        let address = |name: &'static str, set: Option<String>, default: &str| {
            let text = set.unwrap_or_else(|| default.into());
            text.parse().map_err(|_| wrong(name, &text, "an address such as 127.0.0.1:8080"))
        };
        let database_url = self.database_url.unwrap_or_else(|| in_data("licentia.db"));
        let mail_url = self.mail_url.unwrap_or_else(|| format!("file:{}", in_data("mail")));
        let mail_from = self.mail_from.unwrap_or_else(|| "Licentia <licentia@localhost>".into());
        if mail_from.parse::<lettre::message::Mailbox>().is_err() || has_control(&mail_from) {
            return Err(wrong("mail_from", &mail_from, "an address such as Vendor <a@b.example>"));
        }
        let sales_address = self.sales_address.map(|text| {
            EmailAddress::parse(&text).map_err(|_| wrong("sales_address", &text, "an address"))
        });
        let sales_language = self.sales_language.unwrap_or_else(|| "ru".into());
        let zone = self.time_zone.unwrap_or_else(|| "UTC".into());
        let log_format = self.log_format.unwrap_or_else(|| "text".into());
        if !matches!(log_format.as_str(), "text" | "json") {
            return Err(wrong("log_format", &log_format, "text or json"));
        }
        let vendor_name = self.vendor_name.unwrap_or_else(|| "Licentia".into());
        if has_control(&vendor_name) {
            return Err(wrong("vendor_name", &vendor_name, "one line"));
        }
        let moves_per_year = within("moves_per_year", self.moves_per_year.unwrap_or(2), 0..=100)?;
        let idle = self.session_idle_minutes.unwrap_or(60);
        let session_idle_minutes = within("session_idle_minutes", idle, 5..=720)?;
        let issuing_key_days =
            within("issuing_key_days", self.issuing_key_days.unwrap_or(365), 30..=3650)?;
        let license_cache = within("license_cache", self.license_cache.unwrap_or(64), 0..=65_536)?;
        let group_commit = within("group_commit", self.group_commit.unwrap_or(16), 1..=64)?;
        let database_wait = within("database_wait", self.database_wait.unwrap_or(60), 0..=3600)?;
        let trusted_proxies = self.trusted_proxies.unwrap_or_default();
        let tls = match (self.tls_cert, self.tls_key) {
            (None, None) => None,
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (Some(_), None) => return Err(wrong("tls_key", "", "set where tls_cert is set")),
            (None, Some(_)) => return Err(wrong("tls_cert", "", "set where tls_key is set")),
        };
        let database_without_tls =
            host_without_tls(&database_url, variable_of("PGSSLMODE").as_deref());
        Ok(Config {
            tls,
            database_without_tls,
            database_wait: Duration::from_secs(database_wait.unsigned_abs()),
            // The very program that runs, also when its file was replaced meanwhile.
            program: self.program.unwrap_or_else(|| "/proc/self/exe".into()),
            body_limits: self.body_limits.unwrap_or_default(),
            trusted_proxies: TrustedProxies::parse(&trusted_proxies).map_err(|part| {
                wrong("trusted_proxies", &part, "an address or a network such as 10.0.0.0/8")
            })?,
            listen: address("listen", self.listen, "127.0.0.1:8080")?,
            ops_listen: address("ops_listen", self.ops_listen, "127.0.0.1:8081")?,
            issuer: self.issuer.map(|issuer| understand_issuer(&issuer)).transpose()?,
            database: Location::parse(&database_url)
                .ok_or_else(|| wrong("database_url", "…", "a path, sqlite:PATH or postgres://…"))?,
            keys_dir: self.keys_dir.unwrap_or_else(|| in_data("keys").into()),
            mail_url: MailUrl::parse(&mail_url)
                .map_err(|error| ConfigError { name: Some("mail_url"), text: error.to_string() })?,
            mail_from,
            sales_address: sales_address.transpose()?,
            sales_language: Language::parse(&sales_language)
                .map_err(|_| wrong("sales_language", &sales_language, "ru or en"))?,
            time_zone: TimeZone::get(&zone)
                .map_err(|_| wrong("time_zone", &zone, "an IANA name such as Europe/Moscow"))?,
            vendor_name,
            issuing_key_days,
            agreement_dir: self.agreement_dir,
            license_cache: license_cache.unsigned_abs() * 1024 * 1024,
            group_commit: usize::try_from(group_commit).unwrap_or(1),
            log: self.log.unwrap_or_else(|| "info,actix_server=warn".into()),
            log_as_json: log_format == "json",
            second_factor_for_all: self.second_factor_for_all.unwrap_or(false),
            moves_per_year,
            session_idle_minutes,
            data_dir,
            fixed,
        })
    }
}

/// Names with our prefix in the environment that are no settings: most likely misspelt.
pub fn unknown_variables() -> Vec<String> {
    let known = names();
    let mut unknown: Vec<String> = all_variables()
        .into_iter()
        .filter(|name| {
            let Some(rest) = name.strip_prefix(PREFIX) else { return false };
            let setting = rest.to_ascii_lowercase();
            let secret = setting.strip_suffix("_file").is_some_and(|name| SECRETS.contains(&name));
            !secret
                && !known.contains(&setting.as_str())
                && !OTHERS.iter().any(|other| rest.starts_with(other))
        })
        .collect();
    unknown.sort();
    unknown
}

/// A variable of the environment, for what is no setting: `LANG`, `USER`, the tests' own.
#[expect(clippy::disallowed_methods, reason = "this is the room that reads the environment")]
pub fn variable_of(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

#[expect(clippy::disallowed_methods, reason = "this is the room that reads the environment")]
fn all_variables() -> Vec<String> {
    std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect()
}

fn names() -> [&'static str; 25] {
    [
        "listen",
        "ops_listen",
        "tls_cert",
        "tls_key",
        "trusted_proxies",
        "issuer",
        "database_url",
        "database_wait",
        "data_dir",
        "keys_dir",
        "mail_url",
        "mail_from",
        "sales_address",
        "sales_language",
        "time_zone",
        "vendor_name",
        "second_factor_for_all",
        "moves_per_year",
        "session_idle_minutes",
        "issuing_key_days",
        "agreement_dir",
        "license_cache",
        "group_commit",
        "log",
        "log_format",
    ]
}

/// The issuer is compared letter by letter by every installation: it is kept without a slash at
/// its end.
fn understand_issuer(text: &str) -> Result<String, ConfigError> {
    let expected =
        "a URL such as https://licenses.vendor.example or https://vendor.example/licentia";
    let url = url::Url::parse(text).map_err(|_| wrong("issuer", text, expected))?;
    let fits = matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some()
        && url.query().is_none()
        && url.fragment().is_none()
        && has_plain_path(text);
    if fits {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err(wrong("issuer", text, expected))
    }
}

/// Whether a URL's path means the same to the server, proxies and browsers: segments of unreserved
/// characters (RFC 3986 section 2.3), none of which is a step up.
fn has_plain_path(url: &str) -> bool {
    let path =
        url.split_once("://").and_then(|(_, rest)| rest.trim_end_matches('/').split_once('/'));
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    let is_plain =
        |segment: &str| !matches!(segment, "" | "." | "..") && segment.chars().all(plain);
    path.is_none_or(|(_, path)| path.split('/').all(is_plain))
}

fn has_control(text: &str) -> bool {
    text.chars().any(char::is_control)
}

fn wrong(name: &'static str, text: &str, expected: &str) -> ConfigError {
    let text = format!("the setting {name} is {text:?}; it must be {expected}");
    ConfigError { name: Some(name), text }
}

fn general(text: String) -> ConfigError {
    ConfigError { name: None, text }
}
