//! The panel, as the customer sees it.

use super::page::Page;
use crate::app::{Count, EmergencyState, Panel};

/// The rows of the panel, in words.
pub(super) struct PanelView {
    /// Name and address.
    pub licensee: String,
    /// The address, in one line.
    pub address: String,
    /// Label and value of each row.
    pub rows: Vec<(String, String)>,
}

impl PanelView {
    /// Puts a panel into words.
    pub fn new(page: &Page, panel: &Panel) -> Self {
        let licensee = &panel.licensee;
        let address = licensee.country.iter().chain([
            &licensee.region,
            &licensee.city,
            &licensee.postal_code,
        ]);
        let address = address.map(String::as_str).collect::<Vec<_>>().join(", ");
        let support = match panel.support_until {
            Some(until) => (page.t("panel-support-until"), page.date(until)),
            None => (page.t("panel-no-support"), String::new()),
        };
        let emergency = panel.emergency.as_ref().map_or_else(
            || page.t("panel-none"),
            |emergency| {
                let (from, until) = (page.day(&emergency.from), page.day(&emergency.until));
                let days = format!("{from} – {until}");
                match emergency.state {
                    EmergencyState::Active => days,
                    EmergencyState::Ended => format!("{days} ({})", page.t("panel-ended")),
                }
            },
        );
        let rows = vec![
            support,
            (page.t("panel-user-accounts"), count(panel.user_accounts)),
            (page.t("panel-external-connections"), panel.external_connections.licensed.to_string()),
            (page.t("panel-emergency"), emergency),
            (page.t("panel-emergency-accounts"), count(panel.emergency_accounts)),
        ];
        Self { licensee: licensee.name.clone(), address, rows }
    }

    /// Whether a row stands in the panel just so.
    pub fn has(&self, label: &str, value: &str) -> bool {
        self.rows.iter().any(|row| row.0 == label && row.1 == value)
    }
}

/// X/Z; X is unknown until an installation has counted.
fn count(count: Count) -> String {
    let used = count.used.map_or_else(|| "–".to_owned(), |used| used.to_string());
    format!("{used} / {}", count.licensed)
}
