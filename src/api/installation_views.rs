//! Installations as the API shows them.

use crate::app;
use crate::domain::installation::Installation;
use serde::Serialize;
use utoipa::ToSchema;

/// An installation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Installation")]
pub(super) struct InstallationView {
    /// `ins_…`
    id: String,
    customer: String,
    /// The thumbprint of its public key.
    thumbprint: String,
    name: String,
    product_version: String,
    #[schema(format = DateTime)]
    activated_at: String,
    /// When it gave its place back.
    #[schema(format = DateTime)]
    released_at: Option<String>,
    /// What it last reported.
    usage: Option<UsageView>,
}

/// An installation, and what it said of itself.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "KnownInstallation")]
pub(super) struct KnownInstallationView {
    /// `ins_…`
    id: String,
    customer: String,
    /// The thumbprint of its public key.
    thumbprint: String,
    name: String,
    product_version: String,
    #[schema(format = DateTime)]
    activated_at: String,
    /// When it gave its place back.
    #[schema(format = DateTime)]
    released_at: Option<String>,
    /// What it last reported.
    usage: Option<UsageView>,
    /// When it was last heard of, within an hour.
    #[schema(format = DateTime)]
    heard_at: Option<String>,
    /// That two machines may use its key, until staff have looked at it. Nothing is refused to them.
    possible_clone: Option<PossibleCloneView>,
}

/// That an installation may be one of two.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "PossibleClone")]
pub(super) struct PossibleCloneView {
    /// When it was seen first.
    #[schema(format = DateTime)]
    since: String,
    /// `two_machines`: heard by turns within a day; `older_license`: it said that it has an older
    /// license than before.
    sign: &'static str,
}

impl From<app::KnownInstallation> for KnownInstallationView {
    fn from(known: app::KnownInstallation) -> Self {
        let possible_clone = known.observed.as_ref().and_then(|observed| observed.possible_clone);
        let bare = InstallationView::from(known.installation);
        Self {
            id: bare.id,
            customer: bare.customer,
            thumbprint: bare.thumbprint,
            name: bare.name,
            product_version: bare.product_version,
            activated_at: bare.activated_at,
            released_at: bare.released_at,
            usage: bare.usage,
            heard_at: known.observed.map(|observed| observed.heard_at.to_string()),
            possible_clone: possible_clone.map(|seen| PossibleCloneView {
                since: seen.since.to_string(),
                sign: seen.sign.as_str(),
            }),
        }
    }
}

/// What an installation last counted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Usage")]
pub(super) struct UsageView {
    user_accounts: i64,
    emergency_accounts: i64,
    external_connections: i64,
    #[schema(format = DateTime)]
    reported_at: String,
}

impl From<Installation> for InstallationView {
    fn from(installation: Installation) -> Self {
        Self {
            id: installation.id.to_string(),
            customer: installation.customer.to_string(),
            thumbprint: installation.thumbprint,
            name: installation.details.name,
            product_version: installation.details.product_version,
            activated_at: installation.activated_at.to_string(),
            released_at: installation.released_at.map(|at| at.to_string()),
            usage: installation.usage.map(|usage| UsageView {
                user_accounts: usage.user_accounts,
                emergency_accounts: usage.emergency_accounts,
                external_connections: usage.external_connections,
                reported_at: usage.reported_at.to_string(),
            }),
        }
    }
}
