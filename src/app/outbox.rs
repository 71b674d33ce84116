//! The outbox as staff see it: what went, what waits, what was stopped, and what each letter says.

use super::post_room::Written;
use super::{Actor, Error, Office, Right};
use crate::domain::customer::{Customer, Language};
use crate::domain::ids::MailId;
use crate::domain::ledger::{Entry, Ledger};
use crate::domain::staff::Staff;
use crate::store::{Mail, MailFilter, MailState, MailTopic, Page, Tx};
use jiff::Timestamp;

/// A part of the outbox, the newest mails first.
pub struct Outbox {
    /// The mails, each with the name of its customer, or of the member of staff it notifies.
    pub mails: Vec<(Mail, String)>,
    /// How many stand in each state, counted up to [`Outbox::COUNTED`].
    pub counts: [(MailState, i64); 3],
    /// Since when the oldest mail waits.
    pub waiting_since: Option<Timestamp>,
    /// Whose mails they are, where only one customer's were asked for.
    pub customer: Option<Customer>,
}

impl Outbox {
    /// So far is counted; one more stands for many more.
    pub const COUNTED: i64 = 10_000;
}

/// A mail with all that belongs to it.
pub struct MailFile {
    /// The mail.
    pub mail: Mail,
    /// Whom it is about.
    pub about: MailParty,
    /// The entry of the ledger that it tells of.
    pub cause: Option<Entry>,
    /// What it says, or why it cannot be written: then it was stopped for that.
    pub letter: Result<Written, String>,
}

/// Whom a mail is about.
pub enum MailParty {
    /// A customer, with its ledger.
    Customer(Box<Customer>, Ledger),
    /// A member of staff.
    Staff(Staff),
}

impl MailParty {
    /// Their name.
    pub fn name(&self) -> &str {
        match self {
            Self::Customer(customer, _) => &customer.details.licensee.name,
            Self::Staff(person) => &person.full_name,
        }
    }

    fn read(tx: &mut Tx<'_>, mail: &Mail) -> Result<Self, Error> {
        match &mail.topic {
            MailTopic::Customer(id) => {
                let customer = tx.customer(id)?.ok_or(Error::NotFound)?;
                Ok(Self::Customer(Box::new(customer), tx.ledger(id)?))
            }
            MailTopic::Staff(id, _) => Ok(Self::Staff(tx.staff(id)?.ok_or(Error::NotFound)?)),
        }
    }
}

impl MailFile {
    /// The order that the mail is about: of its purchase, of the purchase voided, or the one spent.
    pub fn order_number(&self) -> Option<&str> {
        let MailParty::Customer(_, ledger) = &self.about else { return None };
        let number = match self.cause.as_ref()? {
            Entry::Purchase(purchase) => &purchase.order_number,
            Entry::Void(void) => {
                let purchase = ledger.purchases().find(|p| p.id == void.purchase);
                &purchase?.order_number
            }
            Entry::Grant(grant) => &grant.spent_order,
        };
        Some(number.as_str())
    }
}

/// Reads the outbox; `page.after` is the last mail of the page before.
///
/// # Errors
/// [`Error::Forbidden`]; a customer that is not there.
pub fn outbox(
    office: &Office,
    actor: &Actor,
    filter: &MailFilter,
    page: &Page,
) -> Result<Outbox, Error> {
    actor.require(Right::Read)?;
    office.store.read(|tx| {
        let customer = match &filter.customer {
            Some(id) => Some(tx.customer(id)?.ok_or(Error::NotFound)?),
            None => None,
        };
        let mut count = |state| {
            let of_state = MailFilter { state: Some(state), ..filter.clone() };
            Ok::<_, Error>((state, tx.count_mails(&of_state, Outbox::COUNTED)?))
        };
        let counts =
            [count(MailState::Stopped)?, count(MailState::Queued)?, count(MailState::Sent)?];
        Ok(Outbox {
            mails: tx.newest_mails(filter, page)?,
            counts,
            waiting_since: tx.oldest_owed_mail(filter.customer.as_ref())?,
            customer,
        })
    })
}

/// Reads a mail; its letter is written anew of the ledger, in its own language or in another.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub fn mail_file(
    office: &Office,
    actor: &Actor,
    id: &MailId,
    language: Option<Language>,
) -> Result<MailFile, Error> {
    actor.require(Right::Read)?;
    let (mail, about) = office.store.read(|tx| {
        let mail = tx.mail(id)?.ok_or(Error::NotFound)?;
        let about = MailParty::read(tx, &mail)?;
        Ok::<_, Error>((mail, about))
    })?;
    let language = language.unwrap_or(mail.language);
    let (letter, cause) = match (&about, &mail.topic) {
        (MailParty::Customer(customer, ledger), _) => {
            let cause = ledger.entries().iter().find(|entry| id_of(entry) == mail.cause_id);
            (office.write_letter(&mail, customer, ledger, language), cause.cloned())
        }
        (MailParty::Staff(person), MailTopic::Staff(_, notice)) => {
            let settings = office.settings();
            let room = &office.post_room;
            (room.write_notice(&settings, &mail, person, notice, language), None)
        }
        (MailParty::Staff(_), MailTopic::Customer(_)) => return Err(Error::NotFound),
    };
    Ok(MailFile { mail, about, cause, letter })
}

fn id_of(entry: &Entry) -> &str {
    match entry {
        Entry::Purchase(purchase) => purchase.id.as_str(),
        Entry::Void(void) => void.id.as_str(),
        Entry::Grant(grant) => grant.id.as_str(),
    }
}

impl Office {
    /// What a mail says, without its activation key.
    pub(super) fn write_letter(
        &self,
        mail: &Mail,
        customer: &Customer,
        ledger: &Ledger,
        language: Language,
    ) -> Result<Written, String> {
        let settings = self.settings();
        self.post_room.write(&settings, mail, customer, ledger, language)
    }
}
