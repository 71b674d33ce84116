//! An issuer with a path (`https://vendor.example/licentia`): everything of the server stands under
//! that path, which proxies may strip or pass on.
//!
//! Routes, templates and redirects know nothing of it: the path is taken off requests before they are
//! routed, and put before the paths that leave in `Location` headers and in pages.

use super::page::State;
use crate::app::Office;
use actix_web::body::{BoxBody, MessageBody, to_bytes};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::ErrorInternalServerError;
use actix_web::http::Uri;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::http::uri::PathAndQuery;
use actix_web::middleware::Next;
use actix_web::web::Data;

/// Attributes of our pages that hold paths; `formaction` ends with one of them.
const ATTRIBUTES: [&str; 3] = ["href", "action", "src"];

/// The path of the issuer without a slash at its end; empty where it has none.
pub(super) fn base_path(office: &Office) -> String {
    of_issuer(&office.settings().issuer).to_owned()
}

fn of_issuer(issuer: &str) -> &str {
    let authority = issuer.find("://").map_or(0, |scheme| scheme + 3);
    let path = issuer[authority..].find('/').map_or("", |path| &issuer[authority + path..]);
    path.trim_end_matches('/')
}

/// A path without the base, if it stands under that.
pub(super) fn within<'a>(base: &str, path: &'a str) -> Option<&'a str> {
    let rest = path.strip_prefix(base).filter(|_| !base.is_empty())?;
    match rest.chars().next() {
        None => Some("/"),
        Some('/' | '?') => Some(rest),
        Some(_) => None,
    }
}

/// Takes the base off a request's path, and puts it before the path that a redirect leads to.
///
/// A proxy that strips the base sends the paths of the routes themselves. A path that is one of these
/// stays as it is, also where the base is named like a route (`/api`).
///
/// # Errors
/// Errors of the call itself.
pub async fn under_base_path(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let base = base_of(&request);
    if !request.resource_map().has_resource(request.path())
        && let Some(uri) = without_base(&base, request.uri())
    {
        request.match_info_mut().get_mut().update(&uri);
        request.head_mut().uri = uri;
    }
    let mut response = next.call(request).await?;
    put_before_location(&base, response.headers_mut());
    Ok(response)
}

/// Puts the base before the paths in a page.
///
/// # Errors
/// Errors of the page itself.
pub(super) async fn put_before_links(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let base = base_of(&request);
    let response = next.call(request).await?;
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_page = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if base.is_empty() || !is_page {
        return Ok(response.map_into_boxed_body());
    }
    let (request, response) = response.into_parts();
    let (response, body) = response.into_parts();
    let body = to_bytes(body).await;
    let html = body.map_err(|_| ErrorInternalServerError("the page has no body"))?;
    let html = linked_under(&base, &String::from_utf8_lossy(&html));
    Ok(ServiceResponse::new(request, response.set_body(BoxBody::new(html))))
}

fn base_of(request: &ServiceRequest) -> String {
    let state = request.app_data::<Data<State>>();
    state.map(|state| base_path(&state.office)).unwrap_or_default()
}

fn without_base(base: &str, uri: &Uri) -> Option<Uri> {
    let rest = within(base, uri.path_and_query()?.as_str())?;
    let rest = if rest.starts_with('?') { format!("/{rest}") } else { rest.to_owned() };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(rest).ok()?);
    Uri::from_parts(parts).ok()
}

fn put_before_location(base: &str, headers: &mut HeaderMap) {
    let location = headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
    let path = location.filter(|path| path.starts_with('/') && !path.starts_with("//"));
    let Some(path) = path.filter(|_| !base.is_empty()) else { return };
    if let Ok(location) = HeaderValue::try_from(format!("{base}{path}")) {
        headers.insert(header::LOCATION, location);
    }
}

/// Texts cannot be mistaken for attributes: templates write a quotation mark of theirs as `&#34;`.
fn linked_under(base: &str, html: &str) -> String {
    ATTRIBUTES.iter().fold(html.to_owned(), |html, name| {
        html.replace(&format!("{name}=\"/"), &format!("{name}=\"{base}/"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_is_the_path_of_the_issuer() {
        for (issuer, base) in [
            ("https://vendor.example", ""),
            ("https://vendor.example/", ""),
            ("https://vendor.example/licentia", "/licentia"),
            ("http://127.0.0.1:8080/a/b/", "/a/b"),
        ] {
            assert_eq!(of_issuer(issuer), base, "{issuer}");
        }
    }

    #[test]
    fn only_whole_segments_are_taken_off() {
        for (path, rest) in [
            ("/licentia", Some("/")),
            ("/licentia/", Some("/")),
            ("/licentia/customers?after=1", Some("/customers?after=1")),
            ("/licentia?language=en", Some("/?language=en")),
            ("/licentia-2/customers", None),
            ("/customers", None),
            ("/", None),
        ] {
            let uri = without_base("/licentia", &path.parse().unwrap());
            assert_eq!(uri.map(|uri| uri.to_string()).as_deref(), rest, "{path}");
            assert_eq!(without_base("", &path.parse().unwrap()), None);
        }
    }

    #[test]
    fn paths_in_attributes_stand_under_the_base_and_nothing_else_changes() {
        let html = "<a href=\"/\"><a href=\"/a?b\"><a href=\"#main\"><a href=\"?language=en\">\
                    <button formaction=\"/b\"><form action=\"/c\"><script src=\"/d\">\
                    <a href=\"https://e.example/\"><p title=\"/x\">href=&#34;/y /z";
        let linked = "<a href=\"/l/\"><a href=\"/l/a?b\"><a href=\"#main\"><a href=\"?language=en\">\
                      <button formaction=\"/l/b\"><form action=\"/l/c\"><script src=\"/l/d\">\
                      <a href=\"https://e.example/\"><p title=\"/x\">href=&#34;/y /z";
        assert_eq!(linked_under("/l", html), linked);
    }

    #[test]
    fn a_redirect_to_a_path_leads_under_the_base_and_one_to_another_address_does_not() {
        for (location, expected) in [
            ("/account?done=saved", "/l/account?done=saved"),
            ("https://e.example/", "https://e.example/"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::LOCATION, HeaderValue::from_static(location));
            put_before_location("/l", &mut headers);
            assert_eq!(headers.get(header::LOCATION).unwrap(), expected);
        }
    }
}
