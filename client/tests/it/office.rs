//! A license office of a few lines: it answers each call with the next reply it was given, and
//! keeps what it was asked.

use licentia_license::{RequestStatement, read_statement};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What the office does with one call.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Answers: status, headers, body.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// Reads the call and hangs up.
    HangUp,
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
    calls: Arc<Mutex<Vec<Call>>>,
    replies: Arc<Mutex<VecDeque<Reply>>>,
}

impl Office {
    /// An office that will give these replies, one a call, and hang up on all further calls.
    pub fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let calls = Arc::new(Mutex::new(vec![]));
        let replies = Arc::new(Mutex::new(replies.into_iter().collect()));
        let office = Self { address, calls: Arc::clone(&calls), replies: Arc::clone(&replies) };
        thread::spawn(move || {
            for stream in listener.incoming() {
                let reply = replies.lock().unwrap().pop_front();
                serve(&mut stream.unwrap(), &calls, &reply.unwrap_or(Reply::HangUp));
            }
        });
        office
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn reply(&self, reply: Reply) {
        self.replies.lock().unwrap().push_back(reply);
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

fn serve(stream: &mut TcpStream, calls: &Mutex<Vec<Call>>, reply: &Reply) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let mut headers = vec![];
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        headers.push((name.to_owned(), value.to_owned()));
    }
    let mut call = Call { line: line.trim_end().to_owned(), headers, body: String::new() };
    let length = call.header("content-length").map_or(0, |length| length.parse().unwrap());
    reader.take(length).read_to_string(&mut call.body).unwrap();
    calls.lock().unwrap().push(call);
    if let Reply::Answer(status, headers, body) = reply {
        let headers: Vec<_> = headers.iter().map(|(k, v)| format!("{k}: {v}\r\n")).collect();
        let headers = headers.concat();
        let length = body.len();
        // The client may have hung up on a body that is too long for it.
        let _ = write!(
            stream,
            "HTTP/1.1 {status} Some\r\n{headers}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        );
    }
}
