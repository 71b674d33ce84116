//! What the API shows: its own types, apart from the domain's, so that either can change alone.

pub(super) use super::installation_views::{InstallationView, KnownInstallationView};

use crate::app::{self, PurchaseState, Warning};
use crate::domain::customer::Customer;
use crate::domain::ledger::{Grant, Purchase, Void};
use crate::text::Texts;
use serde::Serialize;
use utoipa::ToSchema;

/// A customer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Customer")]
pub(super) struct CustomerView {
    /// `cus_…`
    id: String,
    name: String,
    country: Option<String>,
    region: String,
    city: String,
    postal_code: String,
    email: String,
    /// `ru` or `en`
    language: &'static str,
    /// How many installations may be active at once.
    places: i64,
    #[schema(format = DateTime)]
    created_at: String,
    /// Only in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    activation_key: Option<String>,
}

impl CustomerView {
    pub fn with_key(customer: Customer, activation_key: &str) -> Self {
        Self { activation_key: Some(activation_key.to_owned()), ..Self::from(customer) }
    }
}

impl From<Customer> for CustomerView {
    fn from(customer: Customer) -> Self {
        let details = customer.details;
        Self {
            id: customer.id.to_string(),
            name: details.licensee.name,
            country: details.licensee.country,
            region: details.licensee.region,
            city: details.licensee.city,
            postal_code: details.licensee.postal_code,
            email: details.email.as_str().to_owned(),
            language: details.language.as_str(),
            places: details.places,
            created_at: customer.created_at.to_string(),
            activation_key: None,
        }
    }
}

/// A line of a purchase.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Item")]
pub(super) struct ItemView {
    /// `user_accounts`, `external_connections` or `support`
    item: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    quantity: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    until: Option<String>,
}

/// A purchase.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Purchase")]
pub(super) struct PurchaseView {
    /// `pur_…`
    id: String,
    /// Its place in the customer's ledger.
    number: i64,
    order_number: String,
    #[schema(format = Date)]
    paid_on: String,
    items: Vec<ItemView>,
    notify: bool,
    #[schema(format = DateTime)]
    recorded_at: String,
    /// Its void, if it was voided.
    void: Option<VoidView>,
}

impl From<Purchase> for PurchaseView {
    fn from(purchase: Purchase) -> Self {
        let counted = |item, quantity: Option<i64>| {
            quantity.map(|quantity| ItemView { item, quantity: Some(quantity), until: None })
        };
        let lines = &purchase.lines;
        let support = lines.support_until.map(|until| ItemView {
            item: "support",
            quantity: None,
            until: Some(until.to_string()),
        });
        let items = [
            counted("user_accounts", lines.user_accounts),
            counted("external_connections", lines.external_connections),
            support,
        ];
        Self {
            id: purchase.id.to_string(),
            number: purchase.number,
            order_number: purchase.order_number.as_str().to_owned(),
            paid_on: purchase.paid_on.to_string(),
            items: items.into_iter().flatten().collect(),
            notify: purchase.notify,
            recorded_at: purchase.recorded_at.to_string(),
            void: None,
        }
    }
}

impl From<PurchaseState> for PurchaseView {
    fn from(state: PurchaseState) -> Self {
        Self { void: state.void.map(VoidView::from), ..Self::from(state.purchase) }
    }
}

/// A void.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Void")]
pub(super) struct VoidView {
    /// `voi_…`
    id: String,
    /// Its place in the customer's ledger.
    number: i64,
    /// The purchase that stands no longer.
    purchase: String,
    reason: String,
    #[schema(format = DateTime)]
    recorded_at: String,
}

impl From<Void> for VoidView {
    fn from(void: Void) -> Self {
        Self {
            id: void.id.to_string(),
            number: void.number,
            purchase: void.purchase.to_string(),
            reason: void.reason,
            recorded_at: void.recorded_at.to_string(),
        }
    }
}

/// An issued license.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "License")]
pub(super) struct LicenseView {
    /// `lic_…`
    id: String,
    customer: String,
    seq: i64,
    #[schema(format = DateTime)]
    issued_at: String,
    /// The thumbprint of the issuing key.
    key: String,
    /// What it was issued for.
    cause: &'static str,
    /// The purchase, void, grant, installation, customer or key that caused it.
    cause_id: String,
    /// What it states.
    #[schema(value_type = Object)]
    claims: serde_json::Value,
    /// The license itself: a compact JWS.
    document: String,
}

impl From<app::License> for LicenseView {
    fn from(license: app::License) -> Self {
        Self {
            id: license.id.to_string(),
            customer: license.customer.to_string(),
            seq: license.seq,
            issued_at: license.issued_at.to_string(),
            cause: license.cause.as_str(),
            cause_id: license.cause_id.clone(),
            claims: license.claims(),
            key: license.key,
            document: license.document,
        }
    }
}

/// A purchase and the license it made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "RecordedPurchase")]
pub(super) struct RecordedPurchaseView {
    purchase: PurchaseView,
    license: LicenseView,
    /// What is allowed but seldom meant.
    warnings: Vec<WarningView>,
}

/// Something that is allowed but seldom meant.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Warning")]
pub(super) struct WarningView {
    /// The stable word for programs.
    code: &'static str,
    /// In the caller's language.
    detail: String,
}

impl RecordedPurchaseView {
    pub fn new(
        recorded: app::RecordedPurchase,
        language: crate::domain::customer::Language,
        texts: &Texts,
    ) -> Self {
        let warnings = recorded.warnings.into_iter().map(|warning| {
            let code = match warning {
                Warning::SupportInThePast => "support-in-the-past",
            };
            WarningView { code, detail: texts.get(language, &format!("warning-{code}"), &[]) }
        });
        Self {
            warnings: warnings.collect(),
            purchase: recorded.purchase.into(),
            license: recorded.license.into(),
        }
    }
}

/// A void and the license that states what is left.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "VoidedPurchase")]
pub(super) struct VoidedPurchaseView {
    void: VoidView,
    license: LicenseView,
}

impl From<app::VoidedPurchase> for VoidedPurchaseView {
    fn from(voided: app::VoidedPurchase) -> Self {
        Self { void: voided.void.into(), license: voided.license.into() }
    }
}

/// An emergency grant.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Emergency")]
pub(super) struct GrantView {
    /// `emg_…`
    id: String,
    /// Its place in the customer's ledger.
    number: i64,
    accounts: i64,
    #[schema(format = DateTime)]
    from: String,
    /// The instant from which its accounts are blocked.
    #[schema(format = DateTime)]
    until: String,
    /// The order whose right it spent.
    spent_order: String,
}

impl From<Grant> for GrantView {
    fn from(grant: Grant) -> Self {
        Self {
            id: grant.id.to_string(),
            number: grant.number,
            accounts: grant.accounts,
            from: grant.from.to_string(),
            until: grant.until.to_string(),
            spent_order: grant.spent_order.as_str().to_owned(),
        }
    }
}

/// A mail of the outbox.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Mail")]
pub(super) struct MailView {
    /// `mai_…`
    id: String,
    /// The customer it is about; null for a notice to staff.
    customer: Option<String>,
    /// `license_ready`, `purchase_voided`, `emergency_granted`, `emergency_owed`; notices to staff:
    /// `sign_in_slowed`, `access_changed`, `second_factor_confirmed`, `recovery_code_used`,
    /// `integrity_alarm`, `issuing_key_ends`
    kind: &'static str,
    /// The purchase, void or grant it is about; the member of staff, in a notice to staff.
    cause_id: String,
    language: &'static str,
    recipient: String,
    /// `queued`, `sent`, `stopped`
    state: &'static str,
    attempts: i64,
    #[schema(format = DateTime)]
    due_at: String,
    last_error: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    sent_at: Option<String>,
}

impl From<app::Mail> for MailView {
    fn from(mail: app::Mail) -> Self {
        Self {
            id: mail.id.to_string(),
            customer: mail.customer().map(ToString::to_string),
            kind: mail.kind.as_str(),
            cause_id: mail.cause_id,
            language: mail.language.as_str(),
            recipient: mail.recipient.as_str().to_owned(),
            state: mail.state.as_str(),
            attempts: mail.attempts,
            due_at: mail.due_at.to_string(),
            last_error: mail.last_error,
            created_at: mail.created_at.to_string(),
            sent_at: mail.sent_at.map(|at| at.to_string()),
        }
    }
}
