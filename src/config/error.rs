//! Errors of settings, in one kind of message for all.

use super::settings::{SECRETS, Settings};

/// Which setting is wrong, where it was set, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct ConfigError {
    /// The setting, where it is known.
    pub name: Option<&'static str>,
    /// For people.
    pub text: String,
}

/// A setting with a value that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    pub name: &'static str,
    /// The value; empty where it is missing.
    pub value: String,
    pub expected: String,
    pub example: String,
}

impl Wrong {
    pub fn new(name: &'static str, value: &str, expected: &str, example: &str) -> Self {
        Self { name, value: value.into(), expected: expected.into(), example: example.into() }
    }

    /// The error, with the place where the setting was set.
    pub fn of(self, settings: &Settings) -> ConfigError {
        let Self { name, value, expected, example } = self;
        let place = settings.place_of(name).map(|place| format!(", set {place},"));
        let place = place.unwrap_or_default();
        let is = if SECRETS.contains(&name) {
            "has a value that cannot be used (it is not shown, since it may hold a password)".into()
        } else if value.is_empty() {
            "is empty".to_owned()
        } else {
            format!("is {value:?}")
        };
        let text =
            format!("the setting {name}{place} {is}; it must be {expected}, such as {example}");
        ConfigError { name: Some(name), text }
    }
}

/// An error that is about no single setting.
pub(super) fn general(text: String) -> ConfigError {
    ConfigError { name: None, text }
}
