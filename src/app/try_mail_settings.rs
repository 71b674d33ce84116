use super::audit::{Event, NOTHING, audit};
use super::change_settings::check;
use super::post_room::{Envelope, Trial};
use super::{Actor, Error, Office, Right};
use crate::domain::customer::{EmailAddress, Language};
use crate::domain::ids::{EventId, MailId};
use serde_json::json;
use std::collections::BTreeMap;

/// Prepares a test mail under settings that are not saved, and records the try in the audit; it goes
/// when the trial is called, which waits for the mail server and needs no database. An empty value
/// counts as taken away.
///
/// # Errors
/// A value that cannot be understood, by name; `/to`, where the mail goes.
pub fn try_mail_settings(
    office: &Office,
    actor: &Actor,
    changes: &BTreeMap<String, String>,
    to: &str,
    language: Language,
) -> Result<Trial, Error> {
    actor.require(Right::Administer)?;
    let to = EmailAddress::parse(to).map_err(|fault| vec![fault.at("/to")]);
    let understood = check(office, changes);
    let to = match (to, understood) {
        (Ok(to), Ok(())) => to,
        (Err(mut faults), Err(Error::Invalid(more))) => {
            faults.extend(more);
            return Err(Error::Invalid(faults));
        }
        (Err(faults), Ok(())) => return Err(Error::Invalid(faults)),
        (_, Err(error)) => return Err(error),
    };
    let mut page = office.store.read(|tx| tx.settings())?;
    for (name, value) in changes {
        if value.is_empty() {
            page.remove(name);
        } else {
            page.insert(name.clone(), value.clone());
        }
    }
    let shown = office.understand(&page).map_err(|fault| Error::Internal(fault.to_string()))?;
    let after = json!({"mail_url": shown.mail_url, "to": to});
    let event = || Event {
        id: office.id(EventId::from_ulid),
        at: office.clock.now(),
        actor,
        action: "settings.mail-tried",
        subject: "settings",
        customer: None,
    };
    office.store.write(|tx| audit(tx, event(), NOTHING, Some(&after)))?;
    let id = office.id(MailId::from_ulid);
    let envelope = Envelope { id, to, date: office.clock.now(), language };
    let trial = office.post_room.trial(&office.settings(), &page, envelope);
    trial.map_err(|fault| Error::Internal(fault.to_string()))
}
