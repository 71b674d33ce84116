use super::page::{Page, WebError};
use crate::app::{AccessAttempt, AccessKind, Error};

impl Page {
    /// Records an attempt under this name, where the error refuses access.
    pub(super) fn record_refusal(&self, kind: AccessKind, name: &str, error: &Error) {
        let address = self.visit.visitor.address.as_deref();
        let address = address.and_then(|address| address.parse().ok());
        AccessAttempt::with_name(kind, name, address).refused(&self.state.office, error);
    }

    /// The same for a password of the session's person.
    pub(super) fn record_refused_password(&self, error: &Error) {
        self.record_own_refusal(AccessKind::Password, error);
    }

    /// The same for a code of the session's person.
    pub(super) fn record_refused_code(&self, error: &WebError) {
        if let WebError::App(error) = error {
            self.record_own_refusal(AccessKind::Code, error);
        }
    }

    fn record_own_refusal(&self, kind: AccessKind, error: &Error) {
        let live = self.visit.session();
        let name = live.as_ref().map_or("", |live| live.person.name.as_str());
        self.record_refusal(kind, name, error);
    }
}
