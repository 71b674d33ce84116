use super::*;
use actix_web::http::header::{HeaderName, HeaderValue};

/// The client behind the proxies 127.0.0.1, 10.0.0.0/8 and `2001:db8:ff::/48`.
fn client(peer: &str, headers: &[(&'static str, &str)]) -> String {
    let proxies = TrustedProxies::parse("127.0.0.1, 10.0.0.0/8,2001:db8:ff::/48").unwrap();
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
        map.append(HeaderName::from_static(name), value);
    }
    proxies.client(peer.parse().unwrap(), &map).to_string()
}

#[test]
fn the_headers_of_a_peer_that_is_no_trusted_proxy_are_not_believed() {
    for header in ["x-forwarded-for", "forwarded"] {
        assert_eq!(client("192.0.2.1", &[(header, "for=203.0.113.7")]), "192.0.2.1");
    }
    assert_eq!(client("192.0.2.1", &[("x-forwarded-for", "203.0.113.7")]), "192.0.2.1");
    assert_eq!(client("::ffff:192.0.2.1", &[]), "192.0.2.1");
    let nobody = TrustedProxies::default();
    assert!(!nobody.contains(IpAddr::from([127, 0, 0, 1])));
}

#[test]
fn the_client_is_the_first_address_from_the_right_that_is_no_trusted_proxy() {
    #[rustfmt::skip]
    let cases = [
        ("203.0.113.7", "203.0.113.7"),
        ("1.1.1.1, 203.0.113.7", "203.0.113.7"),
        ("1.1.1.1,203.0.113.7 , 10.2.3.4", "203.0.113.7"),
        ("10.9.9.9, 10.2.3.4", "10.9.9.9"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("2001:db8::7, 2001:db8:ff::1", "2001:db8::7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, ::ffff:10.0.0.2", "203.0.113.7"),
        // What cannot be read ends at the last trusted hop.
        ("", "127.0.0.1"),
        ("unknown", "127.0.0.1"),
        ("203.0.113.7, unknown", "127.0.0.1"),
        ("203.0.113.7, unknown, 10.0.0.2", "10.0.0.2"),
        ("203.0.113.7, _hidden", "127.0.0.1"),
        ("203.0.113.7,", "127.0.0.1"),
        ("203.0.113.7 10.0.0.1", "127.0.0.1"),
        ("203.0.113.256", "127.0.0.1"),
        ("localhost", "127.0.0.1"),
        ("\u{fc}, 203.0.113.7", "127.0.0.1"),
    ];
    for (header, expected) in cases {
        assert_eq!(client("127.0.0.1", &[("x-forwarded-for", header)]), expected, "{header}");
    }
    assert_eq!(client("2001:db8:ff::1", &[("x-forwarded-for", "2001:db8::7")]), "2001:db8::7");
}

#[test]
fn forwarded_is_read_as_rfc_7239_has_it() {
    #[rustfmt::skip]
    let cases = [
        ("for=203.0.113.7", "203.0.113.7"),
        ("For=203.0.113.7;proto=https;by=10.0.0.1", "203.0.113.7"),
        ("by=10.0.0.1;host=\"a,b;c=d\";FOR=203.0.113.7", "203.0.113.7"),
        ("for=1.1.1.1, for=203.0.113.7, for=10.1.1.1", "203.0.113.7"),
        ("for=\"203.0.113.7:4711\"", "203.0.113.7"),
        ("for=\"[2001:db8::7]\"", "2001:db8::7"),
        ("for=\"[2001:db8::7]:4711\" , for=\"10.0.0.1:_port\"", "127.0.0.1"),
        ("for=\"[2001:db8::7]:4711\";proto=http", "2001:db8::7"),
        ("for=\"\\203.0.113.7\"", "203.0.113.7"),
        ("for=unknown", "127.0.0.1"),
        ("for=203.0.113.7, for=_hidden", "127.0.0.1"),
        ("for=203.0.113.7, for=_hidden, for=10.0.0.9", "10.0.0.9"),
        ("proto=https", "127.0.0.1"),
        ("for=203.0.113.7;for=203.0.113.8", "127.0.0.1"),
        ("203.0.113.7", "127.0.0.1"),
        ("for=203.0.113.7,", "127.0.0.1"),
        ("", "127.0.0.1"),
        // A client leaves a quote open, so that the proxy's part becomes text or the client's its end.
        ("for=198.51.100.9;x=\", for=203.0.113.7", "127.0.0.1"),
        ("for=198.51.100.9;x=\", for=\"[2001:db8::7]:80\"", "127.0.0.1"),
        ("for=\"198.51.100.9, for=203.0.113.7", "127.0.0.1"),
    ];
    for (header, expected) in cases {
        assert_eq!(client("127.0.0.1", &[("forwarded", header)]), expected, "{header}");
    }
}

#[test]
fn several_lines_of_a_header_are_one_list() {
    let two = |name, left, right| client("127.0.0.1", &[(name, left), (name, right)]);
    assert_eq!(two("x-forwarded-for", "1.1.1.1", "203.0.113.7, 10.0.0.1"), "203.0.113.7");
    assert_eq!(two("x-forwarded-for", "203.0.113.7", "10.0.0.1"), "203.0.113.7");
    assert_eq!(two("forwarded", "for=\"open", "for=203.0.113.7"), "203.0.113.7");
    assert_eq!(two("forwarded", "for=203.0.113.7", "for=\"open"), "127.0.0.1");
}

#[test]
fn headers_that_name_different_clients_are_not_believed() {
    let both = |forwarded, other| {
        client("127.0.0.1", &[("forwarded", forwarded), ("x-forwarded-for", other)])
    };
    assert_eq!(both("for=203.0.113.7", "203.0.113.7"), "203.0.113.7");
    // The proxy writes X-Forwarded-For and passes on the Forwarded that the client invented.
    assert_eq!(both("for=198.51.100.9", "203.0.113.7"), "127.0.0.1");
    assert_eq!(both("for=203.0.113.7", "198.51.100.9"), "127.0.0.1");
}

#[test]
fn a_list_of_proxies_names_what_is_wrong_with_it() {
    assert_eq!(TrustedProxies::parse(" "), Ok(TrustedProxies::default()));
    for wrong in ["localhost", "10.0.0.0/33", "10.0.0", "::1/129", "*"] {
        let list = format!("127.0.0.1,{wrong}");
        assert_eq!(TrustedProxies::parse(&list), Err(wrong.to_owned()));
    }
}
