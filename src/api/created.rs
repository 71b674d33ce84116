use actix_web::http::header;
use actix_web::{HttpResponse, HttpResponseBuilder};

/// An answer 201, with where what was made can be read.
pub(super) fn created(path: &str) -> HttpResponseBuilder {
    let mut response = HttpResponse::Created();
    response.insert_header((header::LOCATION, format!("/api/v1{path}")));
    response
}

/// The same, or 200 where it was made before.
pub(super) fn created_or_ok(is_new: bool, path: &str) -> HttpResponseBuilder {
    if is_new { created(path) } else { HttpResponse::Ok() }
}
