//! One connection to a server, kept open: a call's time is the server's and the loopback's, and
//! little of ours.

use crate::Outcome;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// A connection.
pub struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

/// What came back.
pub struct Answer {
    pub status: u16,
    /// The status line and the headers.
    pub head: String,
    pub body: Vec<u8>,
    /// From the first byte sent to the last received.
    pub took: Duration,
}

impl Connection {
    /// Opens one to a server's address.
    pub fn open(address: &str) -> Outcome<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(Self { stream, read: Vec::new() })
    }

    /// Asks `GET path` with these header lines, each ended by CRLF.
    pub fn get(&mut self, path: &str, headers: &str) -> Outcome<Answer> {
        self.call(&format!("GET {path} HTTP/1.1\r\nHost: bench\r\n{headers}\r\n"))
    }

    /// Sends `POST path` with these header lines and a body.
    pub fn post(&mut self, path: &str, headers: &str, body: &str) -> Outcome<Answer> {
        let length = body.len();
        self.call(&format!(
            "POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
        ))
    }

    /// Whether the server has left it open.
    pub fn is_open(&self) -> Outcome<bool> {
        self.stream.set_nonblocking(true)?;
        let seen = self.stream.peek(&mut [0]);
        self.stream.set_nonblocking(false)?;
        Ok(matches!(seen, Err(error) if error.kind() == std::io::ErrorKind::WouldBlock))
    }

    fn call(&mut self, request: &str) -> Outcome<Answer> {
        let began = Instant::now();
        self.stream.write_all(request.as_bytes())?;
        self.read.clear();
        let (head, length) = loop {
            self.more()?;
            let Some(end) = self.read.windows(4).position(|four| four == b"\r\n\r\n") else {
                continue;
            };
            let head = std::str::from_utf8(&self.read[..end])?.to_owned();
            break (head, end + 4);
        };
        let body = header(&head, "content-length").unwrap_or("0").parse::<usize>()?;
        while self.read.len() < length + body {
            self.more()?;
        }
        let took = began.elapsed();
        let status = head.split(' ').nth(1).ok_or("no status")?.parse()?;
        Ok(Answer { status, head, body: self.read[length..].to_vec(), took })
    }

    fn more(&mut self) -> Outcome<()> {
        let mut piece = [0; 16 * 1024];
        match self.stream.read(&mut piece)? {
            0 => Err("the server has closed the connection".into()),
            count => {
                self.read.extend_from_slice(&piece[..count]);
                Ok(())
            }
        }
    }
}

impl Answer {
    /// The answer, where it has this status; else an error with what it said.
    pub fn expect(self, status: u16) -> Outcome<Self> {
        if self.status == status {
            Ok(self)
        } else {
            let body = String::from_utf8_lossy(&self.body);
            Err(format!("{status} was expected: {}\n{body}", self.head).into())
        }
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().skip(1).find_map(|line| {
        let (known, value) = line.split_once(':')?;
        known.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}
