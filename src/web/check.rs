//! What anybody may learn of a license by the number on its paper: whether it is the current one,
//! and until when its dated parts run. No session is begun for strangers.

use super::offline::signed_in;
use super::page::{self, State, WebError, show};
use crate::app::{self, LicenseCheck};
use crate::client_address::client_address;
use crate::domain::customer::Language;
use crate::text;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, get};
use askama::Template;
use jiff::Timestamp;
use serde::Deserialize;

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(check);
}

#[derive(Template)]
#[template(path = "web/check.html")]
struct CheckPage<'a> {
    state: &'a State,
    language: Language,
    vendor: String,
    shown: Shown,
}

enum Shown {
    Current { number: String, rows: Vec<Row> },
    Superseded { number: String },
    Unknown,
    TooOften,
}

/// A part of the license that runs until a time.
struct Row {
    label: String,
    until: String,
    has_ended: bool,
}

/// The language, where a person has chosen it on the page.
#[derive(Deserialize)]
struct Chosen {
    language: Option<String>,
}

#[get("/check/{number}")]
async fn check(
    request: HttpRequest,
    state: Data<State>,
    number: Path<String>,
    chosen: Query<Chosen>,
) -> Result<HttpResponse, WebError> {
    let chosen = chosen.language.as_deref().and_then(|word| Language::parse(word).ok());
    let language = chosen.unwrap_or_else(|| page::language(&request));
    if let Some(address) = client_address(&request)
        && let Err(wait) = state.limits.check.count(address)
        && signed_in(&request).await.is_none()
    {
        let mut answer = answer(&state, language, Shown::TooOften)?;
        let seconds = wait.as_secs() + 1;
        answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        return Ok(answer);
    }
    let number = number.into_inner();
    let asked = number.clone();
    let found = state.lines.read(move |office| app::check_license(office, &asked)).await?;
    let shown = match found {
        Some(LicenseCheck::Current { support_until, emergency_until }) => {
            let t = |id| state.texts.get(language, id, &[]);
            let support = support_until.map(|until| Row {
                label: t("check-support"),
                until: text::date(language, until),
                has_ended: until < state.office.today(),
            });
            let emergency = emergency_until.map(|until| Row {
                label: t("check-emergency"),
                until: time(&state, language, until),
                has_ended: until <= state.office.clock.now(),
            });
            Shown::Current { number, rows: support.into_iter().chain(emergency).collect() }
        }
        Some(LicenseCheck::Superseded) => Shown::Superseded { number },
        None => Shown::Unknown,
    };
    answer(&state, language, shown)
}

fn answer(state: &State, language: Language, shown: Shown) -> Result<HttpResponse, WebError> {
    let status = match shown {
        Shown::Current { .. } | Shown::Superseded { .. } => StatusCode::OK,
        Shown::Unknown => StatusCode::NOT_FOUND,
        Shown::TooOften => StatusCode::TOO_MANY_REQUESTS,
    };
    let vendor = state.office.settings().vendor_name.clone();
    let mut answer = show(status, &CheckPage { state, language, vendor, shown })?;
    let headers = answer.headers_mut();
    headers.insert(header::VARY, header::HeaderValue::from_static("Accept-Language, Cookie"));
    let robots = header::HeaderName::from_static("x-robots-tag");
    headers.insert(robots, header::HeaderValue::from_static("noindex, nofollow"));
    Ok(answer)
}

fn time(state: &State, language: Language, at: Timestamp) -> String {
    text::date_time(language, at, &state.office.settings().time_zone)
}

impl CheckPage<'_> {
    fn t(&self, id: &str) -> String {
        self.state.texts.get(self.language, id, &[])
    }
}
