//! The settings, read as what they mean.

use super::Config;
use super::environment::variable_of;
use super::error::{ConfigError, Wrong};
use super::settings::Settings;
use super::ssl_mode::host_without_tls;
use super::values::{issuer, listen_address, log_filter, one_of, whole_number, yes_or_no};
use crate::client_address::TrustedProxies;
use crate::domain::customer::{EmailAddress, Language};
use crate::mail::{MailUrl, is_hello_name};
use crate::store::Location;
use jiff::tz::TimeZone;
use std::path::{Path, PathBuf};
use std::time::Duration;

impl Settings {
    /// Understands the settings.
    ///
    /// # Errors
    /// The first that makes no sense.
    pub fn understand(self) -> Result<Config, ConfigError> {
        self.read().map_err(|wrong| wrong.of(&self))
    }

    fn read(&self) -> Result<Config, Wrong> {
        let data_dir = self.data_dir.clone().unwrap_or_else(|| "data".into());
        let database_url = self.database_url(&data_dir);
        let listen = listen_address("listen", self.listen.as_ref(), "127.0.0.1:8080")?;
        let ops_listen = listen_address("ops_listen", self.ops_listen.as_ref(), "127.0.0.1:8081")?;
        let mut fixed = self.clone();
        // Host names are looked up once, at the start.
        fixed.listen = fixed.listen.map(|_| listen.to_string());
        fixed.ops_listen = fixed.ops_listen.map(|_| ops_listen.to_string());
        let license_cache =
            whole_number("license_cache", self.license_cache.as_ref(), 64, 0..=65_536)?;
        let group_commit = whole_number("group_commit", self.group_commit.as_ref(), 16, 1..=64)?;
        let database_wait =
            whole_number("database_wait", self.database_wait.as_ref(), 60, 0..=3600)?;
        Ok(Config {
            database_wait: Duration::from_secs(database_wait.unsigned_abs()),
            tls: self.tls()?,
            database_without_tls: host_without_tls(
                &database_url,
                variable_of("PGSSLMODE").as_deref(),
            ),
            // The very program that runs, also when its file was replaced meanwhile.
            program: self.program.clone().unwrap_or_else(|| "/proc/self/exe".into()),
            body_limits: self.body_limits.unwrap_or_default(),
            trusted_proxies: self.trusted_proxies()?,
            listen,
            ops_listen,
            issuer: self.issuer.as_deref().map(issuer).transpose()?,
            database: database(&database_url)?,
            keys_dir: self.keys_dir.clone().unwrap_or_else(|| data_dir.join("keys")),
            trust_group: yes_or_no("trust_group", self.trust_group.as_ref())?,
            mail_url: self.mail_url(&data_dir)?,
            mail_from: self.mail_from()?,
            mail_hello_name: self.mail_hello_name()?,
            sales_address: self.sales_address.as_deref().map(sales_address).transpose()?,
            sales_language: self.sales_language()?,
            time_zone: self.time_zone()?,
            vendor_name: self.vendor_name()?,
            issuing_key_days: whole_number(
                "issuing_key_days",
                self.issuing_key_days.as_ref(),
                365,
                30..=3650,
            )?,
            agreement_dir: self.agreement_dir.clone(),
            license_cache: license_cache.unsigned_abs() * 1024 * 1024,
            group_commit: usize::try_from(group_commit).unwrap_or(1),
            log: log_filter(self.log.as_deref().unwrap_or("info,actix_server=warn"))?,
            log_as_json: one_of("log_format", self.log_format.as_ref(), ["text", "json"])?
                == "json",
            second_factor_for_all: yes_or_no(
                "second_factor_for_all",
                self.second_factor_for_all.as_ref(),
            )?,
            moves_per_year: whole_number(
                "moves_per_year",
                self.moves_per_year.as_ref(),
                2,
                0..=100,
            )?,
            session_idle_minutes: whole_number(
                "session_idle_minutes",
                self.session_idle_minutes.as_ref(),
                60,
                5..=720,
            )?,
            data_dir,
            fixed,
        })
    }

    fn tls(&self) -> Result<Option<(PathBuf, PathBuf)>, Wrong> {
        match (&self.tls_cert, &self.tls_key) {
            (None, None) => Ok(None),
            (Some(certificate), Some(key)) => Ok(Some((certificate.clone(), key.clone()))),
            (Some(_), None) => {
                Err(Wrong::new("tls_key", "", "set where tls_cert is set", "/etc/licentia/key.pem"))
            }
            (None, Some(_)) => {
                let example = "/etc/licentia/chain.pem";
                Err(Wrong::new("tls_cert", "", "set where tls_key is set", example))
            }
        }
    }

    fn trusted_proxies(&self) -> Result<TrustedProxies, Wrong> {
        let text = self.trusted_proxies.as_deref().unwrap_or_default();
        let expected = "addresses and networks, separated by commas";
        TrustedProxies::parse(text)
            .map_err(|part| Wrong::new("trusted_proxies", &part, expected, "10.0.0.0/8"))
    }

    fn database_url(&self, data_dir: &Path) -> String {
        let in_data_dir = || data_dir.join("licentia.db").to_string_lossy().into_owned();
        self.database_url.clone().unwrap_or_else(in_data_dir)
    }

    fn mail_url(&self, data_dir: &Path) -> Result<MailUrl, Wrong> {
        let Some(url) = self.mail_url.as_deref() else {
            return Ok(MailUrl::Files(data_dir.join("mail")));
        };
        let example = "smtp://licentia:PASSWORD@mail.vendor.example";
        MailUrl::parse(url.trim())
            .map_err(|error| Wrong::new("mail_url", url, &error.to_string(), example))
    }

    fn mail_from(&self) -> Result<String, Wrong> {
        let text = self.mail_from.as_deref().unwrap_or("Licentia <licentia@localhost>").trim();
        let is_one = text.parse::<lettre::message::Mailbox>().is_ok() && !has_control(text);
        let example = "Vendor <licenses@vendor.example>";
        let wrong =
            || Wrong::new("mail_from", text, "an email address, with or without a name", example);
        if is_one { Ok(text.to_owned()) } else { Err(wrong()) }
    }

    fn mail_hello_name(&self) -> Result<Option<String>, Wrong> {
        let name = self.mail_hello_name.as_deref().map(str::trim);
        match name.filter(|name| !is_hello_name(name)) {
            Some(wrong) => {
                let expected = "the name of a host";
                Err(Wrong::new("mail_hello_name", wrong, expected, "licenses.vendor.example"))
            }
            None => Ok(name.map(str::to_owned)),
        }
    }

    fn sales_language(&self) -> Result<Language, Wrong> {
        let word = one_of("sales_language", self.sales_language.as_ref(), ["ru", "en"])?;
        Ok(if word == "en" { Language::En } else { Language::Ru })
    }

    fn time_zone(&self) -> Result<TimeZone, Wrong> {
        let zone = self.time_zone.as_deref().unwrap_or("UTC").trim();
        let expected = "the IANA name of a time zone";
        TimeZone::get(zone).map_err(|_| Wrong::new("time_zone", zone, expected, "Europe/Moscow"))
    }

    fn vendor_name(&self) -> Result<String, Wrong> {
        let name = self.vendor_name.as_deref().unwrap_or("Licentia").trim();
        let wrong = || Wrong::new("vendor_name", name, "one line of text", "Orange Software");
        if has_control(name) || name.is_empty() { Err(wrong()) } else { Ok(name.to_owned()) }
    }
}

fn database(url: &str) -> Result<Location, Wrong> {
    let expected = "a path, sqlite:PATH or a URL of PostgreSQL (the form \"host=… dbname=…\" is not \
                    read; in a password, # / ? @ and % are written %23 %2F %3F %40 and %25)";
    let wrong = || {
        Wrong::new(
            "database_url",
            url,
            expected,
            "postgres://licentia:PASSWORD@db.example/licentia",
        )
    };
    Location::parse(url.trim()).ok_or_else(wrong)
}

fn sales_address(text: &str) -> Result<EmailAddress, Wrong> {
    let wrong = |_| Wrong::new("sales_address", text, "an email address", "sales@vendor.example");
    EmailAddress::parse(text.trim()).map_err(wrong)
}

fn has_control(text: &str) -> bool {
    text.chars().any(char::is_control)
}
