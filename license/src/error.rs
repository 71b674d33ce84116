use crate::Contents;

/// Why a license, a key certificate or a request statement was refused.
///
/// Each case has a stable [`code`](Error::code) for programs; the text is for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not a compact JWS of three base64url parts, too large, or its JSON does not fit.
    #[error("not a well-formed token: {0}")]
    Malformed(&'static str),
    /// No token was found in the text.
    #[error("{0}")]
    NoToken(Contents),
    /// The header's `alg` is anything but `EdDSA` (`none` and HMAC included).
    #[error("the signature algorithm is not EdDSA")]
    Algorithm,
    /// The header's `typ` is not the one that belongs here.
    #[error("the token is of another type than `{expected}`")]
    Type {
        /// The `typ` that was expected.
        expected: &'static str,
    },
    /// The header asks for an extension (`crit`, RFC 7515 section 4.1.11) that nobody here knows.
    #[error("the token demands an extension that is not understood")]
    Critical,
    /// A public key is not a usable Ed25519 key.
    #[error("not a usable Ed25519 public key")]
    Key,
    /// The signature does not belong to these bytes and this key.
    #[error("the signature does not fit")]
    Signature,
    /// The key certificate was not signed by a pinned root.
    #[error("the key certificate comes from a root that is not trusted here")]
    UnknownRoot,
    /// `kid` names another key than the certificate or the statement carries.
    #[error("the token names another key than it was signed with")]
    ForeignKey,
    /// The license was issued outside the time its key may issue in.
    #[error("issued outside the time its key may issue in")]
    OutsideCertificate,
    /// The root has taken the issuing key back.
    #[error("the key that signed this license was withdrawn")]
    Withdrawn,
    /// The license comes from another issuer than the pinned one.
    #[error("the license comes from another issuer")]
    Issuer,
    /// The license is not for this installation.
    #[error("the license is for another installation")]
    Audience,
    /// A statement's times do not fit: expired, from the future, or living too long.
    #[error("the statement's time does not fit: {0}")]
    Time(StatementTime),
}

/// Why a statement's times do not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StatementTime {
    /// It is over.
    #[error("expired")]
    Expired,
    /// It lives longer than it may, or not at all.
    #[error("too long-lived")]
    TooLongLived,
    /// It begins too far ahead.
    #[error("from the future")]
    FromTheFuture,
}

impl Error {
    /// A stable word for programs, in kebab-case.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) | Self::NoToken(_) => "malformed",
            Self::Algorithm => "algorithm",
            Self::Type { .. } => "type",
            Self::Critical => "critical",
            Self::Key => "key",
            Self::Signature => "signature",
            Self::UnknownRoot => "unknown-root",
            Self::ForeignKey => "foreign-key",
            Self::OutsideCertificate => "outside-certificate",
            Self::Withdrawn => "withdrawn",
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::Time(_) => "time",
        }
    }
}
