//! The name that EHLO says. Relays refuse what is no name of a host, such as `[127.0.0.1]`.

use url::Host;

/// The setting `mail_hello_name`; else the host of the issuer, else the domain of the sender: the
/// first of the two that is a full domain name.
#[must_use]
pub fn hello_name(set: Option<&str>, issuer: &str, mail_from: &str) -> String {
    if let Some(name) = set {
        return name.to_owned();
    }
    let domain = mail_from.rsplit('@').next().unwrap_or_default();
    let domain = domain.trim_end_matches('>').trim();
    let domain = idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_owned());
    let issuer = url::Url::parse(issuer).ok();
    let host = match issuer.as_ref().and_then(url::Url::host) {
        Some(Host::Domain(host)) => Some(host.to_owned()),
        _ => None,
    };
    host.filter(|host| host.contains('.')).unwrap_or(domain)
}

/// Whether EHLO can say it (RFC 5321 section 4.1.1.1): a domain name, or an address in brackets.
#[must_use]
pub fn is_hello_name(name: &str) -> bool {
    let literal = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    if let Some(address) = literal {
        let address = address.strip_prefix("IPv6:").unwrap_or(address);
        return address.parse::<std::net::IpAddr>().is_ok();
    }
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    name.len() <= 253 && name.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_says_hello_as_it_is_set_or_as_its_issuer_or_as_its_sender() {
        let sender = "Vendor <licenses@vendor.example>";
        let name = |issuer, from| hello_name(None, issuer, from);
        assert_eq!(name("https://licenses.vendor.example/x", sender), "licenses.vendor.example");
        for issuer in ["http://127.0.0.1:8080", "http://[::1]:8080", "http://localhost", ""] {
            assert_eq!(name(issuer, sender), "vendor.example", "{issuer}");
        }
        assert_eq!(name("http://127.0.0.1:8080", "a@localhost"), "localhost");
        assert_eq!(hello_name(Some("mx.example"), "https://a.example", sender), "mx.example");
    }

    #[test]
    fn a_hello_name_is_a_host_name_or_an_address_in_brackets() {
        for name in ["mx.vendor.example", "localhost", "[192.0.2.1]", "[IPv6:2001:db8::1]"] {
            assert!(is_hello_name(name), "{name}");
        }
        for name in ["", "a b", "a..b", "-a.example", "[x]", "a\r\nMAIL", "имя.рф", "192.0.2.1:25"]
        {
            assert!(!is_hello_name(name), "{name}");
        }
    }
}
