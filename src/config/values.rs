//! Parsing of the words of settings.

use super::error::Wrong;
use std::net::{SocketAddr, ToSocketAddrs};
use std::ops::RangeInclusive;
use tracing_subscriber::EnvFilter;
use url::Url;

/// A whole number within its bounds.
pub(super) fn whole_number(
    name: &'static str,
    text: Option<&String>,
    default: i64,
    bounds: RangeInclusive<i64>,
) -> Result<i64, Wrong> {
    let Some(text) = text else { return Ok(default) };
    let number = text.trim().parse().ok().filter(|number| bounds.contains(number));
    let expected = format!("a whole number from {} to {}", bounds.start(), bounds.end());
    number.ok_or_else(|| Wrong::new(name, text, &expected, &default.to_string()))
}

/// Yes or no, in the usual spellings; no where nothing is set.
pub(super) fn yes_or_no(name: &'static str, text: Option<&String>) -> Result<bool, Wrong> {
    let Some(text) = text else { return Ok(false) };
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" | "t" | "y" => Ok(true),
        "false" | "no" | "off" | "0" | "f" | "n" => Ok(false),
        _ => Err(Wrong::new(name, text, "true or false", "true")),
    }
}

/// One of these words, in any case; the first where nothing is set.
pub(super) fn one_of(
    name: &'static str,
    text: Option<&String>,
    words: [&'static str; 2],
) -> Result<&'static str, Wrong> {
    let Some(text) = text else { return Ok(words[0]) };
    let said = text.trim();
    let found = words.into_iter().find(|word| said.eq_ignore_ascii_case(word));
    let expected = words.join(" or ");
    found.ok_or_else(|| Wrong::new(name, text, &expected, words[0]))
}

/// Listen address: an address or a host name, and a port. Of the addresses of a name, an IPv4
/// address goes first: `localhost` means what it means to most programs.
pub(super) fn listen_address(
    name: &'static str,
    text: Option<&String>,
    default: &str,
) -> Result<SocketAddr, Wrong> {
    let text = text.map_or(default, |text| text.trim());
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    let wrong = |expected: &str| Wrong::new(name, text, expected, default);
    let expected = "an address or a host name, and a port";
    let (host, port) = text.rsplit_once(':').ok_or_else(|| wrong(expected))?;
    let is_name = !host.is_empty() && !host.contains([':', '/', ' ']);
    if !is_name || port.parse::<u16>().is_err() {
        return Err(wrong(expected));
    }
    let unknown = |error| wrong(&format!("{expected}, and the name is not known here ({error})"));
    let found: Vec<SocketAddr> = text.to_socket_addrs().map_err(unknown)?.collect();
    let first = found.iter().find(|address| address.is_ipv4()).or(found.first());
    first.copied().ok_or_else(|| wrong(expected))
}

/// The issuer is compared letter by letter by every installation, and the first license fixes it. It
/// is kept in the one form that every URL parser agrees on: a host in ASCII, and no slash at the end.
pub(super) fn issuer(text: &str) -> Result<String, Wrong> {
    let text = text.trim();
    let url = Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.host_str().is_some()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
            && !text.contains('\\')
            && text.split_once("://").is_some_and(|(_, rest)| has_plain_path(rest))
            && has_plain_path(&format!("host{}", url.path()))
            && !text.contains(|c: char| c.is_whitespace() || c.is_control())
    });
    let expected = "an http or https URL without user name, password, spaces, ? and #, its path of \
                    unreserved characters";
    let url =
        url.ok_or_else(|| Wrong::new("issuer", text, expected, "https://licenses.vendor.example"))?;
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Whether an issuer that the first license has fixed, as it was typed then, is this one.
pub fn same_issuer(recorded: &str, issuer: &str) -> bool {
    Url::parse(recorded).is_ok_and(|url| url.as_str().trim_end_matches('/') == issuer)
}

/// Whether a URL's path means the same to the server, proxies and browsers: segments of unreserved
/// characters (RFC 3986 section 2.3), none of which is a step up.
fn has_plain_path(host_and_path: &str) -> bool {
    let path = host_and_path.trim_end_matches('/').split_once('/');
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
    let is_plain =
        |segment: &str| !matches!(segment, "" | "." | "..") && segment.chars().all(plain);
    path.is_none_or(|(_, path)| path.split('/').all(is_plain))
}

/// Log filter. A word that is no level would be taken for a module, and silence all others.
pub(super) fn log_filter(text: &str) -> Result<String, Wrong> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let is_level = |word: &str| LEVELS.iter().any(|level| word.eq_ignore_ascii_case(level));
    let is_directive =
        |word: &str| word.contains(['=', '[']) || is_level(word.trim()) || word.trim().is_empty();
    let fits = text.contains('[') || text.split(',').all(is_directive);
    if fits && EnvFilter::try_new(text).is_ok() {
        return Ok(text.to_owned());
    }
    let expected = "off, error, warn, info, debug or trace, or a list of modules with one of them";
    Err(Wrong::new("log", text, expected, "info,licentia=debug"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_spellings_of_yes_and_no_are_understood() {
        let read = |text: &str| yes_or_no("second_factor_for_all", Some(&text.to_owned()));
        for yes in ["true", "TRUE", "True", "yes", "YES", "on", "1", " true ", "Y", "t"] {
            assert_eq!(read(yes), Ok(true), "{yes}");
        }
        for no in ["false", "FALSE", "no", "Off", "0", "n", "F"] {
            assert_eq!(read(no), Ok(false), "{no}");
        }
        for other in ["perhaps", "2", "", "truth", "да"] {
            assert!(read(other).is_err(), "{other}");
        }
    }

    #[test]
    fn an_issuer_has_one_form_whatever_form_it_was_typed_in() {
        for (typed, kept) in [
            ("https://vendor.example", "https://vendor.example"),
            ("https://vendor.example/", "https://vendor.example"),
            (" https://vendor.example \n", "https://vendor.example"),
            ("HTTPS://Vendor.Example/Licenses/", "https://vendor.example/Licenses"),
            ("https://vendor.example:443", "https://vendor.example"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("https://лицензии.рф", "https://xn--e1aebcanq4e.xn--p1ai"),
        ] {
            assert_eq!(issuer(typed).as_deref(), Ok(kept), "{typed}");
            assert_eq!(issuer(kept).as_deref(), Ok(kept), "{kept}");
        }
        for refused in [
            "https://ven dor.example",
            "https://vendor.example/a b",
            "https://vendor.example/a\tb",
            "https://user@vendor.example",
            "https://user:secret@vendor.example",
            "https://vendor.example/?a=b",
            "https://vendor.example/#a",
            "https://vendor.example/а",
            "https://vendor.example/a/../b",
            "https://vendor.example/a//b",
            "https:vendor.example/a;Domain=x",
            "https://vendor.example\\a%20b;c",
            "ftp://vendor.example",
            "vendor.example",
            "https://",
        ] {
            assert!(issuer(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn a_host_name_is_an_address_to_listen_on() {
        let read = |text: &str| listen_address("listen", Some(&text.to_owned()), "127.0.0.1:8080");
        assert_eq!(read("localhost:8080"), Ok("127.0.0.1:8080".parse().unwrap()));
        assert_eq!(read("[::1]:8080"), Ok("[::1]:8080".parse().unwrap()));
        for refused in ["localhost", "8080", ":8080", "http://localhost:8080", "localhost:http"] {
            assert!(read(refused).is_err(), "{refused}");
        }
        let unknown = read("no-such-host.invalid:80").unwrap_err();
        assert!(unknown.expected.contains("not known here"), "{unknown:?}");
    }

    #[test]
    fn a_log_level_that_is_none_is_refused_instead_of_silencing_everything() {
        for good in
            ["info", "OFF", "info,licentia=debug", "licentia::store=trace,warn", "[call]=info"]
        {
            assert_eq!(log_filter(good).as_deref(), Ok(good));
        }
        for wrong in ["loud", "licentia", "info,loud", "licentia=loud", "infos"] {
            assert!(log_filter(wrong).is_err(), "{wrong}");
        }
    }
}
