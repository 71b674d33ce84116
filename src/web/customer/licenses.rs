use super::super::page::{Page, StaffPage, WebError, show};
use super::customer_id;
use super::purchases::{Before, a_page};
use crate::app::{
    self, Cause, CustomerFile, Error, IssuedLicense, License, LicenseChange, LicenseList,
    LicenseeField,
};
use crate::domain::customer::Customer;
use crate::domain::ids::{LicenseId, PurchaseId};
use crate::domain::ledger::Ledger;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Path, Query};
use actix_web::{HttpResponse, get};
use askama::Template;
use std::collections::BTreeMap;

/// How many licenses a page of them shows.
const A_PAGE: usize = 50;

/// A license in the table.
pub(super) struct LicenseRow {
    /// Its number.
    pub id: String,
    /// Its place in the customer's row of licenses.
    pub seq: i64,
    /// When it was issued.
    pub issued_at: String,
    /// Why: «покупка».
    pub cause: String,
    /// Of which order or installation, where that is told.
    pub cause_name: Option<String>,
    /// Whether it is the current one.
    pub is_current: bool,
    /// Whether it is the first.
    pub is_first: bool,
    /// What it states otherwise than the one before it.
    pub changes: Vec<ChangeLine>,
}

/// One thing that a license states otherwise: «учётные записи» «50» → «75».
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ChangeLine {
    /// What.
    pub what: String,
    /// Before, where that is told.
    pub from: Option<String>,
    /// Now, where that is told.
    pub to: Option<String>,
}

#[derive(Template)]
#[template(path = "web/customer/all_licenses.html")]
struct LicensesPage<'a> {
    page: &'a Page,
    customer: Customer,
    licenses: Vec<LicenseRow>,
    all_licenses: i64,
    next: Option<i64>,
}

#[get("/customers/{id}/licenses")]
pub(super) async fn all(
    page: StaffPage,
    id: Path<String>,
    query: Query<Before>,
) -> Result<HttpResponse, WebError> {
    let (id, actor, before) = (customer_id(&id)?, page.actor()?, query.before);
    let most = i64::try_from(A_PAGE + 1).unwrap_or(i64::MAX);
    let (file, list) =
        page.run(move |office| app::license_history(office, &actor, &id, before, most)).await?;
    let (licenses, next) = a_page(license_rows(&page, &file, &list), A_PAGE, |row| row.seq);
    let (customer, all_licenses) = (file.customer, list.total);
    show(StatusCode::OK, &LicensesPage { page: &page, customer, licenses, all_licenses, next })
}

/// A license as the file that an installation without a network takes in.
#[get("/customers/{id}/licenses/{license}/file")]
pub(super) async fn license_file(
    page: StaffPage,
    path: Path<(String, String)>,
) -> Result<HttpResponse, WebError> {
    let (customer, actor) = (customer_id(&path.0)?, page.actor()?);
    let license = LicenseId::parse(&path.1).ok_or(Error::NotFound)?;
    let file =
        page.run(move |office| app::license_file(office, &actor, &customer, &license)).await?;
    let License { id, issued_at, .. } = file.license();
    let (number, time) = (id.to_string(), page.time_in(file.language, issued_at));
    let args = [("number", (&number).into()), ("time", (&time).into())];
    let words = page.state.texts.get(file.language, "license-file", &args);
    Ok(HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{number}.license\""),
        ))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(file.text(&words)))
}

/// Licenses in words.
pub(super) fn license_rows(
    page: &Page,
    file: &CustomerFile,
    list: &LicenseList,
) -> Vec<LicenseRow> {
    let row = |issued: &IssuedLicense| {
        let (cause, cause_name) = cause(page, &file.ledger, &list.names, &issued.license);
        LicenseRow {
            id: issued.license.id.to_string(),
            seq: issued.license.seq,
            issued_at: page.time(&issued.license.issued_at),
            cause,
            cause_name,
            is_current: issued.is_current,
            is_first: issued.is_first,
            changes: issued
                .changes
                .iter()
                .map(|change| line(page, &list.names, issued.is_first, change))
                .collect(),
        }
    };
    list.licenses.iter().map(row).collect()
}

/// Why a license was issued, and the order or installation that it was about.
fn cause(
    page: &Page,
    ledger: &Ledger,
    names: &BTreeMap<String, String>,
    license: &License,
) -> (String, Option<String>) {
    let id = license.cause_id.as_str();
    let name = match license.cause {
        Cause::Purchase => order_of(ledger, id),
        Cause::Void => voided_order(ledger, id),
        Cause::Activation | Cause::Move | Cause::Release => names.get(id).cloned(),
        Cause::Grant | Cause::Licensee | Cause::Withdrawal | Cause::Correction => None,
    };
    (page.t(&format!("cause-{}", license.cause.as_str())), name)
}

/// The order of a purchase.
pub(super) fn order_of(ledger: &Ledger, purchase: &str) -> Option<String> {
    let purchase = PurchaseId::parse(purchase)?;
    let purchase = ledger.purchases().find(|one| one.id == purchase);
    purchase.map(|purchase| purchase.order_number.as_str().to_owned())
}

/// The order whose purchase a void took back.
pub(super) fn voided_order(ledger: &Ledger, void: &str) -> Option<String> {
    let void = ledger.voids().find(|one| one.id.as_str() == void)?;
    order_of(ledger, void.purchase.as_str())
}

/// A change in words; the first license tells only what it states.
fn line(
    page: &Page,
    names: &BTreeMap<String, String>,
    is_first: bool,
    change: &LicenseChange,
) -> ChangeLine {
    let from_to = |id: &str, from: String, to: String| ChangeLine {
        what: page.t(id),
        from: (!is_first).then_some(from),
        to: Some(to),
    };
    let only = |id: &str, to: Option<String>| ChangeLine { what: page.t(id), from: None, to };
    let or_none = |text: Option<String>| text.unwrap_or_else(|| page.t("change-none"));
    let called = |thumbprint: &String| {
        names.get(thumbprint).cloned().unwrap_or_else(|| thumbprint.chars().take(8).collect())
    };
    match change {
        LicenseChange::UserAccounts { from, to } => {
            from_to("change-user-accounts", from.to_string(), to.to_string())
        }
        LicenseChange::ExternalConnections { from, to } => {
            from_to("change-external-connections", from.to_string(), to.to_string())
        }
        LicenseChange::SupportUntil { from, to } => {
            let [from, to] = [from, to].map(|day| or_none(day.map(|day| page.date(day))));
            from_to("change-support-until", from, to)
        }
        LicenseChange::EmergencyGiven { accounts, until } => {
            let (accounts, until) = (page.count("count-accounts", *accounts), page.time(until));
            let args = [("accounts", (&accounts).into()), ("until", (&until).into())];
            only("change-emergency-given", Some(page.text("change-emergency-of", &args)))
        }
        LicenseChange::EmergencyEnded => only("change-emergency-ended", None),
        LicenseChange::InstallationAdded(thumbprint) => {
            only("change-installation-added", Some(called(thumbprint)))
        }
        LicenseChange::InstallationRemoved(thumbprint) => {
            only("change-installation-removed", Some(called(thumbprint)))
        }
        LicenseChange::Licensee { field, from, to } => {
            let [from, to] =
                [from, to].map(|text| or_none(Some(text.clone()).filter(|text| !text.is_empty())));
            from_to(field_label(*field), from, to)
        }
    }
}

fn field_label(field: LicenseeField) -> &'static str {
    match field {
        LicenseeField::Name => "field-company-name",
        LicenseeField::Country => "field-country",
        LicenseeField::Region => "field-region",
        LicenseeField::City => "field-city",
        LicenseeField::PostalCode => "field-postal-code",
    }
}
