use std::io::copy;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// A network between installations and the office, that comes and goes.
pub struct Relay {
    url: String,
    up: Arc<AtomicBool>,
}

impl Relay {
    /// A network to the server at `url`; it is up at first.
    pub fn to(url: &str) -> Self {
        let target = url.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let up = Arc::new(AtomicBool::new(true));
        let is_up = Arc::clone(&up);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if is_up.load(Ordering::SeqCst) {
                    pass(&client, &target);
                }
                // Else it is dropped, as a network does that is down.
            }
        });
        Self { url, up }
    }

    /// Where installations reach the office.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Whether the network is up.
    pub fn is_up(&self) -> bool {
        self.up.load(Ordering::SeqCst)
    }

    /// Lets it come or go.
    pub fn set_up(&self, up: bool) {
        self.up.store(up, Ordering::SeqCst);
    }
}

/// Carries bytes both ways until either side has ended.
fn pass(client: &TcpStream, target: &str) {
    let Ok(server) = TcpStream::connect(target) else { return };
    let halves = [(client, &server), (&server, client)]
        .map(|(from, to)| (from.try_clone().unwrap(), to.try_clone().unwrap()));
    for (mut from, mut to) in halves {
        thread::spawn(move || {
            let _ = copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Write);
        });
    }
}
