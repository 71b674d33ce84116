//! Loads what a mail tells of. The ledger only grows, so a mail that waits says what it would have
//! said at once.

use super::Letter;
use crate::domain::customer::Customer;
use crate::domain::entitlements::Entitlements;
use crate::domain::ids::CustomerId;
use crate::domain::ledger::{Entry, Ledger};
use crate::store::{Mail, MailKind, StoreError, Tx};

/// Makes the activation key of a customer's generation; the secret stays with who made this.
pub type ActivationKeys = dyn Fn(&CustomerId, i64) -> Result<String, String> + Send + Sync;

/// What the letter of a mail says.
pub(super) fn load(
    tx: &mut Tx<'_>,
    mail: &Mail,
    activation_keys: &ActivationKeys,
) -> Result<Letter, StoreError> {
    let missing = |what: &str| StoreError::Unreadable(format!("{what} of the mail {}", mail.id));
    let customer = tx.customer(&mail.customer)?.ok_or_else(|| missing("the customer"))?;
    let ledger = tx.ledger(&mail.customer)?;
    match mail.kind {
        MailKind::LicenseReady => {
            let purchase = ledger.purchases().find(|p| p.id.as_str() == mail.cause_id);
            let purchase = purchase.ok_or_else(|| missing("the purchase"))?;
            let (before, after) = around(&ledger, &Entry::Purchase(purchase.clone()));
            let order_number = purchase.order_number.clone();
            let activation_key = key(mail, &customer, activation_keys)?;
            Ok(Letter::LicenseReady { customer, order_number, before, after, activation_key })
        }
        MailKind::PurchaseVoided => {
            let void = ledger.voids().find(|v| v.id.as_str() == mail.cause_id);
            let void = void.ok_or_else(|| missing("the void"))?;
            let purchase = ledger.purchases().find(|p| p.id == void.purchase);
            let purchase = purchase.ok_or_else(|| missing("the purchase"))?;
            let (before, after) = around(&ledger, &Entry::Void(void.clone()));
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
    }
}

/// What the customer held just before an entry, and just after it.
fn around(ledger: &Ledger, entry: &Entry) -> (Entitlements, Entitlements) {
    let at = entry.recorded_at();
    let before = Entitlements::at(&ledger.before(entry.number()), at);
    let after = Entitlements::at(&ledger.before(entry.number() + 1), at);
    (before, after)
}

fn key(
    mail: &Mail,
    customer: &Customer,
    keys: &ActivationKeys,
) -> Result<Option<String>, StoreError> {
    if !mail.with_activation_key {
        return Ok(None);
    }
    keys(&customer.id, customer.activation_generation).map(Some).map_err(StoreError::Other)
}
