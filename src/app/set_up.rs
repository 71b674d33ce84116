//! The first run: a link that is good once, for half an hour, makes the first administrator.

use super::audit::{Event, NOTHING, audit};
use super::change_settings::check;
use super::{Actor, Error, HashedPassword, Office, Unauthenticated};
use crate::domain::field::Fault;
use crate::domain::ids::{EventId, StaffId};
use crate::domain::staff::{Role, Staff, StaffForm, Totp};
use data_encoding::BASE32_NOPAD;
use jiff::SignedDuration;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// How long a setup link is good.
const GOOD_FOR: SignedDuration = SignedDuration::from_mins(30);

/// The token of a new setup link; `None` once there is staff. Links made before stop.
///
/// # Errors
/// What the store says.
pub fn setup_link(office: &Office) -> Result<Option<String>, Error> {
    let token = BASE32_NOPAD.encode(&office.chance.bytes::<20>()).to_lowercase();
    let until = office.clock.now() + GOOD_FOR;
    office.store.write(|tx| {
        if tx.count_staff()? > 0 {
            return Ok(None);
        }
        tx.add_setup_link(&hash(&token), until)?;
        Ok(Some(token.clone()))
    })
}

/// Refuses a set-up once there is staff.
///
/// # Errors
/// `setup-link-unknown`.
pub fn require_no_staff(office: &Office) -> Result<(), Error> {
    let count = office.store.read(|tx| tx.count_staff())?;
    if count == 0 { Ok(()) } else { Err(Unauthenticated::SetupLinkUnknown.into()) }
}

/// Whether a setup link is good.
///
/// # Errors
/// `setup-link-unknown`.
pub fn check_setup_link(office: &Office, token: &str) -> Result<(), Error> {
    let good = office.store.read(|tx| tx.setup_link_is_good(&hash(token), office.clock.now()))?;
    if good { Ok(()) } else { Err(Unauthenticated::SetupLinkUnknown.into()) }
}

/// Checks what [`set_up`] is given, before the password is hashed.
///
/// # Errors
/// As [`set_up`].
pub fn check_set_up(
    office: &Office,
    token: &str,
    form: &StaffForm,
    settings: &BTreeMap<String, String>,
) -> Result<(), Error> {
    check_setup_link(office, token)?;
    let form = StaffForm { role: Role::Admin.as_str().into(), ..form.clone() };
    let vendor = settings.get("vendor_name").map_or("", String::as_str);
    let mut faults = form.parse(vendor).err().unwrap_or_default();
    // Alarms have nowhere to go until there is an administrator with an address.
    if form.email.trim().is_empty() {
        faults.push(Fault::Empty.at("/email"));
    }
    if let Err(Error::Invalid(more)) = check(office, settings) {
        faults.extend(more);
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    Ok(())
}

/// Makes the first administrator and settles what the vendor has said; uses the link up.
///
/// # Errors
/// `setup-link-unknown`; wrong fields.
pub fn set_up(
    office: &Office,
    token: &str,
    form: &StaffForm,
    password: &HashedPassword,
    settings: &BTreeMap<String, String>,
) -> Result<Staff, Error> {
    check_set_up(office, token, form, settings)?;
    let form = StaffForm { role: Role::Admin.as_str().into(), ..form.clone() };
    let vendor = settings.get("vendor_name").map_or("", String::as_str);
    let new = form.parse(vendor)?;
    let now = office.clock.now();
    let person = Staff {
        id: office.id(StaffId::from_ulid),
        name: new.name,
        full_name: new.full_name,
        role: new.role,
        email: new.email,
        language: new.language,
        totp: Totp { generation: 1, confirmed: false, last_step: 0 },
        created_at: now,
        disabled_at: None,
        password_until: None,
    };
    office.store.write(|tx| {
        if !tx.setup_link_is_good(&hash(token), now)? || tx.count_staff()? > 0 {
            return Err(Error::from(Unauthenticated::SetupLinkUnknown));
        }
        tx.remove_setup_links()?;
        tx.add_staff(&person, password.as_str())?;
        for (name, value) in settings {
            // A new installation asks everybody for a second factor; the settings page can change it.
            let unset = name == "second_factor_for_all" && value.is_empty();
            let value = if unset { "true" } else { value.as_str() };
            tx.set_setting(name, Some(value).filter(|value| !value.is_empty()))?;
        }
        let event = Event {
            id: office.id(EventId::from_ulid),
            at: now,
            actor: &Actor::Staff(person.clone()),
            action: "office.set-up",
            subject: person.id.as_str(),
            customer: None,
        };
        audit(tx, event, NOTHING, Some(&person))
    })?;
    office.reload_settings()?;
    Ok(person)
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
