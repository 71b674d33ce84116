//! What installations ask for, each with a statement that it has signed.

use super::body::StatementBody;
use super::call::OpenCall;
use super::created::created_or_ok;
use super::lists::{etag_of, tagged};
use super::problem::Problem;
use super::views::{GrantView, InstallationView};
use crate::app::{self, Error, LicenseRequest, Unauthenticated};
use actix_web::{HttpRequest, HttpResponse, get, post};
use serde::Serialize;
use utoipa::ToSchema;

/// An activated installation and its license.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Activation")]
struct ActivationView {
    installation: InstallationView,
    /// A compact JWS.
    license: String,
}

/// An emergency grant and the license that states it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "EmergencyLicense")]
struct EmergencyLicenseView {
    emergency: GrantView,
    /// A compact JWS.
    license: String,
}

/// Binds an installation to the customer whose activation key it brings (`req.activate`).
#[utoipa::path(tag = "For installations",
    request_body(content = String, content_type = "application/jwt"),
    responses((status = 201, body = ActivationView), (status = 200, body = ActivationView)))]
#[post("/activations")]
pub(super) async fn activate(call: OpenCall, body: StatementBody) -> Result<HttpResponse, Problem> {
    call.state.limits.activation.wait().await;
    // A wrong key takes no turn among the calls that write.
    let known = call.read(body.0.clone(), app::check_activation_key).await;
    if let Err(Problem::App(Error::Unauthenticated(Unauthenticated::ActivationKeyUnknown))) = known
    {
        call.state.limits.activation.count_wrong_key();
    }
    known?;
    let answer = call.write(body.0, app::activate).await?;
    let view = ActivationView {
        installation: answer.value.installation.into(),
        license: answer.value.license,
    };
    Ok(created_or_ok(answer.created, "/license").json(view))
}

/// The current license (`req.license` in the bearer token).
#[utoipa::path(tag = "For installations", params(
    ("Authorization" = String, Header, description = "Bearer, and the statement"),
    ("If-None-Match" = Option<String>, Header, description = "The ETag of the license at hand")
), responses(
    (status = 200, body = String, content_type = "application/jwt"),
    (status = 304, description = "The license at hand is the current one")))]
#[get("/license")]
pub(super) async fn fetch_license(
    request: HttpRequest,
    mut call: OpenCall,
) -> Result<HttpResponse, Problem> {
    let statement =
        call.bearer.take().ok_or(Error::Unauthenticated(Unauthenticated::NoCredentials))?;
    let asked = call.run(&statement, LicenseRequest::read)?;
    let license = match app::license_at_hand(&call.state.office, &asked).await {
        Some(license) => license,
        None => call.read(statement, move |office, _| app::fetch_license(office, &asked)).await?,
    };
    let tag = etag_of(&license.hash);
    Ok(tagged(&request, tag, "application/jwt", license.document))
}

/// Gives an emergency license at once (`req.emergency`); 200 with the one that runs.
#[utoipa::path(tag = "For installations",
    request_body(content = String, content_type = "application/jwt"),
    responses((status = 201, body = EmergencyLicenseView), (status = 200, body = EmergencyLicenseView)))]
#[post("/emergency-licenses")]
pub(super) async fn request_emergency(
    call: OpenCall,
    body: StatementBody,
) -> Result<HttpResponse, Problem> {
    let answer = call.write(body.0, app::request_emergency).await?;
    let view = EmergencyLicenseView {
        emergency: answer.value.grant.into(),
        license: answer.value.license,
    };
    Ok(created_or_ok(answer.created, "/license").json(view))
}

/// Reports how much of the license is used (`req.usage`).
#[utoipa::path(tag = "For installations",
    request_body(content = String, content_type = "application/jwt"),
    responses((status = 204)))]
#[post("/usage")]
pub(super) async fn report_usage(
    call: OpenCall,
    body: StatementBody,
) -> Result<HttpResponse, Problem> {
    call.write(body.0, app::report_usage).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Gives the installation's own place back (`req.release`).
#[utoipa::path(tag = "For installations",
    request_body(content = String, content_type = "application/jwt"),
    responses((status = 204)))]
#[post("/releases")]
pub(super) async fn release(call: OpenCall, body: StatementBody) -> Result<HttpResponse, Problem> {
    call.write(body.0, app::release_own).await?;
    Ok(HttpResponse::NoContent().finish())
}
