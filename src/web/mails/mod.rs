//! The outbox: its list, a mail with what it says, a test mail.

mod mail;
mod trial;
mod words;

use super::form::Form;
use super::page::{Page, StaffPage, WebError, go_to, show};
use crate::app::{self, Error, MailFilter, MailState, Outbox};
use crate::domain::customer::Customer;
use crate::domain::ids::{CustomerId, MailId};
use actix_web::http::StatusCode;
use actix_web::web::{Query, ServiceConfig};
use actix_web::{HttpResponse, get, post};
use askama::Template;
use serde::Deserialize;
use words::MailView;

/// How many mails a page shows.
const A_PAGE: usize = 50;

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(list).service(retry_stopped).configure(trial::routes).configure(mail::routes);
}

#[derive(Template)]
#[template(path = "web/mails.html")]
struct ListPage<'a> {
    page: &'a Page,
    mails: Vec<MailView>,
    filters: Vec<Filter>,
    customer: Option<Customer>,
    waiting_since: Option<String>,
    nothing: String,
    next: Option<String>,
    can_retry: bool,
    once: String,
}

/// A link to the mails of one state, with their count.
struct Filter {
    label: String,
    count: Option<String>,
    path: String,
    is_chosen: bool,
}

/// Which mails are looked for.
#[derive(Deserialize)]
struct Asked {
    state: Option<String>,
    customer: Option<String>,
    after: Option<String>,
}

#[get("/mails")]
async fn list(page: StaffPage, query: Query<Asked>) -> Result<HttpResponse, WebError> {
    let Asked { state, customer, after } = query.into_inner();
    let state = state.as_deref().and_then(words::state);
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let customer = given(customer).map(|id| CustomerId::parse(&id).ok_or(Error::NotFound));
    let customer = customer.transpose()?;
    let after = given(after).map(|id| MailId::parse(&id).ok_or(Error::NotFound)).transpose()?;
    let filter = MailFilter { state, customer };
    let (actor, asked) = (page.actor()?, filter.clone());
    let limit = i64::try_from(A_PAGE).unwrap_or(i64::MAX) + 1;
    let slice = app::Page { after: after.map(|id| id.to_string()), limit };
    let outbox = page.run(move |office| app::outbox(office, &actor, &asked, &slice)).await?;
    let more = outbox.mails.len() > A_PAGE;
    let first = &outbox.mails[..outbox.mails.len().min(A_PAGE)];
    let last = first.last().filter(|_| more).map(|(mail, _)| mail.id.to_string());
    let nothing = match (state, outbox.counts.iter().all(|(_, count)| *count == 0)) {
        (_, true) => "mails-none",
        (Some(MailState::Stopped), _) => "mails-none-stopped",
        (Some(MailState::Queued), _) => "mails-none-queued",
        _ => "mails-none-here",
    };
    let shown = ListPage {
        page: &page,
        mails: first.iter().map(|(mail, name)| MailView::new(&page, mail, name)).collect(),
        filters: filters(&page, &filter, &outbox),
        waiting_since: outbox.waiting_since.map(|since| page.time(&since)),
        nothing: page.t(nothing),
        can_retry: filter.customer.is_none()
            && page.may_sell()
            && outbox.counts.iter().any(|&(s, count)| s == MailState::Stopped && count > 0),
        once: page.state.once(),
        next: last.map(|last| format!("{}after={last}", address(&filter, filter.state))),
        customer: outbox.customer,
    };
    show(StatusCode::OK, &shown)
}

/// Sends all mails again that were stopped.
#[post("/mails/retry")]
async fn retry_stopped(page: StaffPage, form: Form) -> Result<HttpResponse, WebError> {
    let actor = page.actor()?;
    let once = page.once(&actor, &form);
    page.run(move |office| app::retry_stopped_mails(office, &actor, once.as_ref())).await?;
    Ok(go_to("/mails?state=queued"))
}

/// All mails, and those of each state; what was stopped first, since somebody has to look at it.
fn filters(page: &Page, asked: &MailFilter, outbox: &Outbox) -> Vec<Filter> {
    let all = Filter {
        label: page.t("mails-all"),
        count: None,
        path: address(asked, None),
        is_chosen: asked.state.is_none(),
    };
    let of_state = outbox.counts.iter().map(|&(state, count)| Filter {
        label: page.t(words::of_many(state)),
        count: Some(if count > Outbox::COUNTED {
            page.count("mails-more-than", Outbox::COUNTED)
        } else {
            count.to_string()
        }),
        path: address(asked, Some(state)),
        is_chosen: asked.state == Some(state),
    });
    of_state.chain([all]).collect()
}

/// The list's address with its filters, ready for one more.
fn address(filter: &MailFilter, state: Option<MailState>) -> String {
    let customer = filter.customer.as_ref().map(|id| format!("customer={id}&"));
    let state = state.map(|state| format!("state={}&", state.as_str()));
    format!("/mails?{}{}", customer.unwrap_or_default(), state.unwrap_or_default())
}
