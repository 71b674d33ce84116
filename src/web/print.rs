//! A license as it is printed and signed: the agreement, with a QR code that leads to its check.

mod agreement;
mod facts;

pub use agreement::{Agreement, AgreementError, Wording};

use super::customer::customer_id;
use super::page::{Page, StaffPage, WebError, show};
use super::qr_code::qr_code;
use crate::app::{self, Error, PrintableLicense};
use crate::domain::customer::Language;
use crate::domain::ids::LicenseId;
use actix_web::http::StatusCode;
use actix_web::web::{Path, Query, ServiceConfig};
use actix_web::{HttpResponse, get};
use askama::Template;
use facts::Facts;
use serde::Deserialize;

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(print);
}

#[derive(Template)]
#[template(path = "web/print.html")]
struct PrintPage<'a> {
    page: &'a Page,
    found: PrintableLicense,
    language: Language,
    /// The filled in agreement; its template escapes what is put into it.
    agreement: String,
    check_url: String,
    picture: String,
}

#[derive(Template)]
#[template(path = "web/print_fault.html")]
struct FaultPage<'a> {
    page: &'a Page,
    found: PrintableLicense,
    fault: AgreementError,
}

/// What is wanted on paper.
#[derive(Deserialize)]
struct Wanted {
    language: Option<String>,
    license: Option<String>,
}

#[get("/customers/{id}/license/print")]
async fn print(
    page: StaffPage,
    id: Path<String>,
    wanted: Query<Wanted>,
) -> Result<HttpResponse, WebError> {
    let id = customer_id(&id)?;
    let license = wanted.license.as_deref().map(|id| LicenseId::parse(id).ok_or(Error::NotFound));
    let (license, actor) = (license.transpose()?, page.actor()?);
    let found = page
        .run(move |office| app::printable_license(office, &actor, &id, license.as_ref()))
        .await?;
    let chosen = wanted.language.as_deref().and_then(|word| Language::parse(word).ok());
    let language = chosen.unwrap_or(found.customer.details.language);
    let check_url = format!("{}/check/{}", page.state.office.settings().issuer, found.license.id);
    let facts = Facts::new(&page.state.office, language, &found, &check_url);
    match page.state.agreement.filled_in(language, &facts) {
        Ok(agreement) => {
            let picture = qr_code(&check_url)?;
            let shown = PrintPage { page: &page, found, language, agreement, check_url, picture };
            show(StatusCode::OK, &shown)
        }
        Err(fault) => {
            tracing::error!(%fault, "the agreement cannot be filled in");
            let shown = FaultPage { page: &page, found, fault };
            show(StatusCode::INTERNAL_SERVER_ERROR, &shown)
        }
    }
}

impl PrintPage<'_> {
    /// A text on the paper, in its language.
    fn on_paper(&self, id: &str) -> String {
        self.page.state.texts.get(self.language, id, &[])
    }

    /// The language that it could be printed in as well.
    fn other_language(&self) -> Language {
        match self.language {
            Language::Ru => Language::En,
            Language::En => Language::Ru,
        }
    }
}
