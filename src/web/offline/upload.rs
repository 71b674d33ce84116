use crate::app::{self, Contents};
use crate::body_limits::is_too_slow;
use crate::picture::{self, Unreadable, is_picture};
use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::http::StatusCode;
use futures_util::TryStreamExt;

/// Far above a request in its armour.
const MAX_TEXT_BYTES: usize = 64 * 1024;
/// More fields than the form has.
const MAX_FIELDS: usize = 4;

/// What was handed in.
pub(super) enum HandedIn {
    /// A request as text; `pasted` is what stood in the form's own field.
    Text { pasted: String, text: String },
    /// A picture: PNG or JPEG by its first bytes.
    Picture(Vec<u8>),
}

/// Why what was handed in cannot be read as a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unusable {
    /// Nothing was.
    Nothing,
    /// More than is read.
    TooLarge,
    /// It came too slowly, or stopped.
    TooSlow,
    /// It holds no request.
    NoRequest(Contents),
    /// A picture that is damaged, or takes too much to read.
    Picture,
    /// A picture in which no QR code is found.
    NoCode,
}

impl Unusable {
    /// The text that says it.
    pub fn text(self) -> &'static str {
        match self {
            Self::Nothing => "offline-nothing",
            Self::TooLarge => "offline-too-large",
            Self::TooSlow => "offline-too-slow",
            Self::NoRequest(contents) => match contents {
                Contents::Empty => "offline-nothing",
                Contents::Torn => "offline-torn",
                Contents::Several => "offline-several",
                Contents::Pdf | Contents::Archive => "offline-document",
                Contents::Picture => "offline-neither",
                Contents::WebPage => "offline-web-page",
                Contents::Roots => "offline-roots",
                _ => "offline-words",
            },
            Self::Picture => "offline-picture",
            Self::NoCode => "offline-no-code",
        }
    }

    /// The status that goes with it.
    pub fn status(self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }
}

impl From<MultipartError> for Unusable {
    fn from(error: MultipartError) -> Self {
        match error {
            MultipartError::Payload(error) if is_too_slow(&error) => Self::TooSlow,
            _ => Self::Nothing,
        }
    }
}

impl From<Unreadable> for Unusable {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::Picture => Self::Picture,
            Unreadable::NoCode => Self::NoCode,
        }
    }
}

/// Reads the form, as much of it as a request or a photograph needs. A file goes before what was
/// pasted: it was chosen last.
pub(super) async fn read(mut form: Multipart) -> Result<HandedIn, Unusable> {
    let (mut pasted, mut file) = (Vec::new(), Vec::new());
    for _ in 0..MAX_FIELDS {
        let Some(field) = form.try_next().await.map_err(Unusable::from)? else { break };
        match field.name() {
            Some("request") => pasted = bytes(field).await?,
            Some("file") => file = bytes(field).await?,
            _ => return Err(Unusable::Nothing),
        }
    }
    if is_picture(&file) {
        return Ok(HandedIn::Picture(file));
    }
    let (pasted, file) = (app::carried_text(&pasted), app::carried_text(&file));
    let text = if file.trim().is_empty() { pasted.clone() } else { file };
    Ok(HandedIn::Text { pasted, text })
}

async fn bytes(mut field: Field) -> Result<Vec<u8>, Unusable> {
    let mut all = Vec::new();
    while let Some(part) = field.try_next().await.map_err(Unusable::from)? {
        all.extend_from_slice(&part);
        let most = if is_picture(&all) { picture::MAX_BYTES } else { MAX_TEXT_BYTES };
        if all.len() > most {
            return Err(Unusable::TooLarge);
        }
    }
    Ok(all)
}
