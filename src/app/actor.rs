use super::Error;
use crate::domain::installation::Installation;
use crate::domain::staff::{Role, Staff};
use crate::store::ApiToken;

/// Who acts, as the audit names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A program of the vendor's with an API token.
    Token(ApiToken),
    /// A person at the server's own command line: can do everything.
    CommandLine(String),
    /// A person of the vendor's who has signed in.
    Staff(Staff),
    /// The server itself.
    Server,
    /// A customer's installation.
    Installation(Installation),
}

/// What an actor needs to be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// To see customers, purchases, licenses, mails, the audit.
    Read,
    /// To enter and change customers and purchases.
    Sell,
    /// To give and take back access.
    Administer,
}

impl Actor {
    /// How the audit and the ledger name the actor.
    pub fn name(&self) -> String {
        match self {
            Self::Token(token) => format!("token:{}", token.name),
            Self::Staff(person) => format!("staff:{}", person.name),
            Self::CommandLine(person) => format!("command line:{person}"),
            Self::Server => "server".into(),
            Self::Installation(installation) => format!("installation:{}", installation.id),
        }
    }

    /// Refuses an actor whose role lacks a right.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub fn require(&self, right: Right) -> Result<(), Error> {
        let allowed = match self {
            Self::CommandLine(_) => true,
            Self::Installation(_) | Self::Server => false,
            Self::Token(token) => may(token.role, right),
            Self::Staff(person) => may(person.role, right),
        };
        if allowed { Ok(()) } else { Err(Error::Forbidden) }
    }

    /// Under whose name an Idempotency-Key is kept.
    pub(super) fn scope(&self) -> String {
        match self {
            Self::Token(token) => token.id.to_string(),
            Self::Staff(person) => person.id.to_string(),
            Self::CommandLine(_) => "command line".into(),
            Self::Server => "server".into(),
            Self::Installation(installation) => installation.thumbprint.clone(),
        }
    }
}

fn may(role: Role, right: Right) -> bool {
    match right {
        Right::Read => true,
        Right::Sell => matches!(role, Role::Admin | Role::Sales),
        Right::Administer => role == Role::Admin,
    }
}
