use super::{Actor, Error, Office, Right};
use crate::domain::ids::StaffId;
use crate::domain::staff::Staff;
use crate::store::Tx;
use jiff::Timestamp;

/// A person of the vendor's, as an administrator looks at it.
pub struct StaffFile {
    /// The person.
    pub person: Staff,
    /// When it signed in last.
    pub signed_in_at: Option<Timestamp>,
}

/// All people, by name.
///
/// # Errors
/// [`Error::Forbidden`].
pub fn staff(office: &Office, actor: &Actor) -> Result<Vec<StaffFile>, Error> {
    actor.require(Right::Administer)?;
    office.store.read(|tx| {
        let people = tx.all_staff()?;
        people.into_iter().map(|person| file(tx, person)).collect()
    })
}

/// A person.
///
/// # Errors
/// [`Error::Forbidden`]; a person that is not there.
pub fn staff_file(office: &Office, actor: &Actor, id: &StaffId) -> Result<StaffFile, Error> {
    actor.require(Right::Administer)?;
    office.store.read(|tx| {
        let person = tx.staff(id)?.ok_or(Error::NotFound)?;
        file(tx, person)
    })
}

fn file(tx: &mut Tx<'_>, person: Staff) -> Result<StaffFile, Error> {
    let by = Actor::Staff(person.clone()).name();
    let signed_in_at = tx.last_done(&by, "staff.signed-in")?;
    Ok(StaffFile { person, signed_in_at })
}
