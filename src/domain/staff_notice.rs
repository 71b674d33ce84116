//! Notices to staff about access: what an email to a member of staff says.
//!
//! The outbox stores a notice as JSON. It never holds a password, a code, a token or another secret.

use super::customer::EmailAddress;
use super::staff::Role;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Maximum number of characters of a free text in a notice.
const MAX_TEXT: usize = 500;

/// What an email to a member of staff says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum StaffNotice {
    /// Wrong passwords or codes for the account came in, and further attempts are delayed.
    SignInSlowed {
        /// What was wrong.
        proof: Proof,
        /// How many attempts failed.
        failures: i64,
        /// The client address of the last attempt, where it is known.
        address: Option<String>,
        /// No attempt is accepted before.
        until: Timestamp,
    },
    /// Somebody changed the account's access.
    AccessChanged {
        /// What was changed.
        change: AccessChange,
        /// Who changed it, as the audit log names actors: `staff:anna`, `command line:root`.
        by: String,
    },
    /// Two-factor authentication was set up.
    SecondFactorConfirmed {
        /// The client address, where it is known.
        address: Option<String>,
    },
    /// A recovery code was used to sign in.
    RecoveryCodeUsed {
        /// How many recovery codes are left.
        left: i64,
        /// The client address, where it is known.
        address: Option<String>,
    },
    /// To administrators: stored data differs from what the server wrote.
    IntegrityAlarm {
        /// What differs, one line of technical text.
        what: String,
        /// The number of the customer it concerns; none for staff, tokens and settings.
        customer: Option<String>,
    },
    /// To administrators: the issuing key ends soon.
    IssuingKeyEnds {
        /// Its thumbprint.
        key: String,
        /// Until when it may issue.
        until: Timestamp,
        /// Whether the root key lies on the server, so that the page can make the next key.
        root_is_here: bool,
    },
}

/// What a person proves who they are with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// The password.
    Password,
    /// A code of the second factor, or a recovery code.
    Code,
}

/// A change of an account's access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum AccessChange {
    /// Another password, by the person.
    Password,
    /// A temporary password, by somebody else: the next sign-in asks for a new one.
    TemporaryPassword {
        /// It is not accepted after.
        until: Timestamp,
    },
    /// The second factor was reset: the next sign-in sets up a new one.
    SecondFactorReset,
    /// New recovery codes; the previous ones no longer work.
    RecoveryCodes,
    /// Another role.
    Role {
        /// The role now.
        role: Role,
    },
    /// Another email address for notices, or none.
    Email {
        /// The address now.
        email: Option<EmailAddress>,
    },
    /// The account was disabled.
    Disabled,
    /// The account was enabled.
    Enabled,
}

impl StaffNotice {
    /// An alarm; control characters of `what` become spaces, and it is cut to 500 characters.
    #[must_use]
    pub fn integrity_alarm(what: &str, customer: Option<String>) -> Self {
        Self::IntegrityAlarm { what: one_line(what), customer }
    }

    /// Whether outsiders can cause any number of it, so that at most one an hour is sent to a person.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        matches!(self, Self::SignInSlowed { .. } | Self::IntegrityAlarm { .. })
    }
}

/// Makes a text fit into one line of an email.
fn one_line(text: &str) -> String {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.chars().map(|c| if breaks(c) { ' ' } else { c }).take(MAX_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_is_one_line_of_at_most_500_characters() {
        let alarm = StaffNotice::integrity_alarm(&"строка\r\n".repeat(200), None);
        let StaffNotice::IntegrityAlarm { what, .. } = alarm else { panic!("an alarm") };
        assert_eq!(what.chars().count(), 500);
        assert!(!what.contains(['\r', '\n']));
    }

    #[test]
    fn a_notice_is_read_back_as_it_was_stored() {
        let role = AccessChange::Role { role: Role::Sales };
        let notice = StaffNotice::AccessChanged { change: role, by: "staff:anna".into() };
        let json = serde_json::to_string(&notice).unwrap();
        assert_eq!(
            json,
            r#"{"notice":"access_changed","change":{"what":"role","role":"sales"},"by":"staff:anna"}"#
        );
        assert_eq!(serde_json::from_str::<StaffNotice>(&json).unwrap(), notice);
    }
}
