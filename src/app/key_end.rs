//! Emails to administrators before the issuing key ends: past its end nothing is issued.

use super::{Error, Office, notify_administrators};
use crate::domain::staff_notice::StaffNotice;
use jiff::{SignedDuration, Timestamp};

/// How many days before the end administrators are told, the nearest first.
const THRESHOLDS: [i64; 3] = [7, 30, 60];

/// The end of the issuing key that signs, as administrators should know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyEnd {
    key: String,
    until: Timestamp,
    /// The nearest threshold that was crossed.
    days: i64,
    root_is_here: bool,
}

/// The end that administrators should know now, whether or not they were told. A threshold that the key
/// was made within is none: who made the key knows its end.
pub fn near_key_end(office: &Office) -> Option<KeyEnd> {
    let keyring = office.keys.keyring().ok()?;
    let key = keyring.current()?;
    let (since, until) = (key.certificate.iat, key.certificate.issue_until);
    let (age, left) = (until.duration_since(since), until.duration_since(office.clock.now()));
    let crossed = |days: &i64| {
        let days = SignedDuration::from_hours(24 * days);
        left <= days && days < age
    };
    let days = THRESHOLDS.into_iter().find(crossed).filter(|_| left.is_positive())?;
    let root_is_here = keyring.root_is_here();
    Some(KeyEnd { key: key.public.thumbprint(), until, days, root_is_here })
}

/// Tells the administrators, once for each key and threshold, whichever server does it; as soon as one
/// of them has an address.
///
/// # Errors
/// Errors of the store; then nobody was told.
pub fn tell_key_end(office: &Office, end: &KeyEnd) -> Result<(), Error> {
    let KeyEnd { key, until, days, root_is_here } = end;
    let is_new = office.store.write(|tx| {
        if tx.key_end_was_told(key, *days)? {
            return Ok::<_, Error>(false);
        }
        let (until, root_is_here) = (*until, *root_is_here);
        let notice = StaffNotice::IssuingKeyEnds { key: key.clone(), until, root_is_here };
        if notify_administrators(office, tx, &notice)? == 0 {
            return Ok(false);
        }
        tx.record_key_end_told(key, *days, office.clock.now())?;
        Ok(true)
    })?;
    if is_new {
        tracing::warn!(key, %until, "administrators are told that the issuing key ends");
        office.bell.ring();
    }
    Ok(())
}
