//! What every page has: who reads it, in which language, and how it fails.

use super::check_limit::CheckLimit;
use super::form::{CSRF, Form};
use super::print::Agreement;
use crate::app::{self, Actor, Error, Office, Once, Unauthenticated};
use crate::brakes::Brakes;
use crate::domain::customer::Language;
use crate::domain::ids::StaffId;
use crate::domain::staff::{Role, Staff};
use crate::lines::Lines;
use crate::text::{self, Arg, Texts};
use actix_session::{Session, SessionExt};
use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError, dev};
use askama::Template;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{Timestamp, civil::Date};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// What every page works with.
#[derive(Clone)]
pub struct State {
    /// The office.
    pub office: Arc<Office>,
    /// The texts.
    pub texts: Arc<Texts>,
    /// Where calls wait for their turn.
    pub lines: Lines,
    /// What slows wrong tries.
    pub brakes: Arc<Brakes>,
    /// How often strangers may ask for a license by its number.
    pub checks: Arc<CheckLimit>,
    /// What licenses are printed as.
    pub agreement: Arc<Agreement>,
}

impl State {
    /// A name for a form that is about to be shown: sent twice, it happens once.
    pub(super) fn once(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.office.chance.bytes::<16>())
    }
}

/// A page as it is being made.
pub(super) struct Page {
    /// The office and the texts.
    pub state: State,
    /// The session.
    pub session: Session,
    /// What the page is written in.
    pub language: Language,
    /// Who reads it, once signed in.
    pub person: Option<Staff>,
    /// The session's token, for forms.
    pub csrf: String,
    /// Where the page is.
    pub path: String,
    /// Whether it is read, and changes nothing.
    is_read: bool,
    /// Where to show it again, in the other language.
    pub back: String,
}

impl Page {
    /// A text.
    pub fn t(&self, id: &str) -> String {
        self.state.texts.get(self.language, id, &[])
    }

    /// A text with its arguments.
    pub fn text(&self, id: &str, args: &[(&str, Arg)]) -> String {
        self.state.texts.get(self.language, id, args)
    }

    /// A number of something, with the right plural: `count-user-accounts`.
    pub fn count(&self, id: &str, count: i64) -> String {
        self.text(id, &[("count", count.into())])
    }

    /// A date.
    pub fn date(&self, date: Date) -> String {
        text::date(self.language, date)
    }

    /// A time, in the vendor's zone.
    pub fn time(&self, at: &Timestamp) -> String {
        text::date_time(self.language, *at, &self.state.office.settings().time_zone)
    }

    /// A time as another language writes it, in the vendor's zone.
    pub fn time_in(&self, language: Language, at: &Timestamp) -> String {
        text::date_time(language, *at, &self.state.office.settings().time_zone)
    }

    /// A number of things that are counted by `usize`, for texts.
    #[expect(clippy::unused_self, reason = "templates call it like the other texts")]
    pub fn number(&self, count: usize) -> i64 {
        i64::try_from(count).unwrap_or(i64::MAX)
    }

    /// The day of a time, in the vendor's zone.
    pub fn day(&self, at: &Timestamp) -> String {
        text::date(self.language, self.state.office.settings().time_zone.to_datetime(*at).date())
    }

    /// The vendor's name.
    pub fn vendor(&self) -> String {
        self.state.office.settings().vendor_name.clone()
    }

    /// Whether the page stands under this path: for the navigation.
    pub fn is_under(&self, path: &str) -> bool {
        self.path == path || (path != "/" && self.path.starts_with(&format!("{path}/")))
    }

    /// The navigation: path and text of each entry.
    pub fn navigation(&self) -> Vec<(&'static str, &'static str)> {
        let for_all = [
            ("/", "nav-today"),
            ("/customers", "nav-customers"),
            ("/mails", "nav-mails"),
            ("/audit", "nav-audit"),
        ];
        let for_administrators = [("/settings", "nav-settings")];
        let more = for_administrators.into_iter().filter(|_| self.may_administer());
        for_all.into_iter().chain(more).collect()
    }

    /// Whether who reads it may change customers and purchases.
    pub fn may_sell(&self) -> bool {
        self.person.as_ref().is_some_and(|person| person.role != Role::Auditor)
    }

    /// Whether who reads it may give and take back access, and settle what the vendor settles.
    pub fn may_administer(&self) -> bool {
        self.person.as_ref().is_some_and(|person| person.role == Role::Admin)
    }

    /// Runs a use case: one that reads on a page that is read, one that writes on one that is sent.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Office) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, WebError> {
        let lines = &self.state.lines;
        let done = if self.is_read { lines.read(work).await } else { lines.write(work).await };
        Ok(done?)
    }

    /// The name that a form has for itself, so that it happens once however often it is sent.
    pub fn once(&self, actor: &Actor, form: &Form) -> Option<Once> {
        let name = form.get("once");
        let asked = [self.path.as_bytes(), b"\n", &form.asked()].concat();
        (!name.is_empty()).then(|| Once::staff(&self.state.office, actor, name, &asked))
    }

    /// Who acts.
    pub fn actor(&self) -> Result<Actor, WebError> {
        let person = self.person.clone().map(Actor::Staff);
        person.ok_or_else(|| Error::from(Unauthenticated::NoCredentials).into())
    }
}

/// Answers with a page.
pub(super) fn show(status: StatusCode, template: &impl Template) -> Result<HttpResponse, WebError> {
    let html = template.render().map_err(|error| Error::Internal(error.to_string()))?;
    Ok(HttpResponse::build(status).content_type("text/html; charset=utf-8").body(html))
}

/// Sends the browser to another page (303: with GET, whatever this call was).
pub(super) fn go_to(path: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, path)).finish()
}

impl FromRequest for Page {
    type Error = WebError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, WebError>>>>;

    /// A page that anybody may read; who has signed in is known where somebody has.
    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let state = request.app_data::<Data<State>>();
            let missing = || Error::Internal("the server has no state".into());
            let state = state.ok_or_else(missing)?.get_ref().clone();
            let session = request.get_session();
            let csrf = token(&session, &state.office)?;
            let mut page = Self {
                language: language(&request),
                path: request.path().to_owned(),
                is_read: request.method().is_safe(),
                back: back(&request),
                person: None,
                state,
                session,
                csrf,
            };
            if stage(&page.session) == Some(Stage::In) {
                let id = staff_id(&page.session);
                page.person = match id {
                    Some(id) => page.run(move |office| app::signed_in(office, &id)).await.ok(),
                    None => None,
                };
                if let Ok(actor) = page.actor() {
                    tracing::Span::current().record("actor", actor.name());
                }
            }
            Ok(page)
        })
    }
}

/// A page for those who have signed in; others are sent to do so.
pub(super) struct StaffPage(pub Page);

impl std::ops::Deref for StaffPage {
    type Target = Page;

    fn deref(&self) -> &Page {
        &self.0
    }
}

impl FromRequest for StaffPage {
    type Error = WebError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, WebError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        let page = Page::from_request(request, payload);
        let wanted =
            if request.method().is_safe() { request.uri().to_string() } else { "/".into() };
        Box::pin(async move {
            let page = page.await?;
            if page.person.is_some() { Ok(Self(page)) } else { Err(WebError::SignInFirst(wanted)) }
        })
    }
}

/// How far a session has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) enum Stage {
    /// The password was right; the second factor is still to be shown.
    SecondFactor,
    /// The password was right; a second factor is still to be set up.
    Enrol,
    /// In.
    In,
}

/// How far the session has come.
pub(super) fn stage(session: &Session) -> Option<Stage> {
    session.get("stage").ok().flatten()
}

/// Whose session it is.
pub(super) fn staff_id(session: &Session) -> Option<StaffId> {
    let id: Option<String> = session.get("staff").ok().flatten();
    id.and_then(|id| StaffId::parse(&id))
}

/// The session's token, made on its first page.
fn token(session: &Session, office: &Office) -> Result<String, WebError> {
    let kept: Option<String> = session.get(CSRF).ok().flatten();
    if let Some(token) = kept {
        return Ok(token);
    }
    let token = URL_SAFE_NO_PAD.encode(office.chance.bytes::<24>());
    session.insert(CSRF, &token).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(token)
}

/// The page itself; what a form was answered with has no address of its own, so the form's page.
fn back(request: &HttpRequest) -> String {
    if request.method().is_safe() {
        return request.uri().to_string();
    }
    let referer = request.headers().get(header::REFERER).and_then(|value| value.to_str().ok());
    let form = referer.and_then(|referer| url::Url::parse(referer).ok());
    form.map_or_else(|| "/".to_owned(), |form| form[url::Position::BeforePath..].to_owned())
}

/// The language chosen on a page, else the browser's.
pub(super) fn language(request: &HttpRequest) -> Language {
    let chosen = request.cookie("language").and_then(|c| Language::parse(c.value()).ok());
    let accept = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok());
    chosen.unwrap_or_else(|| text::negotiate(accept))
}

/// Why there is no page.
#[derive(Debug)]
pub(super) enum WebError {
    /// The use case refused.
    App(Error),
    /// Nobody has signed in; then the browser comes back to this path.
    SignInFirst(String),
}

impl From<Error> for WebError {
    fn from(error: Error) -> Self {
        Self::App(error)
    }
}

impl fmt::Display for WebError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::App(error) => error.fmt(f),
            Self::SignInFirst(_) => f.write_str("sign in first"),
        }
    }
}

impl WebError {
    /// The text that says it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::App(error) => error.code(),
            Self::SignInFirst(_) => "unauthenticated",
        }
    }
}

impl ResponseError for WebError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::SignInFirst(_) => StatusCode::SEE_OTHER,
            Self::App(error) => match error {
                Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
                Error::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
                Error::NotFound => StatusCode::NOT_FOUND,
                Error::Forbidden => StatusCode::FORBIDDEN,
                Error::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
                Error::Refused(_) | Error::PreconditionFailed | Error::IdempotencyKeyReused => {
                    StatusCode::CONFLICT
                }
                Error::IssuingKeyExpired(_) | Error::Keys(_) | Error::Store(_) => {
                    StatusCode::SERVICE_UNAVAILABLE
                }
                Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            },
        }
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::SignInFirst(wanted) => {
                let next: String =
                    url::form_urlencoded::byte_serialize(wanted.as_bytes()).collect();
                go_to(&format!("/sign-in?next={next}"))
            }
            Self::App(_) => HttpResponse::new(self.status_code()),
        }
    }
}
