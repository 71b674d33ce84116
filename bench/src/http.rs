//! Requests as installations and the vendor's systems send them, and plain answers.

use crate::Outcome;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// `GET /license` with a statement, and the ETag of the license at hand if there is one.
pub fn fetch(statement: &str, tag: Option<&str>) -> String {
    let tag = tag.map(|tag| format!("If-None-Match: {tag}\r\n")).unwrap_or_default();
    format!(
        "GET /api/v1/license HTTP/1.1\r\nHost: licenses.example\r\n\
         Authorization: Bearer {statement}\r\n{tag}\r\n"
    )
}

/// A POST of a body, with more headers, each with its end of line.
pub fn post(path: &str, content_type: &str, headers: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: licenses.example\r\nContent-Type: {content_type}\r\n\
         Content-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}

/// The same request as the only one of its connection.
pub fn alone(request: &str) -> String {
    request.replacen("\r\n", "\r\nConnection: close\r\n", 1)
}

/// An answer in its parts.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: String,
    /// `name: value` in lower case and in order, without what differs from answer to answer: the
    /// date, and what belongs to the connection.
    pub headers: Vec<String>,
    pub body: String,
    /// How long it was as a whole.
    pub length: usize,
}

/// Sends a request over a connection of its own.
pub fn call(address: &str, request: &str) -> Outcome<Answer> {
    let mut connection = TcpStream::connect(address)?;
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.write_all(alone(request).as_bytes())?;
    let mut text = String::new();
    connection.read_to_string(&mut text)?;
    read(&text).ok_or_else(|| format!("no answer: {text}").into())
}

fn read(text: &str) -> Option<Answer> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let (status, headers) = head.split_once("\r\n")?;
    let mut headers: Vec<_> = headers.lines().map(str::to_lowercase).collect();
    headers.retain(|line| !line.starts_with("date:") && !line.starts_with("connection:"));
    headers.sort_unstable();
    let (status, body) = (status.to_owned(), body.to_owned());
    Some(Answer { status, headers, body, length: text.len() })
}

impl Answer {
    /// Whether it has this status.
    pub fn status_is(&self, status: u16) -> bool {
        self.status.split(' ').nth(1) == Some(&status.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_alone_says_so() {
        let request = fetch("a.b.c", Some("\"t\""));
        let text = alone(&request);
        assert!(text.starts_with("GET /api/v1/license HTTP/1.1\r\nConnection: close\r\nHost:"));
        assert!(text.ends_with("Bearer a.b.c\r\nIf-None-Match: \"t\"\r\n\r\n"));
        let posted = post("/p", "text/plain", "A: b\r\n", "body");
        assert!(posted.ends_with("Content-Length: 4\r\nA: b\r\n\r\nbody"));
    }

    #[test]
    fn answers_are_the_same_but_for_the_date() {
        let answer = |date: &str| {
            read(&format!("HTTP/1.1 200 OK\r\nVary: A\r\nDate: {date}\r\nEtag: x\r\n\r\nbody"))
        };
        assert_eq!(answer("Mon"), answer("Tue"));
        let answer = answer("Mon").unwrap();
        assert_eq!(answer.headers, ["etag: x", "vary: a"]);
        assert!(answer.status_is(200) && !answer.status_is(304));
    }
}
