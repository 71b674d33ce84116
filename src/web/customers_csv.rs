use super::csv::{A_SLICE, Cell, Slice, download};
use super::page::{Page, StaffPage, WebError};
use crate::app::{self, LicensedCustomer};
use actix_web::web::{Query, ServiceConfig};
use actix_web::{HttpResponse, get};
use serde::Deserialize;

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(table);
}

/// What is looked for.
#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    search: String,
}

/// All customers that the search finds, as the list shows them fifty at a time.
#[get("/customers.csv")]
async fn table(page: StaffPage, query: Query<Search>) -> Result<HttpResponse, WebError> {
    let actor = page.actor()?;
    let words = query.search.trim().to_owned();
    download(&page, "customers.csv", headings(&page), move |office, after| {
        let words = Some(words.as_str()).filter(|words| !words.is_empty());
        let slice = app::Page { after, limit: A_SLICE };
        let found = app::licensed_customers(office, &actor, &slice, words)?;
        let is_full = i64::try_from(found.len()).is_ok_and(|found| found == A_SLICE);
        let next = found.last().filter(|_| is_full).map(|last| last.customer.id.to_string());
        Ok(Slice { rows: found.iter().map(row).collect(), next })
    })
    .await
}

fn headings(page: &Page) -> Vec<Cell> {
    let ids = [
        "field-company-name",
        "field-country",
        "field-region",
        "field-city",
        "field-postal-code",
        "field-email",
        "field-language",
        "field-places",
        "user-accounts",
        "external-connections",
        "panel-support-until",
        "customers-csv-license",
        "customers-csv-id",
    ];
    ids.map(|id| page.t(id).into()).into()
}

fn row(found: &LicensedCustomer) -> Vec<Cell> {
    let details = &found.customer.details;
    let licensee = &details.licensee;
    let license = found.license.as_ref();
    let number = |number: Option<i64>| number.map_or(Cell::Empty, Cell::Number);
    let support = license.and_then(|license| license.support_until);
    vec![
        licensee.name.as_str().into(),
        Cell::optional(licensee.country.as_deref()),
        licensee.region.as_str().into(),
        licensee.city.as_str().into(),
        licensee.postal_code.as_str().into(),
        details.email.as_str().into(),
        details.language.as_str().into(),
        Cell::Number(details.places),
        number(license.map(|license| license.user_accounts)),
        number(license.map(|license| license.external_connections)),
        support.map_or(Cell::Empty, Cell::Date),
        Cell::optional(license.map(|license| license.jti.as_str())),
        found.customer.id.as_str().into(),
    ]
}
