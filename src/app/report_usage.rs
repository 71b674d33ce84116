use super::answer::write_once_for_customer;
use super::authenticate_installation::{SignedRequest, authenticate_installation, read_request};
use super::{Answer, Error, Office, Unauthenticated};
use crate::domain::installation::ReportedUsage;
use licentia_license::Request;

/// Notes how much of the license an installation uses. Changes no license.
///
/// # Errors
/// `installation-unknown`, `installation-released`; counts out of range.
pub fn report_usage(office: &Office, statement: &str) -> Result<(), Error> {
    report_by(office, &read_request(office, statement)?)
}

/// The same by a statement that was read.
pub(super) fn report_by(office: &Office, request: &SignedRequest) -> Result<(), Error> {
    let Request::Usage { user_accounts, emergency_accounts, external_connections } =
        request.statement.req
    else {
        return Err(Unauthenticated::StatementMismatch.into());
    };
    let now = office.clock.now();
    let usage = ReportedUsage::parse(user_accounts, emergency_accounts, external_connections, now)?;
    write_once_for_customer(office, Some(&request.once), |tx| {
        let installation = authenticate_installation(tx, request)?;
        tx.note_usage(&installation.id, &usage)?;
        Ok(Answer::created(()))
    })?;
    office.observations.hear(request, now);
    Ok(())
}
