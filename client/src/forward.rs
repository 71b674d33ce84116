//! Plain http through an HTTP proxy: the request itself goes to the proxy, with its target in absolute
//! form (RFC 9112 section 3.2.2).
//!
//! ureq opens a tunnel by CONNECT for every scheme, and proxies commonly refuse CONNECT to any port
//! but 443 (squid's `SSL_ports`). Here it connects to the proxy instead of the server, and the
//! transport completes the head of the one request that each connection carries.

use base64::{Engine, engine::general_purpose::STANDARD};
use std::io;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, DefaultConnector, NextTimeout, Transport,
};
use ureq::{Agent, Error, Proxy};

/// An agent for requests to a server with an `http` URL. The configuration names no proxy, and keeps
/// no connections for later requests.
pub(crate) fn agent(config: Config, proxy: &Proxy, server: &Uri) -> Agent {
    let connector = ForwardConnector {
        proxy: proxy.uri().clone(),
        origin: format!("http://{}", server.authority().map_or("", |authority| authority.as_str())),
        credentials: credentials(proxy).unwrap_or_default(),
        inner: DefaultConnector::new(),
    };
    Agent::with_parts(config, connector, ProxyResolver(proxy.uri().clone()))
}

/// The header line with the name and password for the proxy.
fn credentials(proxy: &Proxy) -> Option<String> {
    let (name, password) = (proxy.username()?, proxy.password().unwrap_or_default());
    let encoded = STANDARD.encode(format!("{name}:{password}"));
    Some(format!("Proxy-Authorization: Basic {encoded}\r\n"))
}

/// Resolves the proxy's name, whatever the request is for: the proxy resolves the server's.
#[derive(Debug)]
struct ProxyResolver(Uri);

impl Resolver for ProxyResolver {
    fn resolve(
        &self,
        _: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        DefaultResolver::default().resolve(&self.0, config, timeout)
    }
}

struct ForwardConnector {
    proxy: Uri,
    origin: String,
    credentials: String,
    inner: DefaultConnector,
}

impl std::fmt::Debug for ForwardConnector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without the proxy's URL and the header, which may hold a password.
        f.debug_struct("ForwardConnector").field("origin", &self.origin).finish_non_exhaustive()
    }
}

impl Connector for ForwardConnector {
    type Out = ForwardTransport;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<()>,
    ) -> Result<Option<Self::Out>, Error> {
        // TLS, where the proxy's URL asks for it, is with the proxy.
        let details = ConnectionDetails {
            uri: &self.proxy,
            addrs: details.addrs.clone(),
            config: details.config,
            request_level: details.request_level,
            resolver: details.resolver,
            now: details.now,
            timeout: details.timeout,
            current_time: details.current_time.clone(),
            run_connector: details.run_connector.clone(),
            register_shutdown: details.register_shutdown.clone(),
        };
        let head =
            Some(Head { origin: self.origin.clone(), credentials: self.credentials.clone() });
        let connected = self.inner.connect(&details, chained)?;
        Ok(connected.map(|inner| ForwardTransport { inner, head }))
    }
}

/// Additions to the head of a request that goes to a proxy.
struct Head {
    origin: String,
    credentials: String,
}

impl Head {
    /// Completes the head that begins the output, which is `amount` bytes long; the new length.
    fn complete(&self, output: &mut [u8], amount: usize) -> io::Result<usize> {
        let position = |of: &[u8], of_what: &[u8]| {
            of.windows(of_what.len()).position(|window| window == of_what)
        };
        let head = &output[..amount];
        let target = position(head, b" /").map(|space| space + 1);
        let headers = position(head, b"\r\n").map(|end| end + 2);
        let (Some(target), Some(headers)) = (target, headers) else {
            return Err(io::Error::other("the request's head has no request line"));
        };
        let completed = [
            &head[..target],
            self.origin.as_bytes(),
            &head[target..headers],
            self.credentials.as_bytes(),
            &head[headers..],
        ]
        .concat();
        let room = output.get_mut(..completed.len());
        room.ok_or_else(|| io::Error::other("the request's head is too long"))?
            .copy_from_slice(&completed);
        Ok(completed.len())
    }
}

struct ForwardTransport {
    inner: Box<dyn Transport>,
    /// Until the head was sent.
    head: Option<Head>,
}

impl std::fmt::Debug for ForwardTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ForwardTransport").finish_non_exhaustive()
    }
}

impl Transport for ForwardTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let amount = match self.head.take() {
            Some(head) => head.complete(self.inner.buffers().output(), amount)?,
            None => amount,
        };
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.inner.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }
}
