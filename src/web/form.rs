use super::cookies::{Cookies, FORM, is_https};
use super::page::{Page, State, WebError, state, stranger_form_token};
use super::scheme::{Scheme, scheme_of_browser};
use super::visit::Visit;
use crate::app::Error;
use actix_web::web::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use subtle::ConstantTimeEq;

/// The field that holds the token.
const CSRF: &str = "csrf";
/// Fields that hold secrets: no record of what was asked is made of them.
const SECRETS: [&str; 6] = [
    "password",
    "new_password",
    "present_password",
    "codes_password",
    "email_password",
    "mail_url",
];
/// The largest form that is read, in bytes.
const MAX_FORM_BYTES: usize = 64 * 1024;

/// What a person has entered, in a form with the token of the session, or of a stranger's form (see
/// `Page::open_form`): a page of ours sent it.
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

    /// All fields.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The form without a field, and what stood in it.
    pub fn without(mut self, name: &str) -> (Self, Option<String>) {
        let value = self.0.remove(name);
        (self, value)
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
        let expected = token(request);
        let sent = OpenForm::from_request(request, payload);
        let page = Page::extract(request);
        let (lacks_cookie, needs_https) = (lacks_cookie(request), needs_https(request));
        Box::pin(async move {
            let (expected, page) = (expected?, page.await?);
            let (form, token) = sent.await?.0.without(CSRF);
            let token = token.unwrap_or_default();
            let ours =
                !expected.is_empty() && bool::from(token.as_bytes().ct_eq(expected.as_bytes()));
            match ours {
                true => Ok(form),
                // The form was of a session that is over.
                false if page.visit.has_ended => Err(page.sign_in_first(&page.back)),
                false if lacks_cookie => Err(WebError::NoFormCookie { needs_https }),
                false => Err(Error::Forbidden.into()),
            }
        })
    }
}

/// Whether a stranger's form came without the cookie that holds its token too.
fn lacks_cookie(request: &HttpRequest) -> bool {
    let stranger = Visit::of(request).is_ok_and(|visit| visit.session().is_none());
    let cookie = |state: State| Cookies::of(&state.office).read(request, FORM);
    stranger && state(request).is_ok_and(|state| cookie(state).is_none())
}

/// Whether the browser drops the cookies of this server, since it uses it over plain http.
fn needs_https(request: &HttpRequest) -> bool {
    let expects = state(request).is_ok_and(|state| is_https(&state.office));
    expects && scheme_of_browser(request) == Some(Scheme::Http)
}

/// The token that a form of this visit has.
fn token(request: &HttpRequest) -> Result<String, WebError> {
    match Visit::of(request)?.session() {
        Some(live) => Ok(live.session.form_token),
        None => Ok(stranger_form_token(request, &state(request)?)?.unwrap_or_default()),
    }
}

/// A form without a token, for what does no harm: the choice of a language.
pub(super) struct OpenForm(pub Form);

impl FromRequest for OpenForm {
    type Error = WebError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, WebError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let payload = Payload::from_request(request, payload);
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
            if is_form { Ok(Self(Form(fields))) } else { Err(refused()) }
        })
    }
}
