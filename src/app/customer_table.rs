use super::{Actor, Error, Office, customers};
use crate::domain::customer::Customer;
use crate::domain::ids::CustomerId;
use crate::store::Page;
use licentia_license::License as Claims;
use std::collections::BTreeMap;

/// A customer, and what its current license states once there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicensedCustomer {
    /// The customer.
    pub customer: Customer,
    /// What its current license states.
    pub license: Option<Claims>,
}

/// Customers as [`customers`] finds them, each with its current license.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn licensed_customers(
    office: &Office,
    actor: &Actor,
    page: &Page,
    search: Option<&str>,
) -> Result<Vec<LicensedCustomer>, Error> {
    let customers = customers(office, actor, page, search)?;
    let ids: Vec<&CustomerId> = customers.iter().map(|customer| &customer.id).collect();
    let licenses = office.store.read(|tx| tx.current_licenses(&ids))?;
    let stated = licenses.iter().map(|license| license.stated().map(|it| (it.sub.clone(), it)));
    let mut stated: BTreeMap<String, Claims> = stated.collect::<Result<_, _>>()?;
    let found = customers.into_iter().map(|customer| {
        let license = stated.remove(customer.id.as_str());
        LicensedCustomer { customer, license }
    });
    Ok(found.collect())
}
