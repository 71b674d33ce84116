use super::{Actor, Error, Office, Right};
use crate::domain::customer::Customer;
use crate::domain::ids::{CustomerId, LicenseId};
use crate::store::License;
use licentia_license::License as Claims;

/// A license as it is printed: what it states, not what the customer's file says today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintableLicense {
    /// Whose it is.
    pub customer: Customer,
    /// The license.
    pub license: License,
    /// What it states.
    pub stated: Claims,
    /// Whether the customer has no newer one.
    pub is_current: bool,
}

/// A customer's license: this one, else the current one.
///
/// # Errors
/// [`Error::NotFound`] where the customer has no such license, [`Error::Forbidden`].
pub fn printable_license(
    office: &Office,
    actor: &Actor,
    customer: &CustomerId,
    license: Option<&LicenseId>,
) -> Result<PrintableLicense, Error> {
    actor.require(Right::Read)?;
    office.store.read(|tx| {
        let customer = tx.customer(customer)?.ok_or(Error::NotFound)?;
        let current = tx.current_license(&customer.id)?.ok_or(Error::NotFound)?.id;
        let license = tx.license(license.unwrap_or(&current))?;
        let license = license.filter(|license| license.customer == customer.id);
        let license = license.ok_or(Error::NotFound)?;
        let stated = license.stated()?;
        Ok(PrintableLicense { is_current: license.id == current, customer, license, stated })
    })
}
