//! The stage: a service on a scratch database, and the clock that everyone on it reads.

use super::teller::Teller;
use crate::cli::Outcome;
use jiff::{Timestamp, ToSpan, civil::DateTime};
use licentia::chance::Chance;
use licentia::clock::Clock;
use licentia::config::{Config, Settings};
use licentia::startup::{Log, Spawned, StartError, start_log};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// When the story begins, in the vendor's time zone.
const BEGINS: DateTime = jiff::civil::datetime(2014, 5, 12, 10, 0, 0, 0);
/// The vendor's time zone.
pub const TIME_ZONE: &str = "Europe/Moscow";
/// Where the sales staff of the story read their mails.
pub const SALES: &str = "sales@vendor.example";

/// A service on a scratch database, on a clock that is moved by hand.
pub struct Stage {
    /// Its settings; once it has started, with the addresses that it got.
    pub config: Config,
    /// What everyone takes the time from.
    pub clock: Clock,
    /// Where everything is kept.
    pub dir: PathBuf,
    chance: Chance,
    server: Option<Spawned>,
    _log: Option<Log>,
}

impl Stage {
    /// Starts the service in an empty directory.
    pub fn open(
        dir: &Path,
        settings: &Settings,
        teller: &Teller,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let any_port = || Some("127.0.0.1:0".to_owned());
        let config = Settings {
            listen: settings.listen.clone().or_else(any_port),
            ops_listen: settings.ops_listen.clone().or_else(any_port),
            data_dir: Some(dir.to_owned()),
            mail_from: Some(format!("Licentia <{SALES}>")),
            sales_address: Some(SALES.into()),
            sales_language: Some(teller.language.to_string()),
            time_zone: Some(TIME_ZONE.into()),
            vendor_name: Some(teller.text("demo-vendor", &[])),
            log: settings.log.clone(),
            log_format: settings.log_format.clone(),
            ..Settings::default()
        };
        let config = config.understand()?;
        let log = settings.log.is_some().then(|| start_log(&config)).transpose()?;
        let clock = Clock::manual(config.time_zone.to_timestamp(BEGINS)?);
        let dir = dir.to_owned();
        let mut stage =
            Self { config, clock, dir, chance: Chance::default(), server: None, _log: log };
        stage.start()?;
        Ok(stage)
    }

    /// Starts the server, at the same address as before.
    pub fn start(&mut self) -> Result<(), StartError> {
        let server = Spawned::start(&self.config, self.clock.clone(), self.chance.clone())?;
        (self.config.listen, self.config.ops_listen) = (server.address, server.ops_address);
        self.server = Some(server);
        Ok(())
    }

    /// Stops the server; the clock goes on.
    pub fn stop(&mut self) -> Outcome {
        if let Some(server) = self.server.take() {
            server.stop()?;
        }
        Ok(())
    }

    /// Stops the server for good.
    pub fn close(mut self) -> Outcome {
        self.stop()
    }

    /// The server that runs.
    pub fn server(&self) -> Result<&Spawned, &'static str> {
        self.server.as_ref().ok_or("the server does not run")
    }

    /// Where the API listens.
    pub fn address(&self) -> SocketAddr {
        self.config.listen
    }

    /// Moves the clock to a time of the vendor's time zone: `2014-05-13T18:30`.
    pub fn at(&self, time: &str) -> Outcome {
        let time: DateTime = time.parse()?;
        self.clock.set(self.config.time_zone.to_timestamp(time)?);
        Ok(())
    }

    /// Moves the clock to the last second before a time.
    pub fn just_before(&self, time: Timestamp) {
        self.clock.set(time - 1.second());
    }
}
