//! The style sheets and the script, compiled in.

use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpResponse, get};

#[get("/static/style.css")]
pub(super) async fn style() -> HttpResponse {
    file("text/css; charset=utf-8", include_str!("../../static/style.css"))
}

#[get("/static/print.css")]
pub(super) async fn print_style() -> HttpResponse {
    file("text/css; charset=utf-8", include_str!("../../static/print.css"))
}

#[get("/static/licentia.js")]
pub(super) async fn script() -> HttpResponse {
    file("text/javascript; charset=utf-8", include_str!("../../static/licentia.js"))
}

/// The panel as a web component. Pages of products on other origins may load it, and keep it for a
/// week; what they show is theirs.
#[get("/static/license-information.js")]
pub(super) async fn panel_component() -> HttpResponse {
    let mut answer =
        file("text/javascript; charset=utf-8", include_str!("../../panel/license-information.js"));
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
        (header::CACHE_CONTROL, "public, max-age=604800"),
    ] {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    answer
}

fn file(content_type: &str, text: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(content_type)
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(text)
}
