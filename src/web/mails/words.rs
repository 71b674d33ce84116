//! Mails in words.

use crate::app::{Mail, MailKind, MailState, MailTopic};
use crate::web::page::Page;

/// A mail as lists show it.
pub(super) struct MailView {
    /// Its id.
    pub id: String,
    /// What it tells.
    pub kind: String,
    /// The page of whom it is about, where the reader may open it.
    pub about: Option<String>,
    /// The customer it is about; none for a notice to staff.
    pub customer: Option<String>,
    /// The name of the customer, or of the member of staff.
    pub name: String,
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
    pub fn new(page: &Page, mail: &Mail, name: &str) -> Self {
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
            about: about(page, mail),
            customer: mail.customer().map(ToString::to_string),
            name: name.to_owned(),
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

/// The page of whom a mail is about; the pages of staff are for administrators.
fn about(page: &Page, mail: &Mail) -> Option<String> {
    match &mail.topic {
        MailTopic::Customer(id) => Some(format!("/customers/{id}")),
        MailTopic::Staff(id, _) => page.may_administer().then(|| format!("/settings/staff/{id}")),
    }
}

/// What a mail tells.
fn kind(kind: MailKind) -> &'static str {
    match kind {
        MailKind::LicenseReady => "mail-kind-license-ready",
        MailKind::PurchaseVoided => "mail-kind-purchase-voided",
        MailKind::EmergencyGranted => "mail-kind-emergency-granted",
        MailKind::EmergencyOwed => "mail-kind-emergency-owed",
        MailKind::SignInSlowed => "mail-kind-sign-in-slowed",
        MailKind::AccessChanged => "mail-kind-access-changed",
        MailKind::SecondFactorConfirmed => "mail-kind-second-factor-confirmed",
        MailKind::RecoveryCodeUsed => "mail-kind-recovery-code-used",
        MailKind::IntegrityAlarm => "mail-kind-integrity-alarm",
        MailKind::IssuingKeyEnds => "mail-kind-issuing-key-ends",
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
