//! Refusals: problem+json in both languages, and nothing changed.

use super::{Api, Reply, TestOffice};
use serde_json::Value;

/// A call, before it is made.
#[derive(Debug, Clone)]
pub struct Call {
    pub method: &'static str,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<Vec<u8>>,
}

impl Call {
    /// Reads.
    pub fn get(path: &str) -> Self {
        Self { method: "GET", path: path.into(), headers: Vec::new(), body: None }
    }

    /// Posts JSON.
    pub fn post(path: &str, body: &Value) -> Self {
        Self::post_text(path, &body.to_string())
    }

    /// Posts what is called JSON, and may be none.
    pub fn post_text(path: &str, body: &str) -> Self {
        Self::get(path).with("content-type", "application/json").sending("POST", body.as_bytes())
    }

    /// Posts a statement.
    pub fn statement(path: &str, statement: &str) -> Self {
        let call = Self::get(path).with("content-type", "application/jwt");
        call.sending("POST", statement.as_bytes())
    }

    /// The same call with a method and a body.
    pub fn sending(self, method: &'static str, body: &[u8]) -> Self {
        Self { method, body: Some(body.to_vec()), ..self }
    }

    /// The same call with one more header.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Makes the call.
    pub fn by(&self, api: &Api) -> Reply {
        let headers: Vec<_> = self.headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        api.send(self.method, &self.path, &headers, self.body.as_deref())
            .expect("the server answers")
    }
}

impl TestOffice {
    /// Makes a call that must be refused, in English and in Russian: as problem+json with this
    /// status and code, and with nothing changed. Returns the English answer.
    #[track_caller]
    pub fn refuses(&self, call: &Call, status: u16, code: &str) -> Reply {
        self.refuses_to(&self.api, call, status, code)
    }

    /// The same with other credentials.
    #[track_caller]
    pub fn refuses_to(&self, api: &Api, call: &Call, status: u16, code: &str) -> Reply {
        let before = self.rows().without_progress_of_mails();
        let [english, russian] = ["en", "ru"].map(|language| {
            let reply = call.clone().with("accept-language", language).by(api);
            assert_problem(&reply, status, code, language);
            reply
        });
        let after = self.rows().without_progress_of_mails();
        assert_eq!(before, after, "a refused call has changed something: {call:?}");
        let stable = |reply: &Reply| {
            let places = reply.json["errors"].as_array().cloned().unwrap_or_default();
            let places = places.iter().map(|e| (e["pointer"].clone(), e["code"].clone()));
            (reply.json["type"].clone(), places.collect::<Vec<_>>())
        };
        assert_eq!(stable(&english), stable(&russian), "only the texts differ by language");
        english
    }

    /// A call that must be refused for one field: `invalid-fields`, with its pointer and fault.
    #[track_caller]
    pub fn refuses_field(&self, call: &Call, pointer: &str, fault: &str) {
        let reply = self.refuses(call, 400, "invalid-fields");
        let errors = reply.json["errors"].as_array().unwrap();
        let found: Vec<_> =
            errors.iter().map(|e| (e["pointer"].as_str(), e["code"].as_str())).collect();
        assert_eq!(found, [(Some(pointer), Some(fault))], "{call:?}");
    }
}

/// Problem+json (RFC 9457), whole and in this language.
#[track_caller]
fn assert_problem(reply: &Reply, status: u16, code: &str, language: &str) {
    let Reply { text, json, .. } = reply;
    assert_eq!((reply.status, reply.code()), (status, code), "{text}");
    assert_eq!(json["status"], status, "{text}");
    assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{text}");
    assert_eq!(reply.header("content-language"), Some(language), "{text}");
    assert_eq!(json["type"], format!("urn:licentia:problem:{code}"), "{text}");
    let request_id = json["request_id"].as_str().unwrap_or_default();
    assert_eq!(request_id.len(), 36, "a request id, as the logs have it: {text}");
    if let Some(named) = reply.header("x-request-id") {
        assert_eq!(named, request_id);
    }
    let errors = json["errors"].as_array().cloned().unwrap_or_default();
    let details = errors.iter().map(|error| &error["detail"]);
    for words in [&json["title"], &json["detail"]].into_iter().chain(details) {
        // Typed text stands isolated, in whichever language it is.
        let words: String = words
            .as_str()
            .unwrap_or_default()
            .split('\u{2068}')
            .map(|part| part.split_once('\u{2069}').map_or(part, |(_, ours)| ours))
            .collect();
        let is_cyrillic = words.chars().any(|c| ('а'..='я').contains(&c));
        assert!(!words.is_empty(), "{text}");
        assert_eq!(is_cyrillic, language == "ru", "{language}: {text}");
    }
}
