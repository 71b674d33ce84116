//! Refuses requests that another site has made a browser send, and tells browsers what pages may do.

use super::cookies::is_https;
use super::page::{State, WebError};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::Data;

/// What a page may load and do: its own style sheet, script and images, nothing from elsewhere.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The same for a page that frames a document of ours.
pub(super) const FRAMING: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
    img-src 'self' data:; connect-src 'self'; frame-src 'self'; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'";

/// What a letter may do in its frame: show itself, in its own styles. No script, no form, no link
/// out of the frame, nothing loaded.
pub(super) const FRAMED_LETTER: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'self'; sandbox";

const HEADERS: [(HeaderName, &str); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];

/// What holds where a page does not say otherwise.
const UNLESS_SAID: [(HeaderName, &str); 2] =
    [(header::CONTENT_SECURITY_POLICY, POLICY), (header::CACHE_CONTROL, "no-store")];

/// Lets an unsafe request pass only when the browser says that a page of ours made it.
///
/// Sec-Fetch-Site where the browser sends it (over https and to loopback addresses), else Origin
/// against the issuer's, or Host where the server is opened at another address of its own. A proxy
/// may have written Host. The token in the form is the third check (see `form`).
///
/// # Errors
/// What the page itself fails with.
pub async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    if !request.method().is_safe() && !is_ours(&request) {
        let origin = text(&request, header::ORIGIN).map(str::to_owned);
        return Ok(request.error_response(WebError::ForeignForm { origin }));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// Says with every answer what a page may do.
///
/// # Errors
/// What the page itself fails with.
pub async fn with_policy(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    for (name, value) in UNLESS_SAID {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    Ok(response)
}

fn is_ours(request: &ServiceRequest) -> bool {
    if let Some(site) = text(request, HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin";
    }
    // A program without these headers is no browser with somebody's cookies.
    let Some(origin) = text(request, header::ORIGIN) else { return true };
    let host = text(request, header::HOST);
    let is_of_host = origin.split_once("://").is_some_and(|(_, of_origin)| Some(of_origin) == host);
    is_of_host || origin_of_issuer(request).is_some_and(|issuer| issuer == origin)
}

fn origin_of_issuer(request: &ServiceRequest) -> Option<String> {
    let state = request.app_data::<Data<State>>()?;
    let issuer = url::Url::parse(&state.office.settings().issuer).ok()?;
    Some(issuer.origin().ascii_serialization())
}

fn text(request: &ServiceRequest, name: HeaderName) -> Option<&str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}

/// Has browsers come back over TLS alone, for a year, where the issuer is https (RFC 6797). Other
/// hosts under the same name are not ours to speak for.
///
/// # Errors
/// What the call itself fails with.
pub async fn strict_transport(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let state = request.app_data::<Data<State>>();
    let is_https = state.is_some_and(|state| is_https(&state.office));
    let mut response = next.call(request).await?;
    if is_https {
        let year = HeaderValue::from_static("max-age=31536000");
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    Ok(response)
}
