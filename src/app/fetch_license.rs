use super::authenticate_installation::{SignedRequest, authenticate_installation, read_request};
use super::{Error, Office, Unauthenticated};
use crate::domain::ids::CustomerId;
use crate::store::{CurrentDocument, Tx};
use licentia_license::Request;

/// A statement that asks for the current license, in order.
#[derive(Debug)]
pub struct LicenseRequest(SignedRequest);

impl LicenseRequest {
    /// Reads the statement.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] with what is wrong with it, or that it asks for something else.
    pub fn read(office: &Office, statement: &str) -> Result<Self, Error> {
        let request = read_request(office, statement)?;
        let Request::License {} = request.statement.req else {
            return Err(Unauthenticated::StatementMismatch.into());
        };
        Ok(Self(request))
    }
}

/// The current license of the installation's customer, where it is at hand: as
/// [`fetch_license`] would answer, without the store.
pub async fn license_at_hand(office: &Office, request: &LicenseRequest) -> Option<CurrentDocument> {
    let license = office.licenses.get(&request.0.key).await?;
    office.observations.hear(&request.0, office.clock.now());
    Some(license)
}

/// The current license of the installation's customer: the very bytes that were stored.
///
/// # Errors
/// `installation-unknown`, `installation-released`.
pub fn fetch_license(office: &Office, request: &LicenseRequest) -> Result<CurrentDocument, Error> {
    fetch_by(office, &request.0)
}

/// The same by a statement that was read.
pub(super) fn fetch_by(office: &Office, request: &SignedRequest) -> Result<CurrentDocument, Error> {
    let Some(license) = office.licenses.read(&office.store, &request.key)? else {
        let refused = office.store.read(|tx| authenticate_installation(tx, request).map(drop));
        // One that was activated meanwhile has no license to be told of yet.
        return Err(refused.err().unwrap_or(Error::NotFound));
    };
    office.observations.hear(request, office.clock.now());
    Ok(license)
}

/// A customer's current license.
pub(super) fn current(tx: &mut Tx<'_>, customer: &CustomerId) -> Result<String, Error> {
    tx.current_document(customer)?.ok_or(Error::NotFound).and_then(text)
}

/// A license as text, which it is.
pub(super) fn text(document: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(document).map_err(|error| Error::Internal(error.to_string()))
}
