//! The environment.

use super::settings::{SECRETS, names};

/// Prefix of the variables of settings.
pub(super) const PREFIX: &str = "LICENTIA_";
/// Names with the prefix that are no settings: the file's own, for tests, and for the client.
const OTHERS: [&str; 6] = ["CONFIG", "KILL_AT", "FAIL_AT", "TEST_", "CLIENT_", "ACTIVATION_KEY"];

/// Names with our prefix in the environment that are no settings: most likely misspelt.
pub fn unknown_variables() -> Vec<String> {
    let known = names();
    let mut unknown: Vec<String> = all_variables()
        .into_iter()
        .filter(|name| {
            let Some(rest) = name.strip_prefix(PREFIX) else { return false };
            let setting = rest.to_ascii_lowercase();
            let secret = setting.strip_suffix("_file").is_some_and(|name| SECRETS.contains(&name));
            !secret
                && !known.contains(&setting.as_str())
                && !OTHERS.iter().any(|other| rest.starts_with(other))
        })
        .collect();
    unknown.sort();
    unknown
}

/// A variable of the environment, for what is no setting: `LANG`, `USER`, the tests' own.
#[expect(clippy::disallowed_methods, reason = "this is the room that reads the environment")]
pub fn variable_of(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

#[expect(clippy::disallowed_methods, reason = "this is the room that reads the environment")]
fn all_variables() -> Vec<String> {
    std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect()
}
