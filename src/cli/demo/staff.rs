//! The vendor's sales system: it talks to the API over HTTP, with a token.

use serde_json::Value;
use std::net::SocketAddr;
use std::time::Duration;
use ureq::Agent;

type Answer<T> = Result<T, Box<dyn std::error::Error>>;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The sales system.
pub struct Staff {
    agent: Agent,
    api: String,
    bearer: String,
}

impl Staff {
    /// A sales system that holds this token.
    pub fn new(address: SocketAddr, token: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // The server is stopped and started again meanwhile.
            .max_idle_connections(0)
            .timeout_global(Some(PATIENCE))
            .build();
        Self {
            agent: config.into(),
            api: format!("http://{address}/api/v1"),
            bearer: format!("Bearer {token}"),
        }
    }

    /// Enters something; `once` is the call's Idempotency-Key.
    pub fn create(&self, path: &str, once: &str, body: &Value) -> Answer<Value> {
        let mut response = self
            .agent
            .post(format!("{}{path}", self.api))
            .header("Authorization", &self.bearer)
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", once)
            .send(body.to_string())?;
        let text = response.body_mut().read_to_string()?;
        if response.status() != 201 {
            return Err(format!("POST {path}: {} {text}", response.status()).into());
        }
        Ok(serde_json::from_str(&text)?)
    }

    /// Reads something.
    pub fn read(&self, path: &str) -> Answer<Value> {
        Ok(serde_json::from_str(&self.fetch(path, "application/json")?)?)
    }

    /// The customer's current license, as it is handed out.
    pub fn license(&self, customer: &str) -> Answer<String> {
        self.fetch(&format!("/customers/{customer}/license"), "application/jwt")
    }

    fn fetch(&self, path: &str, content_type: &str) -> Answer<String> {
        let mut response = self
            .agent
            .get(format!("{}{path}", self.api))
            .header("Authorization", &self.bearer)
            .header("Accept", content_type)
            .call()?;
        let text = response.body_mut().read_to_string()?;
        if response.status() != 200 {
            return Err(format!("GET {path}: {} {text}", response.status()).into());
        }
        Ok(text)
    }
}

/// A text in an answer: `text(&answer, "/license/id")`.
pub fn text(answer: &Value, pointer: &str) -> Answer<String> {
    let text = answer.pointer(pointer).and_then(Value::as_str);
    text.map(str::to_owned).ok_or_else(|| format!("there is no {pointer} in {answer}").into())
}
