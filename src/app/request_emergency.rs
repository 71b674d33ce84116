use super::answer::write_once;
use super::audit::{Event, NOTHING, audit};
use super::authenticate_installation::{authenticate_installation, read_request};
use super::issue_license::{Issue, issue_license, take_customer};
use super::queue_mail::{Owed, queue_for_customer, queue_for_sales};
use super::{Actor, Answer, Error, Office, Unauthenticated};
use crate::domain::emergency::{self, Decision};
use crate::domain::ids::{EventId, GrantId, LicenseId, MailId};
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
/// 2. while one is active, it is the answer, as it is;
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
    let request = read_request(office, statement)?;
    let Request::Emergency { accounts } = request.statement.req else {
        return Err(Unauthenticated::StatementMismatch.into());
    };
    let now = office.clock.now();
    let zone = &office.settings.time_zone;
    let grant_id = office.id(now, GrantId::from_ulid);
    let license_id = office.id(now, LicenseId::from_ulid);
    let event_id = office.id(now, EventId::from_ulid);
    let mail_ids = [office.id(now, MailId::from_ulid), office.id(now, MailId::from_ulid)];

    write_once(office, Some(&request.once), now, |tx| {
        let installation = authenticate_installation(tx, &request)?;
        let (customer, mut ledger, now) = take_customer(tx, &installation.customer, now)?;
        let grant = match emergency::decide(&ledger, accounts, grant_id.clone(), now, zone)? {
            Decision::Give(grant) => grant,
            Decision::Active(grant) => {
                let license = super::fetch_license::current(tx, &customer.id)?;
                return Ok(Answer::existing(EmergencyAnswer { grant, license }));
            }
        };
        ledger.record(Entry::Grant(grant.clone()));
        let actor = Actor::Installation(installation);
        tx.record(&customer.id, &Entry::Grant(grant.clone()), &actor.name())?;
        let cause_id = grant.id.as_str();
        let issue = Issue {
            id: license_id.clone(),
            customer: &customer,
            ledger: &ledger,
            cause: Cause::Grant,
            cause_id,
            now,
        };
        let license = issue_license(office, tx, issue)?.document;
        let event = Event {
            id: event_id.clone(),
            at: now,
            actor: &actor,
            action: "emergency.granted",
            subject: cause_id,
            customer: Some(&customer.id),
        };
        audit(tx, event, NOTHING, Some(&grant))?;
        let [to_customer, to_sales] = mail_ids.clone();
        let owed = |id, kind| Owed { id, kind, customer: &customer, cause_id, now };
        queue_for_customer(tx, &owed(to_customer, MailKind::EmergencyGranted))?;
        if let Some(sales) = &office.settings.sales_address {
            let language = office.settings.sales_language;
            queue_for_sales(tx, &owed(to_sales, MailKind::EmergencyOwed), sales, language)?;
        }
        Ok(Answer::created(EmergencyAnswer { grant, license }))
    })
}
