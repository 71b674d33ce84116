use super::audit::{Event, NOTHING, audit};
use super::{Actor, Error, Office, Refusal, Right};
use crate::domain::ids::EventId;
use crate::signing::Rotation;

/// Makes a new issuing key in the place of `key`, with the root that lies on the server; licenses
/// signed before stay good. Asked again when another key signs already, it makes none.
///
/// The key is a file, made before the transaction that records it commits: a database that takes no
/// event lets no key be made.
///
/// # Errors
/// `root-detached`; when the keys cannot be read or written.
pub fn rotate_key(office: &Office, actor: &Actor, key: &str) -> Result<(), Error> {
    actor.require(Right::Administer)?;
    if !office.root_is_here() {
        return Err(Refusal::RootDetached.into());
    }
    let now = office.clock.now();
    let id = office.id(EventId::from_ulid);
    let mut rotation: Option<Rotation> = None;
    office.store.write(|tx| {
        if tx.office()?.is_none() {
            return Err(Error::Internal("the root was not recorded".into()));
        }
        // A transaction that runs again finds the key that its first run made.
        let done = match rotation.take() {
            Some(done) => done,
            None => office.keys.succeed(key, now, &office.chance)?,
        };
        let done = rotation.insert(done);
        if !done.made {
            return Ok(());
        }
        let event = Event {
            id: id.clone(),
            at: now,
            actor,
            action: "key.rotated",
            subject: &done.key,
            customer: None,
        };
        audit(tx, event, NOTHING, NOTHING)
    })
}
