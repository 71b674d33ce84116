//! Values that are written in words.

use super::{ConfigError, wrong};
use serde::{Deserialize, Deserializer, de};
use std::ops::RangeInclusive;

/// From the environment and the settings page a number comes in words, from the file as it is.
pub(super) fn whole_number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Said {
        Plainly(i64),
        InWords(String),
    }
    let not_one = |_| de::Error::custom("it must be a whole number");
    match Said::deserialize(from)? {
        Said::Plainly(number) => Ok(Some(number)),
        Said::InWords(word) => word.trim().parse().map(Some).map_err(not_one),
    }
}

/// From the environment and the settings page a word comes, from the file perhaps a boolean.
pub(super) fn yes_or_no<'de, D: Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Said {
        Plainly(bool),
        InWords(String),
    }
    Ok(match Said::deserialize(from)? {
        Said::Plainly(said) => Some(said),
        Said::InWords(word) if word == "true" => Some(true),
        Said::InWords(word) if word == "false" => Some(false),
        Said::InWords(_) => return Err(de::Error::custom("it must be true or false")),
    })
}

/// A whole number within its bounds.
pub(super) fn within(
    name: &'static str,
    value: i64,
    bounds: RangeInclusive<i64>,
) -> Result<i64, ConfigError> {
    if bounds.contains(&value) {
        return Ok(value);
    }
    let expected = format!("a whole number from {} to {}", bounds.start(), bounds.end());
    Err(wrong(name, &value.to_string(), &expected))
}
