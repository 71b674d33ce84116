//! Who calls: the session of a request, loaded once, and the cookies of its answer.
//!
//! A visitor without a session has no row in the database, and a visit writes nothing but when a
//! session was last used, once a minute.

use super::cookies::{Cookies, SESSION};
use super::page::State;
use super::user_agent;
use crate::app::{self, Actor, Error, KeyedSession, LiveSession, Stage, Visitor};
use crate::client_address::client_address;
use actix_web::body::MessageBody;
use actix_web::cookie::Cookie;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// How long a page waits until it is stored that its session is used.
const TOUCH_TIMEOUT: Duration = Duration::from_millis(500);
/// How long a key is: 256 bits in base64url.
const KEY_LENGTH: usize = 43;

/// A call by a person or a stranger.
pub(super) struct Visit {
    /// Where it comes from.
    pub visitor: Visitor,
    /// How cookies are made.
    pub cookies: Cookies,
    /// Whether it brings the key of a session that is not good any more.
    pub has_ended: bool,
    session: RefCell<Option<LiveSession>>,
    failure: RefCell<Option<Error>>,
    answered: RefCell<Vec<Cookie<'static>>>,
}

impl Visit {
    /// The visit that a request is.
    pub fn of(request: &HttpRequest) -> Result<Rc<Self>, Error> {
        let visit = request.extensions().get::<Rc<Self>>().cloned();
        let visit = visit.ok_or_else(|| Error::Internal("the request has no visit".into()))?;
        // The page that says so is shown as to a stranger.
        let failure = visit.failure.take();
        failure.map_or(Ok(visit), Err)
    }

    /// The session, as it is now.
    pub fn session(&self) -> Option<LiveSession> {
        self.session.borrow().clone()
    }

    /// The browser has this session from now on.
    pub fn enter(&self, state: &State, keyed: KeyedSession) {
        let cookies = Cookies::of(&state.office);
        self.set(cookies.make(SESSION, keyed.key));
        let before = self.session.take();
        let same = before.filter(|live| live.session.id == keyed.session.id);
        self.session.replace(same.map(|live| LiveSession { session: keyed.session, ..live }));
    }

    /// The browser has no session from now on.
    pub fn leave(&self) {
        self.set(self.cookies.remove(SESSION));
        self.session.take();
    }

    /// Sets a cookie with the answer.
    pub fn set(&self, cookie: Cookie<'static>) {
        self.answered.borrow_mut().push(cookie);
    }

    async fn begin(state: &State, request: &HttpRequest) -> Self {
        let agent = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        let visitor = Visitor {
            address: client_address(request).map(|address| address.to_string()),
            browser: user_agent::describe(agent.unwrap_or_default()),
        };
        let cookies = Cookies::of(&state.office);
        let key = cookies.read(request, SESSION);
        let brings_key = key.is_some();
        let loaded = match key.filter(|key| key.len() == KEY_LENGTH) {
            Some(key) => state.lines.ask(move |office| app::load_session(office, &key)).await,
            None => Ok(None),
        };
        let (session, failure) = loaded.map_or_else(|error| (None, Some(error)), |it| (it, None));
        if let Some(live) = &session {
            if live.session.stage == Stage::In {
                let actor = Actor::Staff(live.person.clone());
                tracing::Span::current().record("actor", actor.name());
            }
            if live.is_touch_due {
                touch(state, live, &visitor).await;
            }
        }
        Self {
            has_ended: brings_key && session.is_none() && failure.is_none(),
            visitor,
            cookies,
            session: session.into(),
            failure: failure.into(),
            answered: RefCell::default(),
        }
    }
}

/// Begins the visit, and sets its cookies with whatever is answered.
pub(super) async fn visit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let state = request.app_data::<Data<State>>().cloned();
    let state = state
        .ok_or_else(|| actix_web::error::ErrorInternalServerError("the server has no state"))?;
    let visit = Rc::new(Visit::begin(&state, request.request()).await);
    request.extensions_mut().insert(Rc::clone(&visit));
    let mut response = next.call(request).await?;
    for cookie in visit.answered.take() {
        response.response_mut().add_cookie(&cookie)?;
    }
    Ok(response)
}

/// Stores that a session is used. A page does not fail where the database takes no writes now, nor
/// wait for it: the next one tries again.
async fn touch(state: &State, live: &LiveSession, visitor: &Visitor) {
    let (id, address) = (live.session.id.clone(), visitor.address.clone());
    let touched =
        state.lines.write(move |office| app::touch_session(office, &id, address.as_deref()));
    match tokio::time::timeout(TOUCH_TIMEOUT, touched).await {
        Ok(Ok(())) | Err(_) => {}
        Ok(Err(error)) if error.is_outage() => {}
        Ok(Err(error)) => tracing::warn!(%error, "the last use of a session was not stored"),
    }
}
