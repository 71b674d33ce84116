//! Requests of installations without a network, handed in by anybody: pasted, as a file, or as a
//! photograph of a QR code. The right to what is asked is the statement's signature, so nobody
//! signs in, and no session is begun for strangers; staff who have signed in are named in the audit.

mod upload;
mod words;

pub use words::answer_words;

use super::page::{self, Page, State, WebError, show};
use super::qr_code::answer_qr_code;
use crate::app::{self, AccessAttempt, Actor, AnsweredRequest, Error, Office, Unauthenticated};
use crate::client_address::client_address;
use crate::domain::customer::Language;
use crate::text::Texts;
use actix_multipart::Multipart;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Query, ServiceConfig};
use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError, get, post};
use askama::Template;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;
use upload::{HandedIn, Unusable};

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(form).service(hand_in);
}

/// As staff see it, in the frame of their pages.
#[derive(Template)]
#[template(path = "web/offline/staff.html")]
struct StaffOffline<'a> {
    page: &'a Page,
    view: View,
}

/// As anybody sees it.
#[derive(Template)]
#[template(path = "web/offline/public.html")]
struct PublicOffline {
    vendor: String,
    view: View,
}

/// What both show.
struct View {
    texts: Arc<Texts>,
    language: Language,
    shown: Shown,
}

enum Shown {
    /// The form, perhaps with what was wrong with what was handed in.
    Form { fault: Option<Fault>, pasted: String },
    /// The answer.
    Answer(Box<Answered>),
}

/// Why there is no answer.
struct Fault {
    title: String,
    detail: String,
    /// The members of the request that are wrong.
    members: Vec<(String, String)>,
}

/// An answer, as it is shown.
struct Answered {
    words: String,
    text: String,
    /// The text as a link that saves it.
    link: String,
    picture: Option<String>,
    customer: Option<String>,
}

/// The language, where a person has chosen it on the page.
#[derive(Deserialize)]
struct Chosen {
    language: Option<String>,
}

#[get("/offline")]
async fn form(
    request: HttpRequest,
    state: Data<State>,
    chosen: Query<Chosen>,
) -> Result<HttpResponse, WebError> {
    let staff = signed_in(&request).await;
    let chosen = chosen.language.as_deref().and_then(|word| Language::parse(word).ok());
    let language = chosen.unwrap_or_else(|| page::language(&request));
    let shown = Shown::Form { fault: None, pasted: String::new() };
    answer(&state, staff.as_ref(), language, StatusCode::OK, shown)
}

#[post("/offline")]
async fn hand_in(
    request: HttpRequest,
    state: Data<State>,
    sent: Multipart,
) -> Result<HttpResponse, WebError> {
    let language = page::language(&request);
    let staff = signed_in(&request).await;
    let address = client_address(&request).unwrap_or(Ipv4Addr::UNSPECIFIED.into());
    let is_limited = staff.is_none();
    let refuse = |fault, status, wait: Duration| {
        let shown = Shown::Form { fault: Some(fault), pasted: String::new() };
        let mut answer = answer(&state, staff.as_ref(), language, status, shown)?;
        answer.headers_mut().insert(header::RETRY_AFTER, (wait.as_secs() + 1).into());
        Ok(answer)
    };
    let too_often = |wait| {
        let fault = Fault::of_text(&state, language, "offline-too-often");
        refuse(fault, StatusCode::TOO_MANY_REQUESTS, wait)
    };
    let busy = || {
        let fault = Fault::of_error(&state, language, &Error::busy());
        refuse(fault, StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(5))
    };
    let Ok(permit) = state.uploads.permit(address).await else { return busy() };
    let limit = &state.limits.unusable_uploads;
    let (pasted, text) = match upload::read(sent).await {
        Ok(HandedIn::Text { pasted, text }) => {
            let unusable = app::holds_no_request(&text).map(Unusable::NoRequest);
            (pasted, unusable.map_or(Ok(text), Err))
        }
        Ok(HandedIn::Picture(bytes)) => {
            // A picture is costly to look at, so an address without credit has none looked at.
            if let Err(wait) = limit.check(address)
                && is_limited
            {
                return too_often(wait);
            }
            match state.pictures.text_in(&bytes).await {
                Ok(text) => (String::new(), text.map_err(Unusable::from)),
                Err(_) => return busy(),
            }
        }
        Err(unusable) => (String::new(), Err(unusable)),
    };
    drop(permit);
    if is_limited
        && !text.as_ref().is_ok_and(|text| app::is_signed_request(text))
        && let Err(wait) = limit.count(address)
    {
        return too_often(wait);
    }
    let text = match text {
        Ok(text) => text,
        Err(unusable) => {
            let fault = Some(Fault::of_text(&state, language, unusable.text()));
            let shown = Shown::Form { fault, pasted };
            return answer(&state, staff.as_ref(), language, unusable.status(), shown);
        }
    };
    let carrier = staff.as_ref().and_then(|page| page.person.clone()).map(Actor::Staff);
    let (status, shown) = match answered(&state, text.clone(), carrier).await {
        Ok(answered) => {
            let answered = Answered::new(&state, language, staff.is_some(), &answered)?;
            (StatusCode::OK, Shown::Answer(Box::new(answered)))
        }
        Err(error) => {
            let address = client_address(&request);
            AccessAttempt::with_statement(&text, address).refused(&state.office, &error);
            let fault = Some(Fault::of_error(&state, language, &error));
            let is_outage = error.is_outage();
            let error = WebError::from(error);
            if !is_outage && error.status_code().is_server_error() {
                tracing::error!(%error, "a carried request could not be answered");
            }
            (error.status_code(), Shown::Form { fault, pasted })
        }
    };
    answer(&state, staff.as_ref(), language, status, shown)
}

/// Answers a request. As over the network, wrong activation keys are slowed, and take no turn among
/// the calls that write.
async fn answered(
    state: &State,
    text: String,
    carrier: Option<Actor>,
) -> Result<AnsweredRequest, Error> {
    if app::brings_activation_key(&text) {
        state.limits.activation.wait().await;
        let asked = text.clone();
        let known = state.lines.read(move |office| app::check_carried_key(office, &asked)).await;
        if let Err(Error::Unauthenticated(Unauthenticated::ActivationKeyUnknown)) = known {
            state.limits.activation.count_wrong_key();
        }
        known?;
    }
    let work = move |office: &Office| app::answer_request(office, &text, carrier.as_ref());
    state.lines.write(work).await
}

/// The page of whoever has signed in.
pub(super) async fn signed_in(request: &HttpRequest) -> Option<Page> {
    Page::extract(request).await.ok().filter(|page| page.person.is_some())
}

fn answer(
    state: &State,
    staff: Option<&Page>,
    language: Language,
    status: StatusCode,
    shown: Shown,
) -> Result<HttpResponse, WebError> {
    let view = View { texts: Arc::clone(&state.texts), language, shown };
    let mut answer = if let Some(page) = staff {
        show(status, &StaffOffline { page, view })?
    } else {
        let vendor = state.office.settings().vendor_name.clone();
        show(status, &PublicOffline { vendor, view })?
    };
    let vary = header::HeaderValue::from_static("Accept-Language, Cookie");
    answer.headers_mut().insert(header::VARY, vary);
    Ok(answer)
}

impl View {
    fn t(&self, id: &str) -> String {
        self.texts.get(self.language, id, &[])
    }

    fn fault(&self) -> Option<&Fault> {
        match &self.shown {
            Shown::Form { fault, .. } => fault.as_ref(),
            Shown::Answer(_) => None,
        }
    }
}

impl Fault {
    fn of_text(state: &State, language: Language, id: &str) -> Self {
        let t = |id: &str| state.texts.get(language, id, &[]);
        Self { title: t(id), detail: t(&format!("{id}.detail")), members: Vec::new() }
    }

    /// Some refusals are told to people in other words than to programs.
    fn of_error(state: &State, language: Language, error: &Error) -> Self {
        let own = format!("offline-{}", error.code());
        let id = if state.texts.has(language, &own) { &own } else { error.code() };
        let mut fault = Self::of_text(state, language, id);
        if let Error::Invalid(faults) = error {
            let member = |fault: &crate::domain::field::FieldError| {
                let name = fault.pointer.trim_start_matches("/req/").replace('/', ".");
                (name, state.texts.fault(language, fault.fault))
            };
            fault.members = faults.iter().map(member).collect();
        }
        fault
    }
}

impl Answered {
    fn new(
        state: &State,
        language: Language,
        is_staff: bool,
        answered: &AnsweredRequest,
    ) -> Result<Self, Error> {
        let zone = state.office.settings().time_zone.clone();
        let words = answer_words(&state.texts, language, &zone, answered);
        let text = answered.text(&words);
        Ok(Self {
            link: format!("data:text/plain;charset=utf-8;base64,{}", STANDARD.encode(&text)),
            picture: answer_qr_code(&answered.license)?,
            customer: is_staff.then(|| answered.customer.to_string()),
            words,
            text,
        })
    }
}
