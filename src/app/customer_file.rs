use super::{Actor, Error, Office, Right};
use crate::domain::customer::Customer;
use crate::domain::entitlements::Entitlements;
use crate::domain::field::FieldError;
use crate::domain::ids::CustomerId;
use crate::domain::installation::Installation;
use crate::domain::ledger::{Grant, Ledger};
use crate::domain::purchase::{self, OrderForm};
use crate::store::{License, Page};
use jiff::Timestamp;
use licentia_license::{Emergency, License as Claims, Panel, Usage};

/// All that staff look at of one customer, at one moment.
pub struct CustomerFile {
    /// The customer.
    pub customer: Customer,
    /// Its whole ledger.
    pub ledger: Ledger,
    /// Its current license, once there is one.
    pub license: Option<License>,
    /// Its installations, released ones included.
    pub installations: Vec<Installation>,
    /// When it was looked at.
    pub at: Timestamp,
}

/// Reads a customer's file.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub fn customer_file(
    office: &Office,
    actor: &Actor,
    id: &CustomerId,
) -> Result<CustomerFile, Error> {
    actor.require(Right::Read)?;
    let at = office.clock.now();
    office.store.read(|tx| {
        let customer = tx.customer(id)?.ok_or(Error::NotFound)?;
        let ledger = tx.ledger(id)?;
        let current = tx.current_license(id)?;
        let license = current.map(|current| tx.license(&current.id)).transpose()?.flatten();
        let installations = tx.installations(id, &Page { after: None, limit: 200 })?;
        Ok(CustomerFile { customer, ledger, license, installations, at })
    })
}

impl CustomerFile {
    /// What the customer holds.
    pub fn held(&self) -> Entitlements {
        Entitlements::at(&self.ledger, self.at)
    }

    /// The panel as the customer sees it, with the sum of what its installations report.
    pub fn panel(&self) -> Panel {
        panel(&self.customer, &self.held(), self.last_grant(), self.usage(), self.at)
    }

    /// The panel as it would be with one more order.
    ///
    /// # Errors
    /// Wrong fields; a total that is too large. Whether the order number is free is not asked.
    pub fn panel_with(&self, office: &Office, form: OrderForm) -> Result<Panel, Vec<FieldError>> {
        let order = form.parse(office.today())?;
        let mut held = self.held();
        held.user_accounts += order.lines.user_accounts.unwrap_or(0);
        held.external_connections += order.lines.external_connections.unwrap_or(0);
        held.support_until = held.support_until.max(order.lines.support_until);
        let most = held.user_accounts.max(held.external_connections);
        if most > purchase::MOST_TOTAL {
            return Err(vec![crate::domain::field::Fault::TotalTooLarge.at("/items")]);
        }
        Ok(panel(&self.customer, &held, self.last_grant(), self.usage(), self.at))
    }

    fn last_grant(&self) -> Option<&Grant> {
        self.ledger.grants().next_back()
    }

    fn usage(&self) -> Option<Usage> {
        let active = self.installations.iter().filter(|installation| installation.is_active());
        let reported = active.filter_map(|installation| installation.usage);
        reported.fold(None, |sum: Option<Usage>, one| {
            let sum = sum.unwrap_or_default();
            Some(Usage {
                user_accounts: sum.user_accounts + one.user_accounts,
                emergency_accounts: sum.emergency_accounts + one.emergency_accounts,
                external_connections: sum.external_connections + one.external_connections,
            })
        })
    }
}

fn panel(
    customer: &Customer,
    held: &Entitlements,
    last_grant: Option<&Grant>,
    usage: Option<Usage>,
    at: Timestamp,
) -> Panel {
    let licensee = customer.details.licensee.clone();
    let claims = Claims {
        iss: String::new(),
        sub: customer.id.to_string(),
        jti: String::new(),
        iat: at,
        seq: 0,
        aud: Vec::new(),
        licensee: licentia_license::Licensee {
            name: licensee.name,
            country: licensee.country,
            region: licensee.region,
            city: licensee.city,
            postal_code: licensee.postal_code,
        },
        user_accounts: held.user_accounts,
        external_connections: held.external_connections,
        support_until: held.support_until,
        emergency: last_grant.map(|grant| Emergency {
            accounts: grant.accounts,
            from: grant.from,
            until: grant.until,
        }),
    };
    Panel::new(&claims, usage, at)
}
