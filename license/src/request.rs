//! Request statements: what an installation signs to ask for something, online or in a file.

use crate::jws::{self, Header, Unverified};
use crate::{Error, Fingerprint, PublicKey, StatementTime, Thumbprint};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The `typ` of a request statement.
pub const REQUEST_TYPE: &str = "license-request+jwt";
/// The longest life of a statement that is sent over the network.
pub const MAX_ONLINE_LIFE: SignedDuration = SignedDuration::from_secs(300);
/// The longest life of a statement that a person carries in a file.
pub const MAX_OFFLINE_LIFE: SignedDuration = SignedDuration::from_hours(30 * 24);
/// How far ahead an installation's clock may run.
const MAX_AHEAD: SignedDuration = SignedDuration::from_secs(60);
/// How far ahead it may run where there is no network to set it by.
const MAX_OFFLINE_AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// The way that a statement takes to the office.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The installation sends it over the network.
    Network,
    /// A person carries it.
    Carried,
}

impl Way {
    /// The longest life of a statement that comes this way.
    #[must_use]
    pub fn max_life(self) -> SignedDuration {
        match self {
            Self::Network => MAX_ONLINE_LIFE,
            Self::Carried => MAX_OFFLINE_LIFE,
        }
    }

    fn max_ahead(self) -> SignedDuration {
        match self {
            Self::Network => MAX_AHEAD,
            Self::Carried => MAX_OFFLINE_AHEAD,
        }
    }
}

/// What stands in a request statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestStatement {
    /// The installation: the thumbprint of the key that signed this.
    pub iss: Thumbprint,
    /// The license office it is meant for.
    pub aud: String,
    /// When it was written.
    #[serde(with = "jiff::fmt::serde::timestamp::second::required")]
    pub iat: Timestamp,
    /// When it ends.
    #[serde(with = "jiff::fmt::serde::timestamp::second::required")]
    pub exp: Timestamp,
    /// Its name, unique for the installation: handed in again it has the same outcome.
    pub jti: String,
    /// What is asked.
    pub req: Request,
    /// What the installation says of itself beside what it asks. Those of before this member
    /// have none, and stay valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
}

/// What an installation says of itself with a request, so that the office can see two machines
/// that use one key. It decides nothing that is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// The highest sequence number of a license that it has accepted; none before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    /// The machine that it runs on now.
    #[serde(default, skip_serializing_if = "Fingerprint::is_empty")]
    pub fingerprint: Fingerprint,
}

/// What an installation may ask for; exactly one of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// To be bound to the customer whose activation key this is.
    Activate(Activate),
    /// The current license.
    License {},
    /// An emergency license.
    Emergency {
        /// How many extra accounts, 1 to 10.
        accounts: i64,
    },
    /// To give its place back.
    Release {},
    /// To report how much is in use.
    Usage {
        /// Registered permanent accounts.
        user_accounts: i64,
        /// Registered emergency accounts.
        emergency_accounts: i64,
        /// Open external connections.
        external_connections: i64,
    },
}

/// The activation of an installation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activate {
    /// The key from the customer's first mail.
    pub activation_key: String,
    /// What the customer calls this installation.
    pub name: String,
    /// The version of the product.
    pub product_version: String,
    /// What tells its machine from others. The client fills in its own where there is none.
    #[serde(default)]
    pub fingerprint: Fingerprint,
    /// That it may take over the place of another installation, where none is free. Without this
    /// member nobody moves.
    #[serde(rename = "move", default, skip_serializing_if = "Option::is_none")]
    pub moving: Option<Move>,
}

/// A move: the installation that is activated takes over the place of one that is gone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// Whose place: its name or its thumbprint. None is the one that was heard of longest ago.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
}

impl Request {
    /// The name of the member that `req` holds, as a call expects it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Activate(_) => "activate",
            Self::License {} => "license",
            Self::Emergency { .. } => "emergency",
            Self::Release {} => "release",
            Self::Usage { .. } => "usage",
        }
    }
}

/// A statement that was really signed by the key it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedStatement {
    /// What it says.
    pub statement: RequestStatement,
    /// The installation's key.
    pub key: PublicKey,
}

impl VerifiedStatement {
    /// Whether the statement may be used at `now`, having come this way.
    ///
    /// # Errors
    /// [`Error::Time`] with what does not fit.
    pub fn require_time(&self, now: Timestamp, way: Way) -> Result<(), Error> {
        let RequestStatement { iat, exp, .. } = self.statement;
        if exp <= now {
            return Err(Error::Time(StatementTime::Expired));
        }
        if exp.duration_since(iat) > way.max_life() || exp <= iat {
            return Err(Error::Time(StatementTime::TooLongLived));
        }
        if iat.duration_since(now) > way.max_ahead() {
            return Err(Error::Time(StatementTime::FromTheFuture));
        }
        Ok(())
    }
}

/// Writes a statement as a token; `sign` signs with the installation's private key.
///
/// # Errors
/// [`Error::Malformed`] when the claims cannot be written.
pub fn encode_statement(
    statement: &RequestStatement,
    key: &PublicKey,
    sign: impl FnOnce(&[u8]) -> [u8; 64],
) -> Result<String, Error> {
    let header = Header { jwk: Some(key.jwk()), ..Header::new(REQUEST_TYPE) };
    jws::encode(&header, statement, sign)
}

/// Reads a statement and checks that the key it carries signed it and is the one it names.
///
/// # Errors
/// What did not fit; times and audience are the caller's to check.
pub fn read_statement(token: &str) -> Result<VerifiedStatement, Error> {
    read_statement_by(token, |_| None)
}

/// The same by a reader who may know the key with these 32 bytes already, and so need not find out
/// whether it is a good one.
///
/// # Errors
/// As [`read_statement`].
pub fn read_statement_by(
    token: &str,
    known: impl FnOnce(&[u8; 32]) -> Option<PublicKey>,
) -> Result<VerifiedStatement, Error> {
    let token = Unverified::parse(token, REQUEST_TYPE)?;
    let jwk = token.header.jwk.as_ref().ok_or(Error::Malformed("no jwk"))?;
    let key = PublicKey::of_jwk(jwk, known)?;
    let statement: RequestStatement = token.verify(&key)?;
    if statement.iss != key.thumbprint() {
        return Err(Error::ForeignKey);
    }
    Ok(VerifiedStatement { statement, key })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(about: &str) -> Result<RequestStatement, serde_json::Error> {
        let rest = r#""iss":"i","aud":"a","iat":1,"exp":2,"jti":"j","req":{"license":{}}"#;
        serde_json::from_str(&format!("{{{rest}{about}}}"))
    }

    #[test]
    fn a_statement_without_about_is_read_and_written_as_before() {
        let statement = read("").unwrap();
        assert_eq!(statement.about, None);
        assert!(!serde_json::to_string(&statement).unwrap().contains("about"));
    }

    #[test]
    fn nobody_moves_who_does_not_say_so() {
        let members = r#""activation_key":"k","name":"n","product_version":"5""#;
        let read = |more: &str| serde_json::from_str::<Activate>(&format!("{{{members}{more}}}"));
        let stays = read("").unwrap();
        assert_eq!(stays.moving, None);
        assert!(!serde_json::to_string(&stays).unwrap().contains("move"));
        assert_eq!(read(r#","move":{}"#).unwrap().moving, Some(Move::default()));
        let named = Some(Move { replaces: Some("pbx-1".into()) });
        assert_eq!(read(r#","move":{"replaces":"pbx-1"}"#).unwrap().moving, named);
        assert!(read(r#","move":true"#).is_err());
        assert!(read(r#","move":{"all":true}"#).is_err());
    }

    #[test]
    fn what_an_installation_says_of_itself_is_read_and_nothing_unknown_with_it() {
        let about = read(r#","about":{"seq":7,"fingerprint":{"machine_id":"h"}}"#).unwrap().about;
        let fingerprint = [("machine_id".to_owned(), "h".to_owned())].into();
        assert_eq!(about, Some(About { seq: Some(7), fingerprint }));
        assert_eq!(read(r#","about":{}"#).unwrap().about, Some(About::default()));
        assert!(read(r#","about":{"seq":7,"host":"x"}"#).is_err());
        assert!(read(r#","about":{"seq":"7"}"#).is_err());
        assert!(read(r#","other":{}"#).is_err());
    }
}
