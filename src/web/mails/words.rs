//! Mails in words.

use crate::app::{Mail, MailKind, MailState};
use crate::web::page::Page;

/// A mail as lists show it.
pub(super) struct MailView {
    /// Its id.
    pub id: String,
    /// What it tells.
    pub kind: String,
    /// Which customer it is about.
    pub customer: String,
    /// How that is called.
    pub customer_name: String,
    /// Where it goes.
    pub recipient: String,
    /// When it was owed.
    pub created_at: String,
    /// Where it stands, in a word.
    pub state: String,
    /// How the word is coloured.
    pub colour: &'static str,
    /// When it went, or when it is tried next.
    pub when: Option<String>,
    /// How often it was tried.
    pub attempts: i64,
    /// What went wrong last.
    pub error: Option<String>,
    /// Whether it can be sent again.
    pub is_unsent: bool,
}

impl MailView {
    /// Puts a mail into words.
    pub fn new(page: &Page, mail: &Mail, customer_name: &str) -> Self {
        let told = |id: &str, at| page.text(id, &[("time", (&page.time(at)).into())]);
        let (state, colour, when) = match mail.state {
            MailState::Queued => {
                let when = told("mails-next-try", &mail.due_at);
                ("mail-state-queued", "warning", Some(when))
            }
            MailState::Stopped => ("mail-state-stopped", "bad", None),
            MailState::Sent => {
                let when = mail.sent_at.map(|at| page.time(&at));
                ("mail-state-sent", "good", when)
            }
        };
        Self {
            id: mail.id.to_string(),
            kind: page.t(kind(mail.kind)),
            customer: mail.customer.to_string(),
            customer_name: customer_name.to_owned(),
            recipient: mail.recipient.as_str().to_owned(),
            created_at: page.time(&mail.created_at),
            state: page.t(state),
            colour,
            when,
            attempts: mail.attempts,
            error: mail.last_error.clone(),
            is_unsent: mail.state != MailState::Sent,
        }
    }
}

/// What a mail tells.
fn kind(kind: MailKind) -> &'static str {
    match kind {
        MailKind::LicenseReady => "mail-kind-license-ready",
        MailKind::PurchaseVoided => "mail-kind-purchase-voided",
        MailKind::EmergencyGranted => "mail-kind-emergency-granted",
        MailKind::EmergencyOwed => "mail-kind-emergency-owed",
    }
}

/// Many mails in a state.
pub(super) fn of_many(state: MailState) -> &'static str {
    match state {
        MailState::Stopped => "mails-stopped",
        MailState::Queued => "mails-queued",
        MailState::Sent => "mails-sent",
    }
}

/// Reads the word for a state.
pub(super) fn state(word: &str) -> Option<MailState> {
    let all = [MailState::Stopped, MailState::Queued, MailState::Sent];
    all.into_iter().find(|state| state.as_str() == word)
}
