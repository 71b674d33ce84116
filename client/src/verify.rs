use crate::Error;
use crate::accept::require_issued_by_now;
use crate::surroundings::Surroundings;
use licentia_license::{Roots, Trust, VerifiedLicense, unarmour};

/// Verifies any license against roots, without a state directory: bare or in its armour.
///
/// It says that the vendor issued this license, not that it is for a certain installation, nor
/// that it is the customer's newest. A key that was withdrawn is known by the roots file alone: one
/// that was exported after the withdrawal.
///
/// # Errors
/// [`Error::License`] with the first thing that did not fit; [`Error::Ahead`] for a license issued
/// more than 24 hours ahead of the clock.
pub fn verify(license: &str, roots: &Roots) -> Result<VerifiedLicense, Error> {
    let verified = Trust::new(roots)?.license(&unarmour(license)?)?;
    require_issued_by_now(&verified.license, Surroundings::system().now())?;
    Ok(verified)
}
