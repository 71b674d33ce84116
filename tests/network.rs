//! What strangers on the network may cost the server: addresses, pictures, bodies, connections, TLS.

mod base_path;
mod bodies;
mod connections;
mod notices;
mod pictures;
mod proxies;
mod tls;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A connection on which something was sent; a server that says nothing is waited for ten seconds.
pub fn sent(url: &str, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(url.split_once("://").unwrap().1).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(bytes).unwrap();
    stream
}

/// All that the server says until it closes the connection; an error when it does not close it.
pub fn until_closed(mut stream: TcpStream) -> std::io::Result<String> {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
