//! The panel: what a customer's administrator sees of the license.
//!
//! [`Panel`] is its rows. [`InstallationPanel`] is what a product's settings page shows: the rows, the
//! license that states them, and whether an emergency license may be asked for. Its JSON is described
//! by `docs/panel.schema.json`; the office and the client write the same.

use crate::{License, Licensee};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

/// How much of the license an installation uses; it counts, the license limits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Registered permanent accounts.
    pub user_accounts: i64,
    /// Registered emergency accounts.
    pub emergency_accounts: i64,
    /// Open external connections.
    pub external_connections: i64,
}

/// X of Z: used of licensed. X is unknown until the installation has reported it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// X.
    pub used: Option<i64>,
    /// Z.
    pub licensed: i64,
}

/// Where an emergency license stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmergencyState {
    /// Its accounts may be used.
    Active,
    /// Its accounts are blocked.
    Ended,
}

/// The emergency license on the panel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PanelEmergency {
    /// The first instant at which it may be used.
    pub from: Timestamp,
    /// The instant from which its accounts are blocked.
    pub until: Timestamp,
    /// Whether it may be used now.
    pub state: EmergencyState,
}

/// The rows of the manual's *Лицензионная информация*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Panel {
    /// The customer's name and address.
    pub licensee: Licensee,
    /// The last day of support; none: «Лицензия на поддержку отсутствует».
    pub support_until: Option<Date>,
    /// User accounts, X/Z.
    pub user_accounts: Count,
    /// External connections.
    pub external_connections: Count,
    /// The validity of the emergency license, if one was ever stated.
    pub emergency: Option<PanelEmergency>,
    /// Emergency accounts, X/Z; Z is 0 when none may be used.
    pub emergency_accounts: Count,
}

impl Panel {
    /// The panel of a license at `now`, with what the installation last counted.
    #[must_use]
    pub fn new(license: &License, usage: Option<Usage>, now: Timestamp) -> Self {
        let count = |used: fn(Usage) -> i64, licensed| Count { used: usage.map(used), licensed };
        Self {
            licensee: license.licensee.clone(),
            support_until: license.support_until,
            user_accounts: count(|u| u.user_accounts, license.user_accounts),
            external_connections: count(|u| u.external_connections, license.external_connections),
            emergency: license.emergency.as_ref().map(|e| PanelEmergency {
                from: e.from,
                until: e.until,
                state: if now < e.until { EmergencyState::Active } else { EmergencyState::Ended },
            }),
            emergency_accounts: count(|u| u.emergency_accounts, license.emergency_accounts_at(now)),
        }
    }
}

/// Why an emergency license cannot be had now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoEmergency {
    /// One is active, and stays as it is.
    EmergencyActive,
    /// No purchase of user accounts stands.
    NoPermanentPurchase,
    /// No new order of user accounts since the last one.
    EmergencyAlreadyUsed,
}

impl NoEmergency {
    /// The word for it, as in problems and in JSON.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::EmergencyActive => "emergency-active",
            Self::NoPermanentPurchase => "no-permanent-purchase",
            Self::EmergencyAlreadyUsed => "emergency-already-used",
        }
    }
}

/// Which license a panel is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PanelLicense {
    /// The license (`lic_…`), by which anybody can check it.
    pub number: String,
    /// Its place in the customer's row of licenses.
    pub seq: i64,
    /// When it was issued.
    pub issued_at: Timestamp,
}

/// The panel as an installation hands it to the product's settings page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstallationPanel {
    /// The rows.
    #[serde(flatten)]
    pub rows: Panel,
    /// The license that states them.
    pub license: PanelLicense,
    /// Whether an emergency license would be given now; none where only the office knows: a license
    /// does not say what was bought since the last emergency.
    pub may_request_emergency: Option<bool>,
    /// Why not.
    pub emergency_refusal: Option<NoEmergency>,
    /// The instant that all of this is said of.
    pub as_of: Timestamp,
}

impl InstallationPanel {
    /// The panel as far as the license itself tells it, without the office.
    #[must_use]
    pub fn new(license: &License, usage: Option<Usage>, now: Timestamp) -> Self {
        let rows = Panel::new(license, usage, now);
        let active = license.emergency.as_ref().is_some_and(|emergency| emergency.is_active(now));
        Self {
            rows,
            license: PanelLicense {
                number: license.jti.clone(),
                seq: license.seq,
                issued_at: license.iat,
            },
            may_request_emergency: active.then_some(false),
            emergency_refusal: active.then_some(NoEmergency::EmergencyActive),
            as_of: now,
        }
    }

    /// The same with the office's word on an emergency license.
    #[must_use]
    pub fn with_right(self, right: Result<(), NoEmergency>) -> Self {
        Self { may_request_emergency: Some(right.is_ok()), emergency_refusal: right.err(), ..self }
    }
}
