use super::answer::write_once_for_customer;
use super::audit::NOTHING;
use super::authenticate_installation::{SignedRequest, authenticate_installation, read_request};
use super::case::Case;
use super::{Actor, Answer, Error, Office, Unauthenticated};
use crate::domain::emergency::{self, Decision};
use crate::domain::ids::GrantId;
use crate::domain::ledger::{Entry, Grant};
use crate::store::{Cause, MailKind};
use licentia_license::Request;
use serde::{Deserialize, Serialize};

/// An emergency grant and the license that states it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmergencyAnswer {
    /// The grant.
    pub grant: Grant,
    /// The customer's current license: a compact JWS.
    pub license: String,
}

/// Gives an emergency license, at once and without a human. The manual's rule, in its order:
///
/// 1. «не более 10»: 1 to 10 accounts, else `emergency-accounts-out-of-range`;
/// 2. while one is active, it is the answer, as it is, never raised;
/// 3. a purchase of user accounts stands, else `no-permanent-purchase`;
/// 4. «После оформления постоянной лицензии Вы вновь сможете воспользоваться»: a new order of user
///    accounts since the last grant stands, else `emergency-already-used`. The grant spends it.
///
/// It runs for one calendar month. The customer is told, and so is sales: it is post-paid.
///
/// # Errors
/// The first condition that does not hold; a statement that is not in order.
pub fn request_emergency(
    office: &Office,
    statement: &str,
) -> Result<Answer<EmergencyAnswer>, Error> {
    emergency_by(office, &read_request(office, statement)?)
}

/// The same by a statement that was read.
pub(super) fn emergency_by(
    office: &Office,
    request: &SignedRequest,
) -> Result<Answer<EmergencyAnswer>, Error> {
    let Request::Emergency { accounts } = request.statement.req else {
        return Err(Unauthenticated::StatementMismatch.into());
    };
    let zone = office.settings().time_zone.clone();

    let answer = write_once_for_customer(office, Some(&request.once), |tx| {
        let installation = authenticate_installation(tx, request)?;
        let mut case = Case::open(office, tx, &installation.customer)?;
        let id = office.id(GrantId::from_ulid);
        let grant = match emergency::decide(&case.ledger, accounts, id, case.now, &zone)? {
            Decision::Give(grant) => grant,
            Decision::Active(grant) => {
                let license = case.current_license()?;
                return Ok(Answer::existing(EmergencyAnswer { grant, license }));
            }
        };
        let (carried_for, actor) = (installation.id.clone(), Actor::Installation(installation));
        case.record(&Entry::Grant(grant.clone()), &actor)?;
        let license = case.issue(Cause::Grant, grant.id.as_str())?.document;
        case.tell_customer(MailKind::EmergencyGranted, grant.id.as_str())?;
        case.tell_sales(MailKind::EmergencyOwed, grant.id.as_str())?;
        case.audit(&actor, "emergency.granted", grant.id.as_str(), NOTHING, Some(&grant))?;
        request.audit_carrier(&mut case, &carried_for)?;
        Ok(Answer::created(EmergencyAnswer { grant, license }))
    })?;
    office.observations.hear(request, office.clock.now());
    Ok(answer)
}
