//! Failed and refused access: what was shown, why it was refused, from where, under which name.
//!
//! No secret is among it. A name is kept only where it has the form of one, since people also type
//! passwords into the field of the name.

use super::staff::sign_in_name;

/// The kind of proof that was shown and refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessKind {
    /// A password.
    Password,
    /// A code of the second factor, or a recovery code.
    Code,
    /// An API token.
    Token,
    /// A setup link.
    SetupLink,
    /// A statement that an installation has signed.
    Statement,
}

impl AccessKind {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Password, Self::Code, Self::Token, Self::SetupLink, Self::Statement];

    /// The stable word for the log, the database and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Code => "code",
            Self::Token => "token",
            Self::SetupLink => "setup_link",
            Self::Statement => "statement",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Every reason, as a stable word for the log, the database and the API.
pub const REASONS: [&str; 21] = [
    "activation-key-unknown",
    "installation-released",
    "installation-unknown",
    "second-factor-wrong",
    "setup-link-unknown",
    "sign-in-again",
    "sign-in-failed",
    "statement-algorithm",
    "statement-audience",
    "statement-expired",
    "statement-from-the-future",
    "statement-malformed",
    "statement-mismatch",
    "statement-signature",
    "statement-too-long-lived",
    "statement-type",
    "token-address",
    "token-expired",
    "token-revoked",
    "token-unknown",
    "too-many-attempts",
];

/// A sign-in name that was typed, in lower case; empty where it is none.
pub fn typed_name(text: &str) -> String {
    sign_in_name(text).unwrap_or_default()
}

/// The thumbprint of a key (RFC 7638, SHA-256) that a statement claims; empty where it is none.
pub fn claimed_thumbprint(text: &str) -> String {
    let fits = text.len() == 43
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if fits { text.to_owned() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_kinds_are_read_again() {
        for kind in AccessKind::ALL {
            assert_eq!(AccessKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(AccessKind::parse("other"), None);
    }

    #[test]
    fn only_what_has_the_form_of_a_name_is_kept() {
        assert_eq!(typed_name(" Анна.K "), "анна.k");
        for other in ["", "a b", "a\nb", "correct horse battery staple", "a\0"] {
            assert_eq!(typed_name(other), "", "{other:?}");
        }
        assert_eq!(typed_name(&"a".repeat(50)).len(), 50);
        assert_eq!(typed_name(&"a".repeat(51)), "");
        let thumbprint = "A_-9".repeat(11)[..43].to_owned();
        assert_eq!(claimed_thumbprint(&thumbprint), thumbprint);
        for other in ["", "short", &"ä".repeat(43), &"\n".repeat(43), &"a".repeat(44)] {
            assert_eq!(claimed_thumbprint(other), "");
        }
    }
}
