//! Opening the office: its settings, its database, its keys.

use super::StartError;
use super::post_room::MailRoom;
use super::private_files::tighten_database;
use crate::app::{self, Office, SettingFault};
use crate::chance::Chance;
use crate::clock::Clock;
use crate::config::{Config, ConfigError, same_issuer};
use crate::store::{Location, Opening, Store, StoreError, has_office};
use crate::text::Texts;
use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;

/// Opens the office without serving: for the command line. `listen` is where a server would.
///
/// # Errors
/// When the database or the keys are not in order, or the issuer is another.
pub fn open_office(
    config: &Config,
    listen: SocketAddr,
    clock: Clock,
    chance: Chance,
    texts: Arc<Texts>,
) -> Result<Office, StartError> {
    let store = open_store(config, chance.clone())?;
    let (dir, days) = (&config.keys_dir, config.issuing_key_days);
    let keys = app::open_keys(dir, days, &store, &clock, &chance)?;
    let understand = understand(config.clone(), listen, store.clone());
    let post_room = MailRoom { config: config.clone(), texts };
    Ok(Office::open(store, keys, clock, chance, Box::new(understand), Box::new(post_room))?)
}

/// Refuses a database in which no office was made: a command that is run in the wrong place must not
/// make one, with a root key of its own.
///
/// # Errors
/// [`StartError::NoOffice`]; what the database says.
pub fn require_office(config: &Config) -> Result<(), StartError> {
    if has_office(&config.database)? {
        return Ok(());
    }
    Err(StartError::NoOffice(config.database.place()))
}

/// How settings are understood: the page's under the others, the issuer as the first license fixed
/// it.
fn understand(
    config: Config,
    listen: SocketAddr,
    store: Store,
) -> impl Fn(&BTreeMap<String, String>) -> Result<app::Settings, SettingFault> {
    let fault = |error: ConfigError| SettingFault { name: error.name, text: error.text };
    move |page| {
        let config = config.with_page(page).map_err(fault)?;
        let issuer = issuer(&config, listen, &store)
            .map_err(|error| SettingFault { name: Some("issuer"), text: error.to_string() })?;
        Ok(app::Settings {
            issuer,
            time_zone: config.time_zone.clone(),
            vendor_name: config.vendor_name.clone(),
            sales_address: config.sales_address.clone(),
            sales_language: config.sales_language,
            mail_url: config.mail_url.to_string(),
            mail_from: config.mail_from.clone(),
            second_factor_for_all: config.second_factor_for_all,
            moves_per_year: config.moves_per_year,
            session_idle_minutes: config.session_idle_minutes,
            fixed: config.fixed_by().map_err(fault)?,
        })
    }
}

/// Opens the database and brings it to the newest migration.
///
/// # Errors
/// When it is not in order, or its directory cannot be made; when it is missing or has no tables, and
/// there are keys: then it was lost.
pub fn open_store(config: &Config, chance: Chance) -> Result<Store, StartError> {
    open_store_as(config, chance, app::has_keys(&config.keys_dir))
}

/// The same, also where a database is begun anew beside keys.
///
/// # Errors
/// When it is not in order, or its directory cannot be made.
pub fn open_new_store(config: &Config, chance: Chance) -> Result<Store, StartError> {
    open_store_as(config, chance, false)
}

fn open_store_as(config: &Config, chance: Chance, must_exist: bool) -> Result<Store, StartError> {
    if let Location::Sqlite(path) = &config.database {
        let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty());
        if let Some(dir) = dir {
            make_dir(dir)?;
        }
        tighten_database(path).map_err(|error| failed(path, error))?;
    }
    let opening = Opening { wait: config.database_wait, must_exist };
    let store = match Store::open_as(config.database.clone(), chance, opening) {
        Err(StoreError::Missing(what)) => {
            return Err(StartError::DatabaseMissing { what, keys: config.keys_dir.clone() });
        }
        opened => opened?,
    };
    if let Location::Sqlite(path) = &config.database {
        // As the database was made just now, by a process that has not restricted its new files.
        tighten_database(path).map_err(|error| failed(path, error))?;
    }
    Ok(store.committing_together(config.group_commit))
}

/// What was set; else what the first license fixed; else the listen URL, when that is loopback.
fn issuer(config: &Config, listen: SocketAddr, store: &Store) -> Result<String, StartError> {
    let recorded = store.read(|tx| tx.office())?.and_then(|office| office.issuer);
    if let Some(issuer) = &config.issuer {
        // Installations compare it letter by letter with what they were given first.
        let is_same = |recorded: &String| same_issuer(recorded, issuer);
        return Ok(recorded.filter(is_same).unwrap_or_else(|| issuer.clone()));
    }
    match recorded {
        Some(issuer) => Ok(issuer),
        None if listen.ip().is_loopback() => {
            let scheme = if config.tls.is_some() { "https" } else { "http" };
            Ok(format!("{scheme}://{listen}"))
        }
        None => Err(StartError::IssuerMissing(listen)),
    }
}

/// Makes the database's directory, for its owner alone: customers' data lie there.
fn make_dir(dir: &Path) -> Result<(), StartError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|error| failed(dir, error))
}

fn failed(path: &Path, error: std::io::Error) -> StartError {
    StartError::Io(path.display().to_string(), error)
}
