use super::page::WebError;
use crate::app::Error;
use actix_session::SessionExt;
use actix_web::web::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use subtle::ConstantTimeEq;

/// Under which name forms and sessions hold the session's token.
pub(super) const CSRF: &str = "csrf";
/// Fields that hold secrets: no record of what was asked is made of them.
const SECRETS: [&str; 5] =
    ["password", "new_password", "present_password", "codes_password", "mail_url"];
/// The largest form that is read, in bytes.
const MAX_FORM_BYTES: usize = 64 * 1024;

/// What a person has entered, whose form has the session's token: a page of ours sent it.
#[derive(Debug, Clone, Default)]
pub(super) struct Form(BTreeMap<String, String>);

impl Form {
    /// What stands in a page's address: of a form that only looks. It has no token, so nothing may be
    /// written of it.
    pub fn in_address(request: &HttpRequest) -> Self {
        let query = url::form_urlencoded::parse(request.query_string().as_bytes());
        Self(query.into_owned().collect())
    }

    /// A field; empty where there is none.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// A field that may be left empty.
    pub fn optional(&self, name: &str) -> Option<String> {
        let value = self.get(name).trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// The bytes of the form, but for the session's token and secrets: what was asked, for its one
    /// outcome. A hash of it is kept, and a hash of a password would let it be guessed.
    pub fn asked(&self) -> Vec<u8> {
        let plain = self.0.iter().filter(|(name, _)| !SECRETS.contains(&name.as_str()));
        format!("{:?}", plain.collect::<BTreeMap<_, _>>()).into_bytes()
    }
}

impl FromRequest for Form {
    type Error = WebError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, WebError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let payload = Payload::from_request(request, payload);
        let kept: Option<String> = request.get_session().get(CSRF).ok().flatten();
        let is_form = request.content_type() == "application/x-www-form-urlencoded";
        Box::pin(async move {
            let refused = || WebError::from(Error::Forbidden);
            let payload = payload.await.map_err(|_| refused())?;
            let Ok(Ok(bytes)) = payload.to_bytes_limited(MAX_FORM_BYTES).await else {
                return Err(refused());
            };
            let mut fields = BTreeMap::new();
            for (name, value) in url::form_urlencoded::parse(&bytes).into_owned() {
                // No form of ours has two fields of one name: which one counts is not to be guessed.
                if fields.insert(name, value).is_some() {
                    return Err(refused());
                }
            }
            let sent: String = fields.remove(CSRF).unwrap_or_default();
            let kept = kept.unwrap_or_default();
            let ours = !kept.is_empty() && bool::from(sent.as_bytes().ct_eq(kept.as_bytes()));
            if is_form && ours { Ok(Self(fields)) } else { Err(refused()) }
        })
    }
}
