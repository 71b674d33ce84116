use super::{Prepared, StartError};
use crate::app::Office;
use crate::chance::Chance;
use crate::clock::Clock;
use crate::config::Config;
use actix_web::dev::ServerHandle;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

/// A server on a thread of its own, for the demo and the tests.
pub struct Spawned {
    /// The office it serves.
    pub office: Arc<Office>,
    /// Where the API listens.
    pub address: SocketAddr,
    /// Where operations listen.
    pub ops_address: SocketAddr,
    handle: ServerHandle,
    thread: JoinHandle<io::Result<()>>,
}

impl Spawned {
    /// Starts a server that does not listen to signals.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(config: &Config, clock: Clock, chance: Chance) -> Result<Self, StartError> {
        let prepared = Prepared::new(config, clock, chance)?;
        let (address, ops_address) = (prepared.address, prepared.ops_address);
        let office = Arc::clone(&prepared.office);
        let (started, handle) = std::sync::mpsc::channel();
        let thread = thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let running = prepared.run(false).map_err(io::Error::other)?;
                let _ = started.send(running.handle());
                running.serve().await
            })
        });
        let failed = |error| StartError::Io("the server".into(), io::Error::other(error));
        let handle = handle.recv().map_err(failed)?;
        Ok(Self { office, address, ops_address, handle, thread })
    }

    /// Stops it: calls under way end, the mail being sent goes out.
    ///
    /// # Errors
    /// What it ended with.
    pub fn stop(self) -> io::Result<()> {
        actix_web::rt::System::new().block_on(self.handle.stop(true));
        let panicked = |_| io::Error::other("the server panicked");
        self.thread.join().map_err(panicked).and_then(|ended| ended)
    }
}
