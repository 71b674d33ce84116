//! A letter as the message that leaves: headers, and text beside HTML.

use super::Rendered;
use super::subject::Subject;
use crate::domain::customer::EmailAddress;
use crate::domain::ids::MailId;
use lettre::message::header::{
    ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue,
};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};
use std::time::{Duration, SystemTime};

/// The longest line of a body that is not encoded, in bytes (RFC 5322 section 2.1.1).
const MAX_LINE: usize = 998;

/// Sender, recipient, id and date of a mail.
pub(super) struct Envelope<'a> {
    pub id: &'a MailId,
    pub from: &'a Mailbox,
    pub to: &'a EmailAddress,
    pub date: jiff::Timestamp,
}

/// How the bodies of a message are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bodies {
    /// In base64, so that no line of them can be taken for a header or an end of data
    /// (RUSTSEC-2026-0561).
    Encoded,
    /// As they are, for a file that people open in an editor.
    Readable,
}

impl Bodies {
    fn body(self, text: &str) -> Body {
        let readable = self == Self::Readable && text.lines().all(|line| line.len() <= MAX_LINE);
        let mut bytes = text.lines().collect::<Vec<_>>().join("\r\n").into_bytes();
        bytes.extend(b"\r\n");
        // lettre itself takes lines that are shorter still.
        if readable {
            return Body::dangerous_pre_encoded(bytes, ContentTransferEncoding::EightBit);
        }
        let encoding = match self {
            Self::Encoded => ContentTransferEncoding::Base64,
            Self::Readable => ContentTransferEncoding::QuotedPrintable,
        };
        // Both take whatever bytes there are.
        Body::new_with_encoding(bytes, encoding)
            .unwrap_or_else(|bytes| Body::dangerous_pre_encoded(bytes, encoding))
    }
}

impl Envelope<'_> {
    /// The recipient's address, for the envelope.
    ///
    /// # Errors
    /// An address that was stored before its like was refused.
    pub(super) fn recipient(&self) -> Result<Address, String> {
        in_ascii(self.to)
    }

    /// The message: text and HTML.
    ///
    /// # Errors
    /// A header that cannot be written.
    pub(super) fn message(&self, letter: Rendered, bodies: Bodies) -> Result<Message, String> {
        let message_id = format!("<{}@{}>", self.id, self.from.email.domain());
        let since_1970 = Duration::from_secs(self.date.as_second().unsigned_abs());
        let part = |content_type, body: String| {
            SinglePart::builder().content_type(content_type).body(bodies.body(&body))
        };
        Message::builder()
            .message_id(Some(message_id))
            .date(SystemTime::UNIX_EPOCH + since_1970)
            .from(self.from.clone())
            .to(Mailbox::new(None, self.recipient()?))
            .header(Subject(letter.subject))
            .header(AutoSubmitted)
            .multipart(
                MultiPart::alternative()
                    .singlepart(part(ContentType::TEXT_PLAIN, letter.text))
                    .singlepart(part(ContentType::TEXT_HTML, letter.html)),
            )
            .map_err(|error| error.to_string())
    }
}

/// The sender: a `mail_from` with its domain in ASCII.
///
/// # Errors
/// One that is no mailbox.
pub(super) fn sender(mail_from: &str) -> Result<Mailbox, String> {
    let mailbox: Mailbox = mail_from.parse().map_err(|error| format!("mail_from: {error}"))?;
    let address = in_ascii(&EmailAddress::stored(mailbox.email.to_string()))?;
    Ok(Mailbox::new(mailbox.name, address))
}

/// An address with its domain in ASCII: mail servers need no extension for it (RFC 6531).
fn in_ascii(address: &EmailAddress) -> Result<Address, String> {
    let ascii = address.to_ascii().ok_or_else(|| format!("{}: not a domain", address.as_str()))?;
    ascii.parse().map_err(|error| format!("{ascii}: {error}"))
}

/// Says that no person wrote this, so that no absence note answers (RFC 3834 section 5).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".into())
    }
}
