//! The panel of an installation, for the product's settings page.

use super::call::OpenCall;
use super::problem::Problem;
use crate::app::{self, Count, EmergencyState, Error, InstallationPanel, Unauthenticated};
use actix_web::http::header;
use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

/// What a customer's administrator sees of the license; the client writes the very same
/// (`docs/panel.schema.json`).
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Panel")]
struct PanelView {
    licensee: PanelLicenseeView,
    /// The last day of support; null where none was ever bought.
    #[schema(format = Date)]
    support_until: Option<String>,
    user_accounts: CountView,
    external_connections: CountView,
    emergency: Option<PanelEmergencyView>,
    emergency_accounts: CountView,
    license: PanelLicenseView,
    /// Whether an emergency license would be given now.
    may_request_emergency: Option<bool>,
    /// Why not: `emergency-active`, `no-permanent-purchase` or `emergency-already-used`.
    emergency_refusal: Option<&'static str>,
    /// The instant that all of this is said of.
    #[schema(format = DateTime)]
    as_of: String,
}

/// The customer's name and address.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Licensee")]
struct PanelLicenseeView {
    name: String,
    country: Option<String>,
    region: String,
    city: String,
    postal_code: String,
}

/// X of Z.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Count")]
struct CountView {
    /// X: what this installation has counted last; null before it has.
    used: Option<i64>,
    /// Z.
    licensed: i64,
}

/// The emergency license that the license states.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "PanelEmergency")]
struct PanelEmergencyView {
    #[schema(format = DateTime)]
    from: String,
    /// The instant from which its accounts are blocked.
    #[schema(format = DateTime)]
    until: String,
    /// `active` or `ended`
    state: &'static str,
}

/// The license that states it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "PanelLicense")]
struct PanelLicenseView {
    /// `lic_…`
    number: String,
    seq: i64,
    #[schema(format = DateTime)]
    issued_at: String,
}

/// The panel of the installation that asks (`req.license` in the bearer token).
#[utoipa::path(tag = "For installations", params(
    ("Authorization" = String, Header, description = "Bearer, and the statement"),
), responses((status = 200, body = PanelView)))]
#[get("/panel")]
pub(super) async fn fetch_panel(mut call: OpenCall) -> Result<HttpResponse, Problem> {
    let statement =
        call.bearer.take().ok_or(Error::Unauthenticated(Unauthenticated::NoCredentials))?;
    let panel = call.read(statement, app::fetch_panel).await?;
    // It is said of this second, and so never the same twice.
    let mut answer = HttpResponse::Ok();
    Ok(answer.insert_header((header::CACHE_CONTROL, "no-store")).json(PanelView::from(panel)))
}

impl From<InstallationPanel> for PanelView {
    fn from(panel: InstallationPanel) -> Self {
        let rows = panel.rows;
        Self {
            licensee: PanelLicenseeView {
                name: rows.licensee.name,
                country: rows.licensee.country,
                region: rows.licensee.region,
                city: rows.licensee.city,
                postal_code: rows.licensee.postal_code,
            },
            support_until: rows.support_until.map(|until| until.to_string()),
            user_accounts: rows.user_accounts.into(),
            external_connections: rows.external_connections.into(),
            emergency: rows.emergency.map(|emergency| PanelEmergencyView {
                from: emergency.from.to_string(),
                until: emergency.until.to_string(),
                state: match emergency.state {
                    EmergencyState::Active => "active",
                    EmergencyState::Ended => "ended",
                },
            }),
            emergency_accounts: rows.emergency_accounts.into(),
            license: PanelLicenseView {
                number: panel.license.number,
                seq: panel.license.seq,
                issued_at: panel.license.issued_at.to_string(),
            },
            may_request_emergency: panel.may_request_emergency,
            emergency_refusal: panel.emergency_refusal.map(|refusal| refusal.code()),
            as_of: panel.as_of.to_string(),
        }
    }
}

impl From<Count> for CountView {
    fn from(count: Count) -> Self {
        Self { used: count.used, licensed: count.licensed }
    }
}
