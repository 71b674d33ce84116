//! What libpq would make of a PostgreSQL URL: whether its connections may be without TLS.

use std::net::IpAddr;

/// The other machine that is connected to, where the mode of TLS leaves it open whether that is
/// encrypted. `default` is the mode where the URL has none.
pub(super) fn host_without_tls(url: &str, default: Option<&str>) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let (server, query) = rest.split_once('?').unwrap_or((rest, ""));
    let hosts = server.split('/').next()?.rsplit('@').next()?;
    let parameters: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let parameter = |wanted: &str| {
        parameters.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
    };
    let mode = parameter("sslmode").or(default).unwrap_or("prefer");
    if matches!(mode, "require" | "verify-ca" | "verify-full") {
        return None;
    }
    let hosts = parameter("hostaddr").or(parameter("host")).unwrap_or(hosts);
    hosts.split(',').map(without_port).find(|host| is_far(host)).map(str::to_owned)
}

fn without_port(host: &str) -> &str {
    if let Some(bracketed) = host.strip_prefix('[') {
        return bracketed.split(']').next().unwrap_or(bracketed);
    }
    match host.split_once(':') {
        Some((name, port)) if !port.contains(':') => name,
        _ => host,
    }
}

/// Whether this is neither this machine nor the folder of a socket.
fn is_far(host: &str) -> bool {
    let is_socket = host.starts_with('/')
        || host.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("%2f"));
    let is_loopback = host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    !(host.is_empty() || host == "localhost" || is_socket || is_loopback)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_on_another_machine_that_may_be_reached_without_tls_is_found() {
        #[rustfmt::skip]
        let cases = [
            ("postgres://u:p@db.example/licentia", Some("db.example")),
            ("postgresql://db.example:5432/licentia?sslmode=prefer", Some("db.example")),
            ("postgres://db.example/licentia?sslmode=disable", Some("db.example")),
            ("postgres://db.example/licentia?sslmode=require", None),
            ("postgres://db.example/licentia?connect_timeout=1&sslmode=verify-full", None),
            ("postgres://[2001:db8::1]:5432/licentia", Some("2001:db8::1")),
            ("postgres://[::1]:5432/licentia", None),
            ("postgres://127.0.0.1,db.example:5433/licentia", Some("db.example")),
            ("postgres://localhost/licentia", None),
            ("postgres:///licentia", None),
            ("postgres://%2Frun%2Fpostgresql/licentia", None),
            ("postgres:///licentia?host=/run/postgresql", None),
            ("postgres:///licentia?host=db.example", Some("db.example")),
            ("postgres:///licentia?host=db&hostaddr=192.0.2.1", Some("192.0.2.1")),
        ];
        for (url, expected) in cases {
            assert_eq!(host_without_tls(url, None).as_deref(), expected, "{url}");
        }
        let url = "postgres://db.example/licentia";
        assert_eq!(host_without_tls(url, Some("verify-full")), None);
        assert_eq!(host_without_tls(url, Some("allow")).as_deref(), Some("db.example"));
    }
}
