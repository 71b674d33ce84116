use super::authenticate_installation::{authenticate_installation, read_request};
use super::{Error, Office, Unauthenticated};
use crate::domain::emergency::{Availability, Refusal, availability};
use crate::domain::ledger::Ledger;
use jiff::Timestamp;
use licentia_license::{InstallationPanel, NoEmergency, Request};

/// The panel of the installation that asks, for the product's settings page: what the customer's
/// current license states, with what this installation counts, and whether an emergency license
/// would be given now. Nothing is written.
///
/// # Errors
/// `installation-unknown`, `installation-released`.
pub fn fetch_panel(office: &Office, statement: &str) -> Result<InstallationPanel, Error> {
    let request = read_request(office, statement)?;
    let Request::License {} = request.statement.req else {
        return Err(Unauthenticated::StatementMismatch.into());
    };
    let now = office.clock.now();
    let panel = office.store.read(|tx| {
        let installation = authenticate_installation(tx, &request)?;
        let ledger = tx.ledger(&installation.customer)?;
        let current = tx.current_license(&installation.customer)?.ok_or(Error::NotFound)?;
        let license = tx.license(&current.id)?.ok_or(Error::NotFound)?.stated()?;
        let at = ledger.moment(now);
        let panel = InstallationPanel::new(&license, installation.usage.map(Into::into), at);
        Ok::<_, Error>(panel.with_right(right(&ledger, at)))
    })?;
    office.observations.hear(&request, now);
    Ok(panel)
}

fn right(ledger: &Ledger, at: Timestamp) -> Result<(), NoEmergency> {
    match availability(ledger, at) {
        Ok(Availability::ByOrder(_)) => Ok(()),
        Ok(Availability::Active(_)) => Err(NoEmergency::EmergencyActive),
        Err(Refusal::NoPermanentPurchase) => Err(NoEmergency::NoPermanentPurchase),
        // A number of accounts was not asked about.
        Err(Refusal::AlreadyUsed | Refusal::AccountsOutOfRange) => {
            Err(NoEmergency::EmergencyAlreadyUsed)
        }
    }
}
