//! Sessions as a list on a page, with a button to end each.

use super::form::Form;
use super::page::{Page, WebError};
use crate::app::{Error, Session, Stage};
use crate::domain::field::Fault;
use crate::domain::ids::SessionId;

/// A session as a page shows it.
pub(super) struct Row {
    /// Its id.
    pub id: SessionId,
    /// The browser and its system.
    pub browser: String,
    /// The client's address.
    pub address: String,
    /// When it began.
    pub since: String,
    /// When it was last used.
    pub last: String,
    /// Whether it is the one that the page is shown in.
    pub is_this: bool,
    /// Whether the second factor is still to come.
    pub is_half_open: bool,
}

/// The rows of a list.
pub(super) fn rows(page: &Page, sessions: Vec<Session>) -> Vec<Row> {
    let this = page.visit.session().map(|live| live.session.id);
    let unknown = || page.t("sessions-unknown");
    let row = |session: Session| Row {
        browser: if session.browser.is_empty() { unknown() } else { session.browser },
        address: session.address.unwrap_or_else(unknown),
        since: page.time(&session.created_at),
        last: page.time(&session.last_seen_at),
        is_this: this.as_ref() == Some(&session.id),
        is_half_open: session.stage != Stage::In,
        id: session.id,
    };
    sessions.into_iter().map(row).collect()
}

/// The session that a form names.
pub(super) fn named(form: &Form) -> Result<SessionId, WebError> {
    let id = SessionId::parse(form.get("session"));
    id.ok_or_else(|| Error::Invalid(vec![Fault::UnknownWord.at("/session")]).into())
}
