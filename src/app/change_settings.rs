use super::audit::{Event, audit};
use super::{Actor, Error, Office, Right};
use crate::domain::field::{Fault, FieldError};
use crate::domain::ids::EventId;
use std::collections::BTreeMap;

/// Changes what staff have set; an empty value takes a setting away. What is set more strongly, in
/// the file, the environment or by a flag, stays.
///
/// # Errors
/// A value that cannot be understood, by name.
pub fn change_settings(
    office: &Office,
    actor: &Actor,
    changes: &BTreeMap<String, String>,
) -> Result<(), Error> {
    actor.require(Right::Administer)?;
    check(office, changes)?;
    office.store.write(|tx| {
        let before = tx.settings()?;
        for (name, value) in changes {
            tx.set_setting(name, Some(value.as_str()).filter(|value| !value.is_empty()))?;
        }
        let after = tx.settings()?;
        let event = Event {
            id: office.id(EventId::from_ulid),
            at: office.clock.now(),
            actor,
            action: "settings.changed",
            subject: "settings",
            customer: None,
        };
        audit(tx, event, Some(&shown(&before)), Some(&shown(&after)))
    })?;
    office.reload_settings()
}

/// Whether these values could be set.
pub(super) fn check(office: &Office, changes: &BTreeMap<String, String>) -> Result<(), Error> {
    let fixed = &office.settings().fixed;
    let set = changes.iter().filter(|(name, value)| !value.is_empty() && !fixed.contains(*name));
    let mut faults: Vec<FieldError> = Vec::new();
    for (name, value) in set {
        // One at a time, so that every fault is named.
        let alone = BTreeMap::from([(name.clone(), value.clone())]);
        if office.understand(&alone).is_err() {
            faults.push(Fault::NotUnderstood.at(format!("/{name}")));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

/// The settings as the audit shows them: no password of the mail server.
fn shown(settings: &BTreeMap<String, String>) -> BTreeMap<&str, &str> {
    let hidden = |name: &str| name == "mail_url";
    settings.iter().map(|(n, v)| (n.as_str(), if hidden(n) { "…" } else { v.as_str() })).collect()
}
