//! The settings as they are written down, and how they are gathered.

use super::environment::{PREFIX, variable_of};
use super::error::{ConfigError, general};
use crate::app::SetBy;
use crate::body_limits::BodyLimits;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Settings that may hold a password: each may also be read from a file, and no message shows one.
pub(super) const SECRETS: [&str; 2] = ["database_url", "mail_url"];

/// The settings as they are written down, in words; each may be left out.
#[derive(Debug, Clone, Default, Serialize, Deserialize, clap::Args)]
#[serde(deny_unknown_fields)]
#[expect(clippy::doc_markdown, reason = "the command line's help shows these lines as they stand")]
pub struct Settings {
    /// Listen address of the API [default: 127.0.0.1:8080]; port 0 prints the one it got
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_wait: Option<String>,
    /// Directory of everything that has no place of its own [default: data]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_dir: Option<PathBuf>,
    /// Directory of the keys [default: DATA_DIR/keys]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys_dir: Option<PathBuf>,
    /// Whether the groups of this process are its own, so that they may read and write keys, database
    /// and mails: for volumes of Kubernetes (fsGroup) [default: false]
    #[arg(long, global = true, value_name = "true|false", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trust_group: Option<String>,
    /// file:DIR, smtp://… (STARTTLS) or smtps://… [default: file:DATA_DIR/mail]; with a password,
    /// rather in a file that LICENTIA_MAIL_URL_FILE names
    #[arg(long, global = true, value_name = "URL", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail_url: Option<String>,
    /// Sender of mails (default: Licentia <licentia@localhost>)
    #[arg(long, global = true, value_name = "ADDRESS", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail_from: Option<String>,
    /// The name that the server says to the mail server (EHLO) [default: the issuer's host, or the
    /// sender's domain where that is no domain name]
    #[arg(long, global = true, value_name = "NAME", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail_hello_name: Option<String>,
    /// Address of sales: for notices of emergency licenses, and for customers
    #[arg(long, global = true, value_name = "ADDRESS", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sales_address: Option<String>,
    /// Language of mails to sales: ru or en [default: ru]
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_factor_for_all: Option<String>,
    /// How often a customer may move an installation in 365 days without staff, 0 to 100
    /// [default: 2]
    #[arg(long, global = true, value_name = "COUNT", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moves_per_year: Option<String>,
    /// After how many minutes without use a session on the staff pages ends, 5 to 720 [default: 60]
    #[arg(long, global = true, value_name = "MINUTES", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_idle_minutes: Option<String>,
    /// For how many days a new issuing key may issue, 30 to 3650 [default: 365]
    #[arg(long, global = true, value_name = "DAYS", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuing_key_days: Option<String>,
    /// A folder with agreement.ru.html and agreement.en.html, what licenses are printed as
    /// [default: built in]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreement_dir: Option<PathBuf>,
    /// How much memory current licenses may take, in MiB, so that a fetch needs no look at them in
    /// the database; 0 keeps none [default: 64]
    #[arg(long, global = true, value_name = "MIB", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license_cache: Option<String>,
    /// How many writes are committed together at most, on SQLite; 1: each by itself, and each row, on
    /// PostgreSQL [default: 16]
    #[arg(long, global = true, value_name = "COUNT", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_commit: Option<String>,
    /// Log level: off, error, warn, info, debug, or by module [default: info]
    #[arg(long, global = true, value_name = "LEVEL", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
    /// How it is logged: text or json [default: text]
    #[arg(long, global = true, value_name = "FORMAT", help_heading = "Settings")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_format: Option<String>,
    /// Origin of each gathered setting.
    #[arg(skip)]
    #[serde(skip)]
    pub set_by: BTreeMap<&'static str, SetBy>,
    /// The file that was read.
    #[arg(skip)]
    #[serde(skip)]
    pub file: Option<PathBuf>,
    /// The program whose children read pictures; tests are another program.
    #[arg(skip)]
    #[serde(skip)]
    pub program: Option<PathBuf>,
    /// Deadlines of bodies; tests have shorter ones.
    #[arg(skip)]
    #[serde(skip)]
    pub body_limits: Option<BodyLimits>,
}

impl Settings {
    /// Gathers the settings: the file, then the environment, then these, which are the flags.
    ///
    /// # Errors
    /// An unknown name in the file, or one that cannot be read.
    pub fn gather(flags: &Self, file: Option<&Path>) -> Result<Self, ConfigError> {
        let (mut values, mut set_by) = (Map::new(), BTreeMap::new());
        let mut set = |name: &'static str, value: Value, by: SetBy| {
            values.insert(name.into(), value);
            set_by.insert(name, by);
        };
        for (name, value) in file.map(read_file).transpose()?.unwrap_or_default() {
            set(name, value.into(), SetBy::File);
        }
        for name in names() {
            if let Some(value) = variable_of(&format!("{PREFIX}{}", name.to_ascii_uppercase())) {
                set(name, value.into(), SetBy::Environment);
            }
        }
        for name in SECRETS {
            let variable = format!("{PREFIX}{}_FILE", name.to_ascii_uppercase());
            if let Some(path) = variable_of(&variable) {
                let text = std::fs::read_to_string(&path)
                    .map_err(|error| general(format!("{variable}: {path}: {error}")))?;
                // Editors on Windows begin a file with a mark of its encoding.
                let text = text.trim_start_matches('\u{feff}').trim();
                set(name, text.into(), SetBy::EnvironmentFile);
            }
        }
        let mut by_flags = flags.values()?;
        for name in names() {
            if let Some(value) = by_flags.remove(name) {
                set(name, value, SetBy::Flag);
            }
        }
        let gathered: Self = from_values(values)?;
        Ok(Self { set_by, file: file.map(Path::to_owned), ..gathered })
    }

    /// Those that are set, by name.
    pub(super) fn values(&self) -> Result<Map<String, Value>, ConfigError> {
        match serde_json::to_value(self) {
            Ok(Value::Object(values)) => Ok(values),
            _ => Err(general("the settings cannot be written down".into())),
        }
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

    /// Where a setting was set, for a message about it.
    pub(super) fn place_of(&self, name: &str) -> Option<String> {
        let (upper, flag) = (name.to_ascii_uppercase(), name.replace('_', "-"));
        Some(match self.set_by.get(name)? {
            SetBy::File => {
                let file = self.file.as_deref().unwrap_or(Path::new("the file"));
                format!("in {}", file.display())
            }
            SetBy::Environment => format!("by the variable {PREFIX}{upper}"),
            SetBy::EnvironmentFile => format!("in the file that {PREFIX}{upper}_FILE names"),
            SetBy::Flag => format!("by --{flag}"),
        })
    }
}

/// Settings of these values.
pub(super) fn from_values(values: Map<String, Value>) -> Result<Settings, ConfigError> {
    serde_json::from_value(values.into()).map_err(|error| general(error.to_string()))
}

/// The settings in a file, in words.
fn read_file(path: &Path) -> Result<Vec<(&'static str, String)>, ConfigError> {
    let wrong = |text: String| general(format!("{}: {text}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let text = text.trim_start_matches('\u{feff}');
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        wrong(format!("line {line}: {}", error.message()))
    })?;
    let mut settings = Vec::new();
    for (name, value) in table {
        let known = names().into_iter().find(|known| *known == name);
        let known = known.ok_or_else(|| wrong(format!("there is no setting {name}")))?;
        let value = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Boolean(is) => is.to_string(),
            other => {
                let kind = other.type_str();
                return Err(wrong(format!(
                    "the setting {name} must be a string, and is of the type {kind}"
                )));
            }
        };
        settings.push((known, value));
    }
    Ok(settings)
}

/// The names of all settings.
pub(super) fn names() -> [&'static str; 27] {
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
        "trust_group",
        "mail_url",
        "mail_from",
        "mail_hello_name",
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
