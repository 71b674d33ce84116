//! Makes the letter of a mail of what the ledger says. The ledger only grows, so a mail that waits
//! says what it would have said at once.

use super::letter::{Letter, StatedKey};
use crate::domain::customer::Customer;
use crate::domain::entitlements::Entitlements;
use crate::domain::ledger::{Entry, Ledger};
use crate::domain::staff::Staff;
use crate::domain::staff_notice::StaffNotice;
use crate::store::{Mail, MailKind, StoreError};

/// What a mail says; `activation_key` is asked for only where the mail carries the key.
///
/// # Errors
/// A ledger that lacks what the mail tells of; what `activation_key` fails with.
pub fn compose(
    mail: &Mail,
    customer: Customer,
    ledger: &Ledger,
    activation_key: impl FnOnce(&Customer) -> Result<StatedKey, StoreError>,
) -> Result<Letter, StoreError> {
    let missing = |what: &str| StoreError::Unreadable(format!("{what} of the mail {}", mail.id));
    match mail.kind {
        MailKind::LicenseReady => {
            let purchase = ledger.purchases().find(|p| p.id.as_str() == mail.cause_id);
            let purchase = purchase.ok_or_else(|| missing("the purchase"))?;
            let (before, after) = around(ledger, &Entry::Purchase(purchase.clone()));
            let order_number = purchase.order_number.clone();
            let carried = mail.with_activation_key.then(|| activation_key(&customer));
            let activation_key = carried.transpose()?;
            Ok(Letter::LicenseReady { customer, order_number, before, after, activation_key })
        }
        MailKind::PurchaseVoided => {
            let void = ledger.voids().find(|v| v.id.as_str() == mail.cause_id);
            let void = void.ok_or_else(|| missing("the void"))?;
            let purchase = ledger.purchases().find(|p| p.id == void.purchase);
            let purchase = purchase.ok_or_else(|| missing("the purchase"))?;
            let (before, after) = around(ledger, &Entry::Void(void.clone()));
            let order_number = purchase.order_number.clone();
            let reason = void.reason.clone();
            Ok(Letter::PurchaseVoided { customer, order_number, reason, before, after })
        }
        MailKind::EmergencyGranted | MailKind::EmergencyOwed => {
            let grant = ledger.grants().find(|g| g.id.as_str() == mail.cause_id);
            let grant = grant.ok_or_else(|| missing("the grant"))?.clone();
            let until_then = ledger.before(grant.number);
            let user_accounts = Entitlements::at(&until_then, grant.from).user_accounts;
            Ok(match mail.kind {
                MailKind::EmergencyGranted => {
                    Letter::EmergencyGranted { customer, grant, user_accounts }
                }
                _ => Letter::EmergencyOwed { customer, grant, user_accounts },
            })
        }
        MailKind::SignInSlowed
        | MailKind::AccessChanged
        | MailKind::SecondFactorConfirmed
        | MailKind::RecoveryCodeUsed
        | MailKind::IntegrityAlarm
        | MailKind::IssuingKeyEnds => Err(missing("the member of staff")),
    }
}

/// What a notice to a member of staff says.
pub fn compose_notice(mail: &Mail, person: Staff, notice: StaffNotice) -> Letter {
    Letter::Notice { person, notice, at: mail.created_at }
}

/// What the customer held just before an entry, and just after it.
fn around(ledger: &Ledger, entry: &Entry) -> (Entitlements, Entitlements) {
    let at = entry.recorded_at();
    let before = Entitlements::at(&ledger.before(entry.number()), at);
    let after = Entitlements::at(&ledger.before(entry.number() + 1), at);
    (before, after)
}
