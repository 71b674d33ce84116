use super::authenticate_installation::{SignedRequest, authenticate_installation, read_request};
use super::{Error, Office, Unauthenticated};
use crate::domain::ids::CustomerId;
use crate::store::Tx;
use licentia_license::Request;

/// The current license of the installation's customer: the very bytes that were stored.
///
/// # Errors
/// `installation-unknown`, `installation-released`.
pub fn fetch_license(office: &Office, statement: &str) -> Result<String, Error> {
    fetch_by(office, &read_request(office, statement)?)
}

/// The same by a statement that was read.
pub(super) fn fetch_by(office: &Office, request: &SignedRequest) -> Result<String, Error> {
    let Request::License {} = request.statement.req else {
        return Err(Unauthenticated::StatementMismatch.into());
    };
    let license = office.store.read(|tx| {
        if let Some(document) = tx.document_for_installation(&request.statement.iss)? {
            return text(document);
        }
        let installation = authenticate_installation(tx, request)?;
        current(tx, &installation.customer)
    })?;
    office.observations.hear(request, office.clock.now());
    Ok(license)
}

/// A customer's current license.
pub(super) fn current(tx: &mut Tx<'_>, customer: &CustomerId) -> Result<String, Error> {
    tx.current_document(customer)?.ok_or(Error::NotFound).and_then(text)
}

fn text(document: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(document).map_err(|error| Error::Internal(error.to_string()))
}
