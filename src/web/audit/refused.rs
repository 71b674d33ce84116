//! Refused access, counted: for administrators.

use super::super::page::{Page, StaffPage, WebError, show};
use crate::app::{self, CountedRefusals};
use actix_web::http::StatusCode;
use actix_web::web::Query;
use actix_web::{HttpResponse, get};
use askama::Template;
use serde::Deserialize;

/// How many rows a page shows.
const PAGE_SIZE: usize = 50;

#[derive(Template)]
#[template(path = "web/refused_access.html")]
struct RefusedAccess<'a> {
    page: &'a Page,
    rows: Vec<Row>,
    next: Option<String>,
}

struct Row {
    refusals: CountedRefusals,
    day: String,
    kind: String,
    reason: String,
}

/// Where the page begins.
#[derive(Deserialize)]
struct Asked {
    after: Option<String>,
}

#[get("/audit/refused")]
pub(super) async fn refused_page(
    page: StaffPage,
    asked: Query<Asked>,
) -> Result<HttpResponse, WebError> {
    let (actor, after) = (page.actor()?, asked.into_inner().after);
    let list = page
        .run(move |office| app::latest_access_refusals(office, &actor, after.as_deref(), PAGE_SIZE))
        .await?;
    let shown = RefusedAccess {
        page: &page,
        rows: list.rows.into_iter().map(|refusals| row(&page, refusals)).collect(),
        next: list.next.map(|next| format!("/audit/refused?after={next}")),
    };
    show(StatusCode::OK, &shown)
}

fn row(page: &Page, refusals: CountedRefusals) -> Row {
    let key = &refusals.key;
    let kind = page.t(&format!("refused-kind-{}", key.kind.as_str().replace('_', "-")));
    // A newer server on the same database may know more reasons.
    let id = format!("refused-reason-{}", key.reason);
    let is_known = page.state.texts.has(page.language, &id);
    let reason = if is_known { page.t(&id) } else { key.reason.clone() };
    Row { day: page.date(key.day), kind, reason, refusals }
}
