//! A test mail, with settings that are not saved yet.

use crate::app::{self, Error, Right, Tried};
use crate::web::fields::{Field, Fields};
use crate::web::form::Form;
use crate::web::page::{Page, StaffPage, WebError, go_to, show};
use crate::web::proof::ProvenForm;
use actix_web::http::StatusCode;
use actix_web::web::{Query, ServiceConfig};
use actix_web::{HttpResponse, get, post};
use askama::Template;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The settings that a test mail goes with.
const SETTINGS: [&str; 3] = ["mail_url", "mail_from", "sales_address"];

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(form_page).service(try_them).service(save);
}

#[derive(Template)]
#[template(path = "web/mail_trial.html")]
struct TrialPage<'a> {
    page: &'a Page,
    form: Fields,
    outcome: Option<Outcome>,
    saved: bool,
    can_save: bool,
}

/// What became of the test mail, in words.
struct Outcome {
    went: bool,
    title: String,
    what: String,
    answer: Option<String>,
}

#[derive(Deserialize)]
struct Said {
    saved: Option<String>,
}

#[get("/mails/test")]
async fn form_page(page: StaffPage, said: Query<Said>) -> Result<HttpResponse, WebError> {
    page.actor()?.require(Right::Administer)?;
    answer(&page, fields(&page), None, said.saved.is_some())
}

/// Sends a test mail now; nothing is saved.
#[post("/mails/test")]
async fn try_them(page: StaffPage, form: ProvenForm) -> Result<HttpResponse, WebError> {
    let actor = page.actor()?;
    let (changes, to, language) = (changes(&page, &form), form.get("to").to_owned(), page.language);
    let fields = fields(&page).filled(&form);
    let trial = page
        .run(move |office| app::try_mail_settings(office, &actor, &changes, &to, language))
        .await;
    let trial = match trial {
        Ok(trial) => trial,
        Err(WebError::App(Error::Invalid(faults))) => {
            return answer(&page, fields.with_faults(&page, &faults), None, false);
        }
        Err(error) => return Err(error),
    };
    // The mail server is waited for elsewhere: no call that needs the database waits with it.
    let tried = page.state.lines.outside(trial).await?.unwrap_or(Tried::Silent);
    answer(&page, fields, Some(outcome(&page, tried)), false)
}

#[post("/mails/test/save")]
async fn save(page: StaffPage, form: ProvenForm) -> Result<HttpResponse, WebError> {
    let actor = page.actor()?;
    let changes = changes(&page, &form);
    match page.run(move |office| app::change_settings(office, &actor, None, None, &changes)).await {
        Ok(()) => Ok(go_to("/mails/test?saved=yes")),
        Err(WebError::App(Error::Invalid(faults))) => {
            let fields = fields(&page).filled(&form).with_faults(&page, &faults);
            answer(&page, fields, None, false)
        }
        Err(error) => Err(error),
    }
}

fn answer(
    page: &Page,
    form: Fields,
    outcome: Option<Outcome>,
    saved: bool,
) -> Result<HttpResponse, WebError> {
    let wrong = form.has_errors();
    let status = if wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let fixed = &page.state.office.settings().fixed;
    let changeable = SETTINGS.iter().any(|name| !fixed.contains_key(*name));
    let can_save = outcome.is_some() && changeable;
    show(status, &TrialPage { page, form, outcome, saved, can_save })
}

/// What was entered, of what can be changed here. A mail server that is left empty stays as it is.
fn changes(page: &Page, form: &Form) -> BTreeMap<String, String> {
    let fixed = &page.state.office.settings().fixed;
    let changeable = SETTINGS.iter().filter(|name| !fixed.contains_key(**name));
    let entered = changeable.map(|name| ((*name).to_owned(), form.get(name).trim().to_owned()));
    entered.filter(|(name, value)| name != "mail_url" || !value.is_empty()).collect()
}

/// The form, with what is in force. The mail server's own URL may hold a password and is not
/// printed; it is told apart by its host.
fn fields(page: &Page) -> Fields {
    let settings = page.state.office.settings();
    let sales = settings.sales_address.as_ref().map_or("", |address| address.as_str());
    let present = page.text("mail-trial-present", &[("server", (&settings.mail_url).into())]);
    let mut fields = Fields::new(vec![
        Field { hint: Some(present), ..Field::line(page, "mail_url", "") },
        Field::line(page, "mail_from", &settings.mail_from),
        Field::line(page, "sales_address", sales).of_kind("email"),
        Field::line(page, "to", sales).of_kind("email"),
    ]);
    for field in &mut fields.list {
        field.fixed = settings.fixed.contains_key(field.name);
    }
    fields
}

fn outcome(page: &Page, tried: Tried) -> Outcome {
    let (went, word, answer) = match tried {
        Tried::Taken => (true, "taken", None),
        Tried::Written(file) => (true, "written", Some(file)),
        Tried::Refused(code) => (false, "refused", Some(code.to_string())),
        Tried::Silent => (false, "silent", None),
        Tried::NoStartTls => (false, "no-starttls", None),
        Tried::NoTls => (false, "no-tls", None),
        Tried::NoSmtp => (false, "no-smtp", None),
        Tried::NoConnection => (false, "failed", None),
        Tried::Unwritten(error) => (false, "unwritten", Some(error)),
    };
    let id = format!("mail-trial-{word}");
    Outcome { went, title: page.t(&id), what: page.t(&format!("{id}.detail")), answer }
}
