use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;
use std::time::Duration;

/// How a [`Wire`] behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum WireState {
    /// It passes all bytes on.
    Up,
    /// It takes connections and bytes, passes nothing on, and closes nothing.
    Stalled,
    /// It answers as a server that recovers, in Russian.
    Recovering,
}

/// TCP to the PostgreSQL of the tests, which listens on a Unix socket alone.
pub struct Wire {
    port: u16,
    state: Arc<AtomicU8>,
}

impl Wire {
    /// To the server of this URL.
    pub fn to(url: &str, state: WireState) -> Self {
        let socket = socket_of(url);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let is = Arc::new(AtomicU8::new(state as u8));
        let now = Arc::clone(&is);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (socket, now) = (socket.clone(), Arc::clone(&now));
                thread::spawn(move || carry(client, &socket, &now));
            }
        });
        Self { port, state: is }
    }

    /// Changes how it behaves.
    pub fn set(&self, state: WireState) {
        self.state.store(state as u8, Ordering::SeqCst);
    }

    /// The `database_url` over it.
    pub fn url(&self, direct: &str) -> String {
        let database = direct.rsplit_once('/').unwrap().1;
        format!("postgres://postgres@127.0.0.1:{}/{database}?sslmode=disable", self.port)
    }

    /// Its port on this machine.
    pub fn port(&self) -> u16 {
        self.port
    }
}

/// The server's socket, by a URL with its folder as host.
pub fn socket_of(url: &str) -> String {
    let host = url.split('@').nth(1).unwrap().split(':').next().unwrap();
    let folder = percent_encoding::percent_decode_str(host).decode_utf8().unwrap();
    format!("{folder}/.s.PGSQL.5432")
}

fn is(now: &AtomicU8, state: WireState) -> bool {
    now.load(Ordering::SeqCst) == state as u8
}

fn wait(now: &AtomicU8) {
    while is(now, WireState::Stalled) {
        thread::sleep(Duration::from_millis(10));
    }
}

fn carry(mut client: TcpStream, socket: &str, now: &Arc<AtomicU8>) {
    wait(now);
    if is(now, WireState::Recovering) {
        refuse(&mut client);
        return;
    }
    let Ok(server) = UnixStream::connect(socket) else { return };
    let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let up = Arc::clone(now);
    thread::spawn(move || {
        pass(&mut from, &mut to, &up);
        let _ = to.shutdown(std::net::Shutdown::Both);
    });
    pass(&mut &server, &mut client, now);
    let _ = client.shutdown(std::net::Shutdown::Both);
}

fn pass(from: &mut impl Read, to: &mut impl Write, now: &AtomicU8) {
    let mut part = [0; 16384];
    while let Ok(read @ 1..) = from.read(&mut part) {
        wait(now);
        if to.write_all(&part[..read]).is_err() {
            return;
        }
    }
}

/// FATAL, 57P03 (`cannot_connect_now`).
fn refuse(client: &mut TcpStream) {
    let mut start = [0; 1024];
    let _ = client.read(&mut start);
    let fields = "SВАЖНО\0VFATAL\0C57P03\0Mсистема баз данных запускается\0\0";
    let length = u32::try_from(fields.len() + 4).unwrap();
    let _ = client.write_all(&[b"E", &length.to_be_bytes()[..], fields.as_bytes()].concat());
}
