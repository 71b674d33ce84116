//! Limits on open connections, per client address and in all.
//!
//! A connection without a request costs an open file. Where there is no room for a new one, an idle
//! one is closed, of the same address if that has too many: a flood displaces itself. The oldest that
//! has never had an answer goes first, then the oldest that waits for another request.

use crate::client_address::TrustedProxies;
use crate::rate_limit::network;
use actix_web::body::MessageBody;
use actix_web::dev::{Extensions, ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::rt::net::TcpStream;
use rustix::net::{Shutdown, shutdown};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::IpAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Open files that are kept for operations, the database, mail and child processes.
const RESERVED_FILES: u64 = 160;
/// The most connections in all, however many files may be open.
const MAX_CONNECTIONS: u64 = 32_768;
/// The most connections of one client address.
const MAX_PER_ADDRESS: usize = 256;

/// What [`Entry::requests`] says of a connection: nothing was answered on it yet, or it waits for
/// another request; more while requests of it are answered.
const NEVER_ANSWERED: usize = 0;
const IDLE: usize = 1;

/// How many connections there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// Connections that are accepted at a time; the system keeps others waiting.
    pub accepted: usize,
    /// Connections from which on idle ones are closed.
    pub open: usize,
    /// The same of one client address; not of proxies and of this machine.
    pub per_address: usize,
}

impl ConnectionLimits {
    /// Raises the limit of open files to the most that is allowed, and divides them. Each connection
    /// takes two: its own, and one to close it by.
    pub fn of_this_process() -> Self {
        let limit = getrlimit(Resource::Nofile);
        let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
        let files = match setrlimit(Resource::Nofile, raised) {
            Ok(()) => limit.maximum,
            Err(error) => {
                tracing::warn!(%error, "the limit of open files cannot be raised");
                limit.current
            }
        };
        Self::of_files(files.unwrap_or(u64::MAX))
    }

    fn of_files(files: u64) -> Self {
        let accepted = (files.saturating_sub(RESERVED_FILES) / 2).clamp(16, MAX_CONNECTIONS);
        let accepted = usize::try_from(accepted).unwrap_or(16);
        let open = accepted * 3 / 4;
        Self { accepted, open, per_address: (open / 4).min(MAX_PER_ADDRESS) }
    }
}

/// The open connections of the API.
pub struct Connections {
    limits: ConnectionLimits,
    proxies: TrustedProxies,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    next: u64,
    by_age: BTreeMap<u64, Entry>,
    by_address: HashMap<IpAddr, usize>,
}

struct Entry {
    socket: OwnedFd,
    address: IpAddr,
    requests: Arc<AtomicUsize>,
}

/// A connection, for as long as it is open.
pub struct Connection {
    connections: Arc<Connections>,
    number: u64,
    requests: Arc<AtomicUsize>,
}

impl Connections {
    /// None yet.
    pub fn new(limits: ConnectionLimits, proxies: TrustedProxies) -> Self {
        Self { limits, proxies, open: Mutex::default() }
    }

    /// Counts a connection that was accepted, and closes what is too many. The hook of
    /// [`actix_web::HttpServer::on_connect`].
    pub fn accepted(self: &Arc<Self>, stream: &dyn Any, extensions: &mut Extensions) {
        let tls = || stream.downcast_ref::<actix_tls::accept::rustls_0_23::TlsStream<TcpStream>>();
        let tcp = stream.downcast_ref::<TcpStream>().or_else(|| Some(tls()?.get_ref().0));
        let Some(tcp) = tcp else { return };
        match self.enter(tcp) {
            Ok(Some(connection)) => {
                extensions.insert(connection);
            }
            Ok(None) => {
                let _ = shutdown(tcp, Shutdown::Both);
            }
            // It has ended already.
            Err(_) => {}
        }
    }

    /// The connection as it is counted; `None` where there is no room for it.
    fn enter(self: &Arc<Self>, tcp: &TcpStream) -> io::Result<Option<Connection>> {
        let peer = tcp.peer_addr()?.ip().to_canonical();
        let shared = peer.is_loopback() || self.proxies.contains(peer);
        let address = network(peer);
        let socket = tcp.as_fd().try_clone_to_owned()?;
        let mut open = self.lock();
        let own = open.by_address.get(&address).copied().unwrap_or_default();
        let has_room = (shared
            || own < self.limits.per_address
            || open.close_oldest_idle(|entry| entry.address == address))
            && (open.by_age.len() < self.limits.open || open.close_oldest_idle(|_| true));
        if !has_room {
            return Ok(None);
        }
        let number = open.next;
        let requests = Arc::<AtomicUsize>::default();
        open.next += 1;
        open.by_age.insert(number, Entry { socket, address, requests: Arc::clone(&requests) });
        *open.by_address.entry(address).or_default() += 1;
        Ok(Some(Connection { connections: Arc::clone(self), number, requests }))
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// Closes an idle connection among these; whether there is one.
    fn close_oldest_idle(&mut self, among: impl Fn(&Entry) -> bool) -> bool {
        let oldest = |state: usize| {
            let is =
                |entry: &Entry| among(entry) && entry.requests.load(Ordering::Relaxed) == state;
            self.by_age.iter().find(|(_, entry)| is(entry)).map(|(number, _)| *number)
        };
        let oldest = oldest(NEVER_ANSWERED).or_else(|| oldest(IDLE));
        if let Some(entry) = oldest.and_then(|number| self.forget(number)) {
            let _ = shutdown(&entry.socket, Shutdown::Both);
        }
        oldest.is_some()
    }

    fn forget(&mut self, number: u64) -> Option<Entry> {
        let entry = self.by_age.remove(&number)?;
        if let Some(own) = self.by_address.get_mut(&entry.address) {
            *own -= 1;
            if *own == 0 {
                self.by_address.remove(&entry.address);
            }
        }
        Some(entry)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.connections.lock().forget(self.number);
    }
}

/// Marks a connection as busy while a request of it is answered.
///
/// # Errors
/// What the call itself fails with.
pub async fn mark_busy(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let requests = request.request().conn_data::<Connection>();
    let _busy = requests.map(|connection| Busy::new(&connection.requests));
    next.call(request).await
}

struct Busy(Arc<AtomicUsize>);

impl Busy {
    fn new(requests: &Arc<AtomicUsize>) -> Self {
        // The first request begins at `NEVER_ANSWERED` and ends at `IDLE`.
        requests.fetch_max(IDLE, Ordering::Relaxed);
        requests.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(requests))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_kept_for_what_is_no_connection() {
        for (files, accepted) in [(0, 16), (256, 48), (1024, 432), (20_000, 9920)] {
            let limits = ConnectionLimits::of_files(files);
            assert_eq!(limits.accepted, accepted, "{files}");
            assert!(limits.per_address < limits.open && limits.open < limits.accepted);
        }
        assert_eq!(ConnectionLimits::of_files(u64::MAX).per_address, 256);
    }
}
