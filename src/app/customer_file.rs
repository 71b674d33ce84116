use super::moves::moves;
use super::{Actor, Error, Office, Right};
use crate::domain::customer::{Customer, Licensee};
use crate::domain::entitlements::Entitlements;
use crate::domain::ids::{CustomerId, InstallationId};
use crate::domain::installation::Installation;
use crate::domain::ledger::{Grant, Ledger};
use crate::domain::moves::Moves;
use crate::domain::observation::Observed;
use crate::store::{License, Tx};
use jiff::Timestamp;
use licentia_license::{Emergency, License as Claims, Panel, Usage};
use std::collections::BTreeMap;

/// How many installations that gave their places back are looked at: the last ones.
const RELEASED: i64 = 20;

/// All that staff look at of one customer, at one moment.
pub struct CustomerFile {
    /// The customer.
    pub customer: Customer,
    /// Its whole ledger.
    pub ledger: Ledger,
    /// Its current license, once there is one.
    pub license: Option<License>,
    /// Its active installations, then those that were released last.
    pub installations: Vec<Installation>,
    /// What is remembered of them.
    pub observed: BTreeMap<InstallationId, Observed>,
    /// How often it moved in the last 365 days, and may.
    pub moves: Moves,
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
    office.store.read(|tx| CustomerFile::read(office, tx, id, at))
}

impl CustomerFile {
    /// Reads the file as one moment of the store has it.
    pub(super) fn read(
        office: &Office,
        tx: &mut Tx<'_>,
        id: &CustomerId,
        at: Timestamp,
    ) -> Result<Self, Error> {
        let customer = tx.customer(id)?.ok_or(Error::NotFound)?;
        let ledger = tx.ledger(id)?;
        let current = tx.current_license(id)?;
        let license = current.map(|current| tx.license(&current.id)).transpose()?.flatten();
        let mut installations = tx.active_installations(id)?;
        installations.extend(tx.released_installations(id, RELEASED)?);
        let moves = moves(office, tx, id, at)?;
        let observed = tx.observed_of(id)?;
        Ok(Self { customer, ledger, license, installations, observed, moves, at })
    }

    /// What the customer holds.
    pub fn held(&self) -> Entitlements {
        Entitlements::at(&self.ledger, self.at)
    }

    /// The panel as the customer sees it, with the sum of what its installations report.
    pub fn panel(&self) -> Panel {
        let licensee = self.customer.details.licensee.clone();
        let last_grant = self.last_grant(self.at);
        panel(&self.customer.id, licensee, &self.held(), last_grant, self.usage(), self.at)
    }

    /// The panel as it was, or will be, at another instant: with the licensee of the license in force
    /// then, and without what installations count, which is known of now alone.
    pub(super) fn panel_at(&self, at: Timestamp, in_force: Option<Licensee>) -> Panel {
        let licensee = in_force.unwrap_or_else(|| self.customer.details.licensee.clone());
        let held = Entitlements::at(&self.ledger, at);
        panel(&self.customer.id, licensee, &held, self.last_grant(at), None, at)
    }

    /// The sum of what the active installations have counted; none where none has.
    pub fn usage(&self) -> Option<Usage> {
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

    /// The last grant given by then.
    fn last_grant(&self, at: Timestamp) -> Option<&Grant> {
        self.ledger.grants().rev().find(|grant| grant.from <= at)
    }
}

fn panel(
    customer: &CustomerId,
    licensee: Licensee,
    held: &Entitlements,
    last_grant: Option<&Grant>,
    usage: Option<Usage>,
    at: Timestamp,
) -> Panel {
    let claims = Claims {
        iss: String::new(),
        sub: customer.to_string(),
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
