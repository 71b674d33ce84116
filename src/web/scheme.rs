//! How the browser reaches the server, perhaps through a proxy.

use crate::client_address::TrustedProxies;
use actix_web::HttpRequest;
use actix_web::http::header;
use actix_web::web::Data;

/// The scheme of a page's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    Http,
    Https,
}

impl Scheme {
    fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "http" => Some(Self::Http),
            "https" => Some(Self::Https),
            _ => None,
        }
    }
}

/// The scheme that the browser has in its address bar; `None` where nothing says it.
///
/// The browser says it itself, in Origin; that is good enough to word a refusal, and for nothing else.
/// Else the connection says it, or the proxy that is trusted.
pub(super) fn scheme_of_browser(request: &HttpRequest) -> Option<Scheme> {
    let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let origin = text(header::ORIGIN.as_str()).and_then(|origin| origin.split_once("://"));
    if let Some(scheme) = origin.and_then(|(scheme, _)| Scheme::parse(scheme)) {
        return Some(scheme);
    }
    if request.app_config().secure() {
        return Some(Scheme::Https);
    }
    let peer = request.peer_addr()?.ip();
    let proxies = request.app_data::<Data<TrustedProxies>>();
    if !proxies.is_some_and(|proxies| proxies.contains(peer)) {
        return Some(Scheme::Http);
    }
    // The proxy that is trusted has written the last one.
    text("x-forwarded-proto")?.rsplit(',').next().and_then(Scheme::parse)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn scheme(headers: &[(&'static str, &'static str)], proxies: &str) -> Option<Scheme> {
        let request = TestRequest::default()
            .peer_addr("127.0.0.1:1000".parse().unwrap())
            .app_data(Data::new(TrustedProxies::parse(proxies).unwrap()));
        let add = |request: TestRequest, header: &(&'static str, &'static str)| {
            request.insert_header(*header)
        };
        scheme_of_browser(&headers.iter().fold(request, add).to_http_request())
    }

    #[test]
    fn the_scheme_is_that_of_the_origin_else_of_the_connection_else_of_a_trusted_proxy() {
        let (http, https) = (Some(Scheme::Http), Some(Scheme::Https));
        let proto = |value| ("x-forwarded-proto", value);
        assert_eq!(scheme(&[("origin", "http://a.example:8080")], "127.0.0.1"), http);
        assert_eq!(scheme(&[("origin", "https://a.example"), proto("http")], "127.0.0.1"), https);
        assert_eq!(scheme(&[("origin", "null"), proto("https")], "127.0.0.1"), https);
        assert_eq!(scheme(&[proto("https, http")], "127.0.0.1"), http);
        assert_eq!(scheme(&[proto("ftp")], "127.0.0.1"), None);
        assert_eq!(scheme(&[], "127.0.0.1"), None);
        assert_eq!(scheme(&[], ""), http);
        assert_eq!(scheme(&[proto("https")], ""), http, "anybody can write it");
    }
}
