//! The cookies of the pages: their names, and who may send them.

use super::base_path::base_path;
use crate::app::Office;
use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite};

/// The key of a session.
pub(super) const SESSION: &str = "session";
/// The token of a stranger's form.
pub(super) const FORM: &str = "form";
/// The language chosen on a page.
pub(super) const LANGUAGE: &str = "language";

/// How cookies are made: over TLS alone where the issuer is https, under names that no other host and
/// no page without TLS can set (`__Host-`, RFC 6265bis section 4.1.3.2).
///
/// With an issuer under a path, cookies are for that path alone, so that other services of the host
/// receive none of them. Their names only say that no page without TLS can set them (`__Secure-`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cookies {
    is_secure: bool,
    /// Without a slash at its end; empty for the whole host.
    base_path: String,
}

impl Cookies {
    /// As the settings ask now: the issuer may change while the server runs.
    pub fn of(office: &Office) -> Self {
        Self { is_secure: is_https(office), base_path: base_path(office) }
    }

    /// The name of a cookie.
    pub fn name(&self, what: &str) -> String {
        let prefix = match (self.is_secure, self.base_path.is_empty()) {
            (true, true) => "__Host-",
            (true, false) => "__Secure-",
            (false, _) => "",
        };
        format!("{prefix}licentia_{what}")
    }

    /// The value that a request brings.
    pub fn read(&self, request: &HttpRequest, what: &str) -> Option<String> {
        let cookie = request.cookie(&self.name(what))?;
        Some(cookie.value().to_owned()).filter(|value| !value.is_empty())
    }

    /// A cookie that lasts until the browser is closed.
    pub fn make(&self, what: &str, value: impl Into<String>) -> Cookie<'static> {
        Cookie::build(self.name(what), value.into())
            .path(if self.base_path.is_empty() { "/".to_owned() } else { self.base_path.clone() })
            .secure(self.is_secure)
            .http_only(true)
            .same_site(SameSite::Lax)
            .finish()
    }

    /// What takes a cookie away.
    pub fn remove(&self, what: &str) -> Cookie<'static> {
        let mut cookie = self.make(what, "");
        cookie.make_removal();
        cookie
    }
}

/// Whether installations and staff reach the server over TLS.
pub(super) fn is_https(office: &Office) -> bool {
    office.settings().issuer.starts_with("https:")
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    const SECURE: Cookies = Cookies { is_secure: true, base_path: String::new() };
    const PLAIN: Cookies = Cookies { is_secure: false, base_path: String::new() };

    #[test]
    fn a_cookie_over_tls_is_secure_and_bound_to_the_host() {
        let cookie = SECURE.make(SESSION, "key").to_string();
        let expected =
            "__Host-licentia_session=key; HttpOnly; SameSite=Lax; Secure; Path=/".to_owned();
        assert_eq!(cookie, expected);
        let plain = PLAIN.make(SESSION, "key").to_string();
        assert_eq!(plain, "licentia_session=key; HttpOnly; SameSite=Lax; Path=/");
        let removed = SECURE.remove(SESSION).to_string();
        for part in ["__Host-licentia_session=;", "Secure", "Path=/", "Max-Age=0"] {
            assert!(removed.contains(part), "{removed}");
        }
    }

    #[test]
    fn under_a_path_a_cookie_is_for_that_path_alone() {
        let cookies = Cookies { is_secure: true, base_path: "/licentia".into() };
        let cookie = cookies.make(SESSION, "key").to_string();
        assert!(cookie.starts_with("__Secure-licentia_session=key;"), "{cookie}");
        assert!(cookie.ends_with("; Path=/licentia"), "{cookie}");
        assert!(cookies.remove(SESSION).to_string().contains("Path=/licentia"));
    }

    #[test]
    fn a_cookie_that_was_set_without_tls_is_not_read_where_there_is_tls() {
        let planted = TestRequest::default().cookie(PLAIN.make(SESSION, "key")).to_http_request();
        assert_eq!(SECURE.read(&planted, SESSION), None);
        assert_eq!(PLAIN.read(&planted, SESSION).as_deref(), Some("key"));
    }
}
