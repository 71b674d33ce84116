//! The calls to the license office (design: "HTTP API").

use crate::surroundings::Surroundings;
use crate::{Error, Language, Problem};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use std::time::Duration;
use ureq::http::response::Parts;
use ureq::http::{HeaderMap, StatusCode, Uri, header};
use ureq::{Agent, Body};

/// How often one call is tried; the same statement each time, so that it writes once at most.
pub(crate) const TRIES: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(400);
/// A server that asks for a longer pause is left alone; the caller comes back another time.
const MAX_PAUSE: Duration = Duration::from_secs(5);
/// Above a license of the largest size and what an answer says beside it.
const MAX_ANSWER_BYTES: u64 = 256 * 1024;

/// A license office's address, and how to talk to it.
pub(crate) struct Office<'a> {
    agent: Agent,
    server: String,
    language: Language,
    surroundings: &'a Surroundings,
    tries: u32,
}

/// What a call is about.
#[derive(Clone, Copy)]
pub(crate) enum Call<'a> {
    /// POST of the statement.
    Post(&'static str),
    /// GET of the license, unless it still is the one with this ETag.
    License {
        /// The ETag of the license held.
        etag: Option<&'a str>,
    },
}

/// An answer that is no problem: 2xx, or 304.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: u16,
    pub etag: Option<String>,
    /// What the office's clock showed; over TLS only, since anybody may write it otherwise.
    pub date: Option<Timestamp>,
    pub body: String,
}

impl<'a> Office<'a> {
    pub fn new(
        agent: Agent,
        server: &str,
        language: Language,
        surroundings: &'a Surroundings,
    ) -> Self {
        Self { agent, server: server.to_owned(), language, surroundings, tries: TRIES }
    }

    /// Tries each call so often.
    pub fn with_tries(self, tries: u32) -> Self {
        Self { tries, ..self }
    }

    /// Makes a call; tries again with the same statement when nothing or a 5xx came back.
    pub fn call(&self, call: Call<'_>, statement: &str) -> Result<Answer, Error> {
        let mut pause = FIRST_PAUSE;
        for _ in 1..self.tries {
            match self.once(call, statement) {
                Once::Done(answer) => return answer,
                Once::Again { after: Some(after), error } if after > MAX_PAUSE => {
                    return Err(error);
                }
                Once::Again { after, .. } => {
                    (self.surroundings.pause)(after.unwrap_or(pause) + self.jitter());
                    pause *= 2;
                }
            }
        }
        match self.once(call, statement) {
            Once::Done(answer) => answer,
            Once::Again { error, .. } => Err(error),
        }
    }

    fn once(&self, call: Call<'_>, statement: &str) -> Once {
        let response = match self.send(call, statement) {
            Ok(response) => response,
            Err(error) => return Once::Again { after: None, error: self.unreachable(&error) },
        };
        let (head, mut body) = response.into_parts();
        let body = match body.with_config().limit(MAX_ANSWER_BYTES).read_to_string() {
            Ok(body) => body,
            Err(error) => return Once::Again { after: None, error: self.unreachable(&error) },
        };
        let status = head.status;
        if let Some(error) = self.answered_by_another(&head, &body) {
            return Once::Done(Err(error));
        }
        if status.is_success() || status == StatusCode::NOT_MODIFIED {
            let etag = text(&head.headers, header::ETAG);
            let secure = self.server.starts_with("https:");
            let date = date(&head.headers, header::DATE).filter(|_| secure);
            return Once::Done(Ok(Answer { status: status.as_u16(), etag, date, body }));
        }
        let after = retry_after(&head.headers);
        let error = problem(status, &body, after, date(&head.headers, header::DATE));
        let error = self.unless_authorization_was_removed(error, call);
        if status.is_server_error() { Once::Again { after, error } } else { Once::Done(Err(error)) }
    }

    fn send(
        &self,
        call: Call<'_>,
        statement: &str,
    ) -> Result<ureq::http::Response<Body>, ureq::Error> {
        let language = self.language.tag();
        match call {
            Call::Post(path) => self
                .agent
                .post(format!("{}/api/v1/{path}", self.server))
                .header(header::ACCEPT_LANGUAGE, language)
                .header(header::CONTENT_TYPE, "application/jwt")
                .send(statement),
            Call::License { etag } => {
                let mut request = self
                    .agent
                    .get(format!("{}/api/v1/license", self.server))
                    .header(header::ACCEPT_LANGUAGE, language)
                    .header(header::ACCEPT, "application/jwt, application/problem+json")
                    .header(header::AUTHORIZATION, format!("Bearer {statement}"));
                if let Some(etag) = etag {
                    request = request.header(header::IF_NONE_MATCH, etag);
                }
                request.call()
            }
        }
    }

    /// Up to a quarter of a second, so that installations that failed together return apart.
    fn jitter(&self) -> Duration {
        Duration::from_millis(u64::from((self.surroundings.randomness)()[0]))
    }

    /// Answer of a proxy, a firewall or a network that asks for a sign-in, in place of a license
    /// server, which never redirects, and never succeeds with a web page.
    fn answered_by_another(&self, head: &Parts, body: &str) -> Option<Error> {
        let (server, status) = (self.server.clone(), head.status.as_u16());
        let is_page = || {
            let kind = text(&head.headers, header::CONTENT_TYPE).unwrap_or_default();
            let is_html = |kind: &str| kind.contains("html");
            is_html(&kind.to_ascii_lowercase()) || body.trim_start().starts_with('<')
        };
        match head.status {
            StatusCode::PROXY_AUTHENTICATION_REQUIRED => Some(Error::ProxyAuthentication),
            StatusCode::NOT_MODIFIED => None,
            found if found.is_redirection() => {
                let location = absolute(text(&head.headers, header::LOCATION)?, &self.server);
                Some(Error::Redirected { server, status, location })
            }
            found if found.is_success() && is_page() => Some(Error::WebPage { server, status }),
            _ => None,
        }
    }

    /// A statement was sent as a bearer token, and the server has seen none.
    fn unless_authorization_was_removed(&self, error: Error, call: Call<'_>) -> Error {
        let is_missing = |problem: &Problem| problem.code == "unauthenticated";
        match (call, error.problem()) {
            (Call::License { .. }, Some(problem)) if is_missing(problem) => {
                Error::AuthorizationRemoved { server: self.server.clone() }
            }
            _ => error,
        }
    }

    fn unreachable(&self, error: &ureq::Error) -> Error {
        Error::Unreachable { server: self.server.clone(), reason: error.to_string() }
    }
}

/// The outcome of one try.
enum Once {
    Done(Result<Answer, Error>),
    Again { after: Option<Duration>, error: Error },
}

/// A server's URL without a slash at its end: `http` or `https`, a host, perhaps a path.
pub(crate) fn server_url(url: &str) -> Result<String, Error> {
    let invalid = || Error::Server(url.to_owned());
    let uri: Uri = url.parse().map_err(|_| invalid())?;
    let authority = uri.authority().ok_or_else(invalid)?;
    let scheme = matches!(uri.scheme_str(), Some("http" | "https"));
    // A name and password in the URL would never be sent, and end up in messages.
    if !scheme || uri.query().is_some() || authority.as_str().contains('@') || url.contains('#') {
        return Err(invalid());
    }
    Ok(url.trim_end_matches('/').to_owned())
}

/// Absolute target of a redirect; one within the server names no host.
fn absolute(location: String, server: &str) -> String {
    if !location.starts_with('/') || location.starts_with("//") {
        return location;
    }
    let authority = server.find("://").map_or(0, |scheme| scheme + 3);
    let end = server[authority..].find('/').map_or(server.len(), |path| authority + path);
    format!("{}{location}", &server[..end])
}

fn problem(
    status: StatusCode,
    body: &str,
    retry_after: Option<Duration>,
    date: Option<Timestamp>,
) -> Error {
    let status = status.as_u16();
    match serde_json::from_str::<Problem>(body) {
        Ok(problem) => Error::Office(Box::new(Problem { status, retry_after, date, ..problem })),
        Err(_) => Error::Unexpected { status, retry_after },
    }
}

/// How long the server asks to be left alone: seconds, or a date (RFC 9110 section 10.2.3), which
/// is held against the server's own clock.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    if let Ok(seconds) = text(headers, header::RETRY_AFTER)?.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let (until, now) = (date(headers, header::RETRY_AFTER)?, date(headers, header::DATE)?);
    Some(until.duration_since(now).try_into().unwrap_or_default())
}

/// A date as HTTP writes it (RFC 9110 section 5.6.7).
fn date(headers: &HeaderMap, name: header::HeaderName) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text(headers, name)?).ok()
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_an_http_url_with_a_host() {
        for (url, kept) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("https://vendor.example/licenses/", "https://vendor.example/licenses"),
        ] {
            assert_eq!(server_url(url).unwrap(), kept);
        }
        for url in [
            "",
            "vendor.example",
            "ftp://vendor.example",
            "http://",
            "https://a:b@c",
            "http://a/?b",
        ] {
            assert_eq!(server_url(url).unwrap_err().code(), "server-invalid", "{url}");
        }
    }
}
