//! What every page has: who reads it, in which language, and how it fails.

use super::base_path::{base_path, within};
use super::cookies::{Cookies, FORM, LANGUAGE};
use super::form::Form;
use super::print::Agreement;
use super::visit::Visit;
pub(super) use super::web_error::WebError;
use crate::app::{self, Actor, Error, Office, Once, Stage, Unauthenticated};
use crate::domain::customer::Language;
use crate::domain::staff::{Role, Staff};
use crate::lines::Lines;
use crate::notices::Notices;
use crate::picture::PictureReader;
use crate::rate_limit::RateLimits;
use crate::text::{self, Arg, Texts};
use crate::uploads::Uploads;
use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse, dev};
use askama::Template;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{Timestamp, civil::Date};
use std::future::{Ready, ready};
use std::rc::Rc;
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
    /// What limits strangers.
    pub limits: Arc<RateLimits>,
    /// Permits for uploads.
    pub uploads: Arc<Uploads>,
    /// Reads uploaded pictures.
    pub pictures: PictureReader,
    /// What licenses are printed as.
    pub agreement: Arc<Agreement>,
    /// What administrators should know of the server's network.
    pub notices: Arc<Notices>,
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
    /// The session, and the cookies of the answer.
    pub visit: Rc<Visit>,
    /// What the page is written in.
    pub language: Language,
    /// Who reads it, once signed in.
    pub person: Option<Staff>,
    /// The token of forms: the session's, else that of a stranger's form, empty where there is none.
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

    /// What administrators should know of the server's network; nothing for others.
    pub fn notices(&self) -> Vec<String> {
        let notices = if self.may_administer() { self.state.notices.current() } else { Vec::new() };
        notices
            .iter()
            .map(|notice| self.text(notice.text(), &[("at", notice.at().as_str().into())]))
            .collect()
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

    /// Gives a stranger's form its token, which the cookie holds too. A page that has no form makes
    /// neither.
    pub fn open_form(&mut self) -> Result<(), WebError> {
        if self.csrf.is_empty() {
            self.csrf = app::stranger_form_token(&self.state.office)?;
            self.visit.set(self.visit.cookies.make(FORM, self.csrf.clone()));
        }
        Ok(())
    }

    /// The session, where there is one that is good.
    pub fn session(&self) -> Result<app::LiveSession, WebError> {
        self.visit.session().ok_or_else(|| self.sign_in_first("/"))
    }

    /// Sends the browser to sign in, and then here.
    pub fn sign_in_first(&self, wanted: &str) -> WebError {
        WebError::SignInFirst { wanted: wanted.to_owned(), has_ended: self.visit.has_ended }
    }

    /// The id of the person who has signed in; empty where nobody has.
    pub fn person_id(&self) -> &str {
        self.person.as_ref().map_or("", |person| person.id.as_str())
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
    type Future = Ready<Result<Self, WebError>>;

    /// A page that anybody may read; who has signed in is known where somebody has.
    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        ready(page(request))
    }
}

fn page(request: &HttpRequest) -> Result<Page, WebError> {
    let visit = Visit::of(request)?;
    let state = state(request)?;
    let live = visit.session();
    let csrf = match &live {
        Some(live) => live.session.form_token.clone(),
        None => stranger_form_token(request, &state)?.unwrap_or_default(),
    };
    let person = live.filter(|live| live.session.stage == Stage::In).map(|live| live.person);
    Ok(Page {
        language: language(request),
        path: request.path().to_owned(),
        is_read: request.method().is_safe(),
        back: back(request),
        person,
        state,
        visit,
        csrf,
    })
}

/// The state of the pages.
pub(super) fn state(request: &HttpRequest) -> Result<State, WebError> {
    let state = request.app_data::<Data<State>>();
    let missing = || Error::Internal("the server has no state".into());
    Ok(state.ok_or_else(missing)?.get_ref().clone())
}

/// The token of a stranger's form that the request's cookie holds, if a server of ours has made it.
pub(super) fn stranger_form_token(
    request: &HttpRequest,
    state: &State,
) -> Result<Option<String>, WebError> {
    let Some(token) = Cookies::of(&state.office).read(request, FORM) else { return Ok(None) };
    let is_ours = app::is_stranger_form_token(&state.office, &token)?;
    Ok(is_ours.then_some(token))
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
    type Future = Ready<Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        // After a form the person returns to the page that it stood on.
        ready(page(request).and_then(|page| match page.person {
            Some(_) => Ok(Self(page)),
            None => Err(page.sign_in_first(&page.back)),
        }))
    }
}

/// The page itself; what a form was answered with has no address of its own, so the form's page.
fn back(request: &HttpRequest) -> String {
    if request.method().is_safe() {
        return request.uri().to_string();
    }
    let referer = request.headers().get(header::REFERER).and_then(|value| value.to_str().ok());
    let form = referer.and_then(|referer| url::Url::parse(referer).ok());
    let Some(form) = form else { return "/".to_owned() };
    let (path, office) = (&form[url::Position::BeforePath..], request.app_data::<Data<State>>());
    let base = office.map(|state| base_path(&state.office)).unwrap_or_default();
    within(&base, path).unwrap_or(path).to_owned()
}

/// The language chosen on a page, else the browser's.
pub(super) fn language(request: &HttpRequest) -> Language {
    let office = request.app_data::<Data<State>>().map(|state| &state.office);
    let chosen = office.and_then(|office| Cookies::of(office).read(request, LANGUAGE));
    let chosen = chosen.and_then(|word| Language::parse(&word).ok());
    let accept = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok());
    chosen.unwrap_or_else(|| text::negotiate(accept))
}
