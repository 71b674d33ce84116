//! Defaults for libpq beside the URL of the settings.

/// How libpq notices that a server is gone which did not say goodbye: it gives up a connection that
/// cannot be made in 3 s, one that is silent for 5 + 2 × 3 s, and one whose data are not acknowledged
/// for 8 s. By themselves the first waits for ever, and the others for hours.
const DEFAULTS: [(&str, &str); 5] = [
    ("connect_timeout", "3"),
    ("keepalives_idle", "5"),
    ("keepalives_interval", "3"),
    ("keepalives_count", "2"),
    ("tcp_user_timeout", "8000"),
];

/// The URL with those of the defaults that it does not set itself.
pub(super) fn with_defaults(url: &str) -> String {
    let query = url.find("://").and_then(|at| {
        let rest = &url[at + 3..];
        // As libpq reads it: credentials end at the first `@`, unless a `/` comes before it.
        let host = match rest.find(['@', '/']) {
            Some(end) if rest[end..].starts_with('@') => end + 1,
            _ => 0,
        };
        let mark = rest[host..].find('?')?;
        Some(at + 3 + host + mark + 1)
    });
    let set = query.map_or("", |start| &url[start..]);
    let is_set = |wanted: &str| {
        set.split('&').any(|pair| pair.split_once('=').is_some_and(|(name, _)| name == wanted))
    };
    let mut whole = url.to_owned();
    let mut separator = match query {
        None => '?',
        Some(_) if set.is_empty() => '\0',
        Some(_) => '&',
    };
    for (name, value) in DEFAULTS.into_iter().filter(|(name, _)| !is_set(name)) {
        if separator != '\0' {
            whole.push(separator);
        }
        whole.push_str(name);
        whole.push('=');
        whole.push_str(value);
        separator = '&';
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &str = "connect_timeout=3&keepalives_idle=5&keepalives_interval=3&\
                       keepalives_count=2&tcp_user_timeout=8000";

    #[test]
    fn a_url_gets_the_timeouts_that_it_does_not_set_itself() {
        for (url, whole) in [
            ("postgres://u:p@db/licentia", format!("postgres://u:p@db/licentia?{ALL}")),
            ("postgres:///x?host=/run/pg", format!("postgres:///x?host=/run/pg&{ALL}")),
            ("postgres://db/x?", format!("postgres://db/x?{ALL}")),
            ("postgres://u:a?b@db/x", format!("postgres://u:a?b@db/x?{ALL}")),
            (
                "postgres://db/x?application_name=a@b",
                format!("postgres://db/x?application_name=a@b&{ALL}"),
            ),
            (
                "postgres://db/x?tcp_user_timeout=0&connect_timeout=30",
                "postgres://db/x?tcp_user_timeout=0&connect_timeout=30&keepalives_idle=5&\
                 keepalives_interval=3&keepalives_count=2"
                    .into(),
            ),
        ] {
            assert_eq!(with_defaults(url), whole, "{url}");
        }
    }
}
