use super::customer_file::CustomerFile;
use super::license_changes::{LicenseChange, license_changes};
use super::{Actor, Error, Office, Right};
use crate::domain::customer::Licensee;
use crate::domain::ids::CustomerId;
use crate::domain::ledger::LedgerNumber;
use crate::store::{AuditEvent, License, Mail, Tx};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, civil::Date};
use licentia_license::Panel;
use std::collections::BTreeMap;

/// How many licenses, mails and events the customer's page shows: the last ones.
const LICENSES: i64 = 20;
const MAILS: i64 = 10;
const EVENTS: i64 = 20;

/// A customer's file, and how it came to be: all that the customer's page shows, at one moment.
pub struct CustomerHistory {
    /// The file.
    pub file: CustomerFile,
    /// The panel, on the day that was asked for.
    pub panel: Panel,
    /// The license in force on that day, the current one for a coming day.
    pub in_force: Option<License>,
    /// Who recorded the ledger's entries.
    pub recorded_by: BTreeMap<LedgerNumber, String>,
    /// The last licenses.
    pub licenses: LicenseList,
    /// The last mails about the customer, newest first.
    pub mails: Vec<Mail>,
    /// The last audit events about the customer, newest first.
    pub events: Vec<AuditEvent>,
}

/// A slice of the licenses that a customer was issued, newest first.
pub struct LicenseList {
    /// The licenses.
    pub licenses: Vec<IssuedLicense>,
    /// How many there are in all.
    pub total: i64,
    /// What installations are called, by id and by thumbprint.
    pub names: BTreeMap<String, String>,
}

/// A license, and what it states otherwise than the one before it.
pub struct IssuedLicense {
    /// The license.
    pub license: License,
    /// Whether it is the customer's first.
    pub is_first: bool,
    /// Whether it is the current one.
    pub is_current: bool,
    /// What it states otherwise.
    pub changes: Vec<LicenseChange>,
}

/// Reads a customer's history; `on` is the day whose panel is wanted, today where it is none.
///
/// A past day's panel is what it was at the day's end in the vendor's zone, a coming day's what will
/// be left by then if nothing is recorded any more.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub fn customer_history(
    office: &Office,
    actor: &Actor,
    id: &CustomerId,
    on: Option<Date>,
) -> Result<CustomerHistory, Error> {
    actor.require(Right::Read)?;
    let at = office.clock.now();
    let (zone, today) = (office.settings().time_zone.clone(), office.today());
    office.store.read(|tx| {
        let file = CustomerFile::read(office, tx, id, at)?;
        let (panel, in_force) = match on {
            Some(day) if day < today => {
                let end = end_of(day, &zone);
                let in_force = tx.license_at(id, end)?;
                let licensee = in_force.as_ref().map(licensee).transpose()?;
                (file.panel_at(end, licensee), in_force)
            }
            Some(day) if day > today => {
                (file.panel_at(end_of(day, &zone), None), file.license.clone())
            }
            _ => (file.panel(), file.license.clone()),
        };
        Ok(CustomerHistory {
            panel,
            in_force,
            recorded_by: tx.recorded_by(id)?,
            licenses: license_list(tx, id, None, LICENSES)?,
            mails: tx.latest_mails_about(id, MAILS)?,
            events: tx.latest_audit_events_about(id, EVENTS)?,
            file,
        })
    })
}

/// A slice of a customer's licenses, newest first: those before `before` (a `seq`), or the last; and
/// the customer's file.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub fn license_history(
    office: &Office,
    actor: &Actor,
    id: &CustomerId,
    before: Option<i64>,
    limit: i64,
) -> Result<(CustomerFile, LicenseList), Error> {
    actor.require(Right::Read)?;
    let at = office.clock.now();
    office.store.read(|tx| {
        let file = CustomerFile::read(office, tx, id, at)?;
        Ok((file, license_list(tx, id, before, limit)?))
    })
}

/// A customer's file, and who recorded the ledger's entries.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub fn purchase_history(
    office: &Office,
    actor: &Actor,
    id: &CustomerId,
) -> Result<(CustomerFile, BTreeMap<LedgerNumber, String>), Error> {
    actor.require(Right::Read)?;
    let at = office.clock.now();
    office.store.read(|tx| Ok((CustomerFile::read(office, tx, id, at)?, tx.recorded_by(id)?)))
}

fn license_list(
    tx: &mut Tx<'_>,
    id: &CustomerId,
    before: Option<i64>,
    limit: i64,
) -> Result<LicenseList, Error> {
    // One more than is shown: the last one shown is compared with it.
    let loaded = tx.latest_licenses(id, before, limit + 1)?;
    let claims = loaded.iter().map(License::stated).collect::<Result<Vec<_>, _>>()?;
    let current = tx.current_license(id)?.map(|current| current.id);
    let shown = usize::try_from(limit).unwrap_or_default();
    let licenses = loaded.into_iter().take(shown).enumerate().map(|(index, license)| {
        let earlier = claims.get(index + 1);
        IssuedLicense {
            is_first: earlier.is_none(),
            is_current: current.as_ref() == Some(&license.id),
            changes: license_changes(earlier, &claims[index]),
            license,
        }
    });
    let licenses = licenses.collect();
    let names = tx
        .installation_names(id)?
        .into_iter()
        .flat_map(|[id, thumbprint, name]| [(id, name.clone()), (thumbprint, name)]);
    Ok(LicenseList { licenses, total: tx.count_licenses(id)?, names: names.collect() })
}

/// The licensee that a license states.
fn licensee(license: &License) -> Result<Licensee, Error> {
    let licensee = license.stated()?.licensee;
    Ok(Licensee {
        name: licensee.name,
        country: licensee.country,
        region: licensee.region,
        city: licensee.city,
        postal_code: licensee.postal_code,
    })
}

/// The last second of a day in a zone.
fn end_of(day: Date, zone: &TimeZone) -> Timestamp {
    let next = day.tomorrow().and_then(|next| zone.to_timestamp(next.into()));
    next.map_or(Timestamp::MAX, |next| next - SignedDuration::from_secs(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_when_the_next_begins_in_the_zone() {
        let end = |day: &str, zone: &str| {
            end_of(day.parse().unwrap(), &TimeZone::get(zone).unwrap()).to_string()
        };
        assert_eq!(end("2014-05-13", "UTC"), "2014-05-13T23:59:59Z");
        assert_eq!(end("2014-05-13", "Europe/Moscow"), "2014-05-13T19:59:59Z");
        // In Beirut the clocks went from 00:00 to 01:00 that night.
        assert_eq!(end("2014-03-29", "Asia/Beirut"), "2014-03-29T21:59:59Z");
    }

    #[test]
    fn the_last_day_of_the_calendar_has_an_end() {
        assert_eq!(end_of(Date::MAX, &TimeZone::UTC), Timestamp::MAX);
    }
}
