//! What our own client says: a new installation that takes the license in.

use super::forge::{OWN_SEED, own, thumbprint};
use super::languages::Verdict;
use super::vectors::Vector;
use jiff::Timestamp;
use licentia_client::{Error, Installation, Roots, Surroundings};
use serde_json::Value;
use std::sync::Arc;

pub fn verdict(roots: &Roots, vector: &Vector) -> Verdict {
    assert_eq!(vector.thumbprint, thumbprint(&own()), "the installation of the vectors");
    taken_in(roots, vector).map_err(|error| error.code().to_owned())
}

fn taken_in(roots: &Roots, vector: &Vector) -> Result<(Value, i64), Error> {
    let folder = tempfile::tempdir().unwrap();
    let now = Timestamp::from_second(vector.now).unwrap();
    let surroundings = Surroundings {
        clock: Arc::new(move || now),
        randomness: Arc::new(|| OWN_SEED),
        ..Surroundings::system()
    };
    let installation = Installation::create_with(folder.path(), surroundings)?;
    installation.pin("http://127.0.0.1:9", roots)?;
    let license = installation.take_in(&vector.license)?.license;
    let panel = installation.show()?.panel;
    Ok((serde_json::to_value(license).unwrap(), panel.emergency_accounts.licensed))
}
