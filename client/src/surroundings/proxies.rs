/// The proxies that calls go through, as URLs (`http://proxy.example:3128`, with a name and a
/// password if need be). They are asked to connect (CONNECT), so over TLS they see no statement.
#[derive(Clone, Default)]
pub struct Proxies {
    /// For a server with an `https` URL.
    pub https: Option<String>,
    /// For a server with an `http` URL.
    pub http: Option<String>,
    /// The hosts that are reached directly, as `NO_PROXY` lists them: `vendor.example` with all
    /// below it, divided by commas; `*` is all.
    pub except: String,
}

impl Proxies {
    /// The proxy to a server, if one is to be used.
    pub(crate) fn to(&self, scheme: &str, host: &str) -> Option<&str> {
        let proxy = if scheme == "https" { &self.https } else { &self.http };
        proxy.as_deref().filter(|_| !self.excepts(host))
    }

    fn excepts(&self, host: &str) -> bool {
        let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
        self.except.split(',').map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| {
            let domain = entry.trim_start_matches('*').trim_start_matches('.').to_ascii_lowercase();
            let below = || host.strip_suffix(&domain).is_some_and(|above| above.ends_with('.'));
            entry == "*" || (!domain.is_empty() && (host == domain || below()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_that_are_excepted_are_reached_directly_with_all_below_them() {
        let except = " localhost, .staging.example,*.internal.example,127.0.0.1,::1".to_owned();
        let proxies = Proxies { https: Some("s".into()), http: Some("p".into()), except };
        for direct in ["localhost", "a.staging.example", "x.INTERNAL.example", "127.0.0.1", "[::1]"]
        {
            assert_eq!(proxies.to("https", direct), None, "{direct}");
        }
        for proxied in
            ["mylocalhost", "127.0.0.2", "example", "internal.example.org", "xstaging.example"]
        {
            assert_eq!(proxies.to("https", proxied), Some("s"), "{proxied}");
            assert_eq!(proxies.to("http", proxied), Some("p"), "{proxied}");
        }
        let all = Proxies { except: "*".into(), ..proxies };
        assert_eq!(all.to("https", "vendor.example"), None);
        assert_eq!(Proxies::default().to("https", "vendor.example"), None);
    }
}
