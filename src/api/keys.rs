use super::call::OpenCall;
use super::lists::read_answer;
use super::problem::Problem;
use crate::app;
use actix_web::{HttpRequest, HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

/// A public key (RFC 8037).
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Jwk")]
struct JwkView {
    /// `OKP`
    kty: String,
    /// `Ed25519`
    crv: String,
    x: String,
    /// Its thumbprint (RFC 7638).
    kid: Option<String>,
}

/// Who issues, with which keys. For people and tools to look at: a product pins its roots by file.
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "Keys")]
struct KeysView {
    issuer: String,
    roots: Vec<JwkView>,
    issuing: Vec<JwkView>,
}

/// The issuing keys alone (RFC 7517 section 5).
#[derive(Debug, Serialize, ToSchema)]
#[schema(title = "JwkSet")]
struct JwkSetView {
    keys: Vec<JwkView>,
}

/// The issuer, its root keys and its issuing keys.
#[utoipa::path(tag = "Keys", responses((status = 200, body = KeysView)))]
#[get("/keys")]
pub(super) async fn keys(request: HttpRequest, call: OpenCall) -> Result<HttpResponse, Problem> {
    let (roots, issuing) = call.state.read(app::public_keys).await?;
    let view = KeysView {
        issuer: roots.issuer,
        roots: roots.roots.into_iter().map(jwk).collect(),
        issuing: issuing.into_iter().map(jwk).collect(),
    };
    read_answer(&request, &view)
}

/// The issuing keys as a JWK set.
#[utoipa::path(tag = "Keys", responses((status = 200, body = JwkSetView)))]
#[get("/.well-known/jwks.json")]
pub(super) async fn jwks(request: HttpRequest, call: OpenCall) -> Result<HttpResponse, Problem> {
    let (_, issuing) = call.state.read(app::public_keys).await?;
    read_answer(&request, &JwkSetView { keys: issuing.into_iter().map(jwk).collect() })
}

fn jwk(key: app::Jwk) -> JwkView {
    JwkView { kty: key.kty, crv: key.crv, x: key.x, kid: key.kid }
}
