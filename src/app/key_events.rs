//! What was done with the keys themselves, for the audit: the keys are files, and change outside
//! any transaction.

use super::audit::{Event, NOTHING, audit};
use super::{Actor, Error, Office};
use crate::domain::ids::EventId;
use serde_json::json;

/// Records that a new issuing key signs, and which key it took back.
///
/// # Errors
/// What the store says.
pub fn key_rotated(
    office: &Office,
    actor: &Actor,
    key: &str,
    withdrawn: Option<&str>,
) -> Result<(), Error> {
    record(office, actor, "key.rotated", key, withdrawn)
}

/// Records that the private root key was moved off the server.
///
/// # Errors
/// What the store says.
pub fn root_detached(office: &Office, actor: &Actor) -> Result<(), Error> {
    let root = office.keys.keyring()?.root().thumbprint();
    record(office, actor, "root.detached", &root, None)
}

fn record(
    office: &Office,
    actor: &Actor,
    action: &'static str,
    subject: &str,
    before: Option<&str>,
) -> Result<(), Error> {
    let id = office.id(EventId::from_ulid);
    office.store.write(|tx| {
        let event = Event {
            id: id.clone(),
            at: office.clock.now(),
            actor,
            action,
            subject,
            customer: None,
        };
        audit(tx, event, before.map(|key| json!({"withdrawn": key})).as_ref(), NOTHING)
    })
}
