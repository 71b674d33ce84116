use crate::Error;
use licentia_license::{Roots, Trust, VerifiedLicense, unarmour};

/// Verifies any license against roots, without a state directory: bare or in its armour.
///
/// It says that the vendor issued this license, not that it is for a certain installation, nor
/// that it is the customer's newest.
///
/// # Errors
/// [`Error::License`] with the first thing that did not fit.
pub fn verify(license: &str, roots: &Roots) -> Result<VerifiedLicense, Error> {
    Ok(Trust::new(roots)?.license(&unarmour(license)?)?)
}
