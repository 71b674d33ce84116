//! The outbox: mails owed, and mails sent.

use super::Page;
use super::error::StoreError;
use super::schema::mails;
use super::time::{from_stored, to_stored};
use super::transaction::Tx;
use crate::domain::customer::{EmailAddress, Language};
use crate::domain::ids::{CustomerId, MailId, StaffId};
use crate::domain::staff_notice::StaffNotice;
use chrono::NaiveDateTime;
use diesel::prelude::*;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a mail tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailKind {
    /// To the customer: the license is ready.
    LicenseReady,
    /// To the customer: a purchase was voided.
    PurchaseVoided,
    /// To the customer: an emergency license was granted.
    EmergencyGranted,
    /// To sales: the same, and that it is to be paid.
    EmergencyOwed,
    /// To staff: attempts to sign in to the account are delayed.
    SignInSlowed,
    /// To staff: the access of the account was changed.
    AccessChanged,
    /// To staff: two-factor authentication was set up.
    SecondFactorConfirmed,
    /// To staff: a recovery code was used.
    RecoveryCodeUsed,
    /// To administrators: stored data differs from what the server wrote.
    IntegrityAlarm,
    /// To administrators: the issuing key ends soon.
    IssuingKeyEnds,
}

impl MailKind {
    const ALL: [Self; 10] = [
        Self::LicenseReady,
        Self::PurchaseVoided,
        Self::EmergencyGranted,
        Self::EmergencyOwed,
        Self::SignInSlowed,
        Self::AccessChanged,
        Self::SecondFactorConfirmed,
        Self::RecoveryCodeUsed,
        Self::IntegrityAlarm,
        Self::IssuingKeyEnds,
    ];

    /// The kind of a notice to staff.
    pub fn of_notice(notice: &StaffNotice) -> Self {
        match notice {
            StaffNotice::SignInSlowed { .. } => Self::SignInSlowed,
            StaffNotice::AccessChanged { .. } => Self::AccessChanged,
            StaffNotice::SecondFactorConfirmed { .. } => Self::SecondFactorConfirmed,
            StaffNotice::RecoveryCodeUsed { .. } => Self::RecoveryCodeUsed,
            StaffNotice::IntegrityAlarm { .. } => Self::IntegrityAlarm,
            StaffNotice::IssuingKeyEnds { .. } => Self::IssuingKeyEnds,
        }
    }

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LicenseReady => "license_ready",
            Self::PurchaseVoided => "purchase_voided",
            Self::EmergencyGranted => "emergency_granted",
            Self::EmergencyOwed => "emergency_owed",
            Self::SignInSlowed => "sign_in_slowed",
            Self::AccessChanged => "access_changed",
            Self::SecondFactorConfirmed => "second_factor_confirmed",
            Self::RecoveryCodeUsed => "recovery_code_used",
            Self::IntegrityAlarm => "integrity_alarm",
            Self::IssuingKeyEnds => "issuing_key_ends",
        }
    }
}

/// Where a mail stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    /// It is tried when it is due.
    Queued,
    /// The mail server has taken it.
    Sent,
    /// The mail server refused it for good: a person has to look.
    Stopped,
}

impl MailState {
    const ALL: [Self; 3] = [Self::Queued, Self::Sent, Self::Stopped];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Stopped => "stopped",
        }
    }
}

/// What a mail is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailTopic {
    /// A customer's purchase, void or grant; to the customer or to sales.
    Customer(CustomerId),
    /// The account of a member of staff, and the notice itself.
    Staff(StaffId, StaffNotice),
}

/// A mail of the outbox. Its text is made when it is sent: no stored row holds an activation key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Its id; its Message-ID is made of it.
    pub id: MailId,
    /// What it is about.
    pub topic: MailTopic,
    /// What it tells.
    pub kind: MailKind,
    /// The purchase, void or grant it tells of; the person, in a notice to staff.
    pub cause_id: String,
    /// Whether it carries the activation key.
    pub with_activation_key: bool,
    /// What it is written in.
    pub language: Language,
    /// Where it goes.
    pub recipient: EmailAddress,
    /// Where it stands.
    pub state: MailState,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried next.
    pub due_at: Timestamp,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When it was owed.
    pub created_at: Timestamp,
    /// When it was taken.
    pub sent_at: Option<Timestamp>,
}

impl Mail {
    /// The customer it is about; none for a notice to staff.
    pub fn customer(&self) -> Option<&CustomerId> {
        match &self.topic {
            MailTopic::Customer(customer) => Some(customer),
            MailTopic::Staff(..) => None,
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = mails)]
pub(super) struct Row {
    id: String,
    customer_id: Option<String>,
    staff_id: Option<String>,
    kind: String,
    cause_id: String,
    details: Option<String>,
    with_activation_key: bool,
    language: String,
    recipient: String,
    state: String,
    attempts: i64,
    due_at: NaiveDateTime,
    last_error: Option<String>,
    created_at: NaiveDateTime,
    sent_at: Option<NaiveDateTime>,
}

impl Tx<'_> {
    /// Puts a mail into the outbox.
    pub fn add_mail(&mut self, mail: &Mail) -> Result<(), StoreError> {
        let (customer, staff, details) = match &mail.topic {
            MailTopic::Customer(customer) => (Some(customer.to_string()), None, None),
            MailTopic::Staff(person, notice) => {
                let details = serde_json::to_string(notice);
                let details = details.map_err(|error| StoreError::Other(error.to_string()))?;
                (None, Some(person.to_string()), Some(details))
            }
        };
        self.add(diesel::insert_into(mails::table).values((
            mails::id.eq(mail.id.to_string()),
            mails::customer_id.eq(customer),
            mails::staff_id.eq(staff),
            mails::details.eq(details),
            mails::kind.eq(mail.kind.as_str()),
            mails::cause_id.eq(mail.cause_id.clone()),
            mails::with_activation_key.eq(mail.with_activation_key),
            mails::language.eq(mail.language.as_str()),
            mails::recipient.eq(mail.recipient.as_str().to_owned()),
            mails::state.eq(mail.state.as_str()),
            mails::attempts.eq(mail.attempts),
            mails::due_at.eq(to_stored(mail.due_at)),
            mails::created_at.eq(to_stored(mail.created_at)),
        )))
    }

    /// A mail by its id.
    pub fn mail(&mut self, id: &MailId) -> Result<Option<Mail>, StoreError> {
        let row =
            mails::table.find(id.as_str()).select(Row::as_select()).get_result(self.connection()?);
        row.optional()?.map(mail).transpose()
    }

    /// Mails by id, oldest first.
    pub fn mails(&mut self, page: &Page) -> Result<Vec<Mail>, StoreError> {
        let mut query =
            mails::table.select(Row::as_select()).order(mails::id).limit(page.limit).into_boxed();
        if let Some(after) = &page.after {
            query = query.filter(mails::id.gt(after.clone()));
        }
        query.load(self.connection()?)?.into_iter().map(mail).collect()
    }

    /// The last mails about a customer, newest first.
    pub fn latest_mails_about(
        &mut self,
        customer: &CustomerId,
        limit: i64,
    ) -> Result<Vec<Mail>, StoreError> {
        let rows = mails::table
            .filter(mails::customer_id.eq(customer.as_str()))
            .order(mails::id.desc())
            .limit(limit)
            .select(Row::as_select())
            .load(self.connection()?)?;
        rows.into_iter().map(mail).collect()
    }

    /// Whether the customer was ever owed a mail that carries its activation key.
    pub fn was_told_activation_key(&mut self, customer: &CustomerId) -> Result<bool, StoreError> {
        // As the index `mails_activation_key` says it.
        let told: Option<Option<String>> = mails::table
            .filter(mails::customer_id.eq(customer.as_str()))
            .filter(mails::with_activation_key)
            .select(mails::customer_id)
            .get_result(self.connection()?)
            .optional()?;
        Ok(told.is_some())
    }

    /// Whether a person was sent a notice of this kind since `since`, or is about to be.
    pub fn was_notified_since(
        &mut self,
        person: &StaffId,
        kind: MailKind,
        since: Timestamp,
    ) -> Result<bool, StoreError> {
        let found: Option<String> = mails::table
            .filter(mails::staff_id.eq(person.as_str()))
            .filter(mails::kind.eq(kind.as_str()))
            .filter(mails::created_at.gt(to_stored(since)))
            .select(mails::id)
            .order(mails::id.desc())
            .limit(1)
            .get_result(self.connection()?)
            .optional()?;
        Ok(found.is_some())
    }

    /// How many mails are owed, and since when the oldest.
    pub fn outbox_state(&mut self) -> Result<(i64, Option<Timestamp>), StoreError> {
        let queued = mails::state.eq(MailState::Queued.as_str());
        let count = mails::table.filter(queued).count().get_result(self.connection()?)?;
        let oldest: Option<NaiveDateTime> = mails::table
            .filter(queued)
            .select(diesel::dsl::min(mails::created_at))
            .get_result(self.connection()?)?;
        Ok((count, oldest.map(from_stored)))
    }

    /// How many mails were stopped: they are sent only when a person says so.
    pub fn stopped_mails(&mut self) -> Result<i64, StoreError> {
        let stopped = mails::state.eq(MailState::Stopped.as_str());
        Ok(mails::table.filter(stopped).count().get_result(self.connection()?)?)
    }

    /// Makes a mail that was not sent due at once.
    pub fn queue_mail_again(&mut self, id: &MailId, now: Timestamp) -> Result<(), StoreError> {
        diesel::update(mails::table.find(id.as_str()))
            .set((mails::state.eq(MailState::Queued.as_str()), mails::due_at.eq(to_stored(now))))
            .execute(self.connection()?)?;
        Ok(())
    }

    /// Makes all stopped mails due at once; returns how many there were.
    pub fn queue_stopped_mails(&mut self, now: Timestamp) -> Result<usize, StoreError> {
        let stopped = mails::table.filter(mails::state.eq(MailState::Stopped.as_str()));
        let queued = MailState::Queued.as_str();
        Ok(diesel::update(stopped)
            .set((mails::state.eq(queued), mails::due_at.eq(to_stored(now))))
            .execute(self.connection()?)?)
    }
}

/// A mail, as it was kept.
pub(super) fn mail(row: Row) -> Result<Mail, StoreError> {
    let unreadable = |what: &str| StoreError::Unreadable(format!("the {what} of a mail"));
    let topic = match (row.customer_id, row.staff_id, row.details) {
        (Some(customer), None, None) => MailTopic::Customer(CustomerId::stored(customer)),
        (None, Some(person), Some(details)) => {
            let notice = serde_json::from_str(&details).map_err(|_| unreadable("notice"))?;
            MailTopic::Staff(StaffId::stored(person), notice)
        }
        _ => return Err(unreadable("topic")),
    };
    Ok(Mail {
        id: MailId::stored(row.id),
        topic,
        kind: MailKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == row.kind)
            .ok_or_else(|| unreadable("kind"))?,
        cause_id: row.cause_id,
        with_activation_key: row.with_activation_key,
        language: Language::parse(&row.language).map_err(|_| unreadable("language"))?,
        recipient: EmailAddress::stored(row.recipient),
        state: MailState::ALL
            .into_iter()
            .find(|state| state.as_str() == row.state)
            .ok_or_else(|| unreadable("state"))?,
        attempts: row.attempts,
        due_at: from_stored(row.due_at),
        last_error: row.last_error,
        created_at: from_stored(row.created_at),
        sent_at: row.sent_at.map(from_stored),
    })
}
