use super::super::cookies::Cookies;
use super::super::fields::{Field, Fields};
use super::super::form::Form;
use super::super::page::{Page, StaffPage, WebError, go_to, show};
use super::super::proof::ProvenForm;
use super::Done;
use crate::app::{self, Error, ON_THE_PAGE, SetBy, VendorSettings};
use actix_web::http::StatusCode;
use actix_web::web::{Query, ServiceConfig};
use actix_web::{HttpResponse, get, post};
use askama::Template;
use std::collections::BTreeMap;

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(settings_page).service(change);
}

#[derive(Template)]
#[template(path = "web/settings/vendor.html")]
struct SettingsPage<'a> {
    page: &'a Page,
    form: Fields,
    version: String,
    once: String,
    done: Option<String>,
}

#[get("/settings")]
async fn settings_page(page: StaffPage, done: Query<Done>) -> Result<HttpResponse, WebError> {
    let now = settings(&page).await?;
    let (form, done) = (fields(&page, &now), done.words(&page));
    answer(&page, now, form, done, StatusCode::OK)
}

#[post("/settings")]
async fn change(page: StaffPage, form: ProvenForm) -> Result<HttpResponse, WebError> {
    let now = settings(&page).await?;
    let shown = fields(&page, &now);
    let changes = changes(&shown, &form);
    let actor = page.actor()?;
    let once = page.once(&actor, &form);
    let version = form.get("version").to_owned();
    let outcome = page
        .run(move |office| {
            app::change_settings(office, &actor, once.as_ref(), Some(&version), &changes)
        })
        .await;
    let entered = || entered(&page, shown.clone(), &form);
    let (form, status) = match outcome {
        Ok(()) => {
            keep_session(&page).await?;
            return Ok(go_to("/settings?done=saved"));
        }
        Err(WebError::App(Error::Invalid(faults))) => {
            (entered().with_faults(&page, &faults), StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(WebError::App(Error::PreconditionFailed)) => {
            (with_present_values(&page, entered(), &shown), StatusCode::CONFLICT)
        }
        Err(WebError::App(Error::Refused(refusal))) => {
            (entered().with_problem(&page, refusal.code()), StatusCode::CONFLICT)
        }
        Err(error) => return Err(error),
    };
    answer(&page, now, form, None, status)
}

/// Where the issuer has become https, or is so no more, cookies have other names from now on: the
/// session of whoever changed it goes on under the new one.
async fn keep_session(page: &Page) -> Result<(), WebError> {
    if Cookies::of(&page.state.office) == page.visit.cookies {
        return Ok(());
    }
    let session = page.session()?.session;
    let keyed = page.run(move |office| app::renew_session(office, &session)).await?;
    page.visit.enter(&page.state, keyed);
    Ok(())
}

async fn settings(page: &Page) -> Result<VendorSettings, WebError> {
    let actor = page.actor()?;
    page.run(move |office| app::vendor_settings(office, &actor)).await
}

fn answer(
    page: &Page,
    now: VendorSettings,
    form: Fields,
    done: Option<String>,
    status: StatusCode,
) -> Result<HttpResponse, WebError> {
    let once = page.state.once();
    show(status, &SettingsPage { page, form, version: now.version, once, done })
}

/// What differs from what is settled; a mail server that was left empty stays.
fn changes(shown: &Fields, form: &Form) -> BTreeMap<String, String> {
    let open = shown.list.iter().filter(|field| !field.fixed && ON_THE_PAGE.contains(&field.name));
    let entered = open.map(|field| (field, form.get(field.name).trim()));
    let changed = entered.filter(|(field, value)| *value != field.value);
    changed.map(|(field, value)| (field.name.to_owned(), value.to_owned())).collect()
}

/// The form with what the person has entered. A mail server may hold a password, which no page
/// shows: it is asked for again.
fn entered(page: &Page, fields: Fields, form: &Form) -> Fields {
    let mut fields = fields.filled(form);
    for field in fields.list.iter_mut().filter(|field| field.name == "mail_url") {
        if field.value.contains('@') {
            field.value.clear();
            field.error = Some(page.t("settings-mail-url-again"));
        }
    }
    fields
}

/// Somebody else has changed the settings meanwhile: beside what was entered stands what is settled.
fn with_present_values(page: &Page, mut form: Fields, present: &Fields) -> Fields {
    for (field, now) in form.list.iter_mut().zip(&present.list) {
        if field.value != now.value && field.name != "mail_url" {
            let label = now.options.iter().find(|(value, _)| *value == now.value);
            let value = label.map_or(&now.value, |(_, label)| label);
            field.hint = Some(page.text("settings-now", &[("value", value.into())]));
        }
    }
    form.with_problem(page, "settings-changed-meanwhile")
}

fn fields(page: &Page, now: &VendorSettings) -> Fields {
    let settings = &now.settings;
    let sales = settings.sales_address.as_ref().map_or("", |address| address.as_str());
    let zone = settings.time_zone.iana_name().unwrap_or("UTC");
    let for_all = settings.second_factor_for_all.to_string();
    let languages = vec![("ru", page.t("language-ru")), ("en", page.t("language-en"))];
    let whom =
        vec![("false", page.t("choice-factor-admins")), ("true", page.t("choice-factor-all"))];
    let mut list = vec![
        Field::line(page, "vendor_name", &settings.vendor_name).completed_by("organization"),
        Field::line(page, "issuer", &settings.issuer).of_kind("url"),
        Field::line(page, "time_zone", zone),
        Field::line(page, "sales_address", sales).of_kind("email"),
        Field::line(page, "sales_language", settings.sales_language.as_str()).one_of(languages),
        Field::line(page, "mail_url", ""),
        Field::line(page, "mail_from", &settings.mail_from),
        Field::line(page, "second_factor_for_all", for_all).one_of(whom),
        Field::line(page, "moves_per_year", settings.moves_per_year.to_string()),
        Field::line(page, "session_idle_minutes", settings.session_idle_minutes.to_string()),
    ];
    for field in &mut list {
        let url = ("url", (&settings.mail_url).into());
        if let Some(by) = settings.fixed.get(field.name) {
            (field.fixed, field.hint) = (true, Some(page.t(where_set(*by))));
            if field.name == "mail_url" {
                field.value.clone_from(&settings.mail_url);
            }
        } else if field.name == "issuer" && now.issuer_is_fixed {
            (field.fixed, field.hint) = (true, Some(page.t("settings-issuer-fixed")));
        } else if field.name == "mail_url" {
            field.hint = Some(page.text("settings-mail-url-now", &[url]));
        }
    }
    Fields::new(list)
}

fn where_set(by: SetBy) -> &'static str {
    match by {
        SetBy::File => "settings-set-in-file",
        SetBy::Environment | SetBy::EnvironmentFile => "settings-set-in-environment",
        SetBy::Flag => "settings-set-by-flag",
    }
}
