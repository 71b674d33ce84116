use super::call::StaffCall;
use super::problem::Problem;
use super::views::InstallationView;
use crate::app::{self, Error};
use crate::domain::ids::InstallationId;
use actix_web::web::Path;
use actix_web::{HttpResponse, post};

/// Takes an installation's place back.
#[utoipa::path(tag = "Installations", params(
    ("Idempotency-Key" = Option<String>, Header, description = "The same key gets the same answer")
), responses((status = 200, body = InstallationView)))]
#[post("/installations/{id}/release")]
pub(super) async fn release_installation(
    call: StaffCall,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = InstallationId::parse(&id).ok_or(Error::NotFound)?;
    let once = call.once(b"");
    let actor = call.actor;
    let answer = call
        .state
        .write(move |office| app::release_by_staff(office, &actor, once.as_ref(), &id))
        .await?;
    Ok(HttpResponse::Ok().json(InstallationView::from(answer.value)))
}
