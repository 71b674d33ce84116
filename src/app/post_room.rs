//! What writes letters and tries mail servers, as the office sees it: `startup` makes it of `mail`.

use super::{SettingFault, Settings};
use crate::domain::customer::{Customer, EmailAddress, Language};
use crate::domain::ids::MailId;
use crate::domain::ledger::Ledger;
use crate::domain::staff::Staff;
use crate::domain::staff_notice::StaffNotice;
use crate::store::Mail;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// A letter in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its subject.
    pub subject: String,
    /// Its plain text.
    pub text: String,
    /// The same as HTML, whole: for a frame of its own.
    pub html: String,
}

/// What became of a test mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// The mail server took it.
    Taken,
    /// It was written to this file.
    Written(String),
    /// The mail server said no, with this status code.
    Refused(u16),
    /// The mail server did not answer in time.
    Silent,
    /// The mail server offers no STARTTLS, and nothing was sent in the clear.
    NoStartTls,
    /// TLS failed: most often the certificate.
    NoTls,
    /// What answered does not speak SMTP, or not as a mail client needs it.
    NoSmtp,
    /// There was no connection: the name, the port, the network.
    NoConnection,
    /// It could not be written, here: this is why.
    Unwritten(String),
}

/// A test mail that is ready to go.
pub struct Envelope {
    /// Its name.
    pub id: MailId,
    /// Who it is for.
    pub to: EmailAddress,
    /// Its `Date`.
    pub date: Timestamp,
    /// What it is written in.
    pub language: Language,
}

/// Sends a test mail, and waits for the answer of the mail server.
pub type Trial = Box<dyn FnOnce() -> Tried + Send>;

/// Writes letters and tries mail servers.
pub trait PostRoom: Send + Sync {
    /// What a mail says. No activation key: words stand in its place.
    ///
    /// # Errors
    /// A ledger that lacks what the mail tells of.
    fn write(
        &self,
        settings: &Settings,
        mail: &Mail,
        customer: &Customer,
        ledger: &Ledger,
        language: Language,
    ) -> Result<Written, String>;

    /// What a notice to a member of staff says.
    ///
    /// # Errors
    /// A name that does not fit into a line.
    fn write_notice(
        &self,
        settings: &Settings,
        mail: &Mail,
        person: &Staff,
        notice: &StaffNotice,
        language: Language,
    ) -> Result<Written, String>;

    /// A test mail under these values of the settings page, which need not be saved.
    ///
    /// # Errors
    /// A value that cannot be understood.
    fn trial(
        &self,
        settings: &Settings,
        page: &BTreeMap<String, String>,
        envelope: Envelope,
    ) -> Result<Trial, SettingFault>;
}
