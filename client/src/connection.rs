//! How the license office is reached: through which proxy, and whose certificates are believed.

use crate::{Error, Surroundings, forward};
use std::sync::Arc;
use std::time::Duration;
use ureq::http::Uri;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Proxy, ProxyProtocol};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a call may take, unless the product says otherwise.
pub(crate) const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// What calls to one server go by.
pub(crate) fn agent(
    server: &str,
    authority: Option<&str>,
    timeout: Duration,
    surroundings: &Surroundings,
) -> Result<Agent, Error> {
    let mut tls = TlsConfig::builder();
    if let Some(pem) = authority {
        tls = tls.root_certs(RootCerts::Specific(Arc::new(certificates(pem)?)));
    }
    let config = Agent::config_builder()
        .http_status_as_error(false)
        // A statement is for its audience alone: it is not carried on to another address.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_connect(Some(CONNECT_TIMEOUT.min(timeout)))
        .timeout_global(Some(timeout))
        .user_agent(concat!("licentia-client/", env!("CARGO_PKG_VERSION")))
        .tls_config(tls.build());
    // Without one the agent would look into the environment by itself.
    let Some((uri, proxy)) = proxy(server, surroundings)? else {
        return Ok(config.proxy(None).build().into());
    };
    let is_http = matches!(proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https);
    if is_http && uri.scheme_str() == Some("http") {
        let config = config.proxy(None).max_idle_connections(0).build();
        return Ok(forward::agent(config, &proxy, &uri));
    }
    Ok(config.proxy(Some(proxy)).build().into())
}

/// The certificates of a private authority.
pub(crate) fn certificates(pem: &str) -> Result<Vec<Certificate<'static>>, Error> {
    let items = parse_pem(pem.as_bytes()).collect::<Result<Vec<_>, _>>();
    let certificates =
        items.map_err(|_| Error::Authority)?.into_iter().filter_map(|item| match item {
            PemItem::Certificate(certificate) => Some(certificate),
            _ => None,
        });
    let certificates: Vec<_> = certificates.collect();
    if certificates.is_empty() { Err(Error::Authority) } else { Ok(certificates) }
}

/// The server's URL and the proxy to it, if there is one.
fn proxy(server: &str, surroundings: &Surroundings) -> Result<Option<(Uri, Proxy)>, Error> {
    let Ok(uri) = server.parse::<Uri>() else { return Ok(None) };
    let Some(url) = surroundings.proxies.to(&uri) else { return Ok(None) };
    let proxy = Proxy::new(url).map_err(|_| Error::Proxy)?;
    Ok(Some((uri, proxy)))
}
