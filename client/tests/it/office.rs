//! A license office of a few lines: it answers each call with the next reply it was given, and
//! keeps what it was asked.

use licentia_license::{RequestStatement, read_statement};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What the office does with one call.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Answers: status, headers, body.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// Reads the call and hangs up.
    HangUp,
    /// Reads the call and writes these bytes, whatever they are.
    Raw(Vec<u8>),
    /// Reads the call and never answers.
    Silence,
    /// Reads the call and sends an answer that never ends, byte by byte.
    Drip,
}

/// A call as it came.
#[derive(Debug, Clone)]
pub struct Call {
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Call {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The statement that it carries, as a body or as a bearer's token.
    pub fn statement(&self) -> RequestStatement {
        let bearer = self.header("authorization").map(|it| it.strip_prefix("Bearer ").unwrap());
        read_statement(bearer.unwrap_or(&self.body)).unwrap().statement
    }
}

pub struct Office {
    address: SocketAddr,
    scheme: &'static str,
    calls: Arc<Mutex<Vec<Call>>>,
    replies: Arc<Mutex<VecDeque<Reply>>>,
}

impl Office {
    /// An office that will give these replies, one a call, and hang up on all further calls.
    pub fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self::start("http", replies, serve)
    }

    /// The same behind TLS; who cannot agree on that makes no call.
    pub fn over_tls(config: ServerConfig) -> Self {
        let config = Arc::new(config);
        Self::start("https", [], move |stream, calls, reply| {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            serve(StreamOwned::new(connection, stream), calls, reply);
        })
    }

    fn start(
        scheme: &'static str,
        replies: impl IntoIterator<Item = Reply>,
        serve: impl Fn(TcpStream, &Mutex<Vec<Call>>, &Mutex<VecDeque<Reply>>) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let calls = Arc::new(Mutex::new(vec![]));
        let replies = Arc::new(Mutex::new(replies.into_iter().collect()));
        let (kept, given) = (Arc::clone(&calls), Arc::clone(&replies));
        let serve = Arc::new(serve);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (serve, calls) = (Arc::clone(&serve), Arc::clone(&kept));
                let replies = Arc::clone(&given);
                thread::spawn(move || serve(stream.unwrap(), &calls, &replies));
            }
        });
        Self { address, scheme, calls, replies }
    }

    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn reply(&self, reply: Reply) {
        self.replies.lock().unwrap().push_back(reply);
    }

    /// Whether all replies were given.
    pub fn is_done(&self) -> bool {
        self.replies.lock().unwrap().is_empty()
    }

    /// The names of the statements that came, in their order.
    pub fn jtis(&self) -> Vec<String> {
        self.calls().iter().map(|call| call.statement().jti).collect()
    }

    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }
}

/// The answer to an activation or to a request for an emergency license.
pub fn with_license(status: u16, token: &str) -> Reply {
    Reply::Answer(status, vec![], format!(r#"{{"license":"{token}","other":{{}}}}"#))
}

/// The answer to a fetch.
pub fn fetched(token: &str, etag: &str) -> Reply {
    let headers = vec![("ETag", etag.to_owned()), ("Content-Type", "application/jwt".to_owned())];
    Reply::Answer(200, headers, token.to_owned())
}

pub fn status(status: u16) -> Reply {
    Reply::Answer(status, vec![], String::new())
}

pub fn problem(status: u16, code: &str) -> Reply {
    let body = format!(
        r#"{{"type":"about:blank","status":{status},"code":"{code}","title":"What happened.",
            "detail":"What to do.","errors":[],"request_id":"req_1"}}"#
    );
    Reply::Answer(status, vec![("Content-Type", "application/problem+json".to_owned())], body)
}

/// The same answer with one more header.
pub fn with_header(reply: Reply, name: &'static str, value: &str) -> Reply {
    match reply {
        Reply::Answer(status, mut headers, body) => {
            headers.push((name, value.to_owned()));
            Reply::Answer(status, headers, body)
        }
        other => other,
    }
}

fn serve(
    mut stream: impl Read + Write,
    calls: &Mutex<Vec<Call>>,
    replies: &Mutex<VecDeque<Reply>>,
) {
    let Some(call) = read(&mut stream) else { return };
    calls.lock().unwrap().push(call);
    let reply = replies.lock().unwrap().pop_front().unwrap_or(Reply::HangUp);
    // The client may hang up at any time.
    let _ = match reply {
        Reply::HangUp => Ok(()),
        Reply::Raw(bytes) => stream.write_all(&bytes),
        Reply::Silence => stream.read(&mut [0]).map(drop),
        Reply::Drip => drip(&mut stream),
        Reply::Answer(status, headers, body) => {
            let headers: Vec<_> = headers.iter().map(|(k, v)| format!("{k}: {v}\r\n")).collect();
            let (headers, length) = (headers.concat(), body.len());
            write!(
                stream,
                "HTTP/1.1 {status} Some\r\n{headers}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"
            )
        }
    };
    let _ = stream.flush();
}

fn drip(stream: &mut impl Write) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n")?;
    loop {
        stream.write_all(b"x")?;
        stream.flush()?;
        thread::sleep(Duration::from_millis(20));
    }
}

/// The call, if there is one: a client that does not trust the certificate makes none.
fn read(stream: &mut impl Read) -> Option<Call> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|bytes| *bytes > 0)?;
    let mut headers = vec![];
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        headers.push((name.to_owned(), value.to_owned()));
    }
    let mut call = Call { line: line.trim_end().to_owned(), headers, body: String::new() };
    let length = call.header("content-length").map_or(0, |length| length.parse().unwrap());
    reader.take(length).read_to_string(&mut call.body).ok()?;
    Some(call)
}
