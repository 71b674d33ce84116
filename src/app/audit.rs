use super::{Actor, Error};
use crate::domain::ids::{CustomerId, EventId};
use crate::store::{AuditEvent, Tx};
use jiff::Timestamp;
use serde::Serialize;

/// What an audit event can say was done.
pub const ACTIONS: [&str; 43] = [
    "activation-key.renewed",
    "customer.changed",
    "customer.created",
    "emergency.granted",
    "installation.activated",
    "installation.clone-suspected",
    "installation.found-in-order",
    "installation.released",
    "installation.replaced",
    "integrity.accepted",
    "integrity.alarm",
    "key.rotated",
    "license.reissued",
    "mail.resent",
    "mail.retried",
    "mail.stopped-retried",
    "office.set-up",
    "purchase.recorded",
    "purchase.voided",
    "request.handed-in",
    "root.detached",
    "secret.rotated",
    "settings.changed",
    "settings.mail-tried",
    "staff.added",
    "staff.disabled",
    "staff.email-changed",
    "staff.enabled",
    "staff.identity-confirmed",
    "staff.password-changed",
    "staff.recovery-codes-renewed",
    "staff.renamed",
    "staff.role-changed",
    "staff.second-factor-confirmed",
    "staff.second-factor-reset",
    "staff.session-ended",
    "staff.sessions-ended",
    "staff.sign-in-slowed",
    "staff.signed-in",
    "staff.signed-out-elsewhere",
    "token.created",
    "token.revoked",
    "token.rotated",
];

/// What an audit event says.
pub(super) struct Event<'a> {
    pub id: EventId,
    pub at: Timestamp,
    pub actor: &'a Actor,
    pub action: &'static str,
    pub subject: &'a str,
    pub customer: Option<&'a CustomerId>,
}

impl Event<'_> {
    /// What is stored of it: how it was before, and how it is after, as JSON.
    pub fn stating<B: Serialize, A: Serialize>(
        self,
        before: Option<&B>,
        after: Option<&A>,
    ) -> Result<AuditEvent, Error> {
        Ok(AuditEvent {
            id: self.id,
            recorded_at: self.at,
            actor: self.actor.name(),
            action: self.action.to_owned(),
            subject: self.subject.to_owned(),
            customer: self.customer.cloned(),
            before: before.map(json).transpose()?,
            after: after.map(json).transpose()?,
        })
    }
}

/// Records who did what; if it cannot be written, the whole transaction fails.
pub(super) fn audit<B: Serialize, A: Serialize>(
    tx: &mut Tx<'_>,
    event: Event<'_>,
    before: Option<&B>,
    after: Option<&A>,
) -> Result<(), Error> {
    Ok(tx.add_audit_event(event.stating(before, after)?)?)
}

/// Nothing stands on this side of the event.
pub(super) const NOTHING: Option<&()> = None;

fn json<T: Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::Internal(error.to_string()))
}
