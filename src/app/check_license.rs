use super::{Error, Office};
use crate::domain::ids::LicenseId;
use jiff::{Timestamp, civil::Date};

/// What anybody may learn of a license by its number: nothing of whose it is or how much it gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LicenseCheck {
    /// It is the current one of its holder.
    Current {
        /// The last day of support.
        support_until: Option<Date>,
        /// When its emergency license ends, or ended.
        emergency_until: Option<Timestamp>,
    },
    /// Its holder has a newer one.
    Superseded,
}

/// Looks a license up by its number, for anybody; `None` for whatever is no license's number.
///
/// # Errors
/// What the store says.
pub fn check_license(office: &Office, number: &str) -> Result<Option<LicenseCheck>, Error> {
    let Some(id) = LicenseId::parse(number) else { return Ok(None) };
    let found = office.store.read(|tx| tx.license_standing(&id))?;
    let Some((license, is_current)) = found else { return Ok(None) };
    if !is_current {
        return Ok(Some(LicenseCheck::Superseded));
    }
    let stated = license.stated()?;
    Ok(Some(LicenseCheck::Current {
        support_until: stated.support_until,
        emergency_until: stated.emergency.map(|emergency| emergency.until),
    }))
}
