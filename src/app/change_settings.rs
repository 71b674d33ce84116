use super::answer::write_once;
use super::audit::{Event, audit};
use super::office::may_stand_on_page;
use super::{Actor, Answer, Error, Office, Once, Refusal, Right, Settings};
use crate::domain::field::{self, Fault, FieldError};
use crate::domain::ids::EventId;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The settings as an administrator looks at them.
pub struct VendorSettings {
    /// What is settled.
    pub settings: Settings,
    /// Whether the first license has fixed the issuer.
    pub issuer_is_fixed: bool,
    /// Which state of what staff have set this is: a change names it.
    pub version: String,
}

/// What is settled, to be looked at and changed.
///
/// # Errors
/// [`Error::Forbidden`]; what the store says.
pub fn vendor_settings(office: &Office, actor: &Actor) -> Result<VendorSettings, Error> {
    actor.require(Right::Administer)?;
    let (page, recorded) =
        office.store.read(|tx| Ok::<_, Error>((tx.settings()?, tx.office()?)))?;
    let settings = office.understand(&page).map_err(|f| Error::Internal(f.to_string()))?;
    let issuer_is_fixed = recorded.is_some_and(|office| office.issuer.is_some());
    Ok(VendorSettings { settings, issuer_is_fixed, version: version(office, &page)? })
}

/// Changes what staff have set; an empty value takes a setting away. What is set more strongly, in
/// the file, the environment or by a flag, stays.
///
/// `version` is the one that was read, if any was: a change of what has changed since is refused.
///
/// # Errors
/// A value that cannot be understood, by name; `issuer-fixed`; [`Error::PreconditionFailed`].
pub fn change_settings(
    office: &Office,
    actor: &Actor,
    once: Option<&Once>,
    version: Option<&str>,
    changes: &BTreeMap<String, String>,
) -> Result<(), Error> {
    actor.require(Right::Administer)?;
    let fixed = &office.settings().fixed;
    let changes: BTreeMap<String, String> = changes
        .iter()
        .filter(|(name, _)| !fixed.contains_key(*name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    check(office, &changes)?;
    // In the form in which the first license fixes it.
    let issuer = changes.get_key_value("issuer").filter(|(_, issuer)| !issuer.is_empty());
    let issuer = issuer.and_then(|(name, issuer)| {
        let alone = BTreeMap::from([(name.clone(), issuer.clone())]);
        office.understand(&alone).ok().map(|settings| settings.issuer)
    });
    write_once(office, once, |tx| {
        let before = tx.settings()?;
        let now = self::version(office, &before)?;
        if version.is_some_and(|version| version != now) {
            return Err(Error::PreconditionFailed);
        }
        let recorded = tx.office()?.and_then(|office| office.issuer);
        let other = |issuer: &String| recorded.as_ref().is_some_and(|fixed| fixed != issuer);
        if issuer.as_ref().is_some_and(other) {
            return Err(Refusal::IssuerFixed.into());
        }
        for (name, value) in &changes {
            tx.set_setting(name, Some(value.as_str()).filter(|value| !value.is_empty()))?;
        }
        let after = tx.settings()?;
        if after == before {
            return Ok(Answer::existing(()));
        }
        let event = Event {
            id: office.id(EventId::from_ulid),
            at: office.clock.now(),
            actor,
            action: "settings.changed",
            subject: "settings",
            customer: None,
        };
        audit(tx, event, Some(&shown(office, &before)), Some(&shown(office, &after)))?;
        Ok(Answer::created(()))
    })?;
    office.reload_settings()
}

/// Whether these values could be set.
pub(super) fn check(office: &Office, changes: &BTreeMap<String, String>) -> Result<(), Error> {
    let fixed = &office.settings().fixed;
    let set =
        changes.iter().filter(|(name, value)| !value.is_empty() && !fixed.contains_key(*name));
    let mut faults: Vec<FieldError> = Vec::new();
    for (name, value) in set {
        // One at a time, so that every fault is named.
        let alone = BTreeMap::from([(name.clone(), value.clone())]);
        if !may_stand_on_page(name, value) {
            faults.push(Fault::NotOnThePage.at(format!("/{name}")));
        } else if office.understand(&alone).is_err() {
            faults.push(Fault::NotUnderstood.at(format!("/{name}")));
        } else if name == "vendor_name" {
            faults.extend(field::line(value, 100).err().map(|fault| fault.at("/vendor_name")));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

/// Which state this is, without telling what it holds: a password may be in it.
fn version(office: &Office, settings: &BTreeMap<String, String>) -> Result<String, Error> {
    let mut hash = Sha256::new_with_prefix(office.cookie_secret()?);
    hash.update(format!("settings\n{settings:?}"));
    Ok(HEXLOWER.encode(&hash.finalize()[..16]))
}

/// The settings as the audit shows them: the mail server without its name and password.
fn shown(office: &Office, settings: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut shown = settings.clone();
    if let Some(url) = shown.get_mut("mail_url") {
        let understood = office.understand(settings);
        *url = understood.map_or_else(|_| "…".to_owned(), |settings| settings.mail_url);
    }
    shown
}
