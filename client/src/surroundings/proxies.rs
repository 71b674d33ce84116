use ipnet::IpNet;
use std::net::IpAddr;
use ureq::http::Uri;

/// The proxies that calls go through, as URLs (`http://proxy.example:3128`, with a name and a
/// password if need be): `http`, `https`, `socks4`, `socks4a`, `socks5` or `socks5h`; without a
/// scheme, `http`.
///
/// An HTTP proxy is asked to connect (CONNECT) to an `https` server, so it sees no statement; the
/// request to an `http` server is sent to it in absolute form.
#[derive(Clone, Default)]
pub struct Proxies {
    /// For a server with an `https` URL.
    pub https: Option<String>,
    /// For a server with an `http` URL.
    pub http: Option<String>,
    /// The hosts that are reached directly, as `NO_PROXY` lists them, divided by commas or spaces:
    /// `vendor.example` with all below it (`.vendor.example` and `*.vendor.example` are the same),
    /// an address, a network (`10.0.0.0/8`), each of the first three also with a port
    /// (`vendor.example:8443`); `*` is all.
    pub except: String,
}

impl Proxies {
    /// The proxy to a server, if one is to be used.
    pub(crate) fn to(&self, server: &Uri) -> Option<&str> {
        let is_https = server.scheme_str() == Some("https");
        let proxy = if is_https { &self.https } else { &self.http };
        let port = server.port_u16().unwrap_or(if is_https { 443 } else { 80 });
        let host = Host::new(server.host().unwrap_or_default());
        proxy.as_deref().map(str::trim).filter(|_| !self.excepts(&host, port))
    }

    fn excepts(&self, host: &Host, port: u16) -> bool {
        let entries = self.except.split([',', ' ', '\t', '\r', '\n']);
        entries.filter(|entry| !entry.is_empty()).any(|entry| matches(entry, host, port))
    }
}

/// A server's host: a name in small letters, or an address.
enum Host {
    Name(String),
    Address(IpAddr),
}

impl Host {
    fn new(host: &str) -> Self {
        let bare = host.trim_matches(['[', ']']);
        match bare.parse::<IpAddr>() {
            Ok(address) => Self::Address(address.to_canonical()),
            Err(_) => Self::Name(bare.trim_end_matches('.').to_ascii_lowercase()),
        }
    }
}

fn matches(entry: &str, host: &Host, port: u16) -> bool {
    if entry == "*" {
        return true;
    }
    if let Ok(network) = entry.parse::<IpNet>() {
        return matches!(host, Host::Address(address) if network.contains(address));
    }
    let (entry, its_port) = with_port(entry);
    let is_named = match (Host::new(entry), host) {
        (Host::Address(entry), Host::Address(address)) => entry == *address,
        (Host::Name(entry), Host::Name(name)) => {
            let domain = entry.trim_start_matches('*').trim_start_matches('.');
            let below = || name.strip_suffix(domain).is_some_and(|above| above.ends_with('.'));
            !domain.is_empty() && (name == domain || below())
        }
        _ => false,
    };
    is_named && its_port.is_none_or(|its_port| its_port == port)
}

/// An entry and its port: `host:port`, `[::1]:port`. An IPv6 address without brackets has none.
fn with_port(entry: &str) -> (&str, Option<u16>) {
    let parts =
        entry.rsplit_once(':').filter(|(host, _)| host.ends_with(']') || !host.contains(':'));
    match parts.and_then(|(host, port)| Some((host, port.parse().ok()?))) {
        Some((host, port)) => (host, Some(port)),
        None => (entry, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_direct(except: &str, server: &str) -> bool {
        let (https, http) = (Some("p".into()), Some("p".into()));
        let proxies = Proxies { https, http, except: except.to_owned() };
        proxies.to(&server.parse().unwrap()).is_none()
    }

    #[test]
    fn hosts_that_are_excepted_are_reached_directly_with_all_below_them() {
        let except = " localhost, .staging.example,*.internal.example,127.0.0.1,::1";
        for direct in [
            "localhost",
            "a.staging.example",
            "x.INTERNAL.example",
            "127.0.0.1",
            "[::1]",
            "localhost.",
        ] {
            assert!(is_direct(except, &format!("https://{direct}/licentia")), "{direct}");
        }
        for proxied in
            ["mylocalhost", "127.0.0.2", "example", "internal.example.org", "xstaging.example"]
        {
            assert!(!is_direct(except, &format!("https://{proxied}")), "{proxied}");
            assert!(!is_direct(except, &format!("http://{proxied}")), "{proxied}");
        }
    }

    #[test]
    fn exceptions_may_be_networks_have_ports_and_be_divided_by_spaces() {
        for (except, server, expected) in [
            ("*", "https://vendor.example", true),
            ("a.example, *", "https://vendor.example", true),
            ("", "https://vendor.example", false),
            ("a.example vendor.example\tb.example", "https://vendor.example", true),
            ("vendor.example:8443", "https://vendor.example:8443", true),
            ("vendor.example:8443", "https://vendor.example", false),
            ("vendor.example:443", "https://vendor.example", true),
            (".vendor.example:80", "http://a.vendor.example", true),
            ("vendor.example:80", "https://vendor.example", false),
            ("10.0.0.0/8", "http://10.20.30.40:8080", true),
            ("10.0.0.0/8", "http://11.0.0.1:8080", false),
            ("10.0.0.0/8", "http://10.example", false),
            ("10.1.2.3:8080", "http://10.1.2.3:8080", true),
            ("10.1.2.3:8080", "http://10.1.2.3", false),
            ("fd00::/8", "http://[fd00::1]:8080", true),
            ("fd00::/8", "http://[fe00::1]:8080", false),
            ("0:0:0:0:0:0:0:1", "http://[::1]", true),
            ("[::1]:8080", "http://[::1]:8080", true),
            ("[::1]:8080", "http://[::1]", false),
            (". ,, *. :80", "http://vendor.example", false),
        ] {
            assert_eq!(is_direct(except, server), expected, "{except} {server}");
        }
    }

    #[test]
    fn each_scheme_has_its_own_proxy() {
        let proxies = Proxies { https: Some(" s ".into()), http: None, except: String::new() };
        assert_eq!(proxies.to(&"https://vendor.example".parse().unwrap()), Some("s"));
        assert_eq!(proxies.to(&"http://vendor.example".parse().unwrap()), None);
    }
}
