//! The audit: who did what, when, before and after.

mod difference;
mod export;
mod refused;

use super::fields::{Field, Fields};
use super::page::{Page, StaffPage, WebError, show};
use crate::app::{self, ACTIONS, AuditForm, AuditLine, AuditTrail, Error};
use actix_web::http::StatusCode;
use actix_web::web::{Query, ServiceConfig};
use actix_web::{HttpResponse, get};
use askama::Template;
use difference::{Member, difference};
use serde::Deserialize;

/// How many events a page shows.
const A_PAGE: usize = 30;
/// How many changed members are shown at once; more open at a click.
const AT_ONCE: usize = 3;

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(audit_page).service(export::table).service(refused::refused_page);
}

#[derive(Template)]
#[template(path = "web/audit.html")]
struct AuditPage<'a> {
    page: &'a Page,
    form: Fields,
    rows: Vec<Row>,
    is_narrowed: bool,
    next: Option<String>,
    export: String,
}

struct Row {
    line: AuditLine,
    action: String,
    by: By,
    members: Vec<Member>,
    in_short: bool,
}

impl Row {
    fn count(&self) -> i64 {
        i64::try_from(self.members.len()).unwrap_or(i64::MAX)
    }
}

/// Who did it: a word for what it is, and its name.
struct By {
    kind: Option<String>,
    name: String,
}

/// What is looked for, as a link or the form says it.
#[derive(Deserialize, Clone, Default)]
struct Asked {
    #[serde(default)]
    by: String,
    #[serde(default)]
    action: String,
    #[serde(default)]
    customer: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    after: Option<String>,
}

#[get("/audit")]
async fn audit_page(page: StaffPage, asked: Query<Asked>) -> Result<HttpResponse, WebError> {
    let asked = asked.into_inner();
    let (actor, form, after) = (page.actor()?, asked.form(), asked.after.clone());
    let found = page
        .run(move |office| app::audit_trail(office, &actor, &form, after.as_deref(), A_PAGE))
        .await;
    let fields = fields(&page, &asked);
    let (trail, fields, status) = match found {
        Ok(trail) => (trail, fields, StatusCode::OK),
        Err(WebError::App(Error::Invalid(faults))) => {
            let fields = fields.with_faults(&page, &faults);
            (AuditTrail::default(), fields, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(error) => return Err(error),
    };
    let shown = AuditPage {
        page: &page,
        form: fields,
        rows: trail.lines.into_iter().map(|line| row(&page, line)).collect(),
        is_narrowed: !asked.query().is_empty(),
        next: trail.next.map(|next| format!("/audit?{}after={next}", asked.query())),
        export: format!("/audit.csv?{}", asked.query()),
    };
    show(status, &shown)
}

impl Asked {
    fn form(&self) -> AuditForm {
        AuditForm {
            by: self.by.clone(),
            action: self.action.clone(),
            customer: self.customer.clone(),
            from: self.from.clone(),
            to: self.to.clone(),
        }
    }

    /// The same as a query, each part with `&` behind it; without the place.
    fn query(&self) -> String {
        let parts = [
            ("by", &self.by),
            ("action", &self.action),
            ("customer", &self.customer),
            ("from", &self.from),
            ("to", &self.to),
        ];
        let named = parts.into_iter().filter(|(_, value)| !value.trim().is_empty());
        let query =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(named).finish();
        if query.is_empty() { query } else { query + "&" }
    }
}

fn row(page: &Page, line: AuditLine) -> Row {
    let event = &line.event;
    let members = difference(page, event.before.as_deref(), event.after.as_deref());
    Row {
        action: words(page, &event.action),
        by: by(page, &line),
        in_short: members.len() <= AT_ONCE,
        members,
        line,
    }
}

fn by(page: &Page, line: &AuditLine) -> By {
    let actor = &line.event.actor;
    let (kind, name) = actor.split_once(':').unwrap_or(("", actor));
    let id = match kind {
        "token" => "doer-token",
        "command line" => "doer-command-line",
        "installation" => "doer-installation",
        _ if actor == "server" => return By { kind: None, name: page.t("doer-server") },
        _ => return By { kind: None, name: line.person.clone().unwrap_or_else(|| name.into()) },
    };
    By { kind: Some(page.t(id)), name: name.to_owned() }
}

/// What was done, in words.
fn words(page: &Page, action: &str) -> String {
    page.state.texts.action(page.language, action)
}

fn fields(page: &Page, asked: &Asked) -> Fields {
    let day = |name: &'static str, label: &str, value: &str| {
        let label = page.t(label);
        Field { label, hint: None, ..Field::line(page, name, value).of_kind("date") }
    };
    let mut actions: Vec<(&'static str, String)> =
        ACTIONS.into_iter().map(|action| (action, words(page, action))).collect();
    actions.sort_by(|a, b| a.1.cmp(&b.1));
    actions.insert(0, ("", page.t("audit-any-action")));
    Fields::new(vec![
        Field { hint: None, ..Field::line(page, "by", &asked.by) },
        Field::line(page, "action", &asked.action).one_of(actions),
        Field { hint: None, ..Field::line(page, "customer", &asked.customer) },
        day("from", "audit-from", &asked.from),
        day("to", "audit-to", &asked.to),
    ])
}
