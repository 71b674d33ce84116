use super::call::{Slice, StaffCall};
use super::problem::Problem;
use crate::app::{Actor, Error, Office, Page};
use actix_web::http::header::{self, ETag, EntityTag, Header, IfNoneMatch};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

/// A slice of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ListView<T> {
    data: Vec<T>,
    /// Pass it as `after` to get what follows; null at the end.
    next: Option<String>,
}

/// Answers a list: loads a page, shows it as `T`, and says what comes after.
pub(super) async fn list_answer<T, S>(
    request: &HttpRequest,
    call: StaffCall,
    slice: Slice,
    load: impl FnOnce(&Office, &Actor, &Page) -> Result<Vec<S>, Error> + Send + 'static,
    id: impl Fn(&S) -> String,
) -> Result<HttpResponse, Problem>
where
    T: From<S> + Serialize,
    S: Send + 'static,
{
    let Slice { page, shown } = slice;
    let actor = call.actor;
    let mut rows = call.state.read(move |office| load(office, &actor, &page)).await?;
    let more = rows.len() > shown;
    rows.truncate(shown);
    let next = if more { rows.last().map(id) } else { None };
    let data: Vec<T> = rows.into_iter().map(T::from).collect();
    read_answer(request, &ListView { data, next })
}

/// A read: JSON with a strong ETag of its bytes, or 304 where the caller has them.
pub(super) fn read_answer<T: Serialize>(
    request: &HttpRequest,
    value: &T,
) -> Result<HttpResponse, Problem> {
    let body = serde_json::to_string(value).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(tagged(request, etag(body.as_bytes()), "application/json", body))
}

/// An answer with an ETag, or 304 where the caller has it.
pub(super) fn tagged(
    request: &HttpRequest,
    tag: EntityTag,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> HttpResponse {
    let known = match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(&tag)),
        Err(_) => false,
    };
    let mut answer = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer
        .insert_header(ETag(tag))
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        .insert_header((header::VARY, "Authorization, Accept"));
    if known {
        return answer.finish();
    }
    answer.content_type(content_type).body(body.into())
}

/// The strong ETag of some bytes.
pub(super) fn etag(bytes: &[u8]) -> EntityTag {
    etag_of(&Sha256::digest(bytes).into())
}

/// The strong ETag of bytes with this SHA-256.
pub(super) fn etag_of(hash: &[u8; 32]) -> EntityTag {
    EntityTag::new_strong(URL_SAFE_NO_PAD.encode(&hash[..16]))
}
