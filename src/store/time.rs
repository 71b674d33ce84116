//! The store's times (chrono, as diesel speaks it on both databases) and the domain's (jiff).

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use jiff::{Timestamp, civil::Date};

/// A time as it is stored: UTC, whole seconds.
pub(super) fn to_stored(at: Timestamp) -> NaiveDateTime {
    DateTime::from_timestamp(at.as_second(), 0).unwrap_or_default().naive_utc()
}

/// A stored time.
pub(super) fn from_stored(at: NaiveDateTime) -> Timestamp {
    Timestamp::from_second(at.and_utc().timestamp()).unwrap_or_default()
}

/// A date as it is stored.
pub(super) fn date_to_stored(date: Date) -> NaiveDate {
    let (month, day) = (date.month().unsigned_abs(), date.day().unsigned_abs());
    NaiveDate::from_ymd_opt(i32::from(date.year()), month.into(), day.into()).unwrap_or_default()
}

/// A stored date.
pub(super) fn date_from_stored(date: NaiveDate) -> Date {
    use chrono::Datelike;
    let year = i16::try_from(date.year()).unwrap_or(i16::MAX);
    let month = i8::try_from(date.month()).unwrap_or(1);
    let day = i8::try_from(date.day()).unwrap_or(1);
    Date::new(year, month, day).unwrap_or_default()
}
