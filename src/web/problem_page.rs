use super::page::{Page, WebError};
use crate::app::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpMessage, HttpResponse, ResponseError};
use askama::Template;
use tracing_actix_web::RequestId;

/// How much of an origin is shown: any site can choose its own.
const MAX_ORIGIN: usize = 100;

#[derive(Template)]
#[template(path = "web/problem.html")]
struct ProblemPage<'a> {
    page: &'a Page,
    title: String,
    detail: String,
    request_id: String,
    /// The link to go on, and its words.
    link: (String, String),
}

/// Shows what went wrong as a page, with the id that the logs have.
pub(super) async fn render_problems(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let id = request.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default();
    let response = next.call(request).await?;
    let error = response.response().error().and_then(|error| error.as_error::<WebError>());
    let is_shown = |error: &&WebError| {
        matches!(
            error,
            WebError::App(_) | WebError::NoFormCookie { .. } | WebError::ForeignForm { .. }
        )
    };
    let Some(error) = error.filter(is_shown) else {
        return Ok(response.map_into_boxed_body());
    };
    let (code, status) = (error.code(), error.status_code());
    if matches!(error, WebError::App(error) if error.is_outage()) {
        // The log names the outage once, and counts.
        tracing::debug!(%error, request_id = id, "the page failed");
    } else if status.is_server_error() {
        tracing::error!(%error, request_id = id, "the page failed");
    }
    let page = Page::extract(response.request()).await?;
    // Some problems are told to people in other words than to programs.
    let own = format!("web-{code}");
    let text = if page.state.texts.has(page.language, &own) { &own } else { code };
    let issuer = page.state.office.settings().issuer.clone();
    let origin = match error {
        WebError::ForeignForm { origin: Some(origin) } => origin.chars().take(MAX_ORIGIN).collect(),
        _ => page.t("web-another-site"),
    };
    let named = [("issuer", issuer.as_str().into()), ("origin", origin.as_str().into())];
    let detail = page.text(&format!("{text}.detail"), &named);
    let link = match error {
        WebError::NoFormCookie { needs_https: true } => {
            let form = if page.path == "/setup" { "/setup" } else { "/sign-in" };
            (format!("{issuer}{form}"), format!("{issuer}{form}"))
        }
        WebError::ForeignForm { .. } => (format!("{issuer}/"), issuer),
        _ => ("/".to_owned(), page.t("web-to-start")),
    };
    let shown = ProblemPage { page: &page, title: page.t(text), detail, request_id: id, link };
    let html = shown.render().map_err(actix_web::error::ErrorInternalServerError)?;
    let mut answer = HttpResponse::build(status);
    answer.insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"));
    if let WebError::App(Error::TooManyAttempts { retry_after }) = error {
        answer.insert_header((header::RETRY_AFTER, retry_after.to_string()));
    }
    Ok(response.into_response(answer.body(html)))
}

/// There is no page at this path.
pub(super) async fn no_page() -> Result<HttpResponse, WebError> {
    Err(Error::NotFound.into())
}
