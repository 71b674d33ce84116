//! Statements whose answer is awaited.
//!
//! A statement that writes is stored before it is sent. When the answer is lost, in a crash too,
//! the next call sends the very same statement again, and its `jti` makes the server answer as
//! the first time.

use crate::Error;
use crate::directory::Directory;
use jiff::Timestamp;
use licentia_license::{Request, read_statement};
use std::collections::BTreeMap;

const PENDING: &str = "pending.json";

/// Pending statements by the name of what they ask for.
type Pending = BTreeMap<String, String>;

/// The pending statement for this very request if it is alive; else the one that `make` signs,
/// stored before it is returned.
pub(crate) fn pending_or(
    directory: &Directory,
    issuer: &str,
    request: &Request,
    now: Timestamp,
    make: impl FnOnce() -> Result<String, Error>,
) -> Result<String, Error> {
    let _lock = directory.lock()?;
    let mut pending = load(directory)?;
    if let Some(token) = pending.get(request.name())
        && let Ok(read) = read_statement(token)
        && read.statement.req == *request
        && read.statement.aud == issuer
        && now < read.statement.exp
    {
        return Ok(token.clone());
    }
    let token = make()?;
    pending.insert(request.name().to_owned(), token.clone());
    store(directory, &pending)?;
    Ok(token)
}

/// Forgets a statement that was answered for good.
pub(crate) fn forget(directory: &Directory, token: &str) -> Result<(), Error> {
    let _lock = directory.lock()?;
    let mut pending = load(directory)?;
    pending.retain(|_, stored| stored != token);
    store(directory, &pending)
}

/// A damaged file of statements is no loss: the next ones are new.
fn load(directory: &Directory) -> Result<Pending, Error> {
    let text = directory.read(PENDING)?.unwrap_or_default();
    Ok(serde_json::from_str(&text).unwrap_or_default())
}

fn store(directory: &Directory, pending: &Pending) -> Result<(), Error> {
    if pending.is_empty() {
        return directory.remove(PENDING);
    }
    let text = serde_json::to_string_pretty(pending)
        .map_err(|_| Error::Damaged { path: directory.file(PENDING) })?;
    directory.write(PENDING, &text)
}
