use super::super::form::Form;
use super::super::page::{Page, StaffPage, WebError, go_to};
use super::customer_id;
use super::licenses::{order_of, voided_order};
use crate::app::{self, CustomerFile, Error, Mail, MailKind, MailState};
use crate::domain::ids::MailId;
use crate::domain::ledger::Ledger;
use actix_web::web::Path;
use actix_web::{HttpResponse, post};

/// A mail in the table.
pub(super) struct MailRow {
    /// Its id.
    pub id: String,
    /// What it tells: «лицензия готова».
    pub kind: String,
    /// The order it is about.
    pub order: Option<String>,
    /// Where it goes.
    pub recipient: String,
    /// When it was owed.
    pub owed_at: String,
    /// When it was taken by the mail server.
    pub sent_at: Option<String>,
    /// Where it stands, in a word.
    pub state: String,
    /// How that looks.
    pub look: &'static str,
    /// Whether it was sent.
    pub is_sent: bool,
    /// What went wrong last.
    pub error: Option<String>,
}

/// Mails in words.
pub(super) fn mail_rows(page: &Page, file: &CustomerFile, mails: &[Mail]) -> Vec<MailRow> {
    let row = |mail: &Mail| MailRow {
        id: mail.id.to_string(),
        kind: page.t(&format!("mail-kind-{}", mail.kind.as_str().replace('_', "-"))),
        order: order(&file.ledger, mail),
        recipient: mail.recipient.as_str().to_owned(),
        owed_at: page.time(&mail.created_at),
        sent_at: mail.sent_at.map(|at| page.time(&at)),
        state: page.t(&format!("mail-state-{}", mail.state.as_str())),
        look: match mail.state {
            MailState::Sent => "good",
            MailState::Queued => "",
            MailState::Stopped => "bad",
        },
        is_sent: mail.state == MailState::Sent,
        error: mail.last_error.clone().filter(|_| mail.state != MailState::Sent),
    };
    mails.iter().map(row).collect()
}

/// The order that a mail is about.
fn order(ledger: &Ledger, mail: &Mail) -> Option<String> {
    match mail.kind {
        MailKind::LicenseReady => order_of(ledger, &mail.cause_id),
        MailKind::PurchaseVoided => voided_order(ledger, &mail.cause_id),
        MailKind::EmergencyGranted | MailKind::EmergencyOwed => {
            let grant = ledger.grants().find(|grant| grant.id.as_str() == mail.cause_id);
            grant.map(|grant| grant.spent_order.as_str().to_owned())
        }
        MailKind::SignInSlowed
        | MailKind::AccessChanged
        | MailKind::SecondFactorConfirmed
        | MailKind::RecoveryCodeUsed
        | MailKind::IntegrityAlarm
        | MailKind::IssuingKeyEnds => None,
    }
}

#[post("/customers/{id}/mails/{mail}/resend")]
pub(super) async fn resend(
    page: StaffPage,
    path: Path<(String, String)>,
    form: Form,
) -> Result<HttpResponse, WebError> {
    let (customer, actor) = (customer_id(&path.0)?, page.actor()?);
    let mail = MailId::parse(&path.1).ok_or(Error::NotFound)?;
    let once = page.once(&actor, &form);
    let back = format!("/customers/{customer}#mails");
    page.run(move |office| app::resend_mail(office, &actor, once.as_ref(), &customer, &mail))
        .await?;
    Ok(go_to(&back))
}
