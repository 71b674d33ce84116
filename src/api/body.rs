//! Bodies: read up to a limit, and their JSON understood with a pointer to what is wrong.

use super::problem::Problem;
use crate::app::Error;
use crate::body_limits::is_too_slow;
use crate::domain::field::{Fault, FieldError};
use actix_web::http::header;
use actix_web::web::{Bytes, Payload};
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;
use std::future::Future;
use std::pin::Pin;

/// The largest body that is read, in bytes.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// U+FEFF in UTF-8, as some programs begin a text.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// A JSON body, not yet understood.
pub(super) struct JsonBody(Bytes);

impl JsonBody {
    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Reads it; unknown and repeated members are refused.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let text = std::str::from_utf8(&self.0).map_err(|_| Problem::MalformedJson)?;
        if text.trim_start().starts_with('[') {
            return Err(Error::Invalid(vec![Fault::WrongType.at("")]).into());
        }
        let mut json = serde_json::Deserializer::from_str(text);
        let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
            let path = pointer(error.path());
            fault(&path, error.inner())
        })?;
        json.end().map_err(|_| Problem::MalformedJson)?;
        let whole = serde_json::from_str(text).map_err(|_| Problem::MalformedJson)?;
        match array_for_object(&whole, "") {
            Some(fault) => Err(Error::Invalid(vec![fault]).into()),
            None => Ok(value),
        }
    }
}

/// A request statement: the compact JWS in a body of type `application/jwt`.
pub(super) struct StatementBody(pub String);

impl FromRequest for JsonBody {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let read = read(request, payload, "application/json");
        // A mark of byte order is allowed to be read over (RFC 8259 section 8.1).
        let unmarked = |bytes: Bytes| match bytes.strip_prefix(BYTE_ORDER_MARK) {
            Some(rest) => bytes.slice_ref(rest),
            None => bytes,
        };
        Box::pin(async move { read.await.map(unmarked).map(Self) })
    }
}

impl FromRequest for StatementBody {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let read = read(request, payload, "application/jwt");
        Box::pin(async move {
            let bytes = read.await?;
            let text = String::from_utf8(bytes.to_vec());
            let malformed = crate::app::Unauthenticated::StatementMalformed;
            text.map(Self).map_err(|_| Error::from(malformed).into())
        })
    }
}

fn read(
    request: &HttpRequest,
    payload: &mut dev::Payload,
    content_type: &'static str,
) -> impl Future<Output = Result<Bytes, Problem>> + use<> {
    let fits = request.content_type().eq_ignore_ascii_case(content_type);
    let encoding = request.headers().get(header::CONTENT_ENCODING);
    let encoded = encoding.is_some_and(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"));
    let length = request.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let payload = Payload::from_request(request, payload);
    async move {
        if encoded {
            return Err(Problem::UnsupportedContentEncoding);
        }
        if !fits {
            return Err(Problem::UnsupportedMediaType);
        }
        if length.is_some_and(|length| length > MAX_BODY_BYTES as u64) {
            return Err(Problem::BodyTooLarge);
        }
        let payload = payload.await.map_err(|_| Problem::MalformedJson)?;
        match payload.to_bytes_limited(MAX_BODY_BYTES).await {
            Err(_) => Err(Problem::BodyTooLarge),
            Ok(Err(error)) if is_slow(&error) => Err(Problem::BodyTooSlow),
            Ok(Err(_)) => Err(Problem::MalformedJson),
            Ok(Ok(bytes)) => Ok(bytes),
        }
    }
}

fn is_slow(error: &actix_web::Error) -> bool {
    error.as_error().is_some_and(is_too_slow)
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    path.iter().fold(String::new(), |pointer, segment| match segment {
        Segment::Seq { index } => pointer + "/" + &index.to_string(),
        Segment::Map { key } => pointer + "/" + &escape(key),
        Segment::Enum { .. } | Segment::Unknown => pointer,
    })
}

/// A member's name in a JSON pointer (RFC 6901 section 3).
fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The first element of an array that is no object: serde would take its elements for the members
/// of one, in their order. Bodies have no other arrays.
fn array_for_object(value: &Value, at: &str) -> Option<FieldError> {
    match value {
        Value::Object(members) => members
            .iter()
            .find_map(|(name, value)| array_for_object(value, &format!("{at}/{}", escape(name)))),
        Value::Array(elements) => elements.iter().enumerate().find_map(|(index, value)| {
            let at = format!("{at}/{index}");
            if value.is_object() {
                array_for_object(value, &at)
            } else {
                Some(Fault::WrongType.at(at))
            }
        }),
        _ => None,
    }
}

/// What serde says, as a fault at a field; a body that is no JSON at all has no field.
fn fault(path: &str, error: &serde_json::Error) -> Problem {
    use serde_json::error::Category;
    let text = error.to_string();
    if text.starts_with("number out of range") {
        return Error::Invalid(vec![Fault::NotAWholeNumber.at(path)]).into();
    }
    if !matches!(error.classify(), Category::Data) {
        return Problem::MalformedJson;
    }
    let named = text.split('`').nth(1).unwrap_or_default();
    let at_member = || {
        let member = format!("/{}", escape(named));
        if path.ends_with(&member) { path.to_owned() } else { path.to_owned() + &member }
    };
    let fault: FieldError = if text.starts_with("unknown field") {
        Fault::UnknownMember.at(path)
    } else if text.starts_with("missing field") {
        Fault::Missing.at(at_member())
    } else if text.starts_with("duplicate field") {
        Fault::Repeated.at(at_member())
    } else {
        Fault::WrongType.at(path)
    };
    Error::Invalid(vec![fault]).into()
}
