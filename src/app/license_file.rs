use super::{Actor, Error, Office, Right};
use crate::domain::customer::Language;
use crate::domain::ids::{CustomerId, LicenseId};
use crate::store::License;

/// What the armour of a license file is labelled with.
const LABEL: &str = "LICENSE";

/// A license as a file: what an installation without a network takes in.
pub struct LicenseFile {
    license: License,
    /// The language of the customer who opens it.
    pub language: Language,
}

/// Reads a customer's license for a file; an older one too, though installations refuse what is older
/// than what they have seen.
///
/// # Errors
/// [`Error::NotFound`] also for the license of another customer; [`Error::Forbidden`].
pub fn license_file(
    office: &Office,
    actor: &Actor,
    customer: &CustomerId,
    id: &LicenseId,
) -> Result<LicenseFile, Error> {
    actor.require(Right::Read)?;
    office.store.read(|tx| {
        let language = tx.customer(customer)?.ok_or(Error::NotFound)?.details.language;
        let license = tx.license(id)?.filter(|license| license.customer == *customer);
        Ok(LicenseFile { license: license.ok_or(Error::NotFound)?, language })
    })
}

impl LicenseFile {
    /// The license.
    pub fn license(&self) -> &License {
        &self.license
    }

    /// The file: the license in its armour, under plain words for the person who opens it.
    pub fn text(&self, words: &str) -> String {
        licentia_license::armour(LABEL, words, &self.license.document)
    }
}
