//! The Subject of a mail.
//!
//! lettre leaves ASCII words as they are, also one that looks like an encoded word (RFC 2047): an
//! order number of `=?utf-8?B?…?=` would be shown as whatever is encoded in it. So a subject that
//! is not plainly plain is encoded here as a whole.

use base64::{Engine, engine::general_purpose::STANDARD};
use lettre::message::header::{Header, HeaderName, HeaderValue};

/// The most bytes of text in one encoded word, so that it stays well below its 75 characters.
const WORD_BYTES: usize = 36;

#[derive(Clone)]
pub(super) struct Subject(pub String);

impl Header for Subject {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Subject")
    }

    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self(text.to_owned()))
    }

    fn display(&self) -> HeaderValue {
        if self.0.is_ascii() && !self.0.contains("=?") {
            return HeaderValue::new(Self::name(), self.0.clone());
        }
        HeaderValue::dangerous_new_pre_encoded(Self::name(), self.0.clone(), encode(&self.0))
    }
}

/// Encoded words, one a line; no character is cut in two (RFC 2047 section 5).
fn encode(text: &str) -> String {
    let mut words = vec![String::new()];
    for character in text.chars() {
        let full = |word: &String| word.len() + character.len_utf8() > WORD_BYTES;
        if words.last().is_some_and(full) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(character);
        }
    }
    let encoded = words.iter().map(|word| format!("=?utf-8?B?{}?=", STANDARD.encode(word)));
    encoded.collect::<Vec<_>>().join("\r\n ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_character_is_cut_in_two_and_no_word_is_too_long() {
        let text = format!("a{}", "я".repeat(40));
        let encoded = encode(&text);
        let mut decoded = Vec::new();
        for word in encoded.split("\r\n ") {
            assert!(word.len() <= 75, "{word}");
            let inside = word.trim_start_matches("=?utf-8?B?").trim_end_matches("?=");
            let bytes = STANDARD.decode(inside).unwrap();
            assert!(std::str::from_utf8(&bytes).is_ok(), "{word}");
            decoded.extend(bytes);
        }
        assert_eq!(decoded, text.as_bytes());
    }
}
