use serde_json::Value;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use ureq::http::Method;

/// The API as a system of the vendor's calls it.
#[derive(Clone)]
pub struct Api {
    base: String,
    token: Option<String>,
    agent: ureq::Agent,
}

/// What came back.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as it came.
    pub text: String,
    /// The body as JSON; null where it is none.
    pub json: Value,
}

impl Api {
    /// Calls the server at `base`, without credentials.
    pub fn new(base: &str) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(Duration::from_secs(30)))
            .build();
        Self { base: base.to_owned(), token: None, agent: config.new_agent() }
    }

    /// Calls with an API token or a statement.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// Calls without credentials.
    pub fn without_token(&self) -> Self {
        Self { token: None, ..self.clone() }
    }

    /// The server's URL.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The same calls to another server.
    pub fn moved_to(&self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self.clone() }
    }

    /// Reads.
    pub fn get(&self, path: &str) -> Reply {
        self.call("GET", path, &[], None).expect("the server answers")
    }

    /// `/readyz` of operations, as it is when the server has looked again.
    #[track_caller]
    pub fn ready(&self, status: u16) -> Reply {
        std::thread::sleep(Duration::from_millis(1100));
        self.get("/readyz").expect(status)
    }

    /// Posts JSON.
    pub fn post(&self, path: &str, body: &Value) -> Reply {
        self.post_as(path, body, None)
    }

    /// Posts JSON under an Idempotency-Key.
    pub fn post_as(&self, path: &str, body: &Value, key: Option<&str>) -> Reply {
        self.try_post_as(path, body, key).expect("the server answers")
    }

    /// Posts JSON to a server that may be gone.
    pub fn try_post_as(
        &self,
        path: &str,
        body: &Value,
        key: Option<&str>,
    ) -> Result<Reply, ureq::Error> {
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(key.map(|key| ("idempotency-key", key)));
        self.call("POST", path, &headers, Some(&body.to_string()))
    }

    /// Posts a statement.
    pub fn post_statement(&self, path: &str, statement: &str) -> Reply {
        self.try_post_statement(path, statement).expect("the server answers")
    }

    /// Posts a statement to a server that may be gone.
    pub fn try_post_statement(&self, path: &str, statement: &str) -> Result<Reply, ureq::Error> {
        self.call("POST", path, &[("content-type", "application/jwt")], Some(statement))
    }

    /// Any call; paths that do not begin with `/api` or `/.` are those of version 1.
    pub fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> Result<Reply, ureq::Error> {
        self.send(method, path, headers, body.map(str::as_bytes))
    }

    /// The same with a body of any bytes.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<Reply, ureq::Error> {
        let whole = ["/api", "/.", "/livez", "/readyz", "/metrics"];
        let prefix = if whole.iter().any(|p| path.starts_with(p)) { "" } else { "/api/v1" };
        self.run(method, &format!("{prefix}{path}"), headers, body)
    }

    /// A call of a page; where it sends the browser is not followed.
    pub fn page(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> Reply {
        self.run(method, path, headers, body.map(str::as_bytes)).expect("the server answers")
    }

    /// A call of a page with a body of any bytes.
    pub fn page_of_bytes(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Reply {
        self.run(method, path, headers, Some(body)).expect("the server answers")
    }

    fn run(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Result<Reply, ureq::Error> {
        let mut request = ureq::http::Request::builder()
            .method(method.parse::<Method>().unwrap())
            .uri(format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = match body {
            Some(body) => self.agent.run(request.body(body.to_vec()).unwrap())?,
            None => self.agent.run(request.body(()).unwrap())?,
        };
        let text = response.body_mut().read_to_string()?;
        let header = |(name, value): (&ureq::http::HeaderName, &ureq::http::HeaderValue)| {
            (name.to_string(), value.to_str().unwrap_or_default().to_owned())
        };
        Ok(Reply {
            status: response.status().as_u16(),
            headers: response.headers().iter().map(header).collect(),
            json: serde_json::from_str(&text).unwrap_or_default(),
            text,
        })
    }
}

impl Reply {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The same reply, which must have this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// The problem's code.
    pub fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }

    /// A member that is a text.
    #[track_caller]
    pub fn text_at(&self, pointer: &str) -> String {
        let value = self.json.pointer(pointer).and_then(Value::as_str);
        value.unwrap_or_else(|| panic!("no text at {pointer} in {}", self.text)).to_owned()
    }
}

/// A word that no other test uses.
pub fn unique(word: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{word}-{}", COUNT.fetch_add(1, Ordering::SeqCst))
}
