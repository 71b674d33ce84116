use super::answer::write_once;
use super::authenticate_installation::{SignedRequest, authenticate_installation};
use super::{Answer, Error, Office};
use crate::domain::installation::ReportedUsage;

/// Notes how much of the license an installation uses. Changes no license.
///
/// # Errors
/// `installation-unknown`, `installation-released`; counts out of range.
pub fn report_usage(
    office: &Office,
    request: &SignedRequest,
    user_accounts: i64,
    emergency_accounts: i64,
    external_connections: i64,
) -> Result<(), Error> {
    let now = office.clock.now();
    let usage = ReportedUsage::parse(user_accounts, emergency_accounts, external_connections, now)?;
    write_once(office, Some(&request.once), now, |tx| {
        let installation = authenticate_installation(tx, request)?;
        tx.note_usage(&installation.id, &usage)?;
        Ok(Answer::created(()))
    })?;
    Ok(())
}
